"""A reading in place: nested and crossing facts, regions left out, facts said again."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from equipoise.claims.reading import Reading
from equipoise.report.reading_marks import LeftOut, Marked, blocks
from equipoise.report.reading_outline import answers, denied, marks, said, silent, value
from equipoise.report.reading_page import reading_page
from equipoise.vocabulary.reading import (
    Document,
    Fact,
    Group,
    Region,
    Span,
    StudyFacts,
)

KINDS = ("patients", "outcome", "design", "caution")


def fact(text: str, start: int, end: int, number: int = 1, **more) -> Fact:
    filled = {"kind": KINDS[number % 4], "topic": "t", "value": None, "status": "stated", **more}
    words = text[start:end]
    return Fact(
        id=f"F{number:02d}", start=start, end=end, text=words, words=words, rule="hand", **filled
    )


def reading_of(text: str, facts=(), left_out=(), study=None, **more) -> Reading:
    document = Document(
        name="hand.txt",
        media="text",
        original=text,
        text=text,
        origin=range(len(text)),
        ends=range(1, len(text) + 1),
        left_out=tuple(left_out),
        **more,
    )
    return Reading(
        document=document,
        facts=tuple(facts),
        voices=(),
        study=study or StudyFacts(),
        checks=(),
        contradictions=(),
    )


def bare(html: Markup) -> str:
    """The words without marks and their links."""
    return Markup(re.sub(r'<a class="ref.*?</a>', "", html)).striptags() if html else ""


def opened(html: str) -> list[str]:
    return re.findall(r'<mark id="f-(\w+)"', html)


def test_nested_facts_are_marked_inside_one_another():
    text = "All 24 patients improved."
    reading = reading_of(text, [fact(text, 0, 24, 1), fact(text, 4, 15, 2)])
    (block,) = blocks(reading)
    assert isinstance(block, Marked)
    assert re.match(r"<mark[^>]*>All <mark[^>]*>24 patients<a .*?</mark> improved<a", block.html)
    assert [row.id for row in block.facts] == ["F01", "F02"]


def test_crossing_facts_are_cut_where_they_cross_and_marked_once():
    text = "one two three four"
    reading = reading_of(text, [fact(text, 0, 13, 1), fact(text, 4, 18, 2)])
    (block,) = blocks(reading)
    assert sorted(opened(block.html)) == sorted(marks(reading).values())
    assert block.html.count('<a class="ref') == 2
    assert bare(block.html) == text


SPANS = st.lists(
    st.tuples(st.integers(0, 59), st.integers(1, 60)).filter(lambda pair: pair[0] < pair[1]),
    max_size=12,
)


@given(SPANS, st.text("ab <&>\"'\n", min_size=60, max_size=60))
def test_any_facts_leave_the_words_as_they_were_and_the_marks_balanced(spans, text):
    facts = [fact(text, start, end, i) for i, (start, end) in enumerate(spans, 1)]
    reading = reading_of(text, facts)
    found = [block for block in blocks(reading) if isinstance(block, Marked)]
    lines = [line for line in text.split("\n") if line.strip()]
    assert [re.sub(r'<a class="ref.*?</a>|</?mark[^>]*>', "", row.html) for row in found] == [
        str(Markup.escape(line)) for line in lines
    ]
    for row in found:
        depth = 0
        for tag in re.findall(r"<mark|</mark", row.html):
            depth += 1 if tag == "<mark" else -1
            assert depth >= 0
        assert depth == 0
    ids = [key for row in found for key in opened(row.html)]
    assert len(ids) == len(set(ids))


def test_a_fact_said_again_has_one_note_and_leads_to_it():
    text = "It works.\n“It works.”"
    again = Span(start=11, end=19, text="It works")
    reading = reading_of(text, [fact(text, 0, 8, 1, also=(again,))])
    first, second = blocks(reading)
    assert len(first.facts) == 1
    assert second.facts == ()
    assert 'class="outcome s-stated d0 again"' in second.html
    assert "= O1" in second.html


def test_regions_left_out_are_kept_apart_with_their_reason():
    text = "Home > News\nThe article.\n목록"
    regions = [
        Region(start=0, end=12, why="furniture"),
        Region(start=25, end=27, why="another language", language="ko"),
    ]
    first, article, last = blocks(reading_of(text, (), regions))
    assert isinstance(first, LeftOut)
    assert (first.text, first.characters) == ("Home > News", 12)
    assert bare(article.html) == "The article."
    assert last.region.language == "ko"
    page = reading_page(reading_of(text, (), regions))
    assert "Not read as the article: another language (ko), 2 characters" in page


def test_a_region_that_is_not_in_the_text_is_shown_without_its_markup():
    original = "<p>One.</p><nav><script>x()</script><a>Home</a></nav><p>Two.</p>"
    at = [
        3,
        4,
        5,
        6,
        original.index("<p>T"),
        *range(original.index("Two"), original.index("Two") + 4),
    ]
    document = Document(
        name="x.html", media="html", original=original, text="One.\nTwo.", origin=at,
        ends=[i + 1 for i in at],
        left_out=(Region(start=11, end=original.index("<p>T"), why="furniture"),),
    )  # fmt: skip
    reading = Reading(
        document=document, facts=(), voices=(), study=StudyFacts(), checks=(), contradictions=()
    )
    one, furniture, two = blocks(reading)
    assert (bare(one.html), furniture.text, bare(two.html)) == ("One.", "Home", "Two.")


def test_a_huge_region_is_cut_and_says_how_large_it_was():
    text = "x" * 100_000
    (block,) = blocks(reading_of(text, (), [Region(start=0, end=len(text), why="list")]))
    assert len(block.text) < 5_000
    assert block.characters == 100_000


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        (24, "24"),
        (1200, "1,200"),
        ((15, 24), "15 of 24"),
        ((15, None), "15, of how many is not said"),
        ((None, 24), "of 24"),
        ((None, None), ""),
        ("two weeks", "two weeks"),
        (None, ""),
    ],
)
def test_values_in_words(what, shown):
    assert value(fact("words", 0, 5, value=what)) == shown


def test_a_percentage_stands_where_there_is_no_count():
    assert value(fact("words", 0, 5, percent=62.5)) == "62.5%"


def test_silence_is_never_among_what_is_denied():
    text = "Nothing."
    rows = answers(reading_of(text))
    assert denied(rows) == []
    assert "harms" in silent(rows)
    assert "any comparison group" in silent(rows)
    study = StudyFacts(controlled="no", harms="denied", randomised="yes", n_total=24)
    rows = answers(reading_of(text, study=study))
    assert denied(rows) == ["that there was a comparison group", "harms, without a count"]
    assert "24 patients" in said(rows)
    assert "treatment was allocated at random" in said(rows)
    assert not {"harms", "any comparison group"} & set(silent(rows))


def test_those_screened_or_planned_are_no_groups_of_the_treated():
    text = "Eleven were mild and 300 are planned."
    groups = (Group(label="mild", n=11), Group(label="planned", n=300))
    one = fact(text, 0, 15, 1, kind="patients", topic="group", value=11, label="mild")
    rows = answers(reading_of(text, [one], study=StudyFacts(groups=groups)))
    assert "of them 11 mild" in said(rows)


def test_the_terminal_shows_braces_and_brackets_as_they_are():
    from rich.console import Console

    from equipoise.report.reading_text import show_reading

    text = "[bold]All[/bold] {24} patients improved [link=x]."
    out = io.StringIO()
    show_reading(reading_of(text, [fact(text, 0, len(text), 1)]), Console(file=out, width=100))
    assert text in out.getvalue()
