"""Effect sizes of studies from what their reports give: counts, means, rates or estimates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.evidence.effect_size_checks import LISTED, Columns, read_columns
from equipoise.evidence.effect_size_columns import Table, read_table
from equipoise.evidence.effect_size_measures import (
    MEASURES,
    WHOLE,
    Measure,
    Rule,
    Scale,
    column_sets,
    find_measure,
)
from equipoise.evidence.mean_sd import mean_sd_from_quantiles
from equipoise.numerics import effect_sizes_means as means
from equipoise.numerics.effect_sizes import ZERO_CELLS, corrected
from equipoise.vocabulary.record import record
from equipoise.wording import listing, plural

if TYPE_CHECKING:
    import polars as pl

__all__ = ["EffectSizes", "effect_sizes", "mean_sd_from_quantiles"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
ZeroCells = Literal["only0", "all", "if0all", "none"]


class NumberedLabels(Sequence[str]):
    """Labels ``study 1`` … of input rows, written only when they are asked for."""

    def __init__(self, rows: Ints) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return self._rows.size

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(f"study {row + 1}" for row in self._rows[index].tolist())
        return f"study {int(self._rows[index]) + 1}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


@record
class EffectSizes:
    """Effects and sampling variances of k studies, on the scale on which they are pooled.

    `yi`, `vi` are (k,), read-only; `rows` (k,) gives the input row, from 0, of each; `dropped` the
    rows left out, each with its reason. `counts` (k, 4) holds the 2x2 tables (ai, bi, ci, di) as
    reported, None for other measures; `data` the columns used, each (k,), as reported.
    """

    measure: str
    yi: Floats
    vi: Floats
    labels: Sequence[str]
    rows: Ints
    dropped: tuple[tuple[int, str], ...]
    counts: Ints | None
    data: dict[str, Floats]

    @classmethod
    def from_arrays(
        cls, yi: Floats, vi: Floats, *, labels: tuple[str, ...], measure: str = "GEN"
    ) -> EffectSizes:
        """Effects (k,) and variances (k,) that are known already, taken as they are."""
        return cls(
            measure=find_measure(measure).name,
            yi=_frozen(np.array(yi, np.float64)),
            vi=_frozen(np.array(vi, np.float64)),
            labels=tuple(labels),
            rows=_frozen(np.arange(len(yi))),
            dropped=(),
            counts=None,
            data={},
        )

    @property
    def k(self) -> int:
        """Number of studies kept."""
        return self.yi.size

    @property
    def scale(self) -> Scale:
        """The scale `yi` is on: ``log``, ``logit``, ``arcsine``, ``identity``, ..."""
        return MEASURES[self.measure].scale

    @property
    def log_scale(self) -> bool:
        """Whether ``exp(yi)`` is the measure itself: RR, OR, PETO, IRR, ROM, HR, PLN, IRLN."""
        return self.scale == "log"

    def frame(self) -> pl.DataFrame:
        """One row a study: label, yi, vi, se, and the columns used."""
        import polars as pl

        columns: dict[str, Any] = {"label": list(self.labels), "yi": self.yi, "vi": self.vi}
        columns["se"] = np.sqrt(self.vi)
        whole = {
            name
            for columns_of in column_sets(MEASURES[self.measure])
            for name, rule in columns_of.items()
            if rule in WHOLE
        }
        for name, values in self.data.items():
            if name not in columns:
                columns[name] = values.astype(np.int64) if name in whole else values
        return pl.DataFrame(columns, schema_overrides={"label": pl.String})


def effect_sizes(
    data: Any,
    measure: str,
    *,
    add: float = 0.5,
    zero_cells: ZeroCells | None = None,
    double_zero: Literal["drop", "keep"] = "drop",
    labels: str | None = "study",
    allow_repeats: bool = False,
) -> EffectSizes:
    """Compute effect sizes and sampling variances, one a row, as metafor's ``escalc`` does.

    Arm 1 (treatment) minus arm 2 (control); ratios on the log scale. SMD is Hedges's g with the
    exact J. SMDH and ROM are those of metafor 3.8: metafor 5 has another variance for SMDH and a
    second-order correction of bias in ROM.

    Parameters
    ----------
    data : data frame, mapping of columns, or list of mappings
        One row a study, in metafor's columns:

        ======================  ===============================================================
        RR OR RD PETO AS        ai n1i ci n2i, or ai bi ci di
        IRR IRD IRSD            x1i t1i x2i t2i
        MD SMD SMDH ROM         m1i sd1i n1i m2i sd2i n2i
        PR PLN PLO PAS PFT      xi ni, or xi mi
        IR IRLN IRS IRFT        xi ti
        COR ZCOR                ri ni
        GEN HR                  yi vi, yi sei, yi ci_low ci_high (95%), or yi pval (two-sided)
        HR, as a ratio          hr hr_low hr_high (95%)
        ======================  ===============================================================

        The first complete set is used. For HR, ``yi`` and its limits are log hazard ratios.
        A row with a missing value (null, None or NaN) is dropped with its reason, never read as
        zero; only in GEN and HR, where it is a computation that failed, NaN is refused. (pandas
        writes null and NaN alike: there both are missing.)
    measure : str
        One of the names above.
    add : float
        What is added to each cell of a corrected table, for effect and variance alike.
    zero_cells : {"only0", "all", "if0all", "none"}, optional
        Which tables are corrected: those with a zero cell, all, all if any has one, none. By
        default "only0", but "none" for PETO, AS, IRSD, PAS, PFT, IRS and IRFT, which need no
        correction. (metafor corrects PETO too, as ``zero_cells="only0"`` does here.)
    double_zero : {"drop", "keep"}
        For the relative measures RR, OR, PETO and IRR, whether studies in which nobody, or in a
        2x2 table everybody, had the event in both arms are left out (metafor's ``drop00``). Other
        measures keep them.
    labels : str, optional
        The column of labels; where "study", the default, is absent, studies are numbered.
    allow_repeats : bool
        Accept a label that stands twice.

    Returns
    -------
    EffectSizes
        The rows kept, in input order, and the rows dropped with reasons.

    Raises
    ------
    InputError
        An unknown measure or option, missing columns, values that cannot be (all of them in one
        message, 20 listed), or a study given twice.
    """
    kind = find_measure(measure)
    zero_cells = zero_cells or ("only0" if kind.corrects else "none")
    _check_options(add, zero_cells, double_zero)
    table = read_table(data)
    wanted = _choose(table, kind)
    texts = _texts(table, labels)
    columns, missing = read_columns(table, wanted, kind, texts)
    reasons = _missing_reasons(missing, kind)
    cells = _cells(columns, kind)
    if kind.relative and double_zero == "drop":
        reasons |= _double_zeros(cells, kind, reasons)
    rows = _remaining(table.height, reasons)
    columns, cells = _take(columns, rows), _take(cells, rows)
    yi, vi = _effects(columns, cells, kind, add, zero_cells)
    reasons |= _without_estimate(yi, vi, rows, "zero cells: " if cells else "")
    good = np.flatnonzero(np.isfinite(yi) & np.isfinite(vi) & (vi > 0))
    kept = rows[good]
    names = _labels(texts, kept)
    if texts is not None and not allow_repeats:
        _refuse_repeats(names, kept)
    return EffectSizes(
        measure=kind.name,
        yi=_frozen(yi[good]),
        vi=_frozen(vi[good]),
        labels=names,
        rows=_frozen(kept),
        dropped=tuple(sorted(reasons.items())),
        counts=_counts(_take(cells, good)) if kind.shape == "table" else None,
        data={name: _frozen(values) for name, values in _take(columns, good).items()},
    )


def _check_options(add: float, zero_cells: str, double_zero: str) -> None:
    if not (math.isfinite(add) and add >= 0):
        raise InputError.of("add", add, "it must be 0 or more and finite", "Use 0.5")
    if zero_cells not in ZERO_CELLS:
        rule = f"it must be {listing(list(ZERO_CELLS), 'or')}"
        raise InputError.of("zero_cells", zero_cells, rule, "Choose one of them")
    if double_zero not in ("drop", "keep"):
        raise InputError.of("double_zero", double_zero, "it must be drop or keep", "Choose one")


def _choose(table: Table, kind: Measure) -> dict[str, Rule]:
    """The first set of columns that the table holds complete."""
    sets = column_sets(kind)
    for columns in sets:
        if all(name in table.columns for name in columns):
            return columns
    nearest = min(sets, key=lambda columns: len([n for n in columns if n not in table.columns]))
    lacking = [name for name in nearest if name not in table.columns]
    raise InputError.of(
        "data",
        list(table.columns),
        f"{kind.name} needs the columns {', or '.join(' '.join(columns) for columns in sets)}",
        f"Add or rename {listing(lacking)}",
    )


def _texts(table: Table, labels: str | None) -> list[str | None] | None:
    if labels is None or (labels == "study" and labels not in table.columns):
        return None
    if labels not in table.columns:
        seen = f"the columns are {listing(list(table.columns))}"
        raise InputError.of("labels", labels, seen, "Name one of them, or None to number studies")
    return table.texts(labels)


def _labels(texts: list[str | None] | None, rows: Ints) -> Sequence[str]:
    """Labels of the rows; studies without one are numbered by input row, from 1."""
    if texts is None:
        return NumberedLabels(rows)
    return tuple([texts[row] or f"study {row + 1}" for row in rows.tolist()])


def _missing_reasons(missing: dict[str, Bools], kind: Measure) -> dict[int, str]:
    rows = np.flatnonzero(np.logical_or.reduce(list(missing.values())))
    word = "count" if kind.shape in ("table", "rates", "proportion", "rate") else "value"
    return {
        row: f"missing {word} ({', '.join(name for name in missing if missing[name][row])})"
        for row in rows.tolist()
    }


def _cells(columns: Columns, kind: Measure) -> Columns:
    """The cells that a correction would be added to, (k,) each; none for means and estimates."""
    if kind.shape == "table":
        a, c = columns["ai"], columns["ci"]
        b = columns["bi"] if "bi" in columns else columns["n1i"] - a
        d = columns["di"] if "di" in columns else columns["n2i"] - c
        return {"ai": a, "bi": b, "ci": c, "di": d}
    if kind.shape == "proportion":
        x = columns["xi"]
        return {"xi": x, "mi": columns["mi"] if "mi" in columns else columns["ni"] - x}
    if kind.shape == "rates":
        return {"x1i": columns["x1i"], "x2i": columns["x2i"]}
    return {"xi": columns["xi"]} if kind.shape == "rate" else {}


def _double_zeros(cells: Columns, kind: Measure, known: dict[int, str]) -> dict[int, str]:
    """Rows whose arms both had no event, or whose patients all had it; comparing NaN is false."""
    arms = ("ai", "ci") if kind.shape == "table" else ("x1i", "x2i")
    nobody = np.flatnonzero((cells[arms[0]] == 0) & (cells[arms[1]] == 0)).tolist()
    reasons = {row: "no events in either arm" for row in nobody if row not in known}
    if kind.shape == "table":
        everybody = np.flatnonzero((cells["bi"] == 0) & (cells["di"] == 0)).tolist()
        for row in everybody:
            if row not in known:
                reasons[row] = "events in all patients of both arms"
    return reasons


def _remaining(height: int, reasons: dict[int, str]) -> Ints:
    keep = np.ones(height, np.bool_)
    keep[list(reasons)] = False
    return np.flatnonzero(keep).astype(np.int64)


def _take(columns: Columns, rows: NDArray[np.intp]) -> Columns:
    """These rows of every column; the columns themselves where none is left out."""
    if all(values.size == rows.size for values in columns.values()):
        return columns
    return {name: values[rows] for name, values in columns.items()}


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _effects(
    columns: Columns, cells: Columns, kind: Measure, add: float, zero_cells: str
) -> tuple[Floats, Floats]:
    """Effects and variances by the measure's formula, or by the columns of an estimate."""
    if kind.formula is None:
        return _estimates(columns)
    if not columns or not next(iter(columns.values())).size:
        return np.empty(0), np.empty(0)
    if cells:
        cells = dict(zip(cells, corrected(list(cells.values()), add, zero_cells), strict=True))
    if kind.shape in ("rates", "rate"):
        return kind.formula(**(columns | cells))
    return kind.formula(**(cells or columns))


def _estimates(columns: Columns) -> tuple[Floats, Floats]:
    match tuple(columns.values()):
        case (yi, second) if "vi" in columns:
            return yi.copy(), second.copy()
        case (yi, second) if "sei" in columns:
            return means.from_error(yi, second)
        case (yi, second):
            return means.from_p_value(yi, second)
        case (first, low, high) if "hr" in columns:
            return means.from_interval(np.log(first), np.log(low), np.log(high))
        case (first, low, high):
            return means.from_interval(first, low, high)
    raise AssertionError(list(columns))


def _without_estimate(yi: Floats, vi: Floats, rows: Ints, cause: str) -> dict[int, str]:
    """Rows whose formula has no finite value, or no variance, as zero cells leave them."""
    finite = np.isfinite(yi) & np.isfinite(vi)
    infinite = dict.fromkeys(rows[~finite].tolist(), f"{cause}no finite effect and variance")
    flat = dict.fromkeys(rows[finite & ~(vi > 0)].tolist(), f"{cause}the variance is 0")
    return infinite | flat


def _refuse_repeats(names: Sequence[str], rows: Ints) -> None:
    if len(set(names)) == len(names):
        return
    places: dict[str, list[int]] = {}
    for name, row in zip(names, rows.tolist(), strict=True):
        places.setdefault(name, []).append(row)
    twice = [f"{n!r} in rows {listing([str(r) for r in p])}" for n, p in places.items() if p[1:]]
    more = f" and {len(twice) - LISTED} more" if len(twice) > LISTED else ""
    raise InputError(
        f"{plural(len(twice), 'study', 'studies')} given more than once (rows counted from 0): "
        f"{'; '.join(twice[:LISTED])}{more}. Pooling takes rows for independent. Keep one row a "
        "study, or pass allow_repeats=True."
    )


def _counts(cells: Columns) -> Ints:
    counts = np.empty((cells["ai"].size, len(cells)), np.int64)
    for column, values in enumerate(cells.values()):
        counts[:, column] = values
    counts.setflags(write=False)
    return counts


def _frozen(values: Any) -> Any:
    values.setflags(write=False)
    return values
