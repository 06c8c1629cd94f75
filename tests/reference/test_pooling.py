"""Pooled fits against metafor 3.8-1 (R 4.2.2): every estimator, normal and Hartung-Knapp.

The carried-over case is the BCG trials (Colditz et al. 1994) on the log risk ratio: `escalc` and
`rma` with `test="knha"`, iterated to 1e-13. All shared cases run where they are at hand.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import equipoise as eq

SHARED = Path(__file__).parents[3] / "shared" / "data" / "synthesis" / "reference_public.json"

BCG = {
    "ai": [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
    "n1i": [123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913],
    "ci": [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
    "n2i": [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854],
}
EE_KNHA = {  # metafor 3.8-1, rma(yi, vi, method="EE", test="knha")
    "b": -0.430285163654091,
    "se": 0.144246547979696,
    "pval": 0.0114222350400532,
    "ci": [-0.744571393027461, -0.115998934280721],
    "I2": 92.1173468545621,
    "H2": 12.6860840068644,
    "Q": 152.233008082373,
}


def close(value: float, wanted: float | None, rel: float = 1e-6) -> bool:
    """Relative agreement with a scale, so that values near 0 compare absolutely."""
    return wanted is None or abs(value - wanted) <= rel * (abs(wanted) + 1e-3)


def test_bcg_common_effect_with_hartung_knapp():
    fit = eq.pool(BCG, measure="RR", method="EE", ci="hksj")
    assert fit.estimate == pytest.approx(EE_KNHA["b"], rel=1e-12)
    assert fit.se == pytest.approx(EE_KNHA["se"], rel=1e-12)
    assert fit.ci == pytest.approx(EE_KNHA["ci"], rel=1e-12)
    assert fit.pvalue == pytest.approx(EE_KNHA["pval"], rel=1e-10)
    assert (fit.i2, fit.h2, fit.q) == pytest.approx(
        (EE_KNHA["I2"], EE_KNHA["H2"], EE_KNHA["Q"]), rel=1e-12
    )


def shared_cases():
    if not SHARED.exists():
        return []
    groups = json.loads(SHARED.read_text())["groups"]
    return [(group, case) for group in groups if group.get("yi") for case in group["cases"]]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared reference cases are not here")
def test_every_shared_fit():
    ways = {"z": "z", "knha": "hksj", "adhoc": "hksj_floor"}
    wrong, checked = [], 0
    for group, case in shared_cases():
        y, v = (
            np.array([np.nan if x is None else x for x in np.atleast_1d(group[name])], float)
            for name in ("yi", "vi")
        )
        here = np.isfinite(y) & np.isfinite(v)
        wanted, ci = case["expected"], ways[case["test"]]
        if here.sum() == 1 and ci != "z":
            continue
        prediction = "z" if ci == "z" else "t"
        fit = eq.pool(y[here], v[here], method=case["method"], ci=ci, prediction=prediction)
        values = {
            "b": fit.estimate,
            "se": fit.se,
            "pval": fit.pvalue,
            "tau2": fit.tau2,
            "I2": fit.i2,
            "H2": fit.h2,
            "Q": fit.q,
        }
        if wanted.get("se") == 0:  # identical effects: metafor divides by zero
            continue
        pairs = [(name, value, wanted.get(name)) for name, value in values.items()]
        pairs += zip(["ci", "ci"], fit.ci, wanted["ci"], strict=True)
        if fit.prediction_interval and wanted.get("pi"):
            pairs += zip(["pi", "pi"], fit.prediction_interval, wanted["pi"], strict=True)
        pairs += zip(
            ["weights"] * y.size, fit.weights, np.atleast_1d(wanted["weights"]), strict=False
        )
        checked += 1
        wrong += [(case["id"], name, a, b) for name, a, b in pairs if not close(a, b)]
    assert checked > 1000
    assert not wrong, wrong[:10]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared reference cases are not here")
def test_q_profile_intervals():
    checked = 0
    for group in json.loads(SHARED.read_text())["groups"]:
        wanted = (group.get("extras") or {}).get("confint_qprofile")
        if not wanted or not group.get("yi"):
            continue
        y, v = (np.array(group[name], float) for name in ("yi", "vi"))
        here = np.isfinite(y) & np.isfinite(v)
        fit = eq.pool(y[here], v[here], method="DL")
        limits = wanted.get("tau2") or wanted.get("tau2_ci") or wanted
        limits = [limits.get("lb"), limits.get("ub")] if isinstance(limits, dict) else limits[-2:]
        if None in limits:
            continue
        checked += 1
        assert fit.tau2_ci == pytest.approx(limits, rel=1e-4, abs=1e-4), group["id"]
    assert checked


MSC = {  # events and patients, treatment then control; doi in examples/msc-covid19/sources.yaml
    "Shu": (0, 12, 3, 29),
    "Lanzoni": (2, 12, 7, 12),
    "Dilogo": (10, 20, 16, 20),
    "Adas": (3, 10, 6, 10),
    "Zhu R": (0, 29, 2, 29),
    "Monsel": (5, 21, 4, 24),
    "Rebelatto": (5, 11, 1, 6),
    "Zarrabi": (3, 11, 8, 24),
    "Bowdish": (42, 112, 47, 110),
}


def msc(*names: str) -> dict[str, list[object]]:
    rows = {name: MSC[name] for name in names or MSC}
    columns = zip(*rows.values(), strict=True)
    return dict(zip(("ai", "n1i", "ci", "n2i"), map(list, columns), strict=True)) | {
        "study": list(rows)
    }


@pytest.mark.parametrize(
    ("table", "method", "ci", "wanted"),
    [
        (msc(), "MH", "z", (0.77, 0.60, 0.99)),
        (msc(), "DL", "z", (0.77, 0.61, 0.98)),
        (msc(), "REML", "hksj", (0.77, 0.57, 1.03)),
        (msc(*[name for name in MSC if name != "Bowdish"]), "DL", "z", (0.66, 0.46, 0.95)),
        (
            msc("Lanzoni", "Dilogo", "Monsel", "Rebelatto", "Bowdish"),
            "DL",
            "z",
            (0.79, 0.53, 1.18),
        ),
        (msc("Shu", "Lanzoni", "Dilogo", "Adas", "Zhu R"), "MH", "z", (0.46, 0.29, 0.72)),
        (msc("Shu", "Lanzoni", "Dilogo", "Adas", "Zhu R"), "DL", "z", (0.54, 0.36, 0.82)),
        (
            msc("Shu", "Lanzoni", "Dilogo", "Adas", "Zhu R"),
            "REML",
            "hksj_floor",
            (0.54, 0.30, 0.98),
        ),
    ],
)
def test_the_msc_trials(table, method, ci, wanted):
    fit = eq.pool(table, measure="RR", method=method, ci=ci)
    assert tuple(round(value, 2) for value in fit.natural) == wanted


def test_order_scale_and_arms_do_not_matter():
    table = msc()
    fit = eq.pool(table, measure="RR")
    turned = {name: values[::-1] for name, values in table.items()}
    assert eq.pool(turned, measure="RR").estimate == pytest.approx(fit.estimate, rel=1e-12)
    swapped = {
        "ai": table["ci"],
        "n1i": table["n2i"],
        "ci": table["ai"],
        "n2i": table["n1i"],
        "study": table["study"],
    }
    other = eq.pool(swapped, measure="RR")
    assert other.estimate == pytest.approx(-fit.estimate, rel=1e-9)
    assert other.tau2 == pytest.approx(fit.tau2, rel=1e-6, abs=1e-12)
    for method in ("DL", "REML", "ML", "PM", "SJ", "HE", "HS", "EB"):
        one = eq.pool(fit.yi, fit.vi, method=method)
        ten = eq.pool(10 * fit.yi, 100 * fit.vi, method=method)
        assert ten.estimate == pytest.approx(10 * one.estimate, rel=1e-9)
        assert ten.tau2 == pytest.approx(100 * one.tau2, rel=1e-6, abs=1e-10)


NO_EVENTS = {"ai": [0, 0], "n1i": [10, 12], "ci": [0, 0], "n2i": [9, 12]}


def test_one_and_two_studies():
    one = eq.pool([0.3], [0.04], ci="z")
    assert (one.estimate, one.se, one.tau2, one.i2) == (0.3, 0.2, 0.0, 0.0)
    assert one.tau2_ci is None
    assert one.prediction_interval is None
    with pytest.raises(eq.InputError, match="at least two studies"):
        eq.pool([0.3], [0.04])
    two = eq.pool([0.3, 0.5], [0.04, 0.04])
    assert two.df == 1
    assert two.ci[0] < 0.4 < two.ci[1]


def test_reml_is_the_global_maximum_on_awkward_sets():
    """Brute force over a fine grid of tau^2 finds nothing better, on sets with wild variances."""
    rng = np.random.default_rng(20261122)
    for _ in range(300):
        k = int(rng.integers(2, 12))
        v = np.exp(rng.normal(0, 3, k))
        y = rng.normal(0, np.sqrt(v + rng.choice([0, 0.1, 10])))
        fit = eq.pool(y, v, ci="z")

        def deviance(tau2, y=y, v=v):
            w = 1 / (v + tau2)
            mean = (w * y).sum() / w.sum()
            return -np.log(w).sum() + np.log(w.sum()) + (w * (y - mean) ** 2).sum()

        grid = np.concatenate([[0], np.geomspace(1e-6, 1e6, 2000)])
        best = min(deviance(tau2) for tau2 in grid)
        assert deviance(fit.tau2) <= best + 1e-8


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: eq.pool([0.1, 0.2], [0.1, -0.1]), r"vi\[1\].*above 0"),
        (lambda: eq.pool([0.1, math.inf], [0.1, 0.1]), r"yi\[1\].*finite"),
        (lambda: eq.pool([0.1, 0.2], [0.1]), "as many values"),
        (lambda: eq.pool([], []), "at least one study"),
        (lambda: eq.pool(NO_EVENTS, measure="RR"), "row 1: no events in either arm"),
        (lambda: eq.pool(NO_EVENTS, measure="RR", method="MH"), "no events in either arm"),
        (lambda: eq.pool([0.1], [0.1], method="MH"), "counts"),
        (lambda: eq.pool([0.1], [0.1], method="XX"), "must be one of"),
        (lambda: eq.pool(BCG), "needs a measure"),
        (lambda: eq.pool(BCG, measure="RD", method="PETO"), "PETO has"),
        (lambda: eq.pool(BCG, measure="RR", method="MH", ci="hksj"), "normal interval"),
        (lambda: eq.pool([0.1, 0.2], [0.1, 0.1], ci="t"), "must be z, hksj"),
        (lambda: eq.pool([0.1, 0.2], [0.1, 0.1], prediction="x"), "must be t, hts or z"),
    ],
)
def test_bad_input_is_refused_with_its_place(call, words):
    with pytest.raises(eq.InputError, match=words):
        call()


def test_many_sets_equal_one_at_a_time_on_any_number_of_threads():
    rng = np.random.default_rng(7)
    v = rng.uniform(0.01, 0.6, (37, 6))
    y = rng.normal(0, np.sqrt(v + 0.1))
    for ci in ("z", "hksj", "hksj_floor"):
        many = eq.pool_many(y, v, ci=ci)
        alone = eq.pool_many(y, v, ci=ci, threads=1)
        assert (many.estimate == alone.estimate).all()
        for i in (0, 18, 36):
            one = eq.pool(y[i], v[i], ci=ci)
            assert (many.estimate[i], many.se[i]) == pytest.approx((one.estimate, one.se))
            assert (many.lower[i], many.upper[i]) == pytest.approx(one.ci)


def test_a_thousand_studies():
    rng = np.random.default_rng(8)
    v = rng.uniform(0.01, 0.6, 1000)
    fit = eq.pool(rng.normal(0.2, np.sqrt(v + 0.05)), v)
    assert fit.tau2 == pytest.approx(0.05, abs=0.03)
    assert fit.weights.sum() == pytest.approx(100)
