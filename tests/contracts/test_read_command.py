"""`equipoise read`: results on stdout, the rest on stderr, and nothing heavy on the way."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import equipoise as eq

ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("equipoise"))
TEXT = ROOT / "examples/texts/velorin.txt"


def run(*arguments: object, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, timeout=120, check=False, **more
    )


def test_the_summary_comes_first_and_alone_on_stdout():
    done = run("read", TEXT)
    text = done.stdout.decode()
    assert done.returncode == 0
    assert done.stderr == b""
    assert "24 patients" in text.splitlines()[2]
    assert text.index("It is silent on") < text.index("Facts") < text.index("Checks")
    assert "“there was no control group”" in text
    assert "EQ-R003" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [40, 80, 140])
def test_lines_fit_the_width(width):
    import os

    done = run("read", TEXT, env={**os.environ, "COLUMNS": str(width)})
    lines = done.stdout.decode().splitlines()
    assert max(map(len, lines)) <= width


def test_json_is_json_and_standard_input_is_read_alike():
    from_file = json.loads(run("read", TEXT, "--json").stdout)
    piped = json.loads(run("read", "-", "--json", input=TEXT.read_bytes()).stdout)
    assert from_file["document"]["name"] == "velorin.txt"
    assert piped["facts"] == from_file["facts"]
    assert from_file["study"]["controlled"] == "no"
    assert from_file["study"]["randomised"] == "silent"


def test_the_page_is_written_whole_and_its_place_is_told(tmp_path):
    out = tmp_path / "new" / "x.html"
    done = run("read", TEXT, "--out", out)
    assert done.returncode == 0
    assert str(out).encode() in done.stderr
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in out.parent.iterdir()] == ["x.html"]


def test_into_a_new_folder_and_again(tmp_path):
    folder = tmp_path / "dossier"
    done = run("read", TEXT, "--into", folder, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["schema"] == "equipoise/reading/1"
    assert b"pieces wait for" in done.stderr
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = run("read", TEXT, "--into", folder)
    assert again.returncode == 0
    assert b"nothing changed" in again.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert eq.read_dossier(folder).claims[0].unconfirmed


def test_the_draft_enters_a_verdict_only_when_asked(tmp_path):
    run("read", TEXT, "--into", tmp_path / "d")
    refused = run("verdict", tmp_path / "d", "--as-of", "2024-12-01")
    assert refused.returncode == 1
    assert b"equipoise confirm" in refused.stderr
    asked = run("verdict", tmp_path / "d", "--as-of", "2024-12-01", "--unconfirmed", "--json")
    assert asked.returncode == 0
    assert "taken in, as was asked" in json.loads(asked.stdout)["hindsight"][0]["text"]


def test_a_clash_of_ids_writes_nothing(tmp_path):
    folder = tmp_path / "msc"
    shutil.copytree(ROOT / "examples/msc-covid19", folder)
    text = TEXT.read_text(encoding="utf-8")
    other = tmp_path / "other.txt"
    other.write_text(
        text.replace("Mara Lindqvist", "David Cox").replace("9 October 2024", "25 March 2020"),
        encoding="utf-8",
    )
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = run("read", other, "--into", folder)
    assert done.returncode == 1
    assert b"--source cox-2020" in done.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.txt"], b"none.txt"),
        ([TEXT, "--source", "x"], b"--into"),
        ([TEXT, "--first-public", "2020"], b"--into"),
    ],
)
def test_wrong_input_exits_1_and_says_what_to_do(arguments, told):
    done = run("read", *arguments)
    assert done.returncode == 1
    assert told in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_no_article_and_an_unknown_option_are_usage():
    assert run("read").returncode == 2
    assert run("read", TEXT, "--score").returncode == 2


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02\x03" * 100, b"\xff\xfe\xfa" * 50])
def test_what_is_no_text_is_an_error_in_words(data):
    done = run("read", "-", input=data)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith(b"equipoise: ")


@pytest.mark.parametrize("more", [["--json"], [], ["--out", "x.html"]])
def test_reading_imports_nothing_of_trials_or_charts(more, tmp_path):
    code = (
        "import sys\n"
        "from equipoise.cli import main\n"
        f"sys.argv = ['equipoise', 'read', {str(TEXT)!r}, *{more!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path,
    )  # fmt: skip
    loaded = set(done.stderr.partition("LOADED")[2].split())
    assert "equipoise" in loaded
    assert not {"numba", "altair", "polars", "pydantic", "vl_convert"} & loaded
