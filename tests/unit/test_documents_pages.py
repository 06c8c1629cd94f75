"""Pages of HTML: what a reader of the page sees of the article, at its place in the source."""

import pytest

from equipoise.documents import document_of, open_document
from equipoise.documents.hypertext import page_of
from equipoise.documents.tags import pieces

BODY = "".join(
    f"<p>In week {week} the doctors gave the cells to {week + 3} patients of the ward, and most of"
    " them said that they felt better.</p>\n"
    for week in range(1, 9)
)
PAGE = f"""<!DOCTYPE html>
<html lang=en><head><title>Cells for lungs | The Harbour Post</title>
<meta name="author" content="Mara Linden">
<meta property="article:published_time" content="2021-04-30T10:00:00Z">
<script>let patients = "<p>99 patients were hidden in a script</p>";</script>
<style>p::after {{ content: "98 patients" }}</style></head>
<body><header><a href="/">The Harbour Post</a></header>
<nav><ul><li><a href="/">Home</a><li><a href="/health">Health</a></ul></nav>
<main><article><h1>Cells for lungs</h1>
<!-- 97 patients -->
<p style="display: none">96 patients are not shown.</p>
<div hidden><div>95 patients</div> are not shown either.</div>
<template><p>94 patients are a template.</p></template>
{BODY}
<h2>A doubt</h2>
<blockquote>&ldquo;There was no control group.&rdquo;</blockquote>
<p>&ldquo;There was <em>no</em> control&nbsp;group,&rdquo; said Olu
Brandt<sup><a href="#1">1,2</a></sup>, who counts 10<sup>6</sup> cells, H<sub>2</sub>O &amp; more;
5 &lt; 6.<br>So much for this.</p>
<table><tr><td>Mild<td>16<tr><td>Severe<td>8</table>
<p>The last of the paragraphs says that more trials are to be begun in the coming year.</p>
</article></main>
<aside><p>Another story tells how 93 people got something quite different in a far town.</p></aside>
<footer><p>© The Harbour Post 2021</p></footer></body></html>
"""


def source(document, words):
    at = document.text.index(words)
    return document.original[document.origin[at] : document.ends[at + len(words) - 1]]


def test_a_page_gives_its_article():
    document = document_of(PAGE)
    assert document.media == "html"
    assert document.original == PAGE
    lines = document.text.split("\n")
    assert lines[0] == "Cells for lungs"
    assert lines[1].startswith("In week 1 the doctors gave the cells to 4 patients")
    assert lines[9:13] == [
        "A doubt",
        '"There was no control group."',
        '"There was no control group," said Olu Brandt , who counts 10^6 cells, H2O & more; 5 < 6.',
        "So much for this.",
    ]
    assert lines[-1].startswith("The last of the paragraphs")
    assert not any(str(number) in document.text for number in range(93, 100))
    assert "Harbour Post" not in document.text


def test_who_and_when_from_the_page_itself():
    document = document_of(PAGE)
    assert document.title == "Cells for lungs"
    assert document.author == "Mara Linden"
    assert document.date == "2021-04-30"


def test_words_lead_back_to_the_source():
    document = document_of(PAGE)
    assert source(document, '"There was no control group,"') == (
        "&ldquo;There was <em>no</em> control&nbsp;group,&rdquo;"
    )
    assert source(document, "10^6 cells") == "10<sup>6</sup> cells"
    assert source(document, "H2O & more") == "H<sub>2</sub>O &amp; more"
    assert source(document, "said Olu Brandt") == "said Olu\nBrandt"


def test_what_frames_the_article_is_left_out():
    document = document_of(PAGE)
    out = "".join(PAGE[region.start : region.end] for region in document.left_out)
    assert ">Home<" in out
    assert "93 people" in out
    assert "© The Harbour Post 2021" in out


def test_a_page_that_is_little_but_frame_is_read_all_the_same():
    document = document_of("<html><nav>Thirty patients were given the cells.</nav></html>")
    assert document.text == "Thirty patients were given the cells."


def test_a_fragment_is_a_page_by_the_name_of_its_file(tmp_path):
    path = tmp_path / "clip.htm"
    path.write_text("<p>31 patients &amp; no controls.", "utf-8")
    assert open_document(path).text == "31 patients & no controls."


def test_markup_within_a_text_is_markup():
    text = "CO<sub>2</sub> fell (<i>p</i> &lt; 0.05).\n\nIn 31&nbsp;patients n<k and c>d.\n<br>End."
    document = document_of(text)
    assert document.media == "html"
    assert document.original == text
    assert document.text == "CO2 fell (p < 0.05).\nIn 31 patients n<k and c>d.\nEnd."


@pytest.mark.parametrize(
    "text", ["p<0.05 and n>30", "a<b, c>d & e", "if x <y> z", "AT&T; 5 < 6 > 3"]
)
def test_a_text_with_signs_of_order_is_text(text):
    document = document_of(text)
    assert document.media == "text"
    assert document.text == text


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        ("a<p>b</p>c", "a\n\nb\n\nc"),
        ("a<b>b</b>c", "abc"),
        ("a<br/>b", "a\nb"),
        ("a < b > c", "a < b > c"),
        ("a <b title='x > y'>c", "a c"),
        ('a <b title="open>c', "a c"),
        ("a <!-- b --> c", "a  c"),
        ("a <!-- b", "a "),
        ("a <script>b</script> c", "a  c"),
        ("a <script>b", "a "),
        ("a <SCRIPT>if (b </script2> c)</ScRiPt > d", "a  d"),
        ("a <![CDATA[ b ]]> c", "a  c"),
        ("a <?php b ?> c", "a  c"),
        ("a&nbsp;&#946;&#x3b2;&bogus;&amp", "a\xa0ββ&bogus;&"),
        ("<p hidden>a<p>b", "b"),
        ("<div hidden><div>a</div>b</div>c", "c"),
        ("<i aria-hidden=true>a</i>b", "b"),
        ("<q>a</q>", '"a"'),
        ("<pre>a\nb</pre>c\nd", "a\nb\n\nc d"),
        ("a</div></p>b", "a\n\n\n\nb"),
    ],
)
def test_what_is_seen(page, seen):
    assert page_of(page).mapped.text.strip("\n") == seen.strip("\n")


@pytest.mark.parametrize(
    "unit",
    ["<a ", "<a b='", "<!--", "<", "</", "<!", "&", "&#", "<div>", "<nav><aside>", "<sup>1",
     "<p hidden>", '<a b="x\' ', "<title>", "<td>1", "<span>", "<![CDATA[", "<p role=x>"],
)  # fmt: skip
def test_a_hostile_page_is_gone_through_once(unit):
    """Each of these takes the standard library's parser minutes, or a recursive reader's stack."""
    page = "<html><p>Thirty-one patients got better.</p>" + unit * (120_000 // len(unit))
    covered = 0
    for piece in pieces(page):
        assert piece.start == covered
        covered = piece.end
    assert covered == len(page)
    assert document_of(page).text.startswith("Thirty-one patients got better.")


def test_a_hostile_page_shows_as_text():
    page = "<html><p>&lt;script&gt;alert(1)&lt;/script&gt; is what 31 patients saw.</p>"
    assert document_of(page).text == "<script>alert(1)</script> is what 31 patients saw."
