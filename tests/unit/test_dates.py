"""Dates as precise as they are known: reading, writing, and what counts as known on a day."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.vocabulary.dates import PartialDate

DAYS = st.dates()


@st.composite
def partial_dates(draw):
    day = draw(DAYS)
    parts = (day.year, day.month, day.day)
    return PartialDate(*parts[: draw(st.integers(1, 3))])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2020", (2020, None, None)),
        ("2020-03", (2020, 3, None)),
        ("2020-03-25", (2020, 3, 25)),
        (" 1944 ", (1944, None, None)),
        ("2020-02-29", (2020, 2, 29)),
        ("2000-02-29", (2000, 2, 29)),
    ],
)
def test_parse(text, parts):
    read = PartialDate.parse(text)
    assert (read.year, read.month, read.day) == parts
    assert str(read) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20",
        "2020-",
        "2020-3",
        "2020-3-25",
        "2020/03/25",
        "25-03-2020",
        "20200325",
        "2020-W13",
        "2020-03-25T00:00",
        "2020-03-25 to 2020-04-01",
        "-2020",
        "March 2020",
        "2020-03-25\n2021",
    ],
)
def test_other_forms_are_refused(text):
    with pytest.raises(ValueError, match="must be YYYY, YYYY-MM or YYYY-MM-DD"):
        PartialDate.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "2020-13",
        "2020-00",
        "2020-13-40",
        "2020-04-31",
        "2021-02-29",
        "1900-02-29",
        "0000",
        "2020-01-00",
    ],
)
def test_days_outside_the_calendar_are_refused(text):
    with pytest.raises(ValueError, match="must be a date that exists in the calendar"):
        PartialDate.parse(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2021-02", date(2021, 2, 1), date(2021, 2, 28)),
        ("1900-02", date(1900, 2, 1), date(1900, 2, 28)),
        ("2000-02", date(2000, 2, 1), date(2000, 2, 29)),
        ("2020-12", date(2020, 12, 1), date(2020, 12, 31)),
        ("2020-03-25", date(2020, 3, 25), date(2020, 3, 25)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_period(text, first, last):
    read = PartialDate.parse(text)
    assert (read.first_day, read.last_day) == (first, last)


@pytest.mark.parametrize(
    ("text", "day", "known"),
    [
        ("2020-03-25", "2020-03-24", "no"),
        ("2020-03-25", "2020-03-25", "yes"),
        ("2020-02", "2020-01-31", "no"),
        ("2020-02", "2020-02-01", "maybe"),
        ("2020-02", "2020-02-28", "maybe"),
        ("2020-02", "2020-02-29", "yes"),
        ("2021-02", "2021-02-28", "yes"),
        ("1946", "1945-12-31", "no"),
        ("1946", "1946-01-01", "maybe"),
        ("1946", "1946-12-30", "maybe"),
        ("1946", "1946-12-31", "yes"),
    ],
)
def test_a_coarse_date_counts_from_the_end_of_its_period(text, day, known):
    assert PartialDate.parse(text).known(date.fromisoformat(day)) == known


@pytest.mark.parametrize(
    "parts", [(2020, None, 5), (2020, 0, None), (2020, 1, 0), (2020, 13, None)]
)
def test_parts_that_make_no_date_are_refused(parts):
    with pytest.raises(ValueError):  # noqa: PT011
        PartialDate(*parts)


@given(partial_dates())
def test_round_trip(value):
    assert PartialDate.parse(str(value)) == value


@given(partial_dates())
def test_the_period_holds_its_own_ends(value):
    assert value.first_day <= value.last_day
    assert value.first_day.year == value.last_day.year == value.year
    length = (value.last_day - value.first_day).days + 1
    if value.day is not None:
        assert length == 1
    elif value.month is not None:
        assert length == calendar.monthrange(value.year, value.month)[1]
    else:
        assert length == 365 + calendar.isleap(value.year)


@given(partial_dates(), DAYS)
def test_what_is_known_stays_known(value, day):
    order = {"no": 0, "maybe": 1, "yes": 2}
    now = value.known(day)
    assert now == ("yes" if day >= value.last_day else "maybe" if day >= value.first_day else "no")
    if day < date.max:
        assert order[value.known(day + timedelta(days=1))] >= order[now]


@given(st.text())
def test_any_text_is_read_or_refused_with_a_value_error(text):
    try:
        read = PartialDate.parse(text)
    except ValueError:
        return
    assert PartialDate.parse(str(read)) == read
