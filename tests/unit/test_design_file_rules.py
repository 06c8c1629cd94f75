"""What a design file may say of rules, looks and truths; what is wrong is told with its line."""

from math import exp

import numpy as np
import pytest

import equipoise as eq
from equipoise.errors import DossierError, InputError
from equipoise.parts.rules import ConditionalPower, OwnRule, PredictivePower, SafetyBoundary
from equipoise.simulation.scenarios import scenario_grid
from equipoise.vocabulary.scenario import Empirical, Scenario, Stratum, Survival

BINARY = """\
arms: [standard care, MSC]
endpoint:
  kind: binary
  test: pooled
assume:
  control: 0.25
  treatment: 0.15
accrual: {per_month: 40}
looks:
  count: 2
"""
SURVIVAL = """\
arms: [control, treatment]
endpoint:
  kind: time-to-event
assume:
  hazard_ratio: 0.7
  control_median_months: 12
accrual: {per_month: 40, months: 20}
looks:
  count: 2
"""
MEANS = """\
arms: [clinic, home]
endpoint: {kind: continuous}
assume: {control: 0, treatment: 1, sd: 2}
"""


@pytest.fixture
def read(tmp_path):
    def made(text: str, **more: bool) -> eq.Design:
        file = tmp_path / "design.yaml"
        file.write_text(text, encoding="utf-8")
        return eq.read_design(file, **more)

    return made


def rows(design) -> list[Scenario]:
    return list(design.scenarios)


# --- what is read ---------------------------------------------------------------------------------


def test_rules_stand_in_a_mapping_or_a_list(read):
    mapping = """\
rules:
  safety: {z: 2.5, name: any fever, delay_days: 7, arm: MSC}
  predictive power: {at_most: 0.05, prior: [1, 0.5]}
  conditional power: {at_most: 0.1, trend: observed}
"""
    listed = """\
rules:
  - conditional power: {at_most: 0.1, trend: observed}
  - safety: {z: 2.5, name: any fever, delay_days: 7, arm: MSC}
  - predictive power: {at_most: 0.05, prior: [1, 0.5]}
"""
    expected = (
        ConditionalPower(at_most=0.1, trend="observed"),
        PredictivePower(at_most=0.05, prior=(1.0, 0.5)),
        SafetyBoundary(z=2.5, name="any fever", delay_days=7, arm="MSC"),
    )
    assert read(BINARY + mapping).rules == expected
    assert read(BINARY + listed).rules == expected
    assert read(BINARY).rules == ()


def test_allocation_and_accrual_as_simulated(read):
    text = BINARY.replace("40}", "40, poisson: true}")
    design = read(text + "allocation: {kind: permuted-blocks, sizes: [4], stratified: true}\n")
    assert design.accrual.poisson
    assert design.allocation.stratified
    assert read(BINARY + "allocation: {kind: fixed}\n").allocation.kind == "fixed"
    assert read(BINARY + "allocation: {kind: simple}\n").allocation.kind == "simple"


def test_looks_by_calendar_come_in_their_months(read):
    design = read(BINARY + "  by: calendar\n  months: [6, 18]\n")
    assert design.look_by == "calendar"
    assert [look.months for look in design.looks] == [6, 18]
    plain = read(BINARY)
    assert plain.look_by is None
    assert [look.patients for look in design.looks] == [look.patients for look in plain.looks]
    assert read(BINARY + "  by: information\n").look_by == "information"
    assert read(SURVIVAL + "  by: patients\n").look_by == "patients"


def test_the_weighted_test(read):
    text = SURVIVAL.replace("event\n", "event\n  rho: 0\n  gamma: 0.5\n  stratified: true\n")
    endpoint = read(text).endpoint
    assert (endpoint.rho, endpoint.gamma, endpoint.stratified) == (0, 0.5, True)


def test_truths_in_short_and_by_arm(read):
    design = read(
        BINARY
        + """\
scenarios:
  pair: [0.25, 0.2]
  by arm: {MSC: 0.1, standard care: 0.3, time_trend: -0.1}
  full:
    risks: {standard care: 0.3, MSC: 0.1}
    dropout_per_month: {MSC: 0.02, standard care: 0.01}
    adverse_risks: [0.1, 0.2]
    accrual: {per_month: [10, 20], from_months: [0, 6], poisson: true}
"""
    )
    assert rows(design) == [
        Scenario(name="pair", risks=(0.25, 0.2)),
        Scenario(name="by arm", risks=(0.3, 0.1), time_trend=-0.1),
        Scenario(
            name="full",
            risks=(0.3, 0.1),
            dropout_per_month=(0.01, 0.02),
            adverse_risks=(0.1, 0.2),
            accrual=eq.Accrual(per_month=(10.0, 20.0), from_months=(0.0, 6.0), poisson=True),
        ),
    ]


def test_truths_of_the_other_endpoints(read):
    assert rows(read(MEANS + "scenarios: {a: {clinic: 0, home: 2, sds: [1, 3]}}\n")) == [
        Scenario(name="a", means=(0.0, 2.0), sds=(1.0, 3.0))
    ]
    design = read(
        SURVIVAL
        + """\
scenarios:
  short: 0.8
  delayed: {hazard_ratio: [1, 0.6], from_months: [0, 4]}
  by arm:
    treatment: {median_months: 16, shape: 1.3}
    control: {hazard_per_month: [0.1, 0.05], from_months: [0, 6]}
"""
    )
    assert rows(design) == [
        Scenario(name="short", hazard_ratio=0.8),
        Scenario(name="delayed", hazard_ratio=(1.0, 0.6), from_months=(0.0, 4.0)),
        Scenario(
            name="by arm",
            survival=(
                Survival(hazard_per_month=(0.1, 0.05), from_months=(0.0, 6.0)),
                Survival(median_months=16.0, shape=1.3),
            ),
        ),
    ]


@pytest.mark.parametrize(
    "strata",
    [
        "      mild: {prevalence: 0.4, risks: [0.1, 0.05]}\n"
        "      severe: {prevalence: 0.6, risks: {MSC: 0.2, standard care: 0.3}}\n",
        "      - {name: mild, prevalence: 0.4, risks: [0.1, 0.05]}\n"
        "      - {name: severe, prevalence: 0.6, risks: [0.3, 0.2]}\n",
    ],
)
def test_strata_by_name_or_in_a_list(read, strata):
    assert rows(read(BINARY + f"scenarios:\n  a:\n    strata:\n{strata}")) == [
        Scenario(
            name="a",
            strata=(
                Stratum(name="mild", prevalence=0.4, risks=(0.1, 0.05)),
                Stratum(name="severe", prevalence=0.6, risks=(0.3, 0.2)),
            ),
        )
    ]


@pytest.mark.parametrize(
    ("stated", "mean", "variance"),
    [
        ("beta: [3, 9]", 3 / 12, 3 * 9 / (12**2 * 13)),
        ("normal: [0.3, 0.05]", 0.3, 0.05**2),
        ("lognormal: [-1.2, 0.2]", exp(-1.18), (exp(0.04) - 1) * exp(-2.36)),
        ("uniform: [0.2, 0.4]", 0.3, 0.2**2 / 12),
        ("gamma: [9, 0.03]", 0.27, 9 * 0.03**2),
    ],
)
def test_priors_are_the_distributions_they_name(read, stated, mean, variance):
    text = BINARY + f"scenarios: {{a: {{prior: {{risks: [{{{stated}}}, 0.2]}}}}}}\n"
    (row,) = read(text).scenarios
    drawn, fixed = row.prior.risks
    assert fixed == 0.2
    assert drawn.stats("mv") == pytest.approx((mean, variance), rel=1e-9)
    assert drawn.cdf(drawn.ppf([0.25, 0.5])) == pytest.approx([0.25, 0.5])


def test_a_grid_is_every_combination(read):
    text = """\
scenarios:
  grid: {control: [0.2, 0.3], treatment: [0.1, 0.2]}
  late: {grid: {control: [0.2], treatment: [0.1]}, time_trend: 0.5}
"""
    made = rows(read(BINARY + text))
    assert made[:4] == list(scenario_grid([0.2, 0.3], [0.1, 0.2]))
    assert [row.name for row in made] == [
        "0.2 v 0.1", "0.2 v 0.2", "0.3 v 0.1", "0.3 v 0.2", "late: 0.2 v 0.1",
    ]  # fmt: skip
    assert made[4].time_trend == 0.5
    text = "scenarios: {grid: {hazard_ratio: [0.7, 1]}}\n"
    assert rows(read(SURVIVAL + text)) == list(scenario_grid(hazard_ratio=[0.7, 1]))
    assert rows(read(MEANS + "scenarios: {grid: {control: [0], treatment: [1, 2]}}\n")) == list(
        scenario_grid(0, [1, 2], of="means")
    )


def test_the_grid_in_python():
    made = scenario_grid(0.25, np.array([0.15, 0.2]), dropout_per_month=0.01)
    assert [row.name for row in made] == ["0.25 v 0.15", "0.25 v 0.2"]
    assert made[1] == Scenario(name="0.25 v 0.2", risks=(0.25, 0.2), dropout_per_month=0.01)
    for wrong in (
        {"control": 0.2},
        {"control": 0.2, "treatment": []},
        {"control": 0.2, "treatment": ["a"]},
        {"control": 0.2, "treatment": [0.1, 0.1]},
        {"control": 0.2, "treatment": 0.1, "of": "medians"},
        {"control": 0.2, "hazard_ratio": 0.7},
        {"control": 0.2, "treatment": 1.2},
    ):
        with pytest.raises(InputError):
            scenario_grid(**wrong)


def test_a_table_of_patients_lies_beside_the_file(read, tmp_path):
    (tmp_path / "people.csv").write_text("control,treatment\n1,0\n1,1\n0,0\n", encoding="utf-8")
    text = BINARY + "scenarios:\n  a:\n    outcomes: {table: people.csv}\n"
    (row,) = read(text).scenarios
    assert row.outcomes == Empirical(control=(1.0, 1.0, 0.0), treatment=(0.0, 1.0, 0.0))


@pytest.mark.parametrize(
    ("table", "number", "words"),
    [
        ("control,treatment\n1,0\n,1\n", 3, "an outcome under both arms"),
        ("control,treatment\n1,0\n1,no\n", 3, "saw 'no'"),
        ("control,treatment\n1,nan\n", 2, "saw 'nan'"),
        ("control,treated\n1,0\n", 1, "Did you mean 'treatment'"),
        ("control,treatment\n", 1, "no row"),
    ],
)
def test_a_wrong_table_is_told_with_its_line(read, tmp_path, table, number, words):
    (tmp_path / "people.csv").write_text(table, encoding="utf-8")
    with pytest.raises(DossierError) as caught:
        read(BINARY + "scenarios:\n  a:\n    outcomes: {table: people.csv}\n")
    assert f"people.csv:{number}: " in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["../people.csv", "/etc/passwd", "linked.csv"])
def test_a_table_elsewhere_is_not_read(read, tmp_path, name):
    outside = tmp_path.parent / "people.csv"
    outside.write_text("control,treatment\n1,0\n", encoding="utf-8")
    (tmp_path / "linked.csv").symlink_to(outside)
    with pytest.raises(DossierError, match="must lie in the folder of the design"):
        read(BINARY + f"scenarios:\n  a:\n    outcomes: {{table: {name}}}\n")


def test_code_is_found_beside_the_file_where_it_is_allowed(read, tmp_path):
    (tmp_path / "beside_the_design.py").write_text(
        "from numba import njit\n\n\n"
        "@njit\ndef stop(seen, parameters):\n    return 1 if seen.z > parameters[0] else 0\n\n\n"
        "@njit\ndef late(u, arm, entry_day, parameters):\n    return 1.0\n",
        encoding="utf-8",
    )
    text = BINARY + (
        "rules:\n  own rule:\n    function: beside_the_design:stop\n    parameters: [2]\n"
        "    instead: true\n"
        "scenarios:\n  a: {outcomes: {function: 'beside_the_design:late', effect: 0}}\n"
    )
    with pytest.raises(DossierError, match="a file may not run"):
        read(text)
    design = read(text, allow_code=True)
    (rule,) = design.rules
    assert isinstance(rule, OwnRule)
    assert (rule.parameters, rule.instead) == ((2.0,), True)
    assert rule.function.py_func.__name__ == "stop"
    assert design.scenarios[0].outcomes.effect == 0
    with pytest.raises(DossierError, match=r"design.yaml:13: function: .*no attribute 'gone'"):
        read(text.replace("design:stop", "design:gone"), allow_code=True)
    with pytest.raises(DossierError, match=r"design.yaml:13: function: .*module:function"):
        read(text.replace("beside_the_design:stop", "stop"), allow_code=True)


def test_a_module_of_the_same_name_elsewhere_is_not_taken_for_it(read, tmp_path):
    (tmp_path / "json.py").write_text("def stop(seen, parameters):\n    return 0\n")
    text = BINARY + "rules:\n  own rule:\n    function: json:loads\n"
    with pytest.raises(DossierError, match=r"design.yaml:13: function: .*imported already"):
        read(text, allow_code=True)
    text = BINARY + "scenarios:\n  a:\n    outcomes: {function: 'json:loads'}\n"
    with pytest.raises(DossierError, match=r"design.yaml:13: function: .*imported already"):
        read(text, allow_code=True)


# --- what is wrong --------------------------------------------------------------------------------

SCENARIO = BINARY + "scenarios:\n  a:\n    "
"""Its next line is 13."""
WRONG = {
    "unknown arm": (
        BINARY + "scenarios:\n  a: {standard care: 0.25, MCS: 0.15}\n", 12, "scenarios.a.MCS",
        "is not one of the arms, standard care, MSC, nor a key of a scenario. Did you mean `MSC`",
    ),
    "unknown arm of risks": (
        SCENARIO + "risks: {standard care: 0.25, MCS: 0.15}\n", 13, "scenarios.a.risks.MCS",
        "is not one of the arms, standard care, MSC. Did you mean `MSC`",
    ),
    "an arm too few": (
        BINARY + "scenarios:\n  a: {standard care: 0.25}\n", 12, "scenarios.a", "a value for MSC",
    ),
    "by arm and not": (
        SCENARIO + "risks: [0.25, 0.15]\n    MSC: 0.2\n    standard care: 0.3\n", 13,
        "scenarios.a.risks", "is stated by arm as well",
    ),
    "unknown key": (
        SCENARIO + "risks: [0.25, 0.15]\n    time_tren: 0.1\n", 14, "scenarios.a.time_tren",
        "Did you mean `time_trend`",
    ),
    "of another endpoint": (SCENARIO + "means: [1, 2]\n", 13, "means", "not of a binary endpoint"),
    "one number": (BINARY + "scenarios:\n  a: 0.7\n", 12, "risks", "a value for each arm"),
    "three numbers": (
        BINARY + "scenarios:\n  a: [0.25, 0.15, 1]\n", 12, "risks", "a value for each arm",
    ),
    "a risk above 1": (SCENARIO + "risks: [0.2, 1.2]\n", 13, "risks", "between 0 and 1"),
    "text for a risk": (
        SCENARIO + "risks: [0.2, low]\n", 13, "scenarios.a.risks.1", "must be a number",
    ),
    "nothing": (BINARY + "scenarios:\n  a:\n", 12, "scenarios.a.risks.0", "must be a number"),
    "a list of scenarios": (BINARY + "scenarios: [a]\n", 11, "scenarios", "must be a mapping"),
    "unknown distribution": (
        SCENARIO + "prior:\n      risks: [{beta: [3, 9]}, {bta: [2, 10]}]\n", 14, "prior",
        "must be one of beta, normal, lognormal, uniform, gamma",
    ),
    "too few parameters": (
        SCENARIO + "prior:\n      risks:\n        - beta: [3, 9]\n        - beta: [2]\n", 15,
        "beta", "takes two shapes",
    ),
    "parameter out of range": (
        SCENARIO + "prior: {risks: [0.2, {beta: [-2, 10]}]}\n", 13, "beta", "in their range",
    ),
    "no prior": (SCENARIO + "prior: {}\n", 13, "prior", "exactly one of"),
    "prior of another endpoint": (
        SCENARIO + "prior: {hazard_ratio: 0.7}\n", 13, "hazard_ratio", "not of a binary endpoint",
    ),
    "prevalences": (
        SCENARIO + "strata:\n      mild: {prevalence: 0.4, risks: [0.1, 0.05]}\n", 14,
        "prevalence", "must sum to 1",
    ),
    "a stratum's key": (
        SCENARIO + "strata:\n      mild:\n        prevalence: 1\n        risk: [0.1, 0.05]\n", 16,
        "scenarios.a.strata.0.risk", "Did you mean `risks`",
    ),
    "a stratum of another endpoint": (
        SCENARIO + "strata:\n      mild: {prevalence: 1, hazard_ratio: 0.7}\n", 14, "hazard_ratio",
        "not of a binary endpoint",
    ),
    "no such table": (
        SCENARIO + "outcomes: {table: none.csv}\n", 13, "table", "add the file",
    ),
    "an outcome model": (
        SCENARIO + "outcomes: {function: 'math:sqrt'}\n", 13, "function", "a file may not run",
    ),
    "no outcomes": (
        SCENARIO + "outcomes: {effect: 1}\n", 13, "scenarios.a.outcomes", "a table or a function",
    ),
    "a table's effect": (
        SCENARIO + "outcomes: {table: x.csv, effect: 1}\n", 13, "scenarios.a.outcomes",
        "effect is given, but a table takes no parameter",
    ),
    "half a grid": (
        BINARY + "scenarios:\n  grid: {control: [0.2, 0.3]}\n", 12, "scenarios.grid.grid",
        "control and treatment, or hazard_ratio",
    ),
    "a grid's value twice": (
        BINARY + "scenarios:\n  grid: {control: [0.2], treatment: [0.1, 0.1]}\n", 12, "scenarios",
        "a scenario stands once",
    ),
    "a grid's risk": (
        BINARY + "scenarios:\n  grid: {control: [0.2], treatment: [1.1]}\n", 12, "risks",
        "between 0 and 1",
    ),
    "true accrual": (
        SCENARIO + "risks: [0.2, 0.2]\n    accrual: {per_month: -1}\n", 14, "scenarios.a.accrual",
        "a rate of 0 or more",
    ),
    "trend": (
        SCENARIO + "risks: [0.2, 0.2]\n    time_trend: up\n", 14, "scenarios.a.time_trend",
        "must be a number",
    ),
    "dropout": (
        SCENARIO + "risks: [0.2, 0.2]\n    dropout_per_month: [0.1, -1]\n", 14,
        "dropout_per_month", "must be 0 or more",
    ),
    "adverse risk of one arm": (
        SCENARIO + "risks: [0.2, 0.2]\n    adverse_risks: [0.1]\n", 14, "adverse_risks",
        "a value for each arm",
    ),
    "safety without risks": (
        BINARY + "rules: {safety: {z: 2}}\nscenarios:\n  a: [0.2, 0.1]\n", 13, "adverse_risks",
        "needed by the safety rule",
    ),
    "conditional power above 1": (
        BINARY + "rules:\n  conditional power:\n    at_most: 1.2\n", 13, "at_most", "in (0, 1)",
    ),
    "conditional power of nothing": (
        BINARY + "rules:\n  conditional power: {}\n", 12, "rules.conditional_power.at_most",
        "it is required",
    ),
    "trend of conditional power": (
        BINARY + "rules:\n  conditional power:\n    at_most: 0.1\n    trend: plannd\n", 14,
        "rules.conditional_power.trend", "'planned' or 'observed'",
    ),
    "conditional power, two-sided": (
        BINARY + "efficacy: {sided: 2, alpha: 0.05}\nrules:\n  conditional power: {at_most: 0.1}\n",
        12, "rules", "is of one-sided plans",
    ),
    "unknown rule": (
        BINARY + "rules:\n  conditonal power: {at_most: 0.1}\n", 12, "rules.conditonal power",
        "Did you mean `conditional power`",
    ),
    "a rule twice": (
        BINARY + "rules:\n  - safety: {z: 2}\n  - safety: {z: 3}\n", 13, "rules.1.safety", "once",
    ),
    "a rule without keys": (BINARY + "rules: [safety]\n", 11, "rules.0", "a rule with its keys"),
    "safety of other looks": (
        BINARY + "rules:\n  safety:\n    z: [2, 2, 2]\n", 13, "z", "each of 2 looks",
    ),
    "safety of another arm": (
        BINARY + "rules:\n  safety:\n    z: 2\n    arm: MCS\n", 14, "arm", "standard care, MSC",
    ),
    "prior of predictive power": (
        BINARY + "rules:\n  predictive power:\n    at_most: 0.1\n    prior: [1, 0]\n", 14, "prior",
        "a deviation above 0",
    ),
    "own rule": (
        BINARY + "rules:\n  own rule:\n    function: mod:f\n", 13, "function", "a file may not run",
    ),
    "kind of allocation": (
        BINARY + "allocation:\n  kind: fixd\n", 12, "allocation.kind", "or 'fixed'",
    ),
    "strata without blocks": (
        BINARY + "allocation: {kind: simple, stratified: true}\n", 11, "allocation",
        "has no blocks",
    ),
    "calendar without months": (BINARY + "  by: calendar\n", 9, "looks", "need their months"),
    "months without calendar": (BINARY + "  months: [6, 12]\n", 9, "looks", "no others do"),
    "a month too few": (
        BINARY + "  by: calendar\n  months: [6]\n", 9, "looks", "1 months are given for 2 looks",
    ),
    "months that fall": (
        BINARY + "  by: calendar\n  months: [12, 6]\n", 9, "looks", "above 0 and rise",
    ),
    "events of a risk": (BINARY + "  by: events\n", 11, "by", "is of a time to event"),
    "by something else": (BINARY + "  by: moon\n", 11, "looks.by", "or 'calendar'"),
    "calendar without accrual": (
        BINARY.replace("accrual: {per_month: 40}\n", "") + "  by: calendar\n  months: [6, 12]\n",
        10, "by", "needs an accrual",
    ),
    "poisson": (
        BINARY.replace("40}", "40, poisson: perhaps}"), 8, "accrual.poisson", "true or false",
    ),
    "weights of a risk": (
        BINARY.replace("pooled", "pooled\n  rho: 1"), 5, "rho", "is not of a binary endpoint",
    ),
    "a weight below 0, where efficacy has one too": (
        "efficacy: {spending: kim-demets, rho: 3}\n"
        + SURVIVAL.replace("event\n", "event\n  rho: -1\n"), 5, "rho", "must be 0 or more",
    ),
    "stratified": (
        SURVIVAL.replace("event\n", "event\n  stratified: perhaps\n"), 4, "endpoint.stratified",
        "true or false",
    ),
    "ratios without starts": (
        SURVIVAL + "scenarios:\n  a:\n    hazard_ratio: [1, 0.6]\n", 12, "hazard_ratio",
        "needs a ratio for each of 1 starts",
    ),
    "neither a ratio nor several": (
        SURVIVAL + "scenarios:\n  a:\n    hazard_ratio: good\n", 12, "scenarios.a.hazard_ratio",
        "a number, or a list of numbers",
    ),
    "a ratio that is text": (
        SURVIVAL + "scenarios:\n  a:\n    hazard_ratio: [1, good]\n", 12,
        "scenarios.a.hazard_ratio.1", "must be a number",
    ),
    "starts": (
        SURVIVAL + "scenarios:\n  a:\n    hazard_ratio: [1, 0.6]\n    from_months: [1, 4]\n", 13,
        "from_months", "must start at 0",
    ),
    "survival": (
        SURVIVAL + "scenarios:\n  a:\n    treatment: {median_month: 12}\n"
        "    control: {median_months: 9}\n", 12, "scenarios.a.survival.1.median_month",
        "not known",
    ),
    "survival by arm as numbers": (
        SURVIVAL + "scenarios:\n  a: {control: 12, treatment: 15}\n", 11, "scenarios.a",
        "a survival in each arm",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_once_with_its_line(name, read):
    text, number, key, words = WRONG[name]
    with pytest.raises(DossierError) as caught:
        read(text)
    first, *others = caught.value.problems
    assert not others
    assert (first.file, first.line, first.name) == ("design.yaml", number, key)
    assert words in str(first)


def test_several_problems_are_told_together(read):
    with pytest.raises(DossierError) as caught:
        read(
            BINARY + "rules: {safty: {z: 1}}\nscenarios:\n  a: {MCS: 0.1, standard care: 0.2}\n"
            "  b: {risks: [0.1, x]}\n"
        )
    assert [row.line for row in caught.value.problems] == [11, 13, 14]


def test_a_dossier_s_looks_are_not_by_calendar():
    from equipoise.vocabulary.dossier import TrialPlan

    looks = TrialPlan.__dataclass_fields__["looks"].default
    assert not hasattr(looks, "by")
