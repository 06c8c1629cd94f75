"""Numbers in words: one way to print a percentage, a range and a probability."""

from __future__ import annotations

import math


def percent(value: float, digits: int = 1) -> str:
    """``0.8878`` as ``88.8%``; whole numbers lose their zeros; tiny values read ``below 0.1%``."""
    scaled = 100 * value
    smallest = 10.0**-digits
    if 0 < scaled < smallest:
        return f"below {smallest:g}%"
    if 100 - smallest < scaled < 100:
        return f"above {100 - smallest:g}%"
    return f"{_trim(f'{scaled:.{digits}f}')}%"


def percent_range(low: float, high: float, digits: int = 1) -> str:
    """``9.6 to 41.1%``."""
    ends = [
        percent(value, digits) if value in {0, 1} else _padded(percent(value, digits), digits)
        for value in (low, high)
    ]
    if any(end.startswith(("below", "above")) for end in ends):
        return " to ".join(ends)
    return f"{ends[0][:-1]} to {ends[1]}"


def points(value: float) -> str:
    """A risk difference as percentage points: ``10 percentage points``."""
    text = _trim(f"{100 * value:.1f}")
    return f"{text} percentage point{'' if text in {'1', '-1'} else 's'}"


def ratio(value: float) -> str:
    """A ratio to three significant figures; infinity, and what cannot be estimated, in words."""
    if math.isnan(value):
        return "not estimable"
    if math.isinf(value):
        return "unbounded"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def out_of(events: int, n: int) -> str:
    """``31 of 31``."""
    return f"{events:,} of {n:,}"


def probability(value: float) -> str:
    """A probability to two significant figures, never 0 or 1 unless it is."""
    if 0 < value < 0.001:
        return "below 0.001"
    if 0.999 < value < 1:
        return "above 0.999"
    return f"{value:.2g}" if value < 0.1 else f"{value:.3g}"


def listing(items: list[str], last: str = "and") -> str:
    """``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 trial``, ``2 trials``, ``no trials``."""
    word = one if count == 1 else (many or f"{one}s")
    return f"{count or 'no'} {word}" if count < 1000 else f"{count:,} {word}"


def small(name: str) -> str:
    """An outcome's name with its first letter small, unless it is an acronym."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def verbatim(text: str) -> str:
    """Text that is not ours, inside a sentence's template: its braces stand for themselves."""
    return text.replace("{", "{{").replace("}", "}}")


def inside(name: str) -> str:
    """An outcome's name inside a sentence's template."""
    return verbatim(small(name))


def error(value: float) -> str:
    """A Monte Carlo standard error in percentage points, to one significant figure."""
    scaled = 100 * value
    return "under 0.001" if 0 < scaled < 0.001 else f"{scaled:.1g}"


def _padded(text: str, digits: int) -> str:
    """Give ``40%`` the decimals of its partner in a range: ``40.0%``."""
    if text.startswith(("below", "above")):
        return text
    return f"{float(text[:-1]):.{digits}f}%"


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
