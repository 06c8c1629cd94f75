"""Dates as precise as they are known, and what was known on a date."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Known = Literal["yes", "maybe", "no"]

_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A calendar date known to the day, the month or the year.

    A date known only to its month or year counts from the *end* of that period; between the
    period's first and last day the fact *may have been* known.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.day is not None and self.month is None:
            raise ValueError("a day needs its month")
        month = 1 if self.month is None else self.month
        date(self.year, month, 1 if self.day is None else self.day)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read ``2020``, ``2020-03`` or ``2020-03-25``.

        Raises
        ------
        ValueError
            For another form, or a day that is not in the calendar.
        """
        match = _FORM.fullmatch(text.strip())
        if match is None:
            raise ValueError("must be YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        try:
            return cls(year, month, day)
        except ValueError:
            raise ValueError("must be a date that exists in the calendar") from None

    @property
    def first_day(self) -> date:
        """First day of the period."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last_day(self) -> date:
        """Last day of the period: from here on the fact counts as known."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def known(self, as_of: date) -> Known:
        """Whether a fact first public at this date was known on `as_of`."""
        if self.last_day <= as_of:
            return "yes"
        return "maybe" if self.first_day <= as_of else "no"

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let the dossier reader validate this type; pydantic is imported only there."""
        from pydantic_core import core_schema

        def validate(value: object) -> PartialDate:
            return value if isinstance(value, PartialDate) else cls.parse(str(value))

        return core_schema.no_info_plain_validator_function(validate)
