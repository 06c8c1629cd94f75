"""The page of a reading in a real browser: facts in place, filters, hostile text as text."""

import os
import shutil
from pathlib import Path

import pytest

from equipoise.claims.reading import read
from equipoise.documents import open_document
from equipoise.documents.mapped import whole
from equipoise.documents.plain import document
from equipoise.report.reading_outline import KINDS, LETTERS, marks
from equipoise.report.reading_page import reading_page

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
TEXT = ROOT / "examples/texts/velorin.txt"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
QUOTES = str.maketrans("“”‘’\u00a0", "\"\"'' ")
UNRESOLVED = """
() => [...document.querySelectorAll('a[href^="#"]')]
  .map(a => decodeURIComponent(a.getAttribute('href').slice(1)))
  .filter(id => !document.getElementById(id))
"""


@pytest.fixture(scope="module")
def chromium():
    program = os.environ.get("EQUIPOISE_CHROMIUM") or shutil.which("chromium")
    if program is None:
        if os.environ.get("EQUIPOISE_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium here, and EQUIPOISE_REQUIRE_BROWSER=1")
        pytest.skip("no Chromium here; set EQUIPOISE_CHROMIUM to one")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A page opened from disk, with everything it logged, threw or asked for."""

    def __init__(self, context, path: Path) -> None:
        self.told: list[str] = []
        self.requests: list[str] = []
        self.page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("console", lambda message: self.told.append(message.text))
        self.page.on("pageerror", lambda error: self.told.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", self._dialog)
        self.page.goto(path.as_uri())

    def _dialog(self, dialog) -> None:
        self.told.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def check_quiet(self) -> None:
        assert self.told == []
        assert [url for url in self.requests if not url.startswith("file://")] == []


@pytest.fixture
def visit(chromium):
    contexts = []

    def start(path: Path, **options) -> Visit:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = chromium.new_context(offline=True, **options)
        contexts.append(context)
        return Visit(context, path)

    yield start
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def reading():
    return read(open_document(TEXT))


@pytest.fixture(scope="module")
def path(reading, tmp_path_factory):
    page = tmp_path_factory.mktemp("reading") / "velorin.html"
    page.write_text(reading_page(reading), encoding="utf-8")
    return page


def test_it_opens_without_a_network_and_without_a_script(visit, path):
    seen = visit(path)
    seen.check_quiet()
    assert seen.requests == [path.as_uri()]
    assert seen.page.locator("script").count() == 0


def test_every_fact_is_marked_in_place_and_noted_beside(visit, path, reading):
    page = visit(path).page
    for key, mark in marks(reading).items():
        fact = reading.fact(key)
        title = f"{mark}: {fact.kind}, {fact.topic}"
        words = page.evaluate(
            """title => [...document.querySelectorAll('mark')].filter(m => m.title === title)
               .map(m => { const c = m.cloneNode(true);
                           c.querySelectorAll('.ref').forEach(r => r.remove());
                           return c.textContent; }).join('')""",
            title,
        )
        assert fact.words in words.translate(QUOTES), mark
        assert page.locator(f"#n-{mark}").count() == 1


def test_the_article_s_words_are_all_there_and_in_order(visit, path, reading):
    page = visit(path).page
    shown = page.evaluate(
        """() => [...document.querySelectorAll('p.text')].map(p => { const c = p.cloneNode(true);
             c.querySelectorAll('.ref').forEach(r => r.remove()); return c.textContent; })"""
    )
    left_out = page.locator(".left-out pre").evaluate_all("rows => rows.map(r => r.textContent)")
    lines = [line for line in reading.document.text.splitlines() if line.strip()]
    kept = [line for line in lines if not any(line.strip() in block for block in left_out)]
    assert [line.translate(QUOTES) for line in shown] == [line.translate(QUOTES) for line in kept]
    assert any("“" in line for line in shown)


def test_a_mark_leads_to_its_note_and_back(visit, path):
    page = visit(path).page
    link = page.locator("a.ref").first
    target = link.get_attribute("href")
    link.click()
    assert page.url.endswith(target)
    page.locator(f"{target} a.chip").first.click()
    assert page.url.endswith(target.replace("#n-", "#f-"))


def test_the_note_stands_in_the_margin_on_a_wide_screen_and_below_on_a_narrow_one(visit, path):
    for width, beside in ((1280, True), (390, False)):
        page = visit(path, viewport={"width": width, "height": 900}).page
        row = page.locator(".row:has(aside)").nth(2)
        words, note = row.locator("p.text").bounding_box(), row.locator("aside").bounding_box()
        assert (note["x"] > words["x"] + words["width"] - 1) is beside
        assert (note["y"] >= words["y"] + words["height"] - 1) is not beside


@pytest.mark.parametrize("width", [1280, 820, 390, 320])
def test_the_page_is_never_wider_than_the_window(visit, path, width):
    page = visit(path, viewport={"width": width, "height": 800}).page
    assert page.evaluate(OVERFLOW) <= 0
    page.locator("details").evaluate_all("rows => rows.forEach(r => { r.open = true; })")
    assert page.evaluate(OVERFLOW) <= 0


def test_a_kind_can_be_hidden_without_scripts(visit, path):
    page = visit(path, java_script_enabled=False).page
    note = page.locator("li.note.patients").first
    assert note.is_visible()
    page.locator("#show-patients").uncheck()
    assert note.is_hidden()
    assert page.locator("li.note.outcome").first.is_visible()
    assert page.locator(".text", has_text="24 patients").first.is_visible()
    page.locator("#show-patients").check()
    assert note.is_visible()


def test_a_kind_is_told_by_a_letter_as_well_as_by_colour(visit, path, reading):
    page = visit(path).page
    shown = {kind for kind in KINDS if reading.of(kind)}
    for kind in shown:
        assert page.locator(f".legend label.{kind} .chip").inner_text() == LETTERS[kind]
        assert page.locator(f"a.ref.{kind}").first.inner_text().strip("= ")[0] == LETTERS[kind]
    assert len(set(LETTERS.values())) == len(KINDS)


def test_what_is_said_denied_and_silent_stands_on_top(visit, path):
    page = visit(path).page
    summary = page.locator(".summary")
    assert "24 patients" in summary.locator(".said").inner_text()
    assert "a comparison group" in summary.locator(".denied").inner_text()
    assert "harms" in summary.locator(".silent").inner_text()
    assert "not that it was not so" in summary.inner_text()
    assert summary.bounding_box()["y"] < 400


def test_a_number_stands_beside_its_interval(visit, path):
    row = visit(path).page.locator("#numbers tr", has_text="15 of 24")
    assert "40.6 to 81.2%" in row.inner_text()


def test_every_link_leads_somewhere_and_every_id_stands_once(visit, path):
    page = visit(path).page
    assert page.evaluate(UNRESOLVED) == []
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_the_keyboard_reaches_the_article_first(visit, path):
    page = visit(path).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "article"


# Text that an article may hold and a page must not run.

SCRIPT = "<script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(2)>"
STYLE = "</style></title><svg onload=alert(3)>"
ATTRIBUTE = '" onmouseover="alert(4)" \' x=\''
BRACES = "{{ 7 * 7 }} {% raw %} {0} ${x}"
HOSTILE = f"""Cure {SCRIPT} {STYLE} for reef fever {BRACES}

By Mara {IMAGE} Lindqvist

9 October 2024

Since May, 24 patients at the {IMAGE} Hospital have been treated with balmide {ATTRIBUTE}, but \
there was no control group {SCRIPT}.

“All patients {IMAGE} recovered after the treatment, and 15 have now been discharged {SCRIPT} \
from hospital,” said Ivo Marchetti, chief executive {IMAGE} of Brightlung {ATTRIBUTE}, which makes \
it. He called it a breakthrough {SCRIPT}.
"""


def test_markup_in_a_text_is_shown_as_text(visit, tmp_path):
    reading = read(document(f"x{IMAGE}{ATTRIBUTE}.txt", "text", HOSTILE, whole(HOSTILE)))
    assert reading.study.n_total == 24
    path = tmp_path / "hostile.html"
    path.write_text(reading_page(reading), encoding="utf-8")
    seen = visit(path)
    page = seen.page
    for link in page.locator("a:not(.skip)").all()[:60]:
        link.hover(force=True)
    for part in page.locator("mark").all()[:60]:
        part.hover(force=True)
    page.wait_for_timeout(200)
    seen.check_quiet()
    assert page.locator("script, img, svg, iframe, object, embed").count() == 0
    assert page.evaluate(
        "() => [...document.querySelectorAll('*')].every(e => [...e.attributes].every("
        "a => !a.name.startsWith('on')))"
    )
    text = page.locator("body").inner_text()
    for part in (SCRIPT, IMAGE, STYLE, BRACES):
        assert part in text
    assert page.evaluate(OVERFLOW) <= 0


def test_a_page_s_own_scripts_do_not_come_with_it(visit, tmp_path):
    source = tmp_path / "page.html"
    article = "".join(f"<p>{line}</p>" for line in TEXT.read_text(encoding="utf-8").split("\n\n"))
    source.write_text(
        "<!doctype html><html><head><title>Velorin</title><script>alert(5)</script></head><body>"
        f"<nav>Home <a href='javascript:alert(6)'>News</a></nav><article>{article}"
        "<p onclick='alert(7)'>More is to be known.</p></article></body></html>",
        encoding="utf-8",
    )
    path = tmp_path / "out.html"
    path.write_text(reading_page(read(open_document(source))), encoding="utf-8")
    seen = visit(path)
    seen.page.locator("details").evaluate_all("rows => rows.forEach(r => { r.open = true; })")
    seen.check_quiet()
    assert seen.page.locator("script").count() == 0
    assert seen.page.locator("a[href^='javascript']").count() == 0
    assert seen.page.locator("mark").count() > 10
