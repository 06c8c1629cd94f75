"""Artefacts are quantified where their inputs are known, and said to be unknown elsewhere."""

import shutil
from pathlib import Path

import pytest

import equipoise as eq

EXAMPLE = Path(__file__).parents[2] / "examples" / "msc-covid19"
INPUTS = """
  regression: {measure: a score, mean: 50, sd: 10, correlation: 0.3, cutoff: 70}
  peak: {measure: CT, peak_day: 10, peak_sd: 2, treated_day: 9, treated_sd: 2, days_between: 6}
"""


def test_unknown_inputs_are_named():
    found = eq.verdict(eq.read_dossier(EXAMPLE), "2020-03-25", replicates=1024)
    assert all(row.probability is None for row in found.appraisals[0].artefacts)
    assert all(row.missing for row in found.appraisals[0].artefacts)


def test_known_inputs_are_quantified(tmp_path):
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "msc"))
    with (folder / "claims.yaml").open("a", encoding="utf-8") as file:
        file.write(INPUTS)
    found = eq.verdict(eq.read_dossier(folder), "2020-03-25", replicates=1024)
    regression, peak = found.appraisals[0].artefacts
    # scipy's bivariate normal, mean 50, sd 10, correlation 0.3, selected above 70: 0.955137
    assert regression.probability.value == pytest.approx(0.9551372, abs=1e-6)
    assert regression.all_of_them.value == pytest.approx(0.2410123, abs=1e-6)
    # the middle of the two looks, day 12, lies 2 days past the peak, with sd sqrt(8)
    assert peak.probability.value == pytest.approx(0.7602499, abs=1e-6)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("  regression: {measure: x, mean: 1, sd: 0, correlation: 0, cutoff: 1}\n", "sd"),
        ("  regression: {measure: x, mean: 1, sd: 1, correlation: 1, cutoff: 1}\n", "correlation"),
        (
            "  peak: {measure: x, peak_day: 1, peak_sd: 0, treated_day: 1, treated_sd: 0, "
            "days_between: 1}\n",
            "not both 0",
        ),
    ],
)
def test_impossible_inputs_are_refused(tmp_path, line, words):
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "msc"))
    with (folder / "claims.yaml").open("a", encoding="utf-8") as file:
        file.write(line)
    with pytest.raises(eq.DossierError, match=words):
        eq.read_dossier(folder)
