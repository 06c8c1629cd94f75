"""The page in a real browser, from disk and without a network."""

import os
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.report.html import as_html
from equipoise.store.assets import chart_script

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
CASES = {
    "msc": ("msc-covid19", "2020-03-25"),
    "msc-later": ("msc-covid19", "2024-06-01"),
    "penicillin": ("penicillin-endocarditis", "1946-12-31"),
}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DRAWN = "() => [...document.querySelectorAll('.canvas')].every(c => c.dataset.drawn === 'yes')"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


def write(folder: Path, name: str, dossier: Path, day: str) -> Path:
    page = folder / f"{name}.html"
    if not page.exists():
        verdict = eq.verdict(eq.read_dossier(dossier), day, replicates=10_000)
        page.write_text(as_html(verdict, chart_script()), encoding="utf-8")
    return page


@pytest.fixture(scope="module", params=CASES)
def report(request, folder):
    name, day = CASES[request.param]
    return write(folder, request.param, ROOT / "examples" / name, day)


class Visit:
    """A page opened from disk, with everything it logged, threw or asked for."""

    def __init__(self, context, path: Path) -> None:
        self.logged: list[str] = []
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on(
            "console", lambda message: self.logged.append(f"{message.type}: {message.text}")
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", self._dialog)
        self.page.goto(path.as_uri())

    def _dialog(self, dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def wait_for_charts(self) -> None:
        self.page.wait_for_function(DRAWN)

    def check_quiet(self) -> None:
        assert self.errors == []
        assert [row for row in self.logged if row.startswith(("error", "warning"))] == []
        assert self.dialogs == []
        outside = [url for url in self.requests if not url.startswith(("file://", "data:"))]
        assert outside == []


@pytest.fixture
def visit(chromium):
    """Open a page in a fresh, offline context."""
    contexts = []

    def start(path: Path, **options) -> Visit:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = chromium.new_context(offline=True, **options)
        contexts.append(context)
        return Visit(context, path)

    yield start
    for context in contexts:
        context.close()


def test_nothing_is_logged_thrown_or_asked_for(visit, report):
    seen = visit(report)
    seen.wait_for_charts()
    seen.check_quiet()
    assert seen.requests == [report.as_uri()]


def test_every_chart_is_drawn(visit, report):
    seen = visit(report)
    seen.wait_for_charts()
    charts = seen.page.locator(".canvas")
    assert charts.count() >= 3
    for i in range(charts.count()):
        chart = charts.nth(i)
        key = chart.get_attribute("id")
        assert chart.get_attribute("data-drawn") == "yes", key
        assert chart.get_attribute("aria-label"), key
        marks = chart.locator("svg .role-mark").locator("path, line, text, rect")
        assert marks.count() > 0, key
        box = chart.locator("svg").first.bounding_box()
        assert box["width"] > 100, key
        assert box["height"] > 20, key
        assert "NaN" not in chart.inner_html(), key


def test_a_click_on_a_number_tells_where_it_comes_from(visit, report):
    page = visit(report).page
    link = page.locator("main a.figure").first
    key = link.get_attribute("href").removeprefix("#")
    shown = link.inner_text()
    link.click()
    popover = page.locator("#popover")
    assert popover.is_visible()
    assert shown in popover.inner_text()
    told = popover.inner_text()
    for part in page.locator(f'[id="{key}"] dd span').all_inner_texts():
        assert part.strip() in told
    assert "reported" in told or "computed" in told or "assumed" in told
    assert page.evaluate("document.activeElement.closest('#popover') !== null")
    page.keyboard.press("Escape")
    assert popover.is_hidden()
    assert page.evaluate("document.activeElement.getAttribute('href')") == f"#{key}"


def test_the_popover_leads_to_inputs_and_back(visit, report):
    page = visit(report).page
    link = page.locator("main .verdict a.figure, main td a.figure").filter(has_text="to").first
    link.click()
    inner = page.locator('#popover a[href^="#fig-"]').first
    text = inner.inner_text()
    inner.click()
    assert page.locator("#popover").is_visible()
    assert text in page.locator("#popover").inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('href')") == link.get_attribute(
        "href"
    )


def test_the_popover_closes_on_its_button_and_outside(visit, report):
    page = visit(report).page
    popover = page.locator("#popover")
    link = page.locator("main a.figure").first
    link.click()
    popover.locator("button").click()
    assert popover.is_hidden()
    link.click()
    assert popover.is_visible()
    page.locator("h1").click()
    assert popover.is_hidden()


def test_keyboard_alone_reaches_a_number(visit, report):
    page = visit(report).page
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('figure')"):
            break
    first = page.locator("main a.figure").first.get_attribute("href")
    assert page.evaluate("document.activeElement.getAttribute('href')") == first
    page.keyboard.press("Enter")
    assert page.locator("#popover").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#popover").is_hidden()
    assert page.evaluate("document.activeElement.getAttribute('href')") == first


def test_the_first_tab_offers_to_skip_to_the_verdict(visit, report):
    page = visit(report).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "verdict"


def test_every_link_inside_the_page_leads_somewhere(visit, report):
    page = visit(report).page
    assert page.locator("a.figure").count() > 20
    assert page.locator('.entry a[href^="#fig-"]').count() > 5
    assert page.locator('.entry a[href^="#src-"]').count() > 5
    assert page.evaluate(UNRESOLVED) == []


def test_every_number_has_exactly_one_entry(visit, report):
    page = visit(report).page
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_page_is_never_wider_than_the_window(visit, report, width):
    seen = visit(report, viewport={"width": width, "height": 800})
    seen.wait_for_charts()
    assert seen.page.evaluate(OVERFLOW) <= 0
    for details in seen.page.locator("details").all():
        details.evaluate("e => { e.open = true; }")
    assert seen.page.evaluate(OVERFLOW) <= 0
    link = seen.page.locator("main a.figure").last
    link.scroll_into_view_if_needed()
    link.click()
    box = seen.page.locator("#popover").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert seen.page.evaluate(OVERFLOW) <= 0
    seen.check_quiet()


def test_without_scripts_the_text_and_its_anchors_stand(visit, report):
    seen = visit(report, java_script_enabled=False)
    page = seen.page
    assert page.locator("#verdict").is_visible()
    assert page.locator("h1").is_visible()
    link = page.locator("main a.figure").first
    key = link.get_attribute("href").removeprefix("#")
    link.click()
    assert page.url.endswith(f"#{key}")
    assert page.locator(f'[id="{key}"]').is_visible()
    assert page.locator("#popover").is_hidden()
    seen.check_quiet()


def test_print_leaves_out_what_paper_cannot_use(visit, report):
    seen = visit(report)
    page = seen.page
    seen.wait_for_charts()
    assert page.locator("nav").is_visible()
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert page.locator(".skip").is_hidden()
    assert page.locator("#verdict").is_visible()
    assert page.locator("#provenance").is_visible()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0


def test_landmarks_and_headings(visit, report):
    page = visit(report).page
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1
    assert page.locator("html").get_attribute("lang") == "en-GB"
    levels = page.evaluate(
        "() => [...document.querySelectorAll('h1,h2,h3,h4')].map(e => +e.tagName[1])"
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


# Text that a dossier may hold and a page must not run.

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "</script><script>alert(2)</script>"
IMAGE = "<img src=x onerror=alert(3)>"
BRACES = "{0} {x} {{y}} {0.__class__} %s"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def hostile(folder: Path, name: str, edits: list[tuple[str, str, str]]) -> Path:
    dossier = folder / f"dossier-{name}"
    shutil.copytree(ROOT / "examples" / "msc-covid19", dossier)
    for file, old, new in edits:
        edit(dossier / file, old, new)
    return write(folder, name, dossier, "2020-03-25")


def check_harmless(seen: Visit) -> None:
    seen.wait_for_charts()
    for link in seen.page.locator("a.figure").all()[:60]:
        link.evaluate("e => e.click()")
        assert seen.page.locator("#popover").is_visible()
        seen.page.keyboard.press("Escape")
    seen.page.wait_for_timeout(200)
    seen.check_quiet()
    assert seen.page.locator('img[src="x"]').count() == 0


def test_markup_in_a_dossier_is_shown_as_text(visit, folder):
    path = hostile(
        folder,
        "markup",
        [
            ("claims.yaml", "label: YouAn Hospital, Beijing", f"label: 'YouAn {SCRIPT}'"),
            ("claims.yaml", "label: mild,", f'label: "mild {BREAKOUT}",'),
            ("claims.yaml", "words: there was no control group", f"words: '{IMAGE}'"),
            ("claims.yaml", "name: Kunlin Jin", f"name: 'Jin {IMAGE}'"),
            (
                "question.yaml",
                "title: Mesenchymal stem cells for COVID-19",
                f"title: 'MSC {BREAKOUT}'",
            ),
            ("natural-history.csv", "Yang X 2020,", f"Yang X {BREAKOUT} <!-- <script>,"),
            ("sources.yaml", "Cox D. Stem Cell", f"{IMAGE} Cox D. Stem Cell"),
        ],
    )
    seen = visit(path)
    check_harmless(seen)
    text = seen.page.locator("body").inner_text()
    assert f"YouAn {SCRIPT}" in text
    assert f"MSC {BREAKOUT}" in text
    assert IMAGE in text
    assert seen.page.title().startswith(f"MSC {BREAKOUT}")
    assert "mild </script><script>" in seen.page.locator("#chart-youan-2020-strata").inner_text()
    assert "Yang X </script>" in seen.page.locator("#chart-control-arms").inner_text()
    assert seen.page.locator(".canvas script, main script").count() == 0


def test_braces_in_notes_and_words_are_shown_as_text(visit, folder):
    path = hostile(
        folder,
        "braces",
        [
            ("claims.yaml", "words: studies in mice", f"words: '{BRACES}'"),
            ("claims.yaml", "interest: conducts the trial", f"interest: 'conducts {BRACES}'"),
            ("natural-history.csv", "About 70% by day 28 and a median", f"{BRACES} a median"),
        ],
    )
    seen = visit(path)
    check_harmless(seen)
    text = seen.page.locator("body").inner_text()
    assert text.count(BRACES) >= 3
