"""The coded checks: stable codes, each asked by a rule and each with a question to ask."""

import inspect
import re
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.claims import checks
from equipoise.claims import codes as known

ROOT = Path(__file__).parents[2]
NAMES = {value.code: name for name, value in vars(known).items() if isinstance(value, known.Check)}


def test_codes_are_unique_and_well_formed():
    codes = [check.code for check in known.CHECKS]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"EQ-C\d{3}", code) for code in codes)


def test_codes_leave_no_gap():
    assert sorted(int(check.code[4:]) for check in known.CHECKS) == list(
        range(1, len(known.CHECKS) + 1)
    )


def test_every_check_defined_is_listed():
    assert set(NAMES) == {check.code for check in known.CHECKS}


@pytest.mark.parametrize("check", known.CHECKS, ids=lambda check: check.code)
def test_every_check_has_a_title_and_a_question(check):
    assert check.title
    assert check.ask.endswith("?")


@pytest.mark.parametrize("check", known.CHECKS, ids=lambda check: check.code)
def test_every_check_is_used_by_a_rule(check):
    name = NAMES[check.code]
    used = False
    for rule in checks._RULES:
        cells = [cell.cell_contents for cell in rule.__closure__ or ()]
        used |= name in rule.__code__.co_names or check in [
            cell for cell in cells if isinstance(cell, known.Check)
        ]
    assert used, f"{check.code} is asked by no rule"


def test_the_examples_reach_every_check():
    seen = set()
    for name, day in (("msc-covid19", "2020-03-25"), ("penicillin-endocarditis", "1946-12-31")):
        found = eq.verdict(eq.read_dossier(ROOT / "examples" / name), day, replicates=2048)
        seen |= {finding.code for finding in found.findings}
    assert {check.code for check in known.CHECKS} == seen


def test_leading_reasons_are_checks():
    from equipoise.assess.sentences import REASON_GROUPS

    codes = [code for group in REASON_GROUPS for code in group]
    assert len(codes) == len(set(codes))
    assert set(codes) <= {check.code for check in known.CHECKS}


def test_the_reference_page_explains_every_code_if_there_is_one():
    page = ROOT / "docs/reference/checks.md"
    if not page.exists():
        pytest.skip("the page is not written yet")
    text = page.read_text(encoding="utf-8")
    missing = [check.code for check in known.CHECKS if check.code not in text]
    assert missing == []
    assert inspect.getdoc(checks)
