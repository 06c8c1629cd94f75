"""Charts of simulated trials in a real browser, wide and on a telephone."""

import importlib.util
import json
import os
import shutil
from pathlib import Path

import pytest

from equipoise.store.assets import chart_script

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAGE = """<!doctype html><meta charset="utf-8">
<body style="margin:10px"><div id="chart" style="width:100%"></div>
<script>{script}</script>
<script>
vegaEmbed("#chart", {spec}, {{actions: false, renderer: "svg"}})
  .then(() => document.body.dataset.drawn = "yes").catch(error => console.error(error));
</script>"""
MARKS = "() => document.querySelectorAll('#chart svg .role-mark path, #chart svg text').length"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
OUTSIDE = """
() => {
  const box = document.querySelector('#chart svg').getBoundingClientRect();
  return [...document.querySelectorAll('#chart svg text')].filter(text => {
    const at = text.getBoundingClientRect();
    return at.width && text.textContent.trim() &&
      (at.left < box.left - 1 || at.right > box.right + 1 ||
       at.top < box.top - 1 || at.bottom > box.bottom + 1 || text.textContent.includes('…'));
  }).map(text => text.textContent);
}
"""


def gallery():
    path = Path(__file__).parents[1] / "unit" / "test_simulation_shown.py"
    spec = importlib.util.spec_from_file_location("simulation_charts_gallery", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.gallery()


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
def charts():
    return gallery()


@pytest.mark.parametrize("width", [920, 390])
def test_every_chart_is_drawn_inside_its_container_without_errors(
    chromium, charts, tmp_path, width
):
    for number, (name, chart) in enumerate(charts.items()):
        spec = json.dumps(chart.to_dict()).replace("<", "\\u003c")
        file = tmp_path / f"{number}.html"
        file.write_text(PAGE.format(script=chart_script(), spec=spec), encoding="utf-8")
        page = chromium.new_page(viewport={"width": width, "height": 800})
        said = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.goto(file.as_uri())
        page.wait_for_function("() => document.body.dataset.drawn === 'yes'", timeout=20_000)
        assert page.evaluate(MARKS) > 5, name
        assert page.evaluate(OVERFLOW) <= 0, name
        assert page.evaluate(OUTSIDE) == [], name
        assert said == [], name
        page.close()
