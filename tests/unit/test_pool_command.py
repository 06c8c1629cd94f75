"""`equipoise pool` on real files: CSV with any separator, Excel, and files that are wrong."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

COMMAND = str(Path(sys.executable).with_name("equipoise"))
EXAMPLE = Path(__file__).parents[2] / "examples" / "msc-covid19" / "studies.csv"
ROWS = {
    "study": ["Shu", "Lanzoni", "Dilogo", "Bowdish"],
    "outcome": ["death"] * 4,
    "events_treatment": [0, 2, 10, 42],
    "n_treatment": [12, 12, 20, 112],
    "events_control": [3, 7, 16, 47],
    "n_control": [29, 12, 20, 110],
}


def run(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [COMMAND, "pool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def tables(tmp_path):
    frame = pl.DataFrame(ROWS)
    frame.write_csv(tmp_path / "comma.csv")
    frame.write_csv(tmp_path / "semicolon.csv", separator=";", include_bom=True)
    frame.write_csv(tmp_path / "tab.tsv", separator="\t")
    frame.write_excel(tmp_path / "book.xlsx")
    return tmp_path


def test_every_kind_of_file_gives_the_same_numbers(tables):
    results = [
        json.loads(run(tables / name, "--measure", "RR", "--json").stdout)
        for name in ("comma.csv", "semicolon.csv", "tab.tsv", "book.xlsx")
    ]
    assert all(result == results[0] for result in results)
    assert results[0]["schema"] == "equipoise/synthesis/1"
    assert results[0]["k"] == 4
    assert results[0]["estimate"] == pytest.approx(0.70, abs=0.005)


def test_it_prints_a_forest_and_writes_a_page(tables):
    page = tables / "forest.html"
    done = run(tables / "comma.csv", "--measure", "RR", "--out", page)
    assert "■" in done.stdout
    assert "◆" in done.stdout
    assert "Hartung-Knapp" in done.stdout
    assert page.read_text(encoding="utf-8").count("data-chart=") == 3


def test_the_dossier_table_pools_by_outcome_and_condition():
    conditions = ["version=primary", "directness=direct", "design=parallel", "population=COVID-19"]
    arguments = [part for one in conditions for part in ("--where", one)]
    result = json.loads(
        run(EXAMPLE, "--measure", "RR", "--outcome", "death", *arguments, "--json").stdout
    )
    assert result["k"] >= 9


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.csv", "--measure", "RR"], "must be a file"),
        (["comma.csv", "--measure", "RX"], "RR"),
        (["comma.csv", "--measure", "RR", "--outcome", "sae"], "the table has death"),
        (["comma.csv", "--measure", "MD"], "needs the columns"),
        (["comma.csv", "--measure", "RR", "--method", "nonsense"], "must be one of"),
        (["comma.csv", "--measure", "RR", "--where", "study"], "column=value"),
        (["comma.csv", "--measure", "RR", "--where", "study=Nobody"], "no row is left"),
        (["wrong.csv", "--measure", "RR"], "events cannot exceed"),
        (["notes.docx", "--measure", "RR"], "CSV or Excel"),
    ],
)
def test_wrong_input_is_named_and_writes_nothing(tables, arguments, words):
    (tables / "wrong.csv").write_text("study,ai,n1i,ci,n2i\nA,13,12,1,12\n", encoding="utf-8")
    (tables / "notes.docx").write_text("x", encoding="utf-8")
    page = tables / "page.html"
    done = run(tables / arguments[0], *arguments[1:], "--out", page, code=1)
    assert words in done.stderr
    assert done.stdout == ""
    assert not page.exists()
    assert "Traceback" not in done.stderr


def test_a_study_twice_is_refused_with_its_name():
    done = run(EXAMPLE, "--measure", "RR", "--outcome", "death", code=1)
    assert "lanzoni-2021" in done.stderr
    assert "studies.csv" in done.stderr
