"""Which version of a result stood on a date, and one row a trial."""

import csv
import io
import shutil
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.evidence.versions import standing, whole_trials
from equipoise.vocabulary.dossier import known

EXAMPLES = Path(__file__).parents[2] / "examples"
DEXA = eq.read_dossier(EXAMPLES / "dexamethasone-covid19")


def on(day, **options):
    return eq.verdict(DEXA, day, replicates=1024, **options)


def test_the_preprint_stands_in_until_the_article():
    before, after = on("2020-07-10"), on("2020-07-31")
    counts = [
        [(row.events_treatment, row.events_control) for row in found.evidence.body.rows]
        for found in (before, after)
    ]
    # the preprint's groups add up to its whole trial, and so do the article's
    assert counts == [[(454, 1065)], [(482, 1110)]]
    ventilated = {row.name: row for row in before.subgroups}["ventilated"]
    assert [row.label for row in ventilated.body.rows] == ["RECOVERY preprint (ventilated)"]


def test_a_version_without_a_primary_never_stands_in():
    from datetime import date

    day = date(2020, 7, 10)
    rows = standing(known(DEXA.studies, day), DEXA.studies)
    whole = [row for row in rows if "whole trial" in row.label]
    assert whole
    assert all(row.version == "alternative" for row in whole)


def test_groups_of_one_trial_are_one_comparison():
    found = on("2021-01-31")
    assert str(found.evidence.count) == "1 randomised comparison"
    (row,) = found.evidence.body.rows
    assert row.label == "RECOVERY"
    assert (row.n_treatment, row.n_control) == (2104, 4321)
    assert found.evidence.body.prediction is None
    assert whole_trials([row]) == [row]


def change(tmp_path, file, old, new):
    folder = tmp_path / "msc"
    if not folder.exists():
        shutil.copytree(EXAMPLES / "msc-covid19", folder)
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


@pytest.mark.parametrize("measure", ["OR", "RD"])
def test_other_measures_give_a_whole_verdict(tmp_path, measure):
    folder = change(tmp_path, "question.yaml", "measure: RR", f"measure: {measure}")
    found = eq.verdict(eq.read_dossier(folder), "2024-06-01", replicates=1024)
    body = found.evidence.body
    assert found.effect == "compatible with more than one"
    assert "compatible with important benefit" in str(found.summary[0])
    assert body.absolute
    estimate = body.lead.synthesis.natural[0]
    at = body.absolute[1]
    risk = at.control_risk.value
    treated = risk + estimate if measure == "RD" else estimate * risk / (1 + risk * (estimate - 1))
    assert at.per_thousand.value[0] == pytest.approx(1000 * (treated - risk))
    if measure == "RD":  # double zeros are informative for a difference
        assert body.fit("MH", "z").synthesis.k_contributing == 11


def test_one_trial_with_an_empty_arm_is_not_nothing():
    dossier = eq.read_dossier(EXAMPLES / "msc-covid19")
    found = eq.verdict(dossier, "2020-12-31", replicates=1024)
    body = found.evidence.body
    assert [row.label for row in body.rows] == ["Shu 2020"]
    assert body.lead.synthesis.method == "EE"
    # half a patient in each cell: (0.5/13) / (3.5/30)
    assert body.lead.synthesis.natural[0] == pytest.approx(0.5 / 13 * 30 / 3.5)
    assert any("futility" in reason for reason in found.lowered)


def test_controlled_but_not_randomised_results_are_listed():
    dossier = eq.read_dossier(EXAMPLES / "msc-covid19")
    found = eq.verdict(dossier, "2024-06-01", replicates=1024)
    labels = {row.result.study for row in found.evidence.uncontrolled}
    rows = csv.DictReader(
        io.StringIO((EXAMPLES / "msc-covid19" / "studies.csv").read_text(encoding="utf-8"))
    )
    wanted = {
        row["study"]
        for row in rows
        if row["design"] == "parallel"
        and row["randomised"] == "no"
        and row["outcome"] == "death"
        and row["directness"] == "direct"
        and row["version"] == "primary"
    }
    assert wanted
    assert wanted <= labels


def test_regions_are_read_at_every_control_risk(tmp_path):
    folder = change(
        tmp_path, "question.yaml", "control_risks: [0.10, 0.25, 0.40]", "control_risks: [0.10, 0.4]"
    )
    found = eq.verdict(eq.read_dossier(folder), "2024-06-01", replicates=1024)
    assert "important benefit and little or no difference" in str(found.summary[0])
    assert "10 points" in str(found.summary[0])
