"""`equipoise landscape`: from the compact table, from exports in the dossier, from a database."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from registry_fixtures import ictrp_csv, ictrp_row, ndjson, study

import equipoise as eq
from equipoise.registry.definitions import CELLS, plan_for
from equipoise.registry.survey import survey

MSC = Path(__file__).parents[2] / "examples" / "msc-covid19"

_MAIN = "from equipoise.cli import main; main()"


def run(*arguments):
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, *map(str, arguments)], capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def exports(tmp_path):
    """Two snapshots: four registrations of three trials of cells, one of something else."""
    folder = tmp_path / "registry"
    folder.mkdir()
    cells = {"Study_design": "Parallel"}
    one = ictrp_row(**cells)
    two = ictrp_row(
        TrialID="ChiCTR2099000002",
        Scientific_title="Umbilical cord MSCs, open study of lungs",
        Public_title="MSCs in COVID-19",
        Target_size="Case series:20;",
        Study_design="Single arm",
        Primary_sponsor="Hill Clinic",
    )
    other = ictrp_row(
        TrialID="ChiCTR2099000003",
        Public_title="Herbs in COVID-19",
        Scientific_title="Herbs",
        Intervention="herbs",
        Primary_sponsor="Dale Clinic",
    )
    cancelled = two | {"Public title": "Cancelled by the investigator MSCs in COVID-19"}
    ictrp_csv(folder / "2030-03-05.csv", one, two, other)
    ictrp_csv(folder / "2030-04-05.csv", one, cancelled, other)
    ndjson(folder / "2030-04-06.ndjson", study("NCT09000001"))
    return folder


def test_the_compact_table_answers_as_the_database_does():
    code, out, err = run("landscape", MSC, "--as-of", "2020-03-25", "--json")
    assert (code, err) == (0, "")
    counts = {
        (c["definition"], c["place"]): (c["registered"], c["visible"])
        for c in json.loads(out)["counts"]
    }
    assert counts["any cell or cell-derived product", None] == (42, 36)
    assert counts["any cell or cell-derived product", "China"] == (37, 33)
    assert counts["stem cells and their products", None] == (34, 29)
    assert counts["mesenchymal stem (stromal) cells", None] == (28, 24)
    assert json.loads(out)["needed"] == 702


def test_a_dossier_with_exports(tmp_path, exports):
    dossier = tmp_path / "dossier"
    shutil.copytree(MSC, dossier)
    (dossier / "registrations.csv").unlink()
    shutil.copytree(exports, dossier / "registry")
    with open(dossier / "sources.yaml", "a") as out:
        out.write(
            '\nregistry: {citation: Exports of 2030, kind: registry, first_public: "2030-03-05"}\n'
        )
    code, out, err = run(
        "landscape", dossier, "--as-of", "2030-04-30", "--json", "--out", tmp_path / "page.html"
    )
    assert code == 0, err
    found = json.loads(out)
    widest = found["counts"][0]
    assert (widest["registered"], widest["visible"], widest["trials"]) == (3, 3, 2)
    assert (widest["randomised"], widest["cancelled"]) == (2, 1)
    assert [step["trials"] for step in found["steps"]] == [3, 2, 2, 1, 1, 1, 0, 0]
    matched = {row["matched"].lower() for row in found["registrations"]}
    assert all("msc" in words or "mesenchymal" in words for words in matched)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "From registrations to trials that could answer" in page
    read = eq.read_dossier(dossier)
    assert {r.registration for r in read.registrations} == {
        "ChiCTR2099000001",
        "ChiCTR2099000002",
        "NCT09000001",
    }
    event = next(e for e in read.events if e.registration == "ChiCTR2099000002")
    assert (event.kind, str(event.first_public)) == ("withdrawal", "2030-04-05")
    early, _, err = run("landscape", dossier, "--as-of", "2030-01-01")
    assert early == 0, err


def test_a_database_and_the_verdict_on_it(tmp_path, exports):
    database = tmp_path / "l.duckdb"
    code, out, err = run("registry", "load", database, *sorted(exports.iterdir()))
    assert code == 0, err
    assert out.count("new or changed") == 3
    code, out, err = run("landscape", MSC, "--as-of", "2030-04-30", "--registry", database)
    assert code == 0, err
    assert "3 registrations by the widest definition, of 2 trials" in " ".join(out.split())
    code, out, err = run(
        "verdict",
        MSC,
        "--as-of",
        "2030-04-30",
        "--registry",
        database,
        "--json",
        "--replicates",
        "1024",
    )
    assert code == 0, err
    assert json.loads(out)["landscape"]["counts"][0]["registered"] == 3
    code, out, _ = run("registry", "search", database, "umbilical")
    assert "NCT09000001" in out
    code, out, _ = run("registry", "links", database, "--json")
    assert json.loads(out)[0]["decision"] == "linked"
    code, out, _ = run(
        "registry", "changes", database, "2030-03-05", "2030-04-05", "--source", "ictrp"
    )
    assert "cancelled" in out


def test_wrong_input_is_told(tmp_path):
    assert run("landscape", MSC, "--as-of", "yesterday")[0] == 1
    code, _, err = run("landscape", MSC, "--registry", tmp_path / "none.duckdb")
    assert code == 1
    assert "must be a registry database" in err
    penicillin = MSC.parent / "penicillin-endocarditis"
    code, _, err = run("landscape", penicillin, "--as-of", "1950-01-01")
    assert code == 1
    assert "has no registrations" in err


def test_a_question_finds_its_definitions_in_its_words():
    question = eq.read_dossier(MSC).question
    assert plan_for(question, None).definitions == CELLS
    hydroxychloroquine = eq.read_dossier(MSC.parent / "hydroxychloroquine-covid19").question
    plan = plan_for(hydroxychloroquine, None)
    assert [definition.name for definition in plan.definitions] == [
        "antimalarial",
        "hydroxychloroquine",
    ]
    assert "covid" in plan.condition


def test_an_empty_landscape_is_one():
    found = survey(
        (), date(2030, 1, 1), plan_for(eq.read_dossier(MSC).question, None), source="nothing"
    )
    assert found.rows == ()
    assert found.size_median is None
    assert all(count.registered == 0 for count in found.counts)
