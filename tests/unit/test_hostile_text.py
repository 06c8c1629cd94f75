"""Text in a dossier that looks like a template is shown as it stands, wherever it is shown."""

import io
import json
import shutil
from pathlib import Path

import pytest
from markupsafe import escape
from rich.console import Console

import equipoise as eq
from equipoise.report.as_json import as_json
from equipoise.report.html import as_html
from equipoise.report.terminal import show

EXAMPLE = Path(__file__).parents[2] / "examples" / "msc-covid19"
BRACES = "{0} {x} {0.__class__} {{y}} } { [bold]"

CAO = "cao-2020,cao-2020-univadis,summary of results,2020-03-18,COVID-19,severe,usual care,improved"

PLACES = {
    "claim's label": ("claims.yaml", "label: YouAn Hospital, Beijing", "label: '@'"),
    "treatment": (
        "claims.yaml",
        "treatment: mesenchymal stem cells from umbilical cord, intravenous",
        "treatment: '@'",
    ),
    "observed": (
        "claims.yaml",
        "observed: from 21 January 2020; closing day unstated",
        "observed: '@'",
    ),
    "stratum": ("claims.yaml", "label: mild,", "label: '@',"),
    "speaker": ("claims.yaml", "name: Kunlin Jin", "name: '@'"),
    "interest": ("claims.yaml", "interest: conducts the trial", "interest: '@'"),
    "words": ("claims.yaml", "words: studies in mice", "words: '@'"),
    "gist": ("claims.yaml", "gist: a product was approved for trials,", "gist: '@' #"),
    "place": ("claims.yaml", "n: 36, place: China", "n: 36, place: '@'"),
    "claimed outcome": ("question.yaml", "name: Improved lung function on CT", "name: '@'"),
    "primary outcome": ("question.yaml", "name: Death by day 28", "name: '@'"),
    "arm": ("design.yaml", "arms: [standard care, MSC]", "arms: ['@', MSC]"),
    "cohort": ("natural-history.csv", f'"Cao 2020, control arm",{CAO}', f"@,{CAO}"),
    "definition": (
        "natural-history.csv",
        ',"two steps better on an ordinal scale, or discharged",14,fixed-day,100',
        ",@,14,fixed-day,100",
    ),
    "citation": ("sources.yaml", "Cox D. Stem Cell", "@ Stem Cell"),
}


@pytest.mark.parametrize("place", PLACES)
def test_braces_and_brackets_stand_as_they_are(tmp_path, place):
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "dossier"))
    file, old, new = PLACES[place]
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new.replace("@", BRACES)), encoding="utf-8")
    found = eq.verdict(eq.read_dossier(folder), "2020-03-25", replicates=2048)
    page = as_html(found, "")
    assert str(escape(BRACES)) in page
    assert "&lt;class" not in page
    out = io.StringIO()
    show(found, Console(file=out, width=2000))
    assert "<class" not in out.getvalue()
    assert "<class" not in json.dumps(json.loads(as_json(found)))
