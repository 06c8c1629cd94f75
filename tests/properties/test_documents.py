"""Whatever markup, spaces, quotes and breaks stand among its words, a text keeps its places."""

import re
import textwrap
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from equipoise.documents import document_of
from equipoise.documents.clean import characters
from equipoise.documents.hypertext import page_of
from equipoise.documents.lines import unwrapped
from equipoise.errors import InputError

SENTENCES = (
    "Doctors at the Lakeside Hospital gave a new infusion to 31 patients in January.",
    "Sixteen patients had mild symptoms, eight were severe and seven were critically ill.",
    'There was no control group, "so we cannot know," said Dr. Mara Linden.',
    "All 31 patients' scans improved within the first three days (95% CI 88.8% to 100%).",
    "A double-blind trial – with a placebo arm – is planned for the spring.",
    "The café's cook, who isn't a doctor, took 2.5 mg/kg of it.",
)
SPACES = ("  ", "\xa0", "\u2009", "\u202f", "\n", " \n", "\r\n", "\t")
INVISIBLE = ("\xad", "\u200b", "\u2060", "\ufeff")
CURLY = {'"': "“”„", "'": "’‘", "-": "\u2010\u2011"}
TAGS = ("<b>", "</b>", "<i class='x > y'>", "</i>", "<span>", "</span>", "<!-- 99 patients -->")
ENTITIES = {
    '"': "&quot;",
    "'": "&rsquo;",
    "–": "&ndash;",
    "(": "&#40;",
    "%": "&#x25;",
    " ": "&nbsp;",
}
DECOMPOSED = {"é": "e\u0301"}


@st.composite
def dressed(draw, html=False):
    """Known sentences, and the same as a page or a word processor might write them."""
    sentences = draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3, unique=True))
    rough = []
    for plain in " ".join(sentences):
        other = draw(st.integers(0, 9))
        if other == 0 and plain == " ":
            rough.append(draw(st.sampled_from(SPACES)))
        elif other == 0 and plain in CURLY:
            rough.append(draw(st.sampled_from(CURLY[plain])))
        elif other == 1 and plain in DECOMPOSED:
            rough.append(DECOMPOSED[plain])
        elif html and other == 2 and plain in ENTITIES:
            rough.append(ENTITIES[plain])
        else:
            rough.append(plain)
        if html and other == 3:
            rough.append(draw(st.sampled_from(TAGS)))
        elif other == 4 and plain.isalpha():
            rough.append(draw(st.sampled_from(INVISIBLE)))
    return sentences, "".join(rough)


def plainly(text):
    """`text` with every break a space: where paragraphs end is not at issue."""
    return " ".join(text.split())


def places_hold(document):
    size = len(document.original)
    assert len(document.text) == len(document.origin) == len(document.ends)
    assert all(0 <= a < b <= size for a, b in zip(document.origin, document.ends, strict=True))
    assert list(document.origin) == sorted(document.origin)


@given(dressed())
def test_words_of_a_text_lead_back_to_it(made):
    sentences, rough = made
    document = document_of(rough)
    assert document.original == rough
    assert plainly(document.text) == " ".join(sentences)
    places_hold(document)
    for word in re.finditer(r"\S+", document.text):
        source = rough[document.origin[word.start()] : document.ends[word.end() - 1]]
        assert plainly(document_of(f"{source} and so on").text) == f"{word[0]} and so on"


@given(dressed(html=True))
def test_words_of_a_text_with_markup_lead_back_to_it(made):
    sentences, rough = made
    document = document_of(rough)
    assert document.original == rough
    if document.media == "html":
        assert plainly(document.text) == " ".join(sentences)
    places_hold(document)


@given(dressed(html=True))
def test_words_of_a_page_lead_back_to_it(made):
    sentences, rough = made
    page = f"<!doctype html><html><body><nav>Home</nav><article><p>{rough}</p></article></body>"
    document = document_of(page)
    assert document.original == page
    assert plainly(document.text) == " ".join(sentences)
    places_hold(document)
    for word in re.finditer(r"\S+", document.text):
        source = page[document.origin[word.start()] : document.ends[word.end() - 1]]
        again = unwrapped(characters(page_of(source).mapped))
        assert again.text == word[0]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    try:
        document = document_of(text)
    except InputError:
        return
    assert document.original == text
    assert document.text == document.text.strip()
    places_hold(document)


BITS = (
    *TAGS,
    *("<", ">", "&", "&amp;", "<p", "</p>", "<nav>", "</nav>", '"', "'", "<script>", "</script>"),
    *("<!--", "-->", "<sup>1</sup>", "<div hidden>", "</div>", "<br>", "31 ", "\n"),
    "the patients were given it. ",
)


@given(st.lists(st.sampled_from(BITS), max_size=60))
def test_any_page_is_read_or_refused(parts):
    page = "<html>" + "".join(parts)
    try:
        document = document_of(page)
    except InputError:
        return
    places_hold(document)
    regions = document.left_out
    assert all(a.end <= b.start for a, b in pairwise(regions))
    out = {place for region in regions for place in range(region.start, region.end)}
    assert out.isdisjoint(document.origin)


@given(
    st.lists(st.sampled_from(SENTENCES), min_size=3, max_size=5, unique=True),
    st.integers(40, 100),
)
def test_a_wrapped_text_is_the_text(sentences, width):
    text = " ".join(sentences)
    assume(len(text) > 4 * width)
    wrapped = textwrap.fill(text, width, break_on_hyphens=False)
    document = document_of(wrapped)
    assert document.text == text


def test_nothing_of_a_short_text_is_left_out():
    for sentence in SENTENCES:
        assert document_of(sentence).text == sentence
        assert document_of(sentence).left_out == ()


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\xad", "\0", "a\ud800b"])
def test_no_words_are_an_input_error(text):
    with pytest.raises(InputError) as caught:
        document_of(text, "clip")
    assert caught.value.parts is not None
    assert caught.value.parts[0] == "clip"
