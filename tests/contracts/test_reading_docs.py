"""The pages on reading agree with the code: kinds, topics, checks, keys, and what is shown."""

import io
import re
from pathlib import Path
from typing import get_args

import pytest
from rich.console import Console

import equipoise as eq
from equipoise.claims.reading.codes import CHECKS
from equipoise.report.reading_outline import LETTERS
from equipoise.report.reading_text import show_reading
from equipoise.vocabulary import reading as words

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = (DOCS / "reference/reading.md").read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "examples/texts").glob("*.txt"))


def read(path: Path) -> eq.Reading:
    return eq.read_text(path)


def test_every_key_and_word_of_a_fact_is_explained():
    import dataclasses

    keys = {field.name for field in dataclasses.fields(words.Fact)}
    assert [key for key in sorted(keys) if f"`{key}`" not in PAGE] == []
    assert [word for word in get_args(words.FactStatus) if f"| `{word}` |" not in PAGE] == []
    assert [word for word in get_args(words.Stance) if f"`{word}`" not in PAGE] == []
    study = {field.name for field in dataclasses.fields(words.StudyFacts)} - {"caution"}
    assert [key for key in sorted(study) if f"`{key}`" not in PAGE] == []
    reasons = get_args(words.Region.__annotations__["why"])
    assert [why for why in reasons if f"| {why} |" not in PAGE] == []


def test_every_kind_has_its_row_with_its_letter():
    for kind, letter in LETTERS.items():
        assert f"| `{kind}` | {letter} |" in PAGE
    assert set(LETTERS) == set(get_args(words.FactKind))


def topics(kind: str) -> set[str]:
    (row,) = re.findall(rf"^\| `{kind}` \| . \| [^|]* \| ([^|]*) \|$", PAGE, re.M)
    return {topic.strip() for topic in row.split(",")}


def test_every_topic_of_a_cue_is_named():
    from equipoise.claims.reading.finders.cues import CUES

    missing = {(cue.kind, cue.topic) for cue in CUES if cue.topic not in topics(cue.kind)}
    assert missing == set()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_topic_found_in_the_examples_is_named(path):
    missing = {
        (fact.kind, fact.topic) for fact in read(path).facts if fact.topic not in topics(fact.kind)
    }
    assert missing == set()


def test_the_question_to_ask_is_the_one_in_the_code():
    text = (DOCS / "reference/checks.md").read_text(encoding="utf-8")
    sections = text.split("\n### ")
    for check in CHECKS:
        (section,) = [part for part in sections if part.startswith(check.code)]
        assert f"*Ask:* {check.ask}" in " ".join(section.split()), check.code


def test_every_key_of_confirm_is_on_the_page():
    from equipoise.cli.confirming import KEYS

    text = (DOCS / "how-to/read-an-article.md").read_text(encoding="utf-8")
    pressed = [part.split()[0] for part in KEYS.split(" · ")]
    assert pressed == re.findall(r"^\| `(\w)` \|", text, re.M)


def test_every_piece_that_can_wait_is_in_the_how_to():
    from equipoise.dossier.confirm import HINTS

    text = (DOCS / "how-to/write-a-dossier.md").read_text(encoding="utf-8")
    section = text.split("### Unconfirmed pieces")[1].split("\n(")[0]
    for name in HINTS:
        assert re.search(rf"`{name}[.`]", section), name


# --- what is shown is what happens ----------------------------------------------------------------


def shown() -> list[tuple[str, str]]:
    pattern = r"^% read from: ([^\n]+)\n```text\n(.*?)^```$"
    texts = [path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))]
    return [found for text in texts for found in re.findall(pattern, text, re.M | re.S)]


def lines(text: str) -> list[str]:
    return [line for line in (row.strip(" │╭╮╰╯─\t") for row in text.splitlines()) if line]


@pytest.mark.parametrize(("name", "excerpt"), shown())
def test_output_in_the_pages_is_what_the_command_prints(name, excerpt):
    out = io.StringIO()
    show_reading(read(ROOT / f"examples/texts/{name}.txt"), Console(file=out, width=80))
    wanted, found = lines(excerpt), lines(out.getvalue())
    starts = [i for i, line in enumerate(found) if line == wanted[0]]
    assert starts, wanted[0]
    assert any(found[i : i + len(wanted)] == wanted for i in starts)


def test_the_tutorial_shows_some():
    assert len([name for name, _ in shown() if name == "velorin"]) >= 3


def test_python_in_the_how_to_runs_and_prints_what_it_says(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    for name in ("how-to/read-an-article", "reference/reading"):
        text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        blocks = re.findall(
            r"^```python\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", text, re.M | re.S
        )
        assert blocks
        for code, output in blocks:
            space: dict[str, object] = {}
            exec(compile(code, name, "exec"), space)
            printed = capsys.readouterr().out
            if output:
                assert printed.strip() == output.strip()


def test_what_comments_promise_is_so():
    reading = read(ROOT / "examples/texts/velorin.txt")
    study = reading.study
    told = repr((study.n_total, study.controlled, study.randomised))
    for page in ("README.md", "docs/reference/reading.md"):
        assert f"# {told}" in (ROOT / page).read_text(encoding="utf-8")
