"""Diagnostics, small-study effects and meta-regression: identities, edges and errors."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest

from equipoise.errors import InputError
from equipoise.evidence.bias import begg, egger, fail_safe_n, harbord, peters, trim_and_fill
from equipoise.evidence.diagnostics import baujat, cumulative, gosh, influence, leave_one_out
from equipoise.evidence.effect_sizes import EffectSizes, effect_sizes
from equipoise.evidence.metareg import meta_regression, subgroups
from equipoise.evidence.pool import pool
from equipoise.numerics import metareg, pooling

RNG = np.random.Generator(np.random.Philox(7))
V = RNG.uniform(0.02, 0.4, 12)
Y = 0.3 + RNG.normal(0, 0.4, 12) + np.sqrt(V) * RNG.normal(size=12)
X = RNG.normal(size=12)
BARE = EffectSizes.from_arrays(Y, V, labels=tuple("abcdefghijkl"), measure="GEN")
METHODS = list(pooling.METHODS)
COUNTS = {
    "ai": [4, 6, 3, 62, 33],
    "n1i": [123, 306, 231, 13598, 5069],
    "ci": [11, 29, 11, 248, 47],
    "n2i": [139, 303, 220, 12867, 5808],
}


# Refits


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ci", ["z", "hksj", "hksj_floor"])
def test_each_refit_is_the_pooled_result_of_its_studies(method, ci):
    fit = pool(Y, V, method=method, ci=ci, level=0.9)
    found = leave_one_out(fit)
    alone = pool(np.delete(Y, 3), np.delete(V, 3), method=method, ci=ci, level=0.9)
    names = ("estimate", "se", "pvalue", "tau2", "i2", "q", "k")
    assert [getattr(found, name)[3] for name in names] == pytest.approx(
        [getattr(alone, name) for name in names], rel=1e-12
    )
    assert (found.lower[3], found.upper[3]) == pytest.approx(alone.ci, rel=1e-12)
    last = cumulative(fit, np.arange(12))
    assert (last.estimate[-1], last.lower[-1]) == pytest.approx((fit.estimate, fit.ci[0]))


@pytest.mark.parametrize("ci", ["z", "hksj"])
def test_leaving_one_of_two_out_leaves_the_other_with_its_normal_interval(ci):
    found = leave_one_out(pool([0.1, 0.9], [0.04, 0.09], ci=ci))
    assert found.estimate == pytest.approx([0.9, 0.1])
    assert found.se == pytest.approx([0.3, 0.2])
    assert found.upper[1] == pytest.approx(0.1 + 1.959963984540054 * 0.2)
    assert (found.tau2 == 0).all()
    assert (found.i2 == 0).all()


def test_order_of_a_cumulative_pool():
    fit = pool(Y[:3], V[:3], labels=["a", "b", "c"])
    dates = [dt.date(2021, 3, 1), dt.date(2020, 1, 1), dt.date(2020, 6, 1)]
    assert cumulative(fit, dates).labels == ("b", "c", "a")
    assert cumulative(fit, ["2021", "2020", "2020"]).labels == ("b", "c", "a")
    assert cumulative(fit, [2, 0, 1]).labels == ("c", "a", "b")
    assert cumulative(fit, [2001, 1999, 1999]).labels == ("b", "c", "a")
    for wrong in ([1, 2], [2001, math.nan, 1999], [dates[0], None, dates[1]], [dates[0], 1, "x"]):
        with pytest.raises(InputError, match="order"):
            cumulative(fit, wrong)


@pytest.mark.parametrize("ci", ["z", "hksj"])
def test_influence_by_its_definitions(ci):
    fit = pool(Y, V, method="PM", ci=ci)
    found, rest = influence(fit), leave_one_out(fit)
    move = fit.estimate - rest.estimate
    assert found.cook_d == pytest.approx((move / fit.se) ** 2)
    assert found.cov_r == pytest.approx((rest.se / fit.se) ** 2)
    assert found.tau2_del == pytest.approx(rest.tau2)
    assert found.weight == pytest.approx(fit.weights)
    assert found.hat.sum() == pytest.approx(1)


def test_an_outlier_is_influential():
    found = influence(pool([0, 0.02, -0.02, 0.01, 3], [0.02] * 5, method="DL", ci="z"))
    assert found.influential.tolist() == [False, False, False, False, True]


def test_identical_effects_have_no_influence():
    found = influence(pool([0.3] * 4, [0.1, 0.2, 0.3, 0.4], method="DL"))
    for name in ("rstudent", "dffits", "cook_d", "dfbs"):
        assert (getattr(found, name) == 0).all()


def test_baujat_contributions_add_to_q():
    fit = pool(Y, V, method="EE", ci="z")
    found = baujat(fit)
    assert found.contribution.sum() == pytest.approx(fit.q)
    rest = leave_one_out(fit)
    assert found.influence == pytest.approx(((fit.estimate - rest.estimate) / rest.se) ** 2)


# Subsets


@pytest.mark.parametrize("method", ["EE", "DL", "REML"])
def test_every_subset(method):
    fit = pool(Y[:6], V[:6], method=method, ci="z")
    found = gosh(fit)
    assert found.complete
    assert found.masks.shape == (63, 6)
    assert np.unique(found.masks, axis=0).shape[0] == 63
    assert (found.masks.sum(axis=1) == found.k).all()
    row = int(np.flatnonzero((found.masks == [1, 0, 1, 1, 0, 0]).all(axis=1))[0])
    alone = pool(Y[[0, 2, 3]], V[[0, 2, 3]], method=method, ci="z")
    assert (found.estimate[row], found.i2[row], found.tau2[row]) == pytest.approx(
        (alone.estimate, alone.i2, alone.tau2)
    )
    assert found.estimate[-1] == pytest.approx(fit.estimate)


def test_sampled_subsets_depend_on_the_seed_alone():
    fit = pool(Y, V, method="DL", ci="z")
    found = gosh(fit, subsets=4000, seed=3)
    assert not found.complete
    assert found.k.min() >= 1
    assert found.masks.mean(axis=0) == pytest.approx(np.full(12, 0.5), abs=0.04)
    again = gosh(fit, subsets=4000, seed=3, threads=1)
    assert np.array_equal(found.packed, again.packed)
    assert np.array_equal(found.estimate, again.estimate)
    assert not np.array_equal(found.packed, gosh(fit, subsets=4000, seed=4).packed)
    wide = gosh(pool(np.tile(Y, 6), np.tile(V, 6), method="DL"), subsets=50)
    assert wide.masks.shape == (50, 72)
    assert gosh(pool(Y[:2], V[:2], method="DL"), subsets=2).k.min() >= 1


# Small-study effects


@pytest.mark.parametrize("form", ["mixed", "classic"])
def test_swapping_the_arms_flips_the_sign(form):
    there, back = egger(pool(Y, V), form), egger(pool(-Y, V), form)
    assert back.bias == pytest.approx(-there.bias)
    assert back.limit == pytest.approx(-there.limit)
    assert back.pvalue == pytest.approx(there.pvalue)
    assert begg(pool(-Y, V)).tau == pytest.approx(-begg(pool(Y, V)).tau)
    left, right = trim_and_fill(pool(Y, V)), trim_and_fill(pool(-Y, V))
    assert {left.side, right.side} == {"left", "right"}
    assert left.k0 == right.k0


def test_swapping_the_arms_of_the_counts_flips_the_sign():
    swapped = {"ai": COUNTS["ci"], "n1i": COUNTS["n2i"], "ci": COUNTS["ai"], "n2i": COUNTS["n1i"]}
    for test in (peters, harbord):
        there, back = (test(effect_sizes(data, "OR")) for data in (COUNTS, swapped))
        assert back.bias == pytest.approx(-there.bias)


def test_mixed_egger_takes_the_interval_of_the_fit():
    normal, students = egger(pool(Y, V, ci="z")), egger(pool(Y, V, ci="hksj"))
    assert (normal.df, students.df) == (math.inf, 10)
    assert normal.bias == pytest.approx(students.bias)


def test_trim_and_fill_mirrors_what_it_trims():
    v = np.array([0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.5])
    y = np.array([0.1, 0.12, 0.2, 0.5, 0.7, 1.0, 1.4])
    found = trim_and_fill(pool(y, v, method="EE"))
    assert found.side == "left"
    assert found.k0 > 0
    filled = found.frame().filter(pl.col("filled"))
    assert filled["label"][0] == "filled 1"
    assert filled["yi"].max() < 0.1
    assert found.synthesis.k == 7 + found.k0
    assert found.synthesis.estimate < pool(y, v, method="EE").estimate
    assert trim_and_fill(pool(y, v, method="EE"), side="right").k0 == 0
    assert trim_and_fill(pool(y, v, method="EE"), "R0").pvalue is not None


def test_trim_and_fill_leaves_identical_effects_alone():
    for estimator in ("L0", "R0"):
        assert trim_and_fill(pool([0.2] * 5, [0.1, 0.2, 0.3, 0.4, 0.5]), estimator).k0 == 0


def test_fail_safe_numbers():
    fit = pool([1.0, 1.0], [0.1, 0.1], method="EE")
    assert fail_safe_n(fit, "Orwin", target=0.25).number == 6
    assert fail_safe_n(fit, "Orwin", target=0).number == math.inf
    assert fail_safe_n(fit, "Orwin", target=-0.5).number == math.inf
    assert fail_safe_n(pool([0.0, 0.0], [1.0, 1.0], method="EE")).number == 0
    with pytest.raises(InputError, match="alpha"):
        fail_safe_n(fit, alpha=0.7)
    with pytest.raises(InputError, match="kind"):
        fail_safe_n(fit, "Fisher")


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda: egger(pool(Y[:2], V[:2])), "at least 3"),
        (lambda: egger(pool(Y[:2], V[:2]), "classic"), "at least 3"),
        (lambda: egger(pool(Y, np.full(12, 0.1))), "precision"),
        (lambda: egger(pool(Y, V), "other"), "classic"),
        (lambda: egger(pool(Y, V), predictor=[1.0, 2.0]), "predictor"),
        (lambda: begg(pool(Y[:2], V[:2])), "at least 3"),
        (lambda: begg(pool(Y, np.full(12, 0.1))), "precision"),
        (lambda: begg(pool([0.5] * 3, [0.1, 0.2, 0.3])), "differ"),
        (lambda: trim_and_fill(pool(Y[:2], V[:2])), "at least 3"),
        (lambda: trim_and_fill(pool(Y, V), "Q0"), "L0"),
        (lambda: leave_one_out(pool(Y[:1], V[:1], ci="z")), "at least 2"),
        (lambda: influence(pool(Y[:1], V[:1], ci="z")), "at least 2"),
        (lambda: gosh(pool(Y, V), subsets=0), "subsets"),
        (lambda: peters(BARE), "counts"),
        (lambda: harbord(BARE), "counts"),
    ],
)
def test_what_is_refused(run, message):
    with pytest.raises(InputError, match=message):
        run()


# Meta-regression


@pytest.mark.parametrize("method", METHODS)
def test_without_moderators_the_kernel_pools(method):
    code = pooling.METHODS[method]
    b, covariance, about = metareg.fit_moderated(np.ones((12, 1)), Y, V, code)
    alone = pooling.fit_one(Y, V, code)
    assert b[0] == pytest.approx(alone[pooling.ESTIMATE], rel=1e-10)
    assert math.sqrt(covariance[0, 0]) == pytest.approx(alone[pooling.SE], rel=1e-10)
    assert about == pytest.approx(alone[[2, 3, 4, 5]], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_shift_and_scale_of_a_moderator(method):
    plain = meta_regression(Y, V, {"x": X}, method=method)
    moved = meta_regression(Y, V, {"x": 2000 + 1e3 * X}, method=method)
    assert moved.coefficients[1] * 1e3 == pytest.approx(plain.coefficients[1], rel=1e-8)
    for name in ("tau2", "qe", "qm", "r2", "i2"):
        assert getattr(moved, name) == pytest.approx(getattr(plain, name), rel=1e-8, abs=1e-10)


def log_likelihood(tau2, restricted):
    design = np.column_stack([np.ones(12), X])
    w = 1 / (V + tau2)
    information = design.T @ (w[:, None] * design)
    b = np.linalg.solve(information, design.T @ (w * Y))
    total = 0.5 * np.log(w).sum() - 0.5 * (w * (Y - design @ b) ** 2).sum()
    return total - restricted * 0.5 * np.linalg.slogdet(information)[1]


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_the_likelihood_is_at_its_top(method):
    best = meta_regression(Y, V, {"x": X}, method=method).tau2
    grid = np.concatenate([[0], np.geomspace(1e-6, 10, 4000), best * np.array([0.999, 1.001])])
    top = log_likelihood(best, method == "REML")
    assert all(log_likelihood(t, method == "REML") <= top + 1e-12 for t in grid)


def test_a_perfect_line_leaves_nothing():
    found = meta_regression(1 + 2 * X, V, {"x": X}, method="REML", ci="z")
    assert found.coefficients == pytest.approx([1, 2])
    assert found.tau2 == 0
    assert found.r2 == pytest.approx(100)


def test_the_floor_of_the_hartung_knapp_factor():
    z, hksj, floor = (
        meta_regression(0.1 * Y, V, {"x": X}, ci=ci) for ci in ("z", "hksj", "hksj_floor")
    )
    assert (hksj.se < z.se).all()
    assert floor.se == pytest.approx(z.se)
    assert (floor.upper > z.upper).all()


def test_columns_categories_and_no_intercept():
    two = meta_regression(Y, V, {"x": np.column_stack([X, X**2]), "late": X > 0})
    assert two.names == ("intercept", "x[1]", "x[2]", "late")
    group = ["a", "b", "c"] * 4
    found = meta_regression(Y, V, {"group": group}, method="EE", intercept=False)
    assert found.names == ("group=a", "group=b", "group=c")
    assert found.r2 is None
    means = subgroups(Y, group, V, method="EE")
    assert found.coefficients == pytest.approx([fit.estimate for fit in means.groups.values()])
    assert found.frame().columns[0] == "name"


def test_subgroups_under_a_common_effect_are_a_regression_on_their_labels():
    group = ["b", "a", "c"] * 4
    found = subgroups(Y, group, V, method="EE")
    against = meta_regression(Y, V, {"group": group}, method="EE", ci="z")
    assert (found.q, found.df) == pytest.approx((against.qm, against.qm_df))
    assert found.pvalue == pytest.approx(against.qm_pvalue)
    whole = pool(Y, V, method="EE")
    within = sum(fit.q for fit in found.groups.values())
    assert found.q + within == pytest.approx(whole.q)
    assert list(found.groups) == ["b", "a", "c"]


def test_subgroups_of_a_table_keep_its_labels_and_measure():
    sizes = effect_sizes(COUNTS, "RR")
    found = subgroups(sizes, ["x", "x", "y", "x", "x"])
    assert found.groups["y"].ci_method == "z"
    assert found.groups["x"].measure == "RR"
    assert found.groups["y"].labels == (sizes.labels[2],)
    assert found.frame().height == 2


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda: meta_regression(Y[:2], V[:2], {"x": X[:2]}), "at least 3 studies"),
        (lambda: meta_regression(Y, V, {"x": X, "y": 2 * X + 1}), "full rank"),
        (lambda: meta_regression(Y, V, {"x": np.zeros(12)}), "full rank"),
        (lambda: meta_regression(Y, V, {"x": ["a"] * 12}), "two levels"),
        (lambda: meta_regression(Y, V, {"x": ["a", None] * 6}), "gaps"),
        (lambda: meta_regression(Y, V, {"x": X[:5]}), "one row a study"),
        (lambda: meta_regression(Y, V, {"x": np.where(X > 0, np.nan, X)}), "finite"),
        (lambda: meta_regression(Y, V, {}), "moderators"),
        (lambda: meta_regression(Y, V, {"x": X}, method="MH"), "method"),
        (lambda: meta_regression(Y, V, {"x": X}, ci="t"), "hksj"),
        (lambda: meta_regression(Y, V, {"x": X}, level=95), "level"),
        (lambda: meta_regression(Y, None, {"x": X}), "vi"),
        (lambda: meta_regression(Y, V[:5], {"x": X}), "vi"),
        (lambda: meta_regression(Y, -V, {"x": X}), "above 0"),
        (lambda: subgroups(Y, ["a"] * 12, V), "two groups"),
        (lambda: subgroups(Y, ["a", None] * 6, V), "missing"),
        (lambda: subgroups(Y, ["a", "b"], V), "one label a study"),
    ],
)
def test_what_meta_regression_refuses(run, message):
    with pytest.raises(InputError, match=message):
        run()


# Records


def test_frames_and_read_only_arrays():
    fit = pool(Y, V)
    for found, height in (
        (leave_one_out(fit), 12),
        (cumulative(fit, X), 12),
        (influence(fit), 12),
        (baujat(fit), 12),
        (gosh(fit, subsets=5000), 4095),
        (egger(fit), 1),
        (begg(fit), 1),
        (trim_and_fill(fit), 12 + trim_and_fill(fit).k0),
        (fail_safe_n(fit), 1),
        (meta_regression(fit, moderators={"x": X}), 2),
        (subgroups(fit, ["a", "b"] * 6), 2),
    ):
        assert found.frame().height == height
        for name in type(found).__dataclass_fields__:
            value = getattr(found, name)
            if isinstance(value, np.ndarray):
                assert not value.flags.writeable, name
