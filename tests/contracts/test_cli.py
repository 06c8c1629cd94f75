"""The command line: results on stdout, everything else on stderr, stable exit codes."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import equipoise

ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("equipoise"))
VERDICT = (
    "verdict", str(ROOT / "examples/msc-covid19"), "--as-of", "2020-03-25", "--replicates", "10000"
)  # fmt: skip


def run(*arguments: str, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        **more,
    )


@pytest.fixture(scope="module")
def as_json():
    return run(*VERDICT, "--json")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["verdict", "--help"], []])
def test_help(arguments):
    done = run(*arguments)
    assert done.returncode == 0
    assert "verdict" in done.stdout
    assert done.stderr == ""


def test_help_tells_every_option_and_the_exit_codes():
    text = run("verdict", "--help").stdout
    for word in ("--as-of", "--out", "--json", "--replicates", "Exit codes"):
        assert word in text


def test_version():
    done = run("--version")
    assert (done.returncode, done.stdout.strip()) == (0, equipoise.__version__)


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from equipoise.cli import main\n"
        "sys.argv = ['equipoise', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(done.stderr.split())
    assert "equipoise" in loaded
    assert not {"numba", "altair", "polars", "numpy", "scipy", "vl_convert"} & loaded


def test_json_alone_is_on_stdout(as_json):
    assert as_json.returncode == 0
    assert json.loads(as_json.stdout)["effect"] == "untested"
    assert as_json.stderr == ""


def test_summary_is_on_stdout():
    done = run(*VERDICT)
    assert done.returncode == 0
    assert "untested · very uncertain" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_where_the_report_went_is_said_on_stderr(tmp_path, as_json):
    out = tmp_path / "new" / "folder" / "x.html"
    done = run(*VERDICT, "--json", "--out", str(out))
    assert done.returncode == 0
    assert done.stdout == as_json.stdout
    assert str(out) in done.stderr
    assert [path.name for path in out.parent.iterdir()] == ["x.html"]
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_progress_is_shown_on_a_terminal_and_never_on_stdout(as_json):
    main, side = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        [PROGRAM, *VERDICT, "--json"], stdout=subprocess.PIPE, stderr=side, env=environment
    ) as process:
        os.close(side)
        seen = b""
        assert process.stdout is not None
        out = process.stdout.read()
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
    os.close(main)
    assert process.returncode == 0
    assert out.decode() == as_json.stdout
    assert b"simulating trials" in seen


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_output_survives_a_narrow_encoding(encoding):
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [PROGRAM, *VERDICT], capture_output=True, env=environment, timeout=120, check=False
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode == 0
    assert b"untested" in done.stdout


def test_a_reader_that_stops_early_causes_no_traceback():
    with subprocess.Popen(
        [PROGRAM, *VERDICT, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        errors = process.stderr.read()
    assert b"Traceback" not in errors


def test_a_day_in_the_folder_s_name_is_no_option(tmp_path):
    assert run("verdict", str(tmp_path / "none")).returncode == 1


def test_interrupt_exits_3_and_writes_nothing(tmp_path):
    import signal
    import time

    out = tmp_path / "x.html"
    with subprocess.Popen(
        [PROGRAM, *VERDICT[:-1], "100000000", "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        time.sleep(6)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert process.returncode == 3
    assert b"interrupted" in errors
    assert b"Traceback" not in errors
    assert list(tmp_path.iterdir()) == []
