"""Fields of registry records, in the forms in which registries and spreadsheets leave them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.dates_read import read_date
from equipoise.registry.fields import (
    cancelled_in_title,
    inferred_country,
    read_countries,
    read_phase,
    read_size,
    read_status,
)
from equipoise.registry.identifiers import ambiguous, find_identifiers, key_of, own_identifier
from equipoise.registry.text import clean, repair_encoding


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("27/01/2020", "2020-01-27"),
        ("05/03/2020", "2020-03-05"),
        ("21-10-2013", "2013-10-21"),
        ("20200216", "2020-02-16"),
        ("2020-02-16 00:00:00", "2020-02-16"),
        ("2020/03/05", "2020-03-05"),
        ("January 25, 2020", "2020-01-25"),
        ("March 2020", "2020-03"),
        ("2020-03", "2020-03"),
        ("17 February 2020", "2020-02-17"),
        ("2021-06-23T00:00:00.000Z", "2021-06-23"),
        ("1999", "1999"),
        ("", ""),
    ],
)
def test_dates_are_read_as_precisely_as_they_are_written(text, read):
    assert read_date(text).text == read
    assert read_date(text).doubt == ""


@pytest.mark.parametrize("text", ["31/02/2020", "soon", "2020-13-01", "Smarch 2020"])
def test_an_unreadable_date_is_none_and_says_so(text):
    read = read_date(text)
    assert read.text == ""
    assert text[:5] in read.doubt


def test_a_day_that_cannot_be_a_month_is_swapped_and_said():
    assert read_date("04/25/2020").text == "2020-04-25"
    assert "swapped" in read_date("04/25/2020").doubt
    assert read_date("4/7/2020 10:40:56 AM", month_first=True).text == "2020-04-07"


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31)))
def test_every_form_of_a_day_is_the_same_day(day):
    forms = (
        day.isoformat(),
        day.strftime("%Y%m%d"),
        day.strftime("%d/%m/%Y"),
        f"{day.day} {day:%B} {day.year}",
        f"{day:%B} {day.day}, {day.year}",
    )
    assert {read_date(form).text for form in forms} == {day.isoformat()}


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("Phase 2/Phase 3", "2/3"), ("Phase 2/ Phase 3", "2/3"), ("Phase II/III", "2/3"),
        ("II-III", "2/3"), ("2-3", "2/3"), ("Phase-2", "2"), ("Phase2", "2"), ("IIb", "2"),
        ("III", "3"), ("0 (exploratory trials)", "0"), ("Early Phase 1", "0"), ("N/A", ""),
        ("Not Applicable", ""), ("Not selected", ""), ("Retrospective study", ""),
        ("Post Marketing Surveillance", ""), ("2020-03-02 00:00:00", "2/3"),
        ("2020-02-01 00:00:00", "1/2"),
        ("Human pharmacology (Phase I): no\nTherapeutic exploratory (Phase II): yes\n"
         "Therapeutic confirmatory - (Phase III): yes\nTherapeutic use (Phase IV): no", "2/3"),
        ("Therapeutic exploratory (Phase II)", "2"),
    ],
)  # fmt: skip
def test_phases(text, phase):
    assert read_phase(text).value == phase


def test_a_phase_that_a_spreadsheet_made_a_date_of_is_reported():
    assert "spreadsheet" in read_phase("2020-03-02").note


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("120", 120), ("1,500", 1500), ("60.0", 60), ("", None),
        ("experimental group:10;control group:10;", 20), ("Case series:100;", 100),
        ("group 1:60;group 2:60;", 120), ("1:36;2:36;3:36;", 108),
        ("Target condition:200;Difficult condition:0", 200), ("400 (200 in each arm)", 400),
        ("all patients confirmed as SARS-CoV-2 positive", None), ("Inclusion at 2 months", None),
    ],
)  # fmt: skip
def test_sizes_are_sums_of_groups_and_never_digits_of_names(text, size):
    assert read_size(text).value == size


def test_an_incredible_size_is_kept_and_doubted():
    assert read_size("10000000").value == 10_000_000
    assert "doubtful" in read_size("10000000").note


@pytest.mark.parametrize(
    ("damaged", "whole"),
    [
        ("1Ã—10^6 cells", "1×10^6 cells"),
        ("BrandÂ® cells", "Brand® cells"),
        ("5 √ó 10E7", "5 × 10E7"),
        ("Brand¬Æ", "Brand®"),
        ("C√©lulas", "Células"),
        ("‚â• 18 years", "≥ 18 years"),
        ("high‚Äö√Ñ√¨fat", "high–fat"),
    ],
)
def test_two_kinds_of_mojibake_are_undone(damaged, whole):
    assert repair_encoding(damaged) == whole


@pytest.mark.parametrize("text", ["Âge à la côte", "√2 × 3", "naïve – “quoted” ≥ 5", "Covax™"])
def test_sound_text_is_left_alone(text):
    assert repair_encoding(text) == text


@given(st.text(alphabet=st.characters(max_codepoint=0x24F, blacklist_categories=("Cs", "Cc"))))
def test_text_damaged_as_cp1252_comes_back_or_stays(text):
    try:
        damaged = text.encode("utf-8").decode("cp1252")
    except UnicodeDecodeError:
        return
    assert isinstance(repair_encoding(damaged), str)


def test_entities_breaks_and_padding():
    assert clean("A &lt; B &#8805; C_x000D_<br>  next   line<br/>") == "A < B ≥ C\nnext line"


def test_statuses_have_one_list_of_words():
    assert read_status("ACTIVE_NOT_RECRUITING").value == "active, not recruiting"
    assert read_status("Not Recruiting").value == "not recruiting"
    assert read_status("Prematurely Ended").value == "terminated"
    assert read_status("Wibbling").value == "wibbling"
    assert "unknown status" in read_status("Wibbling").note


def test_cancellation_that_stands_in_the_title_only():
    assert (
        cancelled_in_title("Cancelled by the investigator   A trial of X")
        == "Cancelled by the investigator"
    )
    assert cancelled_in_title("Canceled due to lack of patient A trial")
    assert cancelled_in_title("Retracted due to lack of patient A trial")
    assert not cancelled_in_title("Withdrawn alcoholics and outcomes")
    assert not cancelled_in_title("A trial of cancelled operations")


def test_countries_in_one_spelling_each_once():
    assert read_countries("China;Italy;China; Korea, Republic of;Chian;Iran (Islamic Republic of)") == (
        "China", "Italy", "South Korea", "Iran",
    )  # fmt: skip


def test_a_missing_country_is_inferred_and_not_invented():
    assert inferred_country("ClinicalTrials.gov", "CAR-T (Shanghai) Biotechnology") == "China"
    assert inferred_country("ChiCTR", "Some Hospital") == "China"
    assert inferred_country("ClinicalTrials.gov", "Somebody Inc.") == ""


@pytest.mark.parametrize(
    ("text", "registry", "key"),
    [
        ("NCT04252118", "ClinicalTrials.gov", "NCT04252118"),
        ("NCT 04252118", "ClinicalTrials.gov", "NCT04252118"),
        ("ChiCTR-IOR-17012345", "ChiCTR", "ChiCTR-IOR-17012345"),
        ("chictr2000029990", "ChiCTR", "ChiCTR2000029990"),
        ("EUCTR2020-001364-29-ES", "EUCTR", "EUCTR2020-001364-29"),
        ("EUCTR2016-003004-31-Outside-EU/EEA", "EUCTR", "EUCTR2016-003004-31"),
        ("2020-001364-29", "EUCTR", "EUCTR2020-001364-29"),
        ("2023-508083-30-01", "CTIS", "CTIS2023-508083-30"),
        ("IRCT20200217046526N2", "IRCT", "IRCT20200217046526N2"),
        ("CTRI/2020/05/025156", "CTRI", "CTRI/2020/05/025156"),
        ("jRCTs041190123", "JPRN", "JPRN-JRCTS041190123"),
        ("JPRN-UMIN000039986", "JPRN", "JPRN-UMIN000039986"),
        ("NL8504", "NTR", "NL8504"),
        ("RBR-4pfygr", "REBEC", "RBR-4pfygr"),
        ("U1111-1272-2514", "UTN", "U1111-1272-2514"),
    ],
)
def test_identifiers(text, registry, key):
    read = own_identifier(text)
    assert (read.registry, read.key) == (registry, key)


def test_identifiers_are_found_in_any_text_and_look_alikes_are_not():
    text = "see NCT04252118, ISRCTN 12345678; ID-RCB 2018-A01972-53; CTIS 2023-508083-30-00; NL1234"
    assert [found.key for found in find_identifiers(text)] == [
        "NCT04252118", "ISRCTN12345678", "CTIS2023-508083-30",
    ]  # fmt: skip
    assert key_of("EUCTR2020-001364-29-3rd") == "EUCTR2020-001364-29"
    assert ambiguous("NCT04252118") == ["ClinicalTrials.gov"]
