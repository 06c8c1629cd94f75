"""Damage a dossier: each problem is named with file, line, what was seen, the rule and the mend."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.errors import Problem

EXAMPLE = Path(__file__).parents[2] / "examples" / "msc-covid19"
TABLES = ("studies.csv", "natural-history.csv", "events.csv", "registrations.csv")


@pytest.fixture
def dossier(tmp_path):
    return Path(shutil.copytree(EXAMPLE, tmp_path / "dossier"))


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one place where `old` stands."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def append(path: Path, text: str) -> int:
    """Add a last line; return its number."""
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}{text}", encoding="utf-8")
    return before.count("\n") + 1


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    (found,) = [number for number, line in enumerate(lines, 1) if text in line]
    return found


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(eq.DossierError) as caught:
        eq.read_dossier(folder)
    for problem in caught.value.problems:
        assert str(problem) in str(caught.value)
        assert problem.rule
        assert problem.mend
    return caught.value.problems


def only(folder: Path) -> Problem:
    (problem,) = problems(folder)
    return problem


def test_strata_that_do_not_add_up(dossier):
    edit(dossier / "claims.yaml", "label: mild, n: 16", "label: mild, n: 17")
    problem = only(dossier)
    assert (problem.file, problem.line) == (
        "claims.yaml",
        line_of(dossier / "claims.yaml", "- id: youan-2020"),
    )
    assert problem.name == "strata"
    assert "17 + 8 + 7 = 32" in problem.seen
    assert problem.rule == "they must add up to the claim's n, 31"
    assert problem.mend == "Correct a stratum or n"


def test_more_events_than_patients_in_a_claim(dossier):
    edit(dossier / "claims.yaml", "events: 31", "events: 32")
    problem = only(dossier)
    assert problem.file == "claims.yaml"
    assert problem.line == line_of(dossier / "claims.yaml", "- outcome: ct_improved")
    assert "events: 32" in problem.seen
    assert "n: 31" in problem.seen
    assert problem.rule == "events must lie between 0 and n"


def test_more_events_than_patients_in_a_table(dossier):
    edit(dossier / "natural-history.csv", ",52,32,", ",52,53,")
    problem = only(dossier)
    assert problem.file == "natural-history.csv"
    assert problem.line == line_of(dossier / "natural-history.csv", ",52,53,")
    assert "events: 53" in problem.seen
    assert "n: 52" in problem.seen
    assert problem.rule == "events must lie between 0 and n"


def test_negative_count(dossier):
    edit(dossier / "natural-history.csv", ",52,32,", ",52,-1,")
    assert only(dossier).rule == "events must lie between 0 and n"


@pytest.mark.parametrize("text", ["3.5", "many", "1e3"])
def test_a_count_that_is_no_whole_number(dossier, text):
    edit(dossier / "natural-history.csv", ",52,32,", f",52,{text},")
    problem = only(dossier)
    assert problem.name == "events"
    assert problem.seen == repr(text)
    assert problem.rule == "it must be a whole number"


def test_a_missing_count_is_not_zero(dossier):
    edit(dossier / "natural-history.csv", ",52,32,", ",52,,")
    rows = [row for row in eq.read_dossier(dossier).cohorts if row.cohort == "yang-x-2020"]
    assert [row.events for row in rows] == [None]


def test_unknown_source_in_a_table(dossier):
    row = "x,2020-03,guideline,,,nobody-2020,cox-2020,,2020-03-25,low,\n"
    line = append(dossier / "events.csv", row)
    problem = only(dossier)
    assert (problem.file, problem.line) == ("events.csv", line)
    assert (problem.name, problem.seen) == ("source", "'nobody-2020'")
    assert problem.rule == "it must be an id in sources.yaml"
    assert problem.mend == "Add nobody-2020 there"


def test_unknown_source_in_a_claim(dossier):
    edit(dossier / "claims.yaml", "source: cox-2020", "source: cox-2021")
    problem = only(dossier)
    assert (problem.file, problem.name, problem.seen) == ("claims.yaml", "source", "'cox-2021'")


def test_unknown_key_with_a_suggestion(dossier):
    edit(
        dossier / "question.yaml",
        "population: Adults in hospital with COVID-19 pneumonia\n",
        "popullation: Adults\n",
    )
    found = problems(dossier)
    unknown = next(row for row in found if row.name == "popullation")
    assert unknown.file == "question.yaml"
    assert unknown.line == line_of(dossier / "question.yaml", "popullation")
    assert unknown.rule == "the key is not known"
    assert unknown.mend == "Did you mean `population`"
    missing = next(row for row in found if row.name == "population")
    assert (missing.seen, missing.rule) == ("nothing", "it is required")
    assert len(found) == 2


def test_unknown_key_deep_in_a_claim_is_compared_with_the_keys_of_its_own_record(dossier):
    edit(dossier / "claims.yaml", "harms: {said: silent,", "harmes: {said: silent,")
    problem = only(dossier)
    assert problem.line == line_of(dossier / "claims.yaml", "harmes:")
    assert problem.rule == "the key is not known"
    assert problem.mend == "Did you mean `harms`"


def test_unknown_column_with_a_suggestion(dossier):
    edit(dossier / "events.csv", "event,date,kind", "event,date,kinds")
    problem = only(dossier)
    assert (problem.file, problem.line) == ("events.csv", 1)
    assert problem.seen == "'kinds'"
    assert "Did you mean 'kind'" in problem.mend


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2020-13-40", "must be a date that exists in the calendar"),
        ("2021-02-29", "must be a date that exists in the calendar"),
        ("0000", "must be a date that exists in the calendar"),
        ("25.03.2020", "must be YYYY, YYYY-MM or YYYY-MM-DD"),
        ("2020-3-5", "must be YYYY, YYYY-MM or YYYY-MM-DD"),
        ("20200325", "must be YYYY, YYYY-MM or YYYY-MM-DD"),
    ],
)
def test_a_date_that_is_none(dossier, text, rule):
    edit(dossier / "claims.yaml", "first_public: 2020-03-25", f"first_public: {text}")
    problem = only(dossier)
    assert problem.file == "claims.yaml"
    assert problem.line == line_of(dossier / "claims.yaml", f"first_public: {text}")
    assert problem.name == "first_public"
    assert problem.seen == repr(text)
    assert problem.rule == rule


@pytest.mark.parametrize("name", ["claims.yaml", "natural-history.csv", "design.yaml"])
@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file(dossier, name, content):
    (dossier / name).write_bytes(content)
    found = problems(dossier)
    assert [(row.file, row.line, row.seen) for row in found if row.name == "file"] == [
        (name, None, "an empty file")
    ]


def test_a_comment_alone_is_no_content(dossier):
    (dossier / "design.yaml").write_text("# later\n")
    problem = only(dossier)
    assert (problem.file, problem.seen) == ("design.yaml", "no value")


def test_no_claim(dossier):
    (dossier / "claims.yaml").write_text("[]\n")
    problem = only(dossier)
    assert problem.file == "claims.yaml"
    assert problem.rule == "there must be a claim"


def test_a_byte_order_mark_semicolons_and_windows_line_ends_read_the_same(dossier):
    import csv

    original = eq.read_dossier(EXAMPLE)
    for name in TABLES:
        with (dossier / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        with (dossier / name).open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows)
    for name in ("claims.yaml", "sources.yaml"):
        text = (dossier / name).read_text(encoding="utf-8")
        (dossier / name).write_text(text, encoding="utf-8-sig", newline="\r\n")
    again = eq.read_dossier(dossier)
    for part in ("studies", "cohorts", "events", "registrations", "claims", "sources", "question"):
        assert getattr(again, part) == getattr(original, part), part


@pytest.mark.parametrize("name", ["natural-history.csv", "claims.yaml"])
def test_a_gigabyte_is_refused_without_being_read(dossier, name):
    os.truncate(dossier / name, 1 << 30)
    start = time.perf_counter()
    found = problems(dossier)
    assert time.perf_counter() - start < 5
    problem = next(row for row in found if row.name == "file")
    assert (problem.file, problem.line, problem.seen) == (name, None, "1,073,741,824 bytes")
    assert problem.rule == "a file may have at most 16,777,216 bytes"


def test_a_small_file_that_would_grow_is_refused(dossier):
    levels = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    (dossier / "question.yaml").write_text("\n".join(levels))
    start = time.perf_counter()
    found = problems(dossier)
    assert time.perf_counter() - start < 5
    problem = next(row for row in found if row.file == "question.yaml")
    assert (problem.line, problem.seen) == (1, "an anchor or alias")
    assert problem.mend == "Write the value out"


def test_a_tag_is_refused(dossier):
    (dossier / "design.yaml").write_text("arms: !!python/object/apply:os.system [echo]\n")
    problem = only(dossier)
    assert (problem.file, problem.line) == ("design.yaml", 1)
    assert problem.rule == "tags are not read"


@pytest.mark.parametrize(
    "text",
    ["a: " + "[" * 100_000, "[" * 17 + "]" * 17, "\n".join(" " * i + "a:" for i in range(2000))],
)
def test_deep_nesting_is_refused_fast(dossier, text):
    (dossier / "design.yaml").write_text(text)
    start = time.perf_counter()
    problem = only(dossier)
    assert time.perf_counter() - start < 5
    assert problem.file == "design.yaml"
    assert problem.rule == "nesting is limited"
    assert problem.seen == "more than 16 levels"


def test_a_key_that_stands_twice(dossier):
    line = append(dossier / "design.yaml", "seed: 2\n")
    problem = only(dossier)
    assert (problem.file, problem.line, problem.seen) == (
        "design.yaml",
        line,
        "the key 'seed' twice",
    )


def test_tabs_are_not_yaml(dossier):
    edit(dossier / "question.yaml", "  - id: death", "\t- id: death")
    found = problems(dossier)
    problem = next(row for row in found if row.file == "question.yaml")
    assert problem.line == line_of(dossier / "question.yaml", "\t- id: death")
    assert "\\t" in problem.seen or "tab" in problem.seen
    assert problem.rule == "the file must be YAML"


def test_a_quote_that_is_not_closed_in_yaml(dossier):
    edit(dossier / "design.yaml", "test: fisher-exact", 'test: "fisher-exact')
    problem = only(dossier)
    assert problem.file == "design.yaml"
    assert problem.rule == "the file must be YAML"
    assert problem.line is not None


def test_two_documents_in_one_file(dossier):
    append(dossier / "design.yaml", "---\narms: [a, b]\n")
    assert only(dossier).rule == "the file must be YAML"


def test_latin_1_bytes(dossier):
    path = dossier / "sources.yaml"
    lines = path.read_bytes().splitlines(keepends=True)
    lines.insert(9, b"# Se\xf1or\n")
    path.write_bytes(b"".join(lines))
    problem = next(row for row in problems(dossier) if row.file == "sources.yaml")
    assert (problem.line, problem.name, problem.seen) == (10, "encoding", "byte 0xf1")
    assert problem.mend == "Save the file as UTF-8"


def test_latin_1_bytes_in_sources_are_the_only_problem(dossier):
    """Sources that cannot be read do not make every row's source unknown."""
    (dossier / "sources.yaml").write_bytes(b"caf\xe9: {}\n")
    assert {row.file for row in problems(dossier)} == {"sources.yaml"}


def test_a_nul_byte(dossier):
    with (dossier / "events.csv").open("ab") as file:
        file.write(b"\0")
    problem = only(dossier)
    assert (problem.file, problem.seen) == ("events.csv", "a NUL character")


@pytest.mark.parametrize("name", ["question.yaml", "sources.yaml", "claims.yaml"])
def test_a_missing_file(dossier, name):
    (dossier / name).unlink()
    problem = next(row for row in problems(dossier) if row.file == name)
    assert (problem.line, problem.seen, problem.mend) == (None, "no such file", f"Create {name}")


def test_optional_files_may_be_missing(dossier):
    for name in (*TABLES, "design.yaml", "judgements.yaml"):
        (dossier / name).unlink()
    read = eq.read_dossier(dossier)
    assert read.plan is None
    assert read.cohorts == ()


def test_no_such_folder(tmp_path):
    with pytest.raises(eq.InputError, match="must be a folder"):
        eq.read_dossier(tmp_path / "nowhere")


def test_a_row_with_too_many_cells(dossier):
    line = append(dossier / "events.csv", "a,2020,halt,,,cox-2020,,,2020,low,too,many\n")
    problem = only(dossier)
    assert (problem.file, problem.line, problem.seen) == ("events.csv", line, "12 cells")
    assert problem.rule == "the header has 11 columns"


def test_a_row_with_too_few_cells(dossier):
    line = append(dossier / "events.csv", "a,2020,halt\n")
    problem = only(dossier)
    assert (problem.line, problem.seen) == (line, "3 cells")


def test_a_cell_over_several_lines_counts_lines_from_the_row(dossier):
    line = append(
        dossier / "events.csv", 'a,2020-13,halt,,,cox-2020,,,2020,low,"one\ntwo\nthree"\n'
    )
    problem = only(dossier)
    assert problem.name == "date"
    assert problem.line == line


def test_a_quote_that_is_not_closed_in_a_table(dossier):
    path = dossier / "natural-history.csv"
    line = line_of(path, "yang-x-2020,")
    edit(path, "yang-x-2020,Yang X 2020,", 'yang-x-2020,"Yang X 2020,')
    found = [row for row in problems(dossier) if row.file == path.name]
    assert found
    assert found[0].line == line
    assert "quote" in found[0].mend.lower()


def test_two_primary_outcomes(dossier):
    edit(
        dossier / "question.yaml",
        "name: Discharged from hospital\n",
        "name: Discharged from hospital\n    primary: true\n",
    )
    problem = only(dossier)
    assert (problem.file, problem.name) == ("question.yaml", "outcomes")
    assert problem.line is not None
    assert problem.seen == "['death', 'discharged']"
    assert problem.rule == "exactly one outcome is primary"


def test_no_primary_outcome(dossier):
    edit(dossier / "question.yaml", "    primary: true\n", "")
    assert only(dossier).seen == "[]"


def test_a_primary_count_stands_once(dossier):
    path = dossier / "natural-history.csv"
    (row,) = [line for line in path.read_text().splitlines() if line.startswith("yang-x-2020")]
    line = append(path, f"{row}\n")
    problem = only(dossier)
    assert (problem.line, problem.name) == (line, "version")
    assert problem.mend == "Mark the other one `alternative`"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("per_month: 40", "per_month: -1"),
        ("ramp_up_months: 2", "ramp_up_months: -2"),
        ("alpha: 0.025", "alpha: 2"),
        ("power: 0.9", "power: 1.5"),
        ("control: {stratum: severe}", "control: {risk: 5, reason: guess}"),
        ("control: {stratum: severe}", "control: {stratum: severe, risk: 0.2}"),
        ("replicates: 1000000", "replicates: -5"),
        ("untreated: 0.67", "untreated: 1"),
        ("alpha: 0.025", "alpha: nan"),
    ],
)
def test_a_design_that_cannot_be_is_refused_with_its_line(dossier, old, new):
    edit(dossier / "design.yaml", old, new)
    problem = only(dossier)
    assert problem.file == "design.yaml"
    assert problem.line is not None


def test_all_problems_are_told_at_once(dossier):
    edit(dossier / "claims.yaml", "label: mild, n: 16", "label: mild, n: 10")
    edit(dossier / "natural-history.csv", ",52,32,", ",52,53,")
    edit(dossier / "design.yaml", "power: 0.9", "powr: 0.9")
    append(dossier / "events.csv", "a,2020,halt\n")
    found = problems(dossier)
    assert [row.file for row in found] == [
        "claims.yaml",
        "design.yaml",
        "events.csv",
        "natural-history.csv",
    ]
    with pytest.raises(eq.DossierError, match="the dossier has 4 problems"):
        eq.read_dossier(dossier)


# The same through the command line.


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("equipoise")), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_command_line_names_file_and_line_and_leaves_nothing(dossier, tmp_path):
    edit(dossier / "claims.yaml", "events: 31", "events: 32")
    line = line_of(dossier / "claims.yaml", "- outcome: ct_improved")
    out = tmp_path / "out"
    out.mkdir()
    done = run("verdict", dossier, "--out", out / "x.html")
    assert done.returncode == 1
    assert f"claims.yaml:{line}" in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert list(out.iterdir()) == []


def test_command_line_leaves_an_older_report_alone(dossier, tmp_path):
    (dossier / "claims.yaml").write_text("[")
    out = tmp_path / "x.html"
    out.write_text("before")
    assert run("verdict", dossier, "--out", out).returncode == 1
    assert out.read_text() == "before"


def test_command_line_usage(dossier):
    done = run("verdict", dossier, "--as-off", "2020-03-25")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert run("verdict").returncode == 2
    assert run("nonsense").returncode == 2


@pytest.mark.parametrize("day", ["2020-13-40", "yesterday", "2020", "2020-03"])
def test_command_line_bad_day(day, tmp_path):
    done = run("verdict", EXAMPLE, "--as-of", day, "--out", tmp_path / "x.html")
    assert done.returncode == 1
    assert "as_of" in done.stderr
    assert day in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_command_line_report_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "x.html"
    done = run("verdict", EXAMPLE, "--as-of", "2020-03-25", "--replicates", 2048, "--out", out)
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("count", [0, -5])
def test_command_line_replicates_must_be_positive(count, tmp_path):
    done = run("verdict", EXAMPLE, "--as-of", "2020-03-25", f"--replicates={count}")
    assert done.returncode in {1, 2}
    assert "replicates" in done.stderr
    assert "Traceback" not in done.stderr
