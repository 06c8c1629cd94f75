"""Effect sizes: every way to hand the data in, every bad input, invariances."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.evidence.effect_size_measures import MEASURES, column_sets
from equipoise.evidence.effect_sizes import EffectSizes, effect_sizes, mean_sd_from_quantiles

TABLE = {
    "study": ["A", "B", "C"],
    "ai": [4, 6, 3],
    "n1i": [123, 306, 231],
    "ci": [11, 29, 11],
    "n2i": [139, 303, 220],
}
MEANS = {
    "m1i": [5.0, 30],
    "sd1i": [2.0, 9],
    "n1i": [20, 30],
    "m2i": [4.0, 35],
    "sd2i": [3.0, 10],
    "n2i": [20, 25],
}


def changed(data, **columns):
    return {name: list(values) for name, values in data.items()} | columns


def refused(data, measure="RR", **options):
    with pytest.raises(InputError) as caught:
        effect_sizes(data, measure, **options)
    return str(caught.value)


# ---- every way to hand the data in -----------------------------------------------------------


def as_rows(data):
    return [dict(zip(data, row, strict=True)) for row in zip(*data.values(), strict=True)]


@pytest.mark.parametrize(
    "build",
    [
        pl.DataFrame,
        lambda d: pl.DataFrame(d).lazy(),
        dict,
        as_rows,
        lambda d: tuple(as_rows(d)),
        lambda d: {name: np.array(x) for name, x in d.items()},
        lambda d: {name: pl.Series(x) for name, x in d.items()},
        lambda d: {name: tuple(x) for name, x in d.items()},
    ],
    ids=["polars", "lazy", "lists", "rows", "row tuple", "arrays", "series", "tuples"],
)
def test_every_kind_of_table(build):
    ours = effect_sizes(build(TABLE), "RR")
    np.testing.assert_allclose(ours.yi[0], math.log(4 / 123 / (11 / 139)), rtol=1e-14)
    assert ours.labels == ("A", "B", "C")
    assert ours.rows.tolist() == [0, 1, 2]
    assert ours.counts.tolist() == [[4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209]]
    assert ours.counts.dtype == np.int64
    assert ours.dropped == ()


def test_other_frames():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(changed(TABLE, ai=[4, None, 3]))
    assert effect_sizes(frame, "RR").dropped == ((1, "missing count (ai)"),)


def test_cells_and_sizes_agree():
    cells = {"ai": [4, 6], "bi": [119, 300], "ci": [11, 29], "di": [128, 274]}
    ours, theirs = effect_sizes(cells, "OR"), effect_sizes(TABLE, "OR")
    np.testing.assert_array_equal(ours.yi, theirs.yi[:2])
    assert ours.labels == ("study 1", "study 2")
    assert list(ours.data) == ["ai", "bi", "ci", "di"]


def test_record_is_read_only():
    ours = effect_sizes(TABLE, "RR")
    for array in (ours.yi, ours.vi, ours.rows, ours.counts, *ours.data.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    given_array = np.array([0.1, 0.2])
    effect_sizes({"yi": given_array, "vi": given_array}, "GEN")
    given_array[0] = 1  # the caller's own array stays writable


def test_from_arrays():
    yi = np.array([0.1, 0.2])
    ours = EffectSizes.from_arrays(yi, yi, labels=("A", "B"), measure="OR")
    assert (ours.k, ours.log_scale, ours.rows.tolist()) == (2, True, [0, 1])
    assert ours.frame().columns == ["label", "yi", "vi", "se"]
    yi[0] = 9
    assert ours.yi[0] == 0.1
    with pytest.raises(InputError, match="Did you mean OR"):
        EffectSizes.from_arrays(yi, yi, labels=("A", "B"), measure="or")


def test_frame():
    frame = effect_sizes(TABLE, "RR").frame()
    assert frame.columns == ["label", "yi", "vi", "se", "ai", "n1i", "ci", "n2i"]
    assert frame["ai"].to_list() == [4, 6, 3]
    assert frame.schema["ai"] == pl.Int64
    assert frame["se"].to_list() == frame["vi"].sqrt().to_list()
    generic = effect_sizes({"yi": [0.1], "vi": [0.2]}, "GEN").frame()
    assert generic.columns == ["label", "yi", "vi", "se"]
    assert effect_sizes(MEANS, "MD").frame().schema["n1i"] == pl.Float64


def test_log_scale():
    logs = {"RR", "OR", "PETO", "IRR", "ROM", "HR", "PLN", "IRLN"}
    assert {name for name, kind in MEASURES.items() if kind.scale == "log"} == logs
    assert effect_sizes(TABLE, "OR").log_scale
    assert not effect_sizes(TABLE, "RD").log_scale
    assert effect_sizes(TABLE, "AS").scale == "arcsine"


def test_empty_table_and_all_dropped():
    empty = {name: [] for name in TABLE}
    for measure in ("RR", "PETO"):
        assert effect_sizes(empty, measure).k == 0
    assert effect_sizes({"yi": [], "vi": []}, "GEN").frame().height == 0
    ours = effect_sizes({"ai": [0], "n1i": [9], "ci": [0], "n2i": [9]}, "RR")
    assert (ours.k, ours.counts.shape) == (0, (0, 4))
    assert ours.dropped == ((0, "no events in either arm"),)


# ---- missing values --------------------------------------------------------------------------


@pytest.mark.parametrize("gap", [None, math.nan])
def test_missing_count_is_dropped_never_zero(gap):
    for data in (
        changed(TABLE, ai=[4, gap, 3]),
        pl.DataFrame(changed(TABLE, ai=[4, gap, 3]), strict=False),
        as_rows(changed(TABLE, ai=[4, gap, 3])),
    ):
        ours = effect_sizes(data, "RR")
        assert ours.rows.tolist() == [0, 2]
        assert ours.labels == ("A", "C")
        assert ours.dropped == ((1, "missing count (ai)"),)


def test_missing_key_in_a_row():
    rows = as_rows(TABLE)
    del rows[0]["n2i"]
    assert effect_sizes(rows, "RR").dropped == ((0, "missing count (n2i)"),)


def test_missing_values_of_means_and_whole_column():
    data = changed(MEANS, sd1i=[None, None], m2i=[None, 35.0])
    assert effect_sizes(data, "MD").dropped == (
        (0, "missing value (sd1i, m2i)"),
        (1, "missing value (sd1i)"),
    )


def test_missing_labels_are_numbered():
    assert effect_sizes(changed(TABLE, study=["A", None, None]), "RR").labels == (
        "A",
        "study 2",
        "study 3",
    )
    assert effect_sizes(changed(TABLE, study=[1, 2, 3]), "RR").labels == ("1", "2", "3")
    assert effect_sizes(TABLE, "RR", labels=None).labels[0] == "study 1"


def test_estimate_null_is_missing_but_nan_is_refused():
    data = pl.DataFrame({"yi": [0.1, None, 0.3], "vi": [0.1, 0.1, 0.1]})
    assert effect_sizes(data, "GEN").dropped == ((1, "missing value (yi)"),)
    for bad in (math.nan, math.inf, -math.inf):
        assert "`yi` in row 1" in refused({"yi": [0.1, bad], "vi": [0.1, 0.1]}, "GEN")
        assert "`vi` in row 1" in refused({"yi": [0.1, 0.1], "vi": [0.1, bad]}, "GEN")


# ---- zero cells ------------------------------------------------------------------------------

DOUBLE = {"ai": [0, 9, 4, 0], "n1i": [9, 9, 9, 9], "ci": [0, 8, 5, 2], "n2i": [8, 8, 8, 8]}


@pytest.mark.parametrize("measure", ["RR", "OR", "PETO"])
def test_relative_measures_drop_double_zeros(measure):
    ours = effect_sizes(DOUBLE, measure)
    assert ours.dropped == (
        (0, "no events in either arm"),
        (1, "events in all patients of both arms"),
    )
    assert ours.counts.tolist() == [[4, 5, 5, 3], [0, 9, 2, 6]]  # as reported, uncorrected
    assert effect_sizes(DOUBLE, "RR", double_zero="keep").k == 4


@pytest.mark.parametrize("measure", ["RD", "AS"])
def test_differences_keep_double_zeros(measure):
    ours = effect_sizes(DOUBLE, measure)
    assert ours.k == 4
    assert (ours.vi > 0).all()


def test_rates_without_events():
    data = {"x1i": [0, 0], "t1i": [10.0, 10], "x2i": [0, 3], "t2i": [10.0, 10]}
    assert effect_sizes(data, "IRR").dropped == ((0, "no events in either arm"),)
    assert effect_sizes(data, "IRD").k == 2


def test_none_leaves_no_finite_effect():
    ours = effect_sizes(DOUBLE, "RR", zero_cells="none", double_zero="keep")
    assert ours.dropped == (
        (0, "zero cells: no finite effect and variance"),
        (1, "zero cells: the variance is 0"),
        (3, "zero cells: no finite effect and variance"),
    )
    peto = effect_sizes(DOUBLE, "PETO", double_zero="keep")
    assert [row for row, _ in peto.dropped] == [0, 1]


def test_peto_without_correction_by_hand():
    ours = effect_sizes({"ai": [0], "n1i": [15], "ci": [2], "n2i": [15]}, "PETO")
    v = 2 * 28 * 0.25 / 29
    assert ours.yi[0] == pytest.approx(-1 / v, rel=1e-14)
    assert ours.vi[0] == pytest.approx(1 / v, rel=1e-14)


# ---- estimates -------------------------------------------------------------------------------


def test_estimates_in_four_ways_agree():
    yi, se = 0.4, 0.25
    z = 1.959963984540054
    p = math.erfc(yi / se / math.sqrt(2))
    for data in (
        {"yi": [yi], "vi": [se**2]},
        {"yi": [yi], "sei": [se]},
        {"yi": [yi], "ci_low": [yi - z * se], "ci_high": [yi + z * se]},
        {"yi": [yi], "pval": [p]},
    ):
        ours = effect_sizes(data, "GEN")
        np.testing.assert_allclose([ours.yi[0], ours.vi[0]], [yi, se**2], rtol=1e-12)


def test_overflow_is_dropped_with_its_reason():
    ours = effect_sizes({"yi": [1.0, 1.0], "sei": [1e200, 0.1]}, "GEN")
    assert ours.dropped == ((0, "no finite effect and variance"),)


def test_hazard_ratio_as_a_ratio():
    z = 1.959963984540054
    data = {"hr": [0.7], "hr_low": [0.7 * math.exp(-z * 0.1)], "hr_high": [0.7 * math.exp(z * 0.1)]}
    ours = effect_sizes(data, "HR")
    assert ours.yi[0] == pytest.approx(math.log(0.7), rel=1e-14)
    assert ours.vi[0] == pytest.approx(0.01, rel=1e-12)
    assert effect_sizes({"yi": [-0.3], "sei": [0.1]}, "HR").log_scale


# ---- bad inputs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "data", "words"),
    [
        ("RR", changed(TABLE, ai=[4, -6, 3]), "`ai` in row 1 (B) is -6; a count"),
        ("RR", changed(TABLE, ai=[4, 6.5, 3]), "`ai` in row 1 (B) is 6.5; a count"),
        ("RR", changed(TABLE, ai=[4, 307, 3]), "`ai` in row 1 (B) is 307; events cannot exceed"),
        ("RR", changed(TABLE, ci=[4, 29, 221]), "`ci` in row 2 (C) is 221; events cannot exceed"),
        ("RR", changed(TABLE, n1i=[0, 306, 231], ai=[0, 1, 1]), "`n1i` in row 0 (A) is 0"),
        ("RR", changed(TABLE, ai=[4, "six", 3]), "`ai` in row 1 (B) is 'six'; it must be a number"),
        ("RR", changed(TABLE, ai=["4", "6", "3"]), "3 values cannot be used"),
        ("RR", changed(TABLE, ai=[True, 6, 3]), "`ai` in row 0 (A) is True; it must be a number"),
        ("RR", changed(TABLE, ai=[4, math.inf, 3]), "`ai` in row 1 (B) is inf"),
        ("OR", {"ai": [0], "bi": [0], "ci": [1], "di": [2]}, "`bi` in row 0 is 0; ai + bi must"),
        ("IRR", {"x1i": [1], "t1i": [0], "x2i": [1], "t2i": [9]}, "`t1i` in row 0 is 0; time"),
        ("PR", {"xi": [5], "ni": [4]}, "`xi` in row 0 is 5; events cannot exceed ni"),
        ("PLO", {"xi": [0], "mi": [0]}, "`mi` in row 0 is 0; xi + mi"),
        ("IRLN", {"xi": [-1], "ti": [4]}, "`xi` in row 0 is -1"),
        ("MD", changed(MEANS, sd1i=[0, 9]), "`sd1i` in row 0 is 0; a standard deviation"),
        ("SMD", changed(MEANS, sd2i=[3, -9]), "`sd2i` in row 1 is -9; a standard deviation"),
        ("SMDH", changed(MEANS, n1i=[1, 30]), "`n1i` in row 0 is 1; an arm needs 2"),
        ("MD", changed(MEANS, m1i=[math.inf, 3]), "`m1i` in row 0 is inf; a mean"),
        ("ROM", changed(MEANS, m1i=[-5, 30]), "`m1i` in row 0 is -5; both means"),
        ("ZCOR", {"ri": [1.0], "ni": [9]}, "`ri` in row 0 is 1; a correlation"),
        ("ZCOR", {"ri": [0.1], "ni": [3]}, "`ni` in row 0 is 3; the variance"),
        ("COR", {"ri": [0.1], "ni": [1]}, "`ni` in row 0 is 1; the variance"),
        ("GEN", {"yi": [0.1], "vi": [0.0]}, "`vi` in row 0 is 0; a variance"),
        ("GEN", {"yi": [0.1], "vi": [-1.0]}, "`vi` in row 0 is -1; a variance"),
        ("GEN", {"yi": [0.1], "sei": [0.0]}, "`sei` in row 0 is 0; a standard error"),
        ("GEN", {"yi": [2], "ci_low": [0.5], "ci_high": [1.5]}, "must lie between ci_low"),
        ("GEN", {"yi": [1], "ci_low": [1], "ci_high": [1]}, "must lie between ci_low"),
        ("GEN", {"yi": [1], "pval": [0.0]}, "`pval` in row 0 is 0; p must lie"),
        ("GEN", {"yi": [0], "pval": [0.5]}, "`yi` in row 0 is 0; an estimate of 0"),
        (
            "HR",
            {"hr": [-0.3], "hr_low": [-0.5], "hr_high": [0.1]},
            "`hr` in row 0 is -0.3; a ratio",
        ),
    ],
)
def test_bad_values_are_named(measure, data, words):
    message = refused(data, measure)
    assert words in message
    assert f"cannot be used for {measure}" in message
    assert "NaN" not in message


def test_all_problems_in_one_message_in_row_order():
    data = changed(TABLE, ai=[4, -6, 3], ci=[-11, 29, 999])
    lines = refused(data).splitlines()
    assert lines[0] == "3 values cannot be used for RR (rows counted from 0):"
    assert [line.split(" is ")[0].strip() for line in lines[1:]] == [
        "`ci` in row 0 (A)",
        "`ai` in row 1 (B)",
        "`ci` in row 2 (C)",
    ]


def test_at_most_twenty_problems_are_listed():
    data = {"ai": [-1] * 50, "n1i": [9] * 50, "ci": [-1] * 50, "n2i": [9] * 50}
    lines = refused(data).splitlines()
    assert "100 values" in lines[0]
    assert "the first 20 listed" in lines[0]
    assert len(lines) == 21


@pytest.mark.parametrize(
    ("name", "hint"), [("RRR", "RR"), ("rr", "RR"), ("risk ratio", "RR"), ("smd", "SMD")]
)
def test_unknown_measure(name, hint):
    message = refused(TABLE, name)
    assert f"Did you mean {hint}?" in message
    assert all(known in message for known in MEASURES)


def test_unknown_measure_without_a_near_one():
    assert "Did you mean" not in refused(TABLE, "xxxxxxxx")


def test_missing_columns():
    message = refused({"ai": [1], "n1i": [2], "ci": [1]}, "RR")
    assert "RR needs the columns ai n1i ci n2i, or ai bi ci di" in message
    assert "Add or rename n2i" in message
    assert "yi ci_low ci_high" in refused({"yi": [1]}, "GEN")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"add": -1}, "`add` is -1"),
        ({"add": math.nan}, "`add` is nan"),
        ({"zero_cells": "some"}, "`zero_cells` is 'some'"),
        ({"double_zero": "no"}, "`double_zero` is 'no'"),
        ({"labels": "trial"}, "`labels` is 'trial'"),
    ],
)
def test_bad_options(options, words):
    assert words in refused(TABLE, **options)


@pytest.mark.parametrize(
    "data", [None, 3, "table.csv", [1, 2], {"ai": 3}, {"ai": "abc"}, {"ai": np.zeros((2, 2))}]
)
def test_not_a_table(data):
    refused(data)


def test_unequal_columns():
    assert "one length" in refused({"ai": [1, 2], "n1i": [3], "ci": [1], "n2i": [4]})


def test_study_twice():
    data = changed(TABLE, study=["A", "B", "A"])
    message = refused(data)
    assert "'A' in rows 0 and 2" in message
    assert "allow_repeats=True" in message
    assert effect_sizes(data, "RR", allow_repeats=True).k == 3
    assert effect_sizes(changed(data, ai=[4, 6, None]), "RR").k == 2  # only one of them is used


@pytest.mark.parametrize(
    ("quantiles", "words"),
    [
        ({"minimum": 1}, "both ends of a pair"),
        ({}, "both ends of a pair"),
        ({"q1": 1, "q3": 3, "maximum": 9}, "both ends of a pair"),
        ({"q1": 5, "q3": 3}, "must rise"),
        ({"q1": 2, "q3": 2}, "must differ"),
        ({"minimum": math.nan, "maximum": 3}, "`minimum` is nan"),
    ],
)
def test_bad_quantiles(quantiles, words):
    with pytest.raises(InputError, match=words):
        mean_sd_from_quantiles(20, 2, **quantiles)
    with pytest.raises(InputError, match="`n` is 1"):
        mean_sd_from_quantiles(1, 2, q1=1, q3=3)


# ---- invariances -----------------------------------------------------------------------------

tables = st.lists(
    st.tuples(*[st.integers(0, 200)] * 4).filter(
        lambda t: t[0] + t[2] and t[1] + t[3] and t[0] + t[1] and t[2] + t[3]
    ),
    min_size=1,
    max_size=8,
)


def cells(rows):
    return dict(zip(("ai", "bi", "ci", "di"), map(list, zip(*rows, strict=True)), strict=True))


@given(tables, st.sampled_from(["RR", "OR", "RD", "PETO", "AS"]))
def test_swapping_arms_changes_the_sign(rows, measure):
    ours = effect_sizes(cells(rows), measure, double_zero="keep")
    swapped = effect_sizes(
        cells([(c, d, a, b) for a, b, c, d in rows]), measure, double_zero="keep"
    )
    np.testing.assert_allclose(ours.yi, -swapped.yi, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(ours.vi, swapped.vi, rtol=1e-11)


@given(tables, st.sampled_from(["OR", "RD", "PETO", "AS"]))
def test_the_complement_changes_the_sign(rows, measure):
    ours = effect_sizes(cells(rows), measure, double_zero="keep")
    other = effect_sizes(cells([(b, a, d, c) for a, b, c, d in rows]), measure, double_zero="keep")
    np.testing.assert_allclose(ours.yi, -other.yi, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ours.vi, other.vi, rtol=1e-11)


@given(
    st.lists(
        st.tuples(*[st.floats(0.5, 50), st.floats(0.1, 9), st.integers(2, 400)] * 2),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["MD", "SMD", "SMDH", "ROM"]),
    st.floats(0.01, 100),
)
def test_means_swap_and_rescale(rows, measure, factor):
    names = ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")
    data = {
        name: np.array(x, float) for name, x in zip(names, zip(*rows, strict=True), strict=True)
    }
    ours = effect_sizes(data, measure)
    swapped = effect_sizes(
        dict(zip(names, [data[n] for n in (*names[3:], *names[:3])], strict=True)), measure
    )
    np.testing.assert_allclose(ours.yi, -swapped.yi, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ours.vi, swapped.vi, rtol=1e-10)
    scaled = {n: x if n.startswith("n") else x * factor for n, x in data.items()}
    by = factor if measure == "MD" else 1.0
    np.testing.assert_allclose(effect_sizes(scaled, measure).yi, by * ours.yi, rtol=1e-9, atol=1e-9)


@given(tables)
def test_rows_do_not_depend_on_their_neighbours(rows):
    ours = effect_sizes(cells(rows), "RR", double_zero="keep")
    for i, row in enumerate(rows):
        alone = effect_sizes(cells([row]), "RR", double_zero="keep")
        assert alone.yi[0] == ours.yi[i]
        assert alone.vi[0] == ours.vi[i]


def test_every_measure_names_its_columns():
    for kind in MEASURES.values():
        for columns in column_sets(kind):
            empty = effect_sizes({name: [] for name in columns}, kind.name)
            assert empty.k == 0
            assert list(empty.data) == list(columns)
