"""The claim of 25 March 2020: what the verdict says, and that it follows from the dossier."""

import datetime
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from markupsafe import escape
from rich.console import Console

import equipoise as eq
from equipoise.report.as_json import as_dict, as_json
from equipoise.report.html import as_html
from equipoise.report.terminal import show

EXAMPLE = Path(__file__).parents[2] / "examples" / "msc-covid19"
P_VALUE = re.compile(r"\bp(?:-value)?\s*(?:=|<|>|≤|&lt;|&gt;)\s*0?[.,]\d", re.IGNORECASE)


def terminal(found: eq.Verdict) -> str:
    """The terminal's text as one line, so that breaks do not matter."""
    out = io.StringIO()
    show(found, Console(file=out, width=1000, color_system=None))
    return re.sub(r"\s+", " ", out.getvalue())


def judge(folder: Path, day: str = "2020-03-25") -> eq.Verdict:
    return eq.verdict(eq.read_dossier(folder), day, replicates=10_000)


@pytest.fixture(scope="module")
def dossier():
    return eq.read_dossier(EXAMPLE)


@pytest.fixture(scope="module")
def found(dossier):
    return eq.verdict(dossier, "2020-03-25", replicates=10_000)


@pytest.fixture(scope="module")
def data(found):
    return json.loads(as_json(found))


@pytest.fixture(scope="module")
def text(found):
    return terminal(found)


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(EXAMPLE, tmp_path / "dossier"))


def edit(path: Path, old: str, new: str) -> None:
    before = path.read_text(encoding="utf-8")
    assert before.count(old) == 1
    path.write_text(before.replace(old, new), encoding="utf-8")


def test_untested_and_very_uncertain(found, text):
    assert (found.effect, found.certainty) == ("untested", "very low")
    assert "untested · very uncertain" in text


def test_reasons_in_order(found):
    first, second, third, fourth = (str(reason) for reason in found.reasons)
    assert "no concurrent comparator" in first
    assert "not said what counts as" in second
    assert "not said who judged the outcome" in second
    assert "not said how long patients were followed" in third
    assert "No cohort" in fourth
    assert "no probability" in fourth


def test_intervals_are_printed(data, text):
    shown = {figure["shown"] for figure in data["figures"].values()}
    assert "88.8 to 100%" in shown
    assert "9.6 to 41.1%" in shown
    assert "88.8 to 100%" in text
    assert "9.6 to 41.1%" in text


def test_no_probability_without_a_cohort(data, text):
    (claim,) = data["claims"]
    for outcome in claim["outcomes"]:
        assert outcome["natural_course"] is None
        assert outcome["bias_adjusted"] is None
        assert outcome["dramatic"]["met"] is False
        assert outcome["dramatic"]["rate_ratio"] is None
    assert all(row["probability"] is None for row in claim["artefacts"])
    assert "no probability is printed for it" in text


def test_cao_control_arm_is_set_aside_with_its_reasons(data, text):
    outcome = data["claims"][0]["outcomes"][0]
    row = next(
        row
        for row in outcome["cohorts"]
        if row["cohort"] == "cao-2020-control" and row["outcome"] == "improved"
    )
    assert row["matched"] is False
    assert data["figures"][row["count"]]["value"] == [30, 100]
    assert "another outcome (improved by day 14)" in row["reasons"]
    assert "the claim states no follow-up to match" in row["reasons"]
    assert "30 of 100" in text


def test_discharge_is_no_final_outcome(data):
    outcome = data["claims"][0]["outcomes"][1]
    assert (outcome["outcome"], outcome["final"]) == ("discharged", False)
    finding = next(row for row in data["findings"] if row["code"] == "EQ-C016")
    assert "what became of the other 24 is not said" in finding["text"]


@pytest.mark.parametrize("day", ["2020-03-25", "2021-12-31", "2024-06-01"])
def test_no_p_value_is_computed(dossier, day):
    """None in what the program writes; one that a source reports stands in its words only."""
    found = eq.verdict(dossier, day, replicates=10_000)
    page = as_html(found, "")
    body = page[page.index("<body>") : page.index("<script")]
    for row in dossier.studies:
        for words in (row.reported, row.note):
            if words and P_VALUE.search(words):
                body = body.replace(str(escape(words)), "")
    assert not P_VALUE.search(body)
    assert not P_VALUE.search(terminal(found))
    assert "statistically significant" not in body
    assert not any("p-value" in key or "p_value" in key for key in as_dict(found)["figures"])


def test_thirty_six_trials_are_met_by_one_definition_only(found, data):
    matches = ("any cell or cell-derived product, world-wide, visible",)
    assert found.landscape.said_matches == matches
    assert data["landscape"]["said"] == 36
    assert data["landscape"]["said_matches"] == list(matches)


def test_landscape_counts(data):
    counts = {
        (row["definition"].split()[0], row["place"]): (row["registered"], row["visible"])
        for row in data["landscape"]["counts"]
    }
    assert (counts["any", None][0], counts["any", "China"][0]) == (42, 37)
    assert (counts["any", None][1], counts["any", "China"][1]) == (36, 33)
    assert (counts["stem", None][0], counts["stem", "China"][0]) == (34, 29)
    assert (counts["stem", None][1], counts["stem", "China"][1]) == (29, 26)
    assert (counts["mesenchymal", None][0], counts["mesenchymal", "China"][0]) == (28, 24)


def test_status_is_known_only_on_days_with_an_export(dossier):
    day = eq.verdict(dossier, "2020-04-10", replicates=10_000)
    assert day.landscape.status_known is False
    assert day.landscape.recruiting is None
    assert "Recruitment status on this date is unknown." in terminal(day)


def test_the_first_seven_patients_count_once(found, text):
    (finding,) = [row for row in found.findings if row.code == "EQ-C017"]
    assert str(finding.sentence).startswith("7 of the 31 patients were reported before")
    assert found.appraisals[0].claim.n == 31
    assert "38 patients" not in text


def test_sized_trial(found, data, text):
    assert found.trial.fixed.n_per_arm == data["trial"]["fixed"]["n_per_arm"] == 351
    assert "351 patients an arm" in text
    assert found.trial.design.n_per_arm == data["trial"]["n_per_arm"] == 373
    assert "at most 373 patients an arm" in " ".join(text.split())
    assert data["trial"]["replicates"] == 10_000
    no_effect = data["trial"]["scenarios"][0]
    assert no_effect["name"] == "no effect"
    assert no_effect["benefit_exact"] <= 0.025


def test_simulation_agrees_with_enumeration(data):
    for row in data["trial"]["scenarios"]:
        for kind in ("benefit", "harm"):
            exact = row[f"{kind}_exact"]
            error = (exact * (1 - exact) / 10_000) ** 0.5
            assert abs(row[kind] - exact) <= 4.5 * error + 1e-4


def test_the_same_dossier_day_and_seed_give_the_same_verdict(dossier, data):
    again = eq.verdict(dossier, datetime.date(2020, 3, 25), replicates=10_000)
    assert json.loads(as_json(again)) == data


def test_a_count_changed_in_the_dossier_changes_sentence_and_interval(copy):
    edit(copy / "claims.yaml", "events: 31\n", "events: 30\n")
    found = judge(copy)
    text = terminal(found)
    assert "30 of 31" in text
    assert "31 of 31" not in text
    assert "83.3% to above 99.9%" in text
    assert "88.8 to 100%" not in text
    assert found.effect == "untested"


def test_strata_changed_in_the_dossier_change_the_finding(copy):
    edit(copy / "claims.yaml", "label: mild, n: 16", "label: mild, n: 10")
    edit(copy / "claims.yaml", "label: severe, n: 8", "label: severe, n: 14")
    found = judge(copy)
    (target,) = [row for row in found.findings if row.code == "EQ-C010"]
    assert target.status == "caution"
    assert "10 of 31" in str(target.sentence)
    assert "16 of 31" not in terminal(found)


def test_smallest_difference_changed_in_the_dossier_changes_the_trial(copy):
    edit(copy / "question.yaml", "risk_difference: 0.10", "risk_difference: 0.15")
    assert judge(copy).trial.fixed.n_per_arm < 351


def test_number_of_trials_said_changed_in_the_dossier_changes_the_match(copy):
    edit(copy / "claims.yaml", "trial_count: {n: 36", "trial_count: {n: 33")
    matches = judge(copy).landscape.said_matches
    assert matches == ("any cell or cell-derived product, China, visible",)


def test_before_the_claim_there_is_no_verdict(dossier):
    with pytest.raises(eq.InputError, match="no claim was public yet; the first was by 2020-03-25"):
        eq.verdict(dossier, "2020-02-15", replicates=10_000)


@pytest.mark.parametrize("day", ["2020-13-40", "25 March 2020", "", "2020-03"])
def test_as_of_is_a_day(dossier, day):
    with pytest.raises(eq.InputError, match="as_of"):
        eq.verdict(dossier, day, replicates=10_000)


def test_as_of_with_a_time_of_day_is_read_as_its_day_or_refused(dossier):
    moment = datetime.datetime(2020, 3, 25, 12, tzinfo=datetime.UTC)
    try:
        found = eq.verdict(dossier, moment, replicates=10_000)
    except eq.InputError:
        return
    assert as_dict(found)["as_of"] == "2020-03-25"


@pytest.mark.parametrize("replicates", [0, -1])
def test_replicates_must_be_positive(dossier, replicates):
    with pytest.raises(eq.InputError, match="replicates"):
        eq.verdict(dossier, "2020-03-25", replicates=replicates)


@pytest.mark.parametrize(("day", "count"), [("2021-12-31", 6), ("2024-06-01", 11)])
def test_randomised_comparisons_known_later(dossier, day, count):
    found = eq.verdict(dossier, day, replicates=10_000)
    assert len(found.evidence.randomised) == count
    assert found.evidence.count.value == count
    assert len(as_dict(found)["evidence"]["randomised"]) == count


def test_nothing_of_a_later_day_is_told(data):
    late = [
        key
        for key, source in data["sources"].items()
        if source["first_public"] > "2020-03-25" and len(source["first_public"]) == 10
    ]
    cited = {figure["source"] for figure in data["figures"].values()}
    assert len(late) > 10
    assert not cited & set(late) - {"ictrp-covid-exports"}


def test_progress_is_told_up_to_the_end(dossier):
    calls = []
    eq.verdict(
        dossier,
        "2020-03-25",
        replicates=10_000,
        progress=lambda done, total: calls.append((done, total)),
    )
    done, total = calls[-1]
    assert done == total
    assert [row[0] for row in calls] == sorted(row[0] for row in calls)
