"""Facts stay tied to the original's characters, whatever stands between its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import equipoise as eq
from equipoise.errors import InputError

WORDS = [
    "All",
    "18",
    "patients",
    "given",
    "velorin",
    "improved",
    "within",
    "five",
    "days,",
    "but",
    "there",
    "was",
    "no",
    "control",
    "group.",
    "Eleven",
    "of",
    "these",
    "patients",
    "had",
    "mild",
    "symptoms,",
    "four",
    "are",
    "severe,",
    "and",
    "three",
    "are",
    "critically",
    "ill.",
    "The",
    "drops",
    "can",
    "calm",
    "the",
    "immune",
    "system.",
    "Larger",
    "randomised",
    "trials",
    "are",
    "needed.",
]

SPACES = st.sampled_from(
    [" ", "\u00a0", "\u2009", "  ", " \u00ad", "&nbsp;", " <b></b>", " <!-- x -->"]
)
INSIDE = st.sampled_from(["", "", "", "\u00ad", "\u200b", "<wbr>"])


@st.composite
def dressed(draw: st.DrawFn) -> str:
    """The words above with markup, odd spaces and soft hyphens between and inside them."""
    page = draw(st.booleans())
    parts = []
    for word in WORDS:
        filler = draw(INSIDE)
        space = draw(SPACES)
        if not page:
            filler, space = filler.replace("<wbr>", ""), space.replace("&nbsp;", " ")
            space = " " if "<" in space else space
        middle = len(word) // 2
        parts.append(word[:middle] + filler + word[middle:] + space)
    body = "".join(parts)
    return f"<html><body><p>{body}</p></body></html>" if page else body


@given(dressed())
def test_facts_stand_at_their_offsets_and_do_not_change(text):
    reading = eq.read_text(text)
    plain = eq.read_text(" ".join(WORDS))
    for fact in reading.facts:
        assert text[fact.start : fact.end] == fact.text
    assert [(f.kind, f.topic, f.value, f.status, f.words) for f in reading.facts] == [
        (f.kind, f.topic, f.value, f.status, f.words) for f in plain.facts
    ]
    assert (reading.study.n_total, reading.study.controlled) == (18, "no")


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text):
    try:
        reading = eq.read_text(text)
    except InputError:
        return
    for fact in reading.facts:
        assert reading.document.original[fact.start : fact.end] == fact.text


@given(
    st.lists(
        st.sampled_from(
            [
                "31",
                "patients",
                "of",
                "the",
                "(n = 4)",
                "“",
                "”",
                '"',
                "random",
                "no",
                "control",
                "and",
                "7/9",
                "12%",
                ",",
                ".",
                ";",
                "–",
                "said",
                "Jane Doe",
                "trial",
                "will",
                "\n\n",
                "phase 2",
            ]
        ),
        max_size=60,
    )
)
def test_scrambled_words_keep_their_places(words):
    try:
        reading = eq.read_text("The report says this of the study in the town. " + " ".join(words))
    except InputError:
        return
    for fact in reading.facts:
        assert reading.document.original[fact.start : fact.end] == fact.text
        if isinstance(fact.value, tuple) and None not in fact.value:
            events, n = fact.value
            assert 0 <= events <= n


@pytest.mark.parametrize(
    "text",
    [
        "The patients were well. " + "9" * 20_000,
        "The patients were well. " + "1, 2 and " * 5_000,
        "The patients were well. " + "“he said “" * 5_000,
        "The patients were well. " + "(n = " * 5_000,
        "The patients were well. " + "random " * 5_000,
        "The patients were well. " + "Aa Bb Cc Dd, a doctor " * 2_000,
        "The patients were well. " + "not " * 10_000 + "randomised",
        "The patients were well. " + "patients and people with " * 3_000,
    ],
    ids=["digits", "lists", "quotes", "brackets", "random", "names", "negations", "nouns"],
)
def test_hostile_repetition_ends(text):
    reading = eq.read_text(text)
    assert all(text[fact.start : fact.end] == fact.text for fact in reading.facts)
