"""`equipoise simulate`: its results, its options and its exit codes, as a program of its own."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import polars as pl
import pytest

import equipoise as eq
from equipoise.cli.app import app
from equipoise.errors import DossierError, InputError
from equipoise.report.simulation_json import SCHEMA as NAME
from equipoise.report.simulation_json import simulation_dict, simulation_json

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("equipoise"))
DESIGNS = ROOT / "examples" / "designs"
RULES, DELAYED = DESIGNS / "rules.yaml", DESIGNS / "delayed-effect.yaml"
SCHEMA = json.loads((ROOT / "docs/reference/simulation.schema.json").read_text(encoding="utf-8"))
SMALL = """\
arms: [control, treatment]
endpoint: {kind: binary, test: pooled}
assume: {control: 0.25, treatment: 0.15}
looks: {count: 2}
"""


def run(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [COMMAND, "simulate", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def call(capsys, *arguments: object) -> str:
    """In this process, which is faster; what it prints."""
    app(["simulate", *map(str, arguments)], exit_on_error=False, result_action="return_value")
    return capsys.readouterr().out


@pytest.fixture
def small(tmp_path):
    file = tmp_path / "design.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return file


# --- what it prints -------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [RULES, DELAYED], ids=lambda path: path.stem)
def test_it_prints_what_python_gives(file):
    design = eq.read_design(file)
    oc = eq.simulate(design, replicates=3000, seed=7)
    done = run(file, "--replicates", "3e3", "--seed", "7")
    assert done.stdout == oc.summary() + "\n"
    assert done.stderr == ""
    assert [row.name for row in oc.truths] == [row.name for row in design.scenarios]
    assert file.read_text(encoding="utf-8").count("#") >= 10


def test_without_scenarios_the_plan_and_no_effect(small, capsys):
    found = json.loads(call(capsys, small, "--replicates", "2048", "--json"))
    truths = [row["truth"]["risks"] for row in found["scenarios"]]
    assert truths == [[0.25, 0.15], [0.25, 0.25]]
    assert found["replicates"] == 2048


def test_scenarios_are_chosen_by_name(capsys):
    text = call(
        capsys, RULES, "--replicates", "1024", "--json",
        "--scenario", "hoped for", "--scenario", "no effect", "--scenario", "hoped for",
    )  # fmt: skip
    chosen = json.loads(text)
    assert [row["name"] for row in chosen["scenarios"]] == ["hoped for", "no effect"]
    every = json.loads(call(capsys, RULES, "--replicates", "1024", "--json"))
    by_name = {row["name"]: row for row in every["scenarios"]}
    for row in chosen["scenarios"]:
        assert row == by_name[row["name"]]


def test_threads_do_not_change_a_digit(small, capsys):
    one, two = (
        call(capsys, small, "--replicates", 5000, "--json", "--threads", threads)
        for threads in (1, 2)
    )
    assert one == two


def test_the_page_holds_the_table_and_the_charts(tmp_path):
    page = tmp_path / "new" / "page.html"
    done = run(RULES, "--replicates", "2048", "--out", page, "--json")
    assert json.loads(done.stdout)["schema"] == NAME
    assert str(page) in done.stderr
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert html.count("data-chart=") == 2
    assert "Simulated trial: death by day 28" in html
    assert "works in the severe only" in html
    assert "http-equiv" in html


def test_a_trial_is_replayed(tmp_path, capsys):
    page = tmp_path / "page.html"
    text = call(capsys, RULES, "--replay", "hoped for:17", "--seed", 3, "--out", page)
    design = eq.read_design(RULES)
    oc = eq.simulate(design, design.scenarios, replicates=2048, seed=3)
    assert text == oc.replay("hoped for", 17).summary() + "\n"
    assert page.read_text(encoding="utf-8").count("data-chart=") == 1


def test_records_are_one_row_a_trial(small, tmp_path, capsys):
    folder = tmp_path / "records"
    found = json.loads(
        call(capsys, small, "--replicates", 2048, "--records", folder, "--json")
    )["scenarios"][0]  # fmt: skip
    rows = pl.read_parquet(folder / "*.parquet").filter(pl.col("scenario") == found["name"])
    assert len(rows) == 2048
    assert (rows["reason"] == "efficacy").mean() == found["benefit"]["value"]


def test_until_stops_early_and_a_checkpoint_goes_on(small, tmp_path, capsys):
    kept = tmp_path / "run.checkpoint"
    arguments = (small, "--replicates", "1e6", "--checkpoint", kept, "--json")
    first = json.loads(call(capsys, *arguments, "--until", "0.002"))
    assert first["replicates"] < 200_000
    errors = [row["benefit"]["error"] for row in first["scenarios"]]
    assert max(errors) <= 0.002
    assert kept.is_file()
    assert json.loads(call(capsys, *arguments, "--until", "0.002")) == first
    more = json.loads(call(capsys, *arguments, "--until", "0.0015"))
    assert first["replicates"] < more["replicates"] < 400_000
    alone = json.loads(call(capsys, small, "--replicates", more["replicates"], "--json"))
    assert alone == more


def test_code_of_one_s_own_runs_where_it_is_allowed(tmp_path):
    (tmp_path / "own_parts_of_a_test.py").write_text(
        "from numba import njit\n\n\n"
        "@njit\ndef stop(seen, parameters):\n"
        "    if seen.z >= parameters[0]:\n        return 1\n"
        "    return 2 if seen.z < 0 and seen.look < seen.looks - 1 else 0\n\n\n"
        "@njit\ndef outcome(u, arm, entry_day, parameters):\n"
        "    return 1.0 if u[0] < parameters[arm] else 0.0\n",
        encoding="utf-8",
    )
    file = tmp_path / "design.yaml"
    file.write_text(
        SMALL
        + "rules:\n  own rule:\n    function: own_parts_of_a_test:stop\n"
        + "    parameters: [2.2]\n    instead: true\n"
        + "scenarios:\n"
        + "  modelled:\n    outcomes: {function: 'own_parts_of_a_test:outcome', "
        + "parameters: [0.25, 0.15], effect: -0.1}\n"
        + "  no effect, modelled:\n    outcomes: {function: 'own_parts_of_a_test:outcome', "
        + "parameters: [0.25, 0.25], effect: 0}\n",
        encoding="utf-8",
    )
    assert "a file may not run" in run(file, code=1).stderr
    found = json.loads(run(file, "--allow-code", "--replicates", 20_480, "--json").stdout)
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    (rule,) = found["design"]["rules"]
    assert rule["function"] == "own_parts_of_a_test:stop"
    benefit = [row["benefit"]["value"] for row in found["scenarios"]]
    assert benefit[0] > 0.8
    assert benefit[1] < 0.04
    (look, _) = found["scenarios"][1]["looks"]
    assert abs(look["stopped"]["futility"]["value"] - 0.5) < 0.03


# --- what is wrong --------------------------------------------------------------------------------


def test_a_wrong_file_gives_exit_code_1_and_writes_nothing(small, tmp_path):
    small.write_text(SMALL + "scenarios:\n  a: {controls: 0.2}\n", encoding="utf-8")
    page = tmp_path / "page.html"
    done = run(small, "--out", page, code=1)
    assert done.stdout == ""
    assert "design.yaml:6: scenarios.a.controls" in done.stderr
    assert "Did you mean `control`" in done.stderr
    assert not page.exists()
    assert "none.yaml" in run(tmp_path / "none.yaml", code=1).stderr


def test_numbers_are_whole(small):
    for wrong in ("many", "1.5", "1e400"):
        run(small, "--replicates", wrong, code=2)
    run(small, "--replicates", "0", code=1)
    run(small, "--replicates", "-1", code=1)
    run(small, "--seed", "1e30", code=2)
    run(code=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scenario", "planed"), "Did you mean"),
        (("--scenario", "zzz"), "Name one of them"),
        (("--replay", "zzz:1"), "is not one of"),
        (("--replay", "3"), "SCENARIO:INDEX"),
        (("--replay", "planned:"), "SCENARIO:INDEX"),
        (("--replay", "planned:-1"), "SCENARIO:INDEX"),
        (("--until", "0"), "above 0"),
        (("--allow-failed", "2"), "allow_failed"),
        (("--threads", "0"), "threads"),
    ],
)
def test_a_wrong_argument_is_told(small, capsys, arguments, words):
    with pytest.raises(InputError) as caught:
        call(capsys, small, *arguments)
    assert words in str(caught.value)
    assert not isinstance(caught.value, DossierError)


@pytest.mark.parametrize(
    "others",
    [
        ("--json",), ("--until", "0.1"), ("--checkpoint", "x"), ("--records", "x"),
        ("--scenario", "planned"),
    ],
)  # fmt: skip
def test_what_a_replay_would_ignore_is_refused(small, capsys, others):
    with pytest.raises(InputError, match=f"{others[0]}.*does not go with --replay"):
        call(capsys, small, "--replay", "planned:1", *others)


# --- on a terminal, and interrupted ---------------------------------------------------------------


def test_progress_has_a_rate_and_stays_off_stdout(small):
    main, side = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(
        [COMMAND, "simulate", str(small), "--replicates", "3e5", "--threads", "1"],
        stdout=subprocess.PIPE,
        stderr=side,
        env=environment,
    ) as process:
        os.close(side)
        seen = b""
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(main)
    assert process.returncode == 0
    assert b"simulating trials" in seen
    assert b"trials/s" in seen
    assert b"/s" not in out


def interrupted(*arguments: object, when: Path | None) -> subprocess.CompletedProcess[bytes]:
    """Sent an interrupt once `when` is there, else after some seconds."""
    with subprocess.Popen(
        [COMMAND, "simulate", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        start = time.monotonic()
        while time.monotonic() - start < (60 if when else 4) and not (when and when.exists()):
            time.sleep(0.1)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        try:
            out, errors = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert process.returncode == 3
    assert b"Traceback" not in errors
    return subprocess.CompletedProcess(process.args, 3, out, errors)


def test_an_interrupted_run_says_how_to_go_on(small, tmp_path, capsys):
    kept = tmp_path / "run.checkpoint"
    arguments = (RULES, "--replicates", "1e9", "--checkpoint", kept, "--seed", "5")
    done = interrupted(*arguments, when=kept)
    assert done.stdout == b""
    assert str(kept).encode() in done.stderr
    assert b"the same command again" in done.stderr
    again = json.loads(call(capsys, *arguments, "--until", "0.1", "--json"))
    assert again["replicates"] > 1024
    whole = call(
        capsys, RULES, "--replicates", again["replicates"], "--seed", "5", "--json"
    )  # fmt: skip
    assert json.loads(whole) == again


def test_without_a_checkpoint_nothing_is_kept(tmp_path):
    page = tmp_path / "page.html"
    done = interrupted(RULES, "--replicates", "1e9", "--out", page, when=None)
    assert b"nothing was written" in done.stderr
    assert list(tmp_path.iterdir()) == []


# --- JSON -----------------------------------------------------------------------------------------

CASES = {
    "rules": lambda: eq.read_design(RULES),
    "delayed effect": lambda: eq.read_design(DELAYED),
    "binary": lambda: eq.read_design(DESIGNS / "binary.yaml"),
    "means": lambda: eq.read_design(DESIGNS / "means.yaml"),
    "survival": lambda: eq.read_design(DESIGNS / "survival.yaml"),
    "one arm": lambda: eq.sample_size(
        eq.GroupSequential(looks=2),
        eq.Binary(control=0.2, treatment=0.4, better="higher", single_arm=True),
    ),
    "two-sided ratio": lambda: eq.sample_size(
        eq.GroupSequential(looks=2, sided=2, alpha=0.05),
        eq.Binary(control=0.2, treatment=0.4, better="higher", scale="ratio"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_json_keeps_its_schema_and_the_results_numbers(name):
    oc = eq.simulate(CASES[name](), replicates=1500)
    text = simulation_json(oc)
    assert "NaN" not in text
    assert "Infinity" not in text
    found = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert found["replicates"] == 1500
    for row, told in zip(oc.scenarios, found["scenarios"], strict=True):
        assert told["name"] == row.scenario.name
        for measure in ("benefit", "benefit_alone", "harm", "patients"):
            assert told[measure] == {
                "value": getattr(row, measure),
                "error": getattr(row, f"{measure}_error"),
            }
        ended = sum(share["value"] for look in told["looks"] for share in look["stopped"].values())
        assert ended == pytest.approx(1)
        shares = [look["stopped"]["efficacy"] for look in told["looks"]]
        assert all(share["error"] is not None for share in shares)
        middle = next(one for one in told["quantiles"]["patients"] if one["share"] == 0.5)
        assert middle["low"] <= middle["value"] <= middle["high"]
    for row in found["differences"]:
        assert row["less"] == oc.truths[0].name
        pair = oc.difference(row["scenario"], row["less"])
        assert row["benefit"] == {"value": pair.value, "error": pair.error}


def test_every_kind_of_truth_has_its_place_in_the_schema():
    from scipy import stats

    from equipoise.report.simulation_json import _truth

    truth_schema = {**SCHEMA["$defs"]["truth"], "$defs": SCHEMA["$defs"]}
    half = eq.Survival(hazard_per_month=(0.1, 0.05), from_months=(0, 6))
    truths = [
        eq.Scenario(name="a", risks=(0.2, 0.1), adverse_risks=(0.1, 0.2), time_trend=0.1),
        eq.Scenario(name="b", means=(0, 1), sds=(1, 2), dropout_per_month=0.1),
        eq.Scenario(name="c", hazard_ratio=(1, 0.5), from_months=(0, 4)),
        eq.Scenario(
            name="d",
            survival=(half, half),
            accrual=eq.Accrual(per_month=(5, 6), from_months=(0, 1)),
        ),
        eq.Scenario(name="e", outcomes=eq.Empirical(control=(0, 1), treatment=(1, 1))),
        eq.Scenario(name="f", outcomes=eq.OwnOutcome(function=max, parameters=(1.0,))),
        eq.Scenario(name="g", prior=eq.Prior(risks=(stats.beta(3, 9), 0.2))),
        eq.Scenario(name="h", prior=eq.Prior(hazard_ratio=stats.lognorm(0.2, scale=0.7))),
        eq.Scenario(
            name="i",
            strata=(
                eq.Stratum(name="x", prevalence=0.4, risks=(0.2, 0.1)),
                eq.Stratum(name="y", prevalence=0.6, risks=(0.3, 0.1)),
            ),
        ),
    ]  # fmt: skip
    for truth in truths:
        told = json.loads(json.dumps(_truth(truth)))
        jsonschema.validate(told, truth_schema, cls=jsonschema.Draft202012Validator)
    assert _truth(truths[6])["prior"]["risks"] == ["beta(3, 9)", 0.2]
    assert _truth(truths[7])["prior"]["hazard_ratio"] == ["lognorm(0.2, scale=0.7)"]
    assert _truth(truths[4])["outcomes"]["rows"] == 2
    assert _truth(truths[5])["outcomes"]["function"] == "builtins:max"


def test_the_schema_refuses_keys_and_names_the_program_s_version():
    assert SCHEMA["properties"]["schema"]["const"] == NAME
    found = simulation_dict(eq.simulate(CASES["one arm"](), replicates=1024)) | {"extra": 1}
    with pytest.raises(jsonschema.ValidationError, match="extra"):
        jsonschema.validate(found, SCHEMA)


def test_every_definition_of_the_schema_is_used():
    used = set()

    def look(value: object) -> None:
        if isinstance(value, dict):
            used.add(value.get("$ref"))
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(SCHEMA)
    assert {f"#/$defs/{name}" for name in SCHEMA["$defs"]} == used - {None}


# --- help -----------------------------------------------------------------------------------------


def test_help_names_every_option_and_loads_nothing_heavy():
    text = run("--help").stdout
    for word in (
        "--replicates", "--seed", "--scenario", "--threads", "--until", "--checkpoint", "--records",
        "--allow-failed", "--replay", "--out", "--json", "--allow-code", "Exit codes",
    ):  # fmt: skip
        assert word in text
    code = (
        "import sys\nfrom equipoise.cli import main\n"
        "sys.argv = ['equipoise', 'simulate', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert not {"numba", "altair", "polars", "numpy", "scipy"} & set(done.stderr.split())
