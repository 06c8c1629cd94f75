"""`equipoise design`: the examples, and files that are wrong, told line by line."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import equipoise as eq
from equipoise.cli.app import app
from equipoise.design.design_frames import promises
from equipoise.errors import DossierError, InputError
from equipoise.vocabulary.trial import Allocation

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("equipoise"))
EXAMPLES = {path.stem: path for path in sorted((ROOT / "examples" / "designs").glob("*.yaml"))}
SCHEMA = json.loads((ROOT / "docs/reference/design.schema.json").read_text(encoding="utf-8"))
every_example = pytest.mark.parametrize("name", EXAMPLES)


def run(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """As a program of its own, as a user would."""
    done = subprocess.run(
        [COMMAND, "design", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def call(capsys, *arguments: object) -> str:
    """In this process, which is faster; what it prints."""
    app(["design", *map(str, arguments)], exit_on_error=False, result_action="return_value")
    return capsys.readouterr().out


def test_there_is_an_example_of_each_endpoint():
    assert set(EXAMPLES) == {"binary", "means", "survival", "delayed-effect", "rules"}
    for path in EXAMPLES.values():
        assert path.read_text(encoding="utf-8").count("#") >= 5


@every_example
def test_the_summary_and_the_paragraph_are_the_design_s(name, capsys):
    d = eq.read_design(EXAMPLES[name])
    assert call(capsys, EXAMPLES[name]) == d.summary() + "\n"
    assert call(capsys, EXAMPLES[name], "--protocol") == d.protocol() + "\n"
    assert d.scenarios[0].name in d.summary()


def test_as_a_program_results_are_on_stdout(tmp_path):
    page = tmp_path / "new" / "page.html"
    done = run(EXAMPLES["survival"], "--json", "--out", page, "--scale", "effect")
    assert json.loads(done.stdout)["schema"] == "equipoise/design/1"
    assert str(page) in done.stderr
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert html.count("data-chart=") == 3
    assert "observed effect, times the planned" in html
    assert "Calendar time" in html
    assert "death from any cause" in html


def test_a_page_without_enrolment_has_no_calendar(tmp_path, capsys):
    file = tmp_path / "design.yaml"
    text = EXAMPLES["means"].read_text(encoding="utf-8")
    file.write_text(text.replace("accrual:\n  per_month: 30\n", ""), encoding="utf-8")
    page = tmp_path / "page.html"
    assert call(capsys, file, "--out", page)
    html = page.read_text(encoding="utf-8")
    assert html.count("data-chart=") == 2
    assert "Calendar time" not in html


DESIGNS = {
    "fixed, Fisher": lambda: eq.sample_size(
        eq.FixedSample(), eq.Binary(control=0.25, treatment=0.15)
    ),
    "two-sided wedge": lambda: eq.sample_size(
        eq.GroupSequential(looks=3, sided=2, alpha=0.05, futility=eq.Spending()),
        eq.Continuous(control=0, treatment=1, sd=(2.0, 3.0)),
        accrual=eq.Accrual(per_month=5, ramp_up_months=2),
    ),
    "one arm": lambda: eq.sample_size(
        eq.GroupSequential(looks=2, efficacy=eq.NoEarlyEfficacy()),
        eq.Binary(control=0.2, treatment=0.4, better="higher", single_arm=True),
    ),
    "events only": lambda: eq.sample_size(
        eq.GroupSequential(looks=2, futility=eq.FutilityBounds(z=(0.0,), binding=True)),
        eq.TimeToEvent(hazard_ratio=0.7, control_median_months=6),
    ),
}


@pytest.mark.parametrize("name", [*EXAMPLES, *DESIGNS])
def test_the_json_keeps_its_schema_and_the_design_s_numbers(name, capsys):
    from equipoise.report.design_json import design_json

    d = eq.read_design(EXAMPLES[name]) if name in EXAMPLES else DESIGNS[name]()
    text = call(capsys, EXAMPLES[name], "--json") if name in EXAMPLES else design_json(d)
    assert "NaN" not in text
    assert "Infinity" not in text
    found = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert found["power"]["reached"] == d.power
    assert found["arms"] == list(d.arms)
    made = promises(d)
    assert found["type_i_error"]["as_run"] == made.as_run
    assert found["expected"]["planned"]["benefit"] == pytest.approx(d.power)
    assert len(found["looks"]) == len(d.looks)
    for row, look in zip(found["looks"], d.looks, strict=True):
        assert tuple(row["patients"]) == look.patients
        assert row["events"] == look.events
        for when in ("no_effect", "planned"):
            chances = [chance or 0 for chance in row["stopping"][when].values()]
            assert 0 <= sum(chances) <= 1 + 1e-9
    ends = [sum(c or 0 for c in row["stopping"]["planned"].values()) for row in found["looks"]]
    assert sum(ends) == pytest.approx(1)
    plain = [one.name for one in d.scenarios if one.plain]
    assert [one["name"] for one in found["scenarios"]] == plain


def test_the_schema_describes_every_key():
    wrong = json.loads(json.dumps(SCHEMA))
    assert wrong["additionalProperties"] is False
    example = eq.read_design(EXAMPLES["binary"])
    from equipoise.report.design_json import design_dict

    found = design_dict(example) | {"extra": 1}
    with pytest.raises(jsonschema.ValidationError, match="extra"):
        jsonschema.validate(found, SCHEMA)


BINARY = """\
arms: [control, treatment]
endpoint:
  kind: binary
  test: pooled
assume:
  control: 0.25
  treatment: 0.15
looks:
  information: [0.4, 0.7, 1]
efficacy:
  spending: obrien-fleming
  alpha: 0.025
"""
SURVIVAL = """\
arms: [control, treatment]
endpoint:
  kind: time-to-event
assume:
  hazard_ratio: 0.7
  control_median_months: 12
looks:
  count: 3
"""
MEANS = """\
arms: [control, treatment]
endpoint:
  kind: continuous
assume:
  control: 0
  treatment: 1
  sd: 2
"""
ONE_ARM = BINARY.replace("[control, treatment]", "[treatment]")
DOSSIER = """\
# The risks come from a dossier.
arms: [usual care, treatment]
outcome: death
control: {stratum: ventilated}
efficacy: {alpha: 0.025}
"""
WRONG = {
    "alpha": (BINARY.replace("alpha: 0.025", "alpha: 0.7"), 12, "alpha", "between 0 and 0.5"),
    "unsorted": (
        BINARY.replace("[0.4, 0.7, 1]", "[0.7, 0.4, 1]"), 9, "information", "rise from look to",
    ),
    "no such spending": (
        BINARY.replace("obrien-fleming", "obrian-fleming"), 11, "spending", "must be one of",
    ),
    "gamma missing": (
        BINARY.replace("obrien-fleming", "hwang-shih-decani"), None, "parameters", "takes gamma",
    ),
    "hazard ratio 1": (
        SURVIVAL.replace("0.7", "1"), 5, "hazard_ratio", "there is no effect to find",
    ),
    "code": (
        BINARY.replace("obrien-fleming", "math:sqrt"), 11, "spending", "a file may not run",
    ),
    "of a dossier": (DOSSIER, 3, "outcome", "equipoise verdict"),
    **{
        f"a binary endpoint's {key}": (
            BINARY.replace("  test: pooled\n", f"  {key}: {value}\n"), 4, key,
            "is not of a binary endpoint",
        )
        for key, value in (("formula", "schoenfeld"), ("known_sd", "false"))
    },
    **{
        f"a time to event's {key}": (
            SURVIVAL.replace("event\n", f"event\n  {key}: {value}\n"), 4, key,
            "is not of a time-to-event endpoint",
        )
        for key, value in (
            ("scale", "difference"), ("test", "pooled"), ("delay_days", 0), ("known_sd", "true"),
        )
    },
    **{
        f"a mean's {key}": (
            MEANS.replace("continuous\n", f"continuous\n  {key}: {value}\n"), 4, key,
            "is not of a continuous endpoint",
        )
        for key, value in (("scale", "ratio"), ("test", "pooled"), ("formula", "freedman"))
    },
    **{
        f"assumed: {key}": (
            text.replace("assume:\n", f"assume:\n  {key}: {value}\n"),
            text[: text.index("assume")].count("\n") + 2, key, "is not of a",
        )
        for text, key, value in (
            (BINARY, "sd", 1), (BINARY, "hazard_ratio", 0.7), (BINARY, "from_months", "[0]"),
            (BINARY, "dropout_per_month", 0), (MEANS, "control_median_months", 12),
            (MEANS, "control_hazard_per_month", 0.1), (SURVIVAL, "control", 0.25),
            (SURVIVAL, "treatment", 0.15), (SURVIVAL, "sd", "[1, 2]"),
        )
    },
    **{
        f"efficacy: {given}": (
            BINARY.replace("spending: obrien-fleming", given), 10, "efficacy", words,
        )
        for given, words in (
            ("boundary: pocock\n  gamma: -4", "gamma is given, but the pocock boundary takes no"),
            ("boundary: pocock\n  delta: 0.5\n  z: 3", "delta and z are given"),
            ("boundary: obrien-fleming\n  rho: 3", "takes no parameter"),
            ("boundary: no-early-efficacy\n  z: 3", "takes no parameter"),
            ("boundary: haybittle-peto\n  delta: 0.5", "haybittle-peto boundary takes z"),
            ("boundary: wang-tsiatis\n  delta: 0.5\n  parameters: [1]", "boundary takes delta"),
            ("spending: pocock\n  delta: 0.5", "a spending function takes gamma, rho, parameters"),
            ("spending: pocock\n  z: 3", "z is given, but a spending function"),
            ("spending: pocock\n  boundary: pocock", "not both"),
            ("gamma: -4", "without a spending function or a boundary"),
            ("z: 3", "without a spending function or a boundary"),
        )
    },
    **{
        f"futility: {given}": (BINARY + f"futility: {{{given}}}\n", 13, "futility", words)
        for given, words in (
            ("spending: pocock, z: [0, 0]", "takes exactly one of"),
            ("spending: pocock, effect: [0, 0]", "not spending and effect"),
            ("spending: pocock, conditional_power: [0.1, 0.1]", "takes exactly one of"),
            ("z: [0, 0], effect: [0, 0]", "not z and effect"),
            ("binding: true", "not none"),
            ("gamma: -2", "not none"),
            ("z: [0, 0], gamma: -2", "gamma is given, but futility by z takes no parameter"),
            ("effect: [0, 0], total: 0.1", "total is given"),
            ("z: [0, 0], trend: true", "trend is given"),
            ("spending: pocock, trend: false", "trend is given"),
            ("conditional_power: [0.1, 0.1], under: no effect", "takes trend"),
        )
    },
    "under no effect, no total": (
        BINARY + "futility:\n  spending: pocock\n  under: no effect\n", 13, "futility",
        "needs the total to spend",
    ),
    "total is not the type II error": (
        BINARY + "futility:\n  spending: pocock\n  total: 0.3\n", 15, "total",
        "must be one minus the power",
    ),
    "ratio of one": (
        BINARY + "allocation:\n  ratio: [3]\n", 13, "allocation", "a number for each arm: 2",
    ),
    "one arm's ratio": (
        ONE_ARM + "allocation: {ratio: [1, 3]}\n", 13, "allocation", "a number for each arm: 1",
    ),
    "one look that is not the last": (
        MEANS + "looks: {information: [0.5]}\n", 8, "information", "must end at 1",
    ),
    "one standard deviation in a list": (
        MEANS.replace("sd: 2", "sd: [2]"), 7, "sd", "must be one number, or two",
    ),
    "unknown key": (BINARY.replace("looks:", "look:"), 8, "look", "not known"),
    "no endpoint": ("arms: [a, b]\n", 1, "endpoint", "required"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_line(name, tmp_path):
    text, number, key, words = WRONG[name]
    file = tmp_path / "design.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DossierError) as caught:
        app(["design", str(file)], exit_on_error=False, result_action="return_value")
    message = str(caught.value)
    assert words in message
    place = "design.yaml:" if number is None else f"design.yaml:{number}: {key}: saw "
    assert place in message


def test_a_wrong_file_gives_exit_code_1_and_writes_nothing(tmp_path):
    file, page = tmp_path / "design.yaml", tmp_path / "page.html"
    file.write_text(WRONG["alpha"][0], encoding="utf-8")
    done = run(file, "--out", page, code=1)
    assert done.stdout == ""
    assert "design.yaml:12: alpha" in done.stderr
    assert not page.exists()
    assert "none.yaml" in run(tmp_path / "none.yaml", code=1).stderr


def test_a_wrong_scale_writes_nothing(tmp_path, capsys):
    page = tmp_path / "page.html"
    with pytest.raises(InputError, match="scale"):
        call(capsys, EXAMPLES["means"], "--scale", "odds", "--out", page)
    assert not page.exists()


def test_what_would_be_ignored_is_refused(tmp_path, capsys):
    page = tmp_path / "page.html"
    for arguments, words in (
        (("--json", "--protocol"), "--protocol"),
        (("--json", "--protocol", "--out", page), "--json"),
        (("--scale", "effect"), "Add --out"),
        (("--scale", "odds"), "must be one of z, p, b"),
        (("--scale", ""), "must be one of z, p, b"),
    ):
        with pytest.raises(InputError) as caught:
            call(capsys, EXAMPLES["means"], *arguments)
        assert words in str(caught.value)
        assert not page.exists()
    assert "scale" in run(EXAMPLES["means"], "--scale", "p", code=1).stderr
    assert call(capsys, EXAMPLES["means"], "--scale", "z") == call(capsys, EXAMPLES["means"])


def test_a_file_says_all_that_spending_does(tmp_path):
    file = tmp_path / "design.yaml"
    futility = "futility: {spending: pocock, under: no effect, total: 0.1}\n"
    file.write_text(BINARY + futility, encoding="utf-8")
    plan = eq.read_design(file).plan
    assert plan.futility == eq.Spending("pocock", under="no effect", total=0.1)
    file.write_text(BINARY + "futility: {conditional_power: [0.1, 0.2]}\n", encoding="utf-8")
    assert eq.read_design(file).plan.futility.trend
    text = BINARY + "futility: {conditional_power: [0.1, 0.2], trend: false}\n"
    file.write_text(text, encoding="utf-8")
    assert not eq.read_design(file).plan.futility.trend


@pytest.mark.parametrize("allocation", ["", "allocation: {ratio: [1]}\n"])
def test_one_arm_has_one_number(allocation, tmp_path):
    file = tmp_path / "design.yaml"
    file.write_text(ONE_ARM + allocation, encoding="utf-8")
    design = eq.read_design(file)
    assert design.allocation == Allocation(ratio=(1,))
    assert design.ratio == 1
    assert design.endpoint.single_arm


def test_code_runs_where_it_is_allowed(tmp_path, capsys, monkeypatch):
    (tmp_path / "own_spending.py").write_text("def cubic(t):\n    return t**3\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "design.yaml"
    file.write_text(BINARY.replace("obrien-fleming", "own_spending:cubic"), encoding="utf-8")
    found = json.loads(call(capsys, file, "--json", "--allow-code"))
    spent = [row["alpha_spent"] for row in found["looks"]]
    fractions = [row["information"] for row in found["looks"]]
    assert spent == pytest.approx([0.025 * t**3 for t in fractions], rel=1e-6)
    assert "a stated function" in call(capsys, file, "--allow-code")
    assert "uses a stated function as spending function to spend" in call(
        capsys, file, "--allow-code", "--protocol"
    )


def test_help_names_every_option():
    text = run("--help").stdout
    for word in ("--protocol", "--scale", "--out", "--json", "--allow-code", "Exit codes"):
        assert word in text
