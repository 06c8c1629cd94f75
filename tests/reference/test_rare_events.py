"""Mantel-Haenszel, Peto and the binomial-normal models against metafor.

``rare_events.json`` (its ``source``) always runs; all cases of ``reference_public.json`` run where
the shared data lie beside the repository. Closed forms at 1e-9, mixed models at 1e-3.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from equipoise.errors import InputError, NumericalError
from equipoise.numerics.glmm import NODES, glmm_odds_ratio, glmm_proportion, glmm_rate_ratio
from equipoise.numerics.rare_events import (
    mantel_haenszel,
    mantel_haenszel_batch,
    mantel_haenszel_rates,
    peto,
    peto_batch,
)

HERE = Path(__file__)
CARRIED = json.loads(HERE.with_name("rare_events.json").read_text())
PUBLIC = HERE.parents[2].parent / "shared" / "data" / "synthesis" / "reference_public.json"
GROUPS = json.loads(PUBLIC.read_text())["groups"] if PUBLIC.exists() else []
TABLES = [*CARRIED["tables"].items(), *((g["id"], g) for g in GROUPS if "two_by_two" in g)]
RATES = [*CARRIED["rates"].items(), *((g["id"], g) for g in GROUPS if "person_time" in g)]
PROPORTIONS = [*CARRIED["proportions"].items(), *((g["id"], g) for g in GROUPS if "GLMM_PLO" in g)]
GLMMS = [
    pytest.param(group, model, id=f"{name} {model}")
    for name, group in TABLES
    for model in ("UM.FS", "CM.EL", "CM.AL")
    if f"GLMM_OR_{model}" in group["two_by_two"]
]


def named(cases):
    return [pytest.param(group, id=name) for name, group in cases]


def cells(inputs):
    a, n1, c, n2 = (np.array(inputs[key]) for key in ("ai", "n1i", "ci", "n2i"))
    return a, n1 - a, c, n2 - c


def person_time(inputs):
    return [np.array(inputs[key]) for key in ("x1i", "t1i", "x2i", "t2i")]


def closed(fit):
    got = {"b": fit.estimate, "se": fit.se, "ci": [fit.low, fit.high], "stat": fit.z, "pval": fit.p}
    got |= {"Q": fit.heterogeneity.statistic, "Qp": fit.heterogeneity.p, "weights": fit.weights}
    if fit.association is not None:
        got |= {"CMH": fit.association_corrected.statistic, "CMH_p": fit.association_corrected.p}
        got["CMH_uncorrected"] = [fit.association.statistic, fit.association.p]
    if fit.tarone is not None:
        got |= {"BD": fit.breslow_day.statistic, "BD_p": fit.breslow_day.p}
        got |= {"TA": fit.tarone.statistic, "TA_p": fit.tarone.p}
    return got


def mixed(fit):
    got = {"b": fit.estimate, "se": fit.se, "tau2": fit.tau2, "ci": [fit.low, fit.high]}
    return got | {"pval": fit.p, "Q_lrt": fit.heterogeneity.statistic, "loglik": fit.loglik}


def agree(got, expected, rel, floor):
    for key, value in expected.items():
        if value is not None and key not in {"note", "Q_wld"}:
            assert got[key] == pytest.approx(value, rel=rel, abs=floor), key


def test_the_shared_reference_is_read_in_full():
    if not GROUPS:
        pytest.skip("reference_public.json is not beside this repository")
    assert sum("two_by_two" in g for g in GROUPS) == 11


@pytest.mark.parametrize("group", named(TABLES))
@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_mantel_haenszel(group, measure):
    fit = mantel_haenszel(*cells(group["inputs"]), measure)
    agree(closed(fit), group["two_by_two"][f"MH_{measure}"], 1e-9, 1e-300)
    if "weights" in group:
        np.testing.assert_allclose(fit.weights, group["weights"][measure], rtol=1e-9)


@pytest.mark.parametrize("group", named(TABLES))
def test_peto(group):
    fit = peto(*cells(group["inputs"]))
    agree(closed(fit), group["two_by_two"]["PETO"], 1e-9, 1e-300)
    if "weights" in group:
        np.testing.assert_allclose(fit.weights, group["weights"]["PETO"], rtol=1e-9)


def test_the_association_without_correction():
    group = CARRIED["tables"]["edge:rare_events"]
    test = mantel_haenszel(*cells(group["inputs"]), "OR").association
    assert (test.statistic, test.p) == pytest.approx(group["CMH_uncorrected"], rel=1e-9)


@pytest.mark.parametrize("group", named(RATES))
def test_rates(group):
    columns = person_time(group["inputs"])
    for measure in ("IRR", "IRD"):
        expected = group["person_time"].get(f"MH_{measure}", {})
        agree(closed(mantel_haenszel_rates(*columns, measure)), expected, 1e-9, 1e-300)
    fit = glmm_rate_ratio(*columns, nodes=7)
    agree(mixed(fit), group["person_time"]["GLMM_IRR_CM.EL"], 1e-3, 1e-3)


def sound(expected):
    """Without the fields that metafor 3.8-1 got wrong; see the source of the carried numbers."""
    kept = dict(expected)
    if kept["tau2"] > 0:
        kept.pop("loglik", None)
    if kept["se"] < 1e-5:
        kept = {"b": kept["b"], "tau2": kept["tau2"], "Q_lrt": kept["Q_lrt"]}
    return kept


@pytest.mark.parametrize(("group", "model"), GLMMS)
def test_mixed_models(group, model):
    # metafor integrates CM.EL adaptively, not with the seven nodes of the others.
    nodes = NODES if model == "CM.EL" else 7
    fit = glmm_odds_ratio(*cells(group["inputs"]), model=model, nodes=nodes)
    agree(mixed(fit), sound(group["two_by_two"][f"GLMM_OR_{model}"]), 1e-3, 1e-3)


@pytest.mark.parametrize("group", named(PROPORTIONS))
def test_proportions(group):
    fit = glmm_proportion(group["inputs"]["xi"], group["inputs"]["ni"], nodes=7)
    agree(mixed(fit), group["GLMM_PLO"], 1e-3, 1e-3)


# ------------------------------------------------------------------------------- the cell trials


def msc(names=None, **changed):
    trials = CARRIED["msc"]["trials"] | changed
    a, n1, c, n2 = np.array([trials[name] for name in names or trials]).T
    return a, n1 - a, c, n2 - c


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (msc(), "all"),
        (msc(list(CARRIED["msc"]["trials"])[:9]), "all"),
        (msc(list(CARRIED["msc"]["trials"])[:5]), "first_five"),
        (msc(Lanzoni=[1, 12, 7, 12]), "lanzoni_one"),
    ],
)
def test_mesenchymal_cells(table, expected):
    fit = mantel_haenszel(*table, "RR")
    got = [round(math.exp(x), 2) for x in (fit.estimate, fit.low, fit.high)]
    assert got == CARRIED["msc"][expected]


def test_double_zeros_count_for_differences_only():
    with_them, without = msc(), msc(list(CARRIED["msc"]["trials"])[:9])
    for pool in (lambda t: mantel_haenszel(*t, "RR"), lambda t: peto(*t)):
        full, part = pool(with_them), pool(without)
        assert (full.k, full.k_contributing, part.k) == (11, 9, 9)
        assert (full.estimate, full.se) == pytest.approx((part.estimate, part.se), rel=1e-13)
    assert mantel_haenszel(*with_them, "RD").k_contributing == 11
    assert mantel_haenszel(*with_them, "RD").se < mantel_haenszel(*without, "RD").se
    for model in ("UM.FS", "CM.EL", "CM.AL"):
        full, part = (glmm_odds_ratio(*t, model=model) for t in (with_them, without))
        assert (full.k, full.k_contributing) == (11, 9)
        assert (full.estimate, full.tau2) == (part.estimate, part.tau2)


# ------------------------------------------------------------------------------ batches and edges


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_a_batch_is_its_single_fits(measure):
    table = np.stack(cells(CARRIED["tables"]["dat.bcg"]["inputs"]), axis=1)
    masks = np.random.default_rng(1).random((50, 13)) < 0.5
    masks[:, 0] = True
    estimate, se = mantel_haenszel_batch(table * masks[:, :, None], measure)
    for i, mask in enumerate(masks):
        fit = mantel_haenszel(*table[mask].T, measure)
        assert (estimate[i], se[i]) == pytest.approx((fit.estimate, fit.se), rel=1e-12)
    assert peto_batch(table[None])[0][0] == pytest.approx(peto(*table.T).estimate, rel=1e-12)


def test_a_batch_says_nan_where_a_ratio_is_not_finite():
    estimate, se = mantel_haenszel_batch([[[0, 9, 3, 7]], [[0, 9, 0, 7]], [[1, 8, 3, 7]]], "RR")
    assert np.isnan(estimate).tolist() == np.isnan(se).tolist() == [True, True, False]


def test_no_events_at_all():
    nothing = ([0, 0], [10, 20], [0, 0], [12, 18])
    for measure in ("RR", "OR", "RD"):
        with pytest.raises(NumericalError, match="no events under treatment or control"):
            mantel_haenszel(*nothing, measure)
    with pytest.raises(NumericalError, match="no events"):
        peto(*nothing)
    with pytest.raises(NumericalError, match="nothing to pool"):
        glmm_odds_ratio(*nothing)
    with pytest.raises(NumericalError, match="infinite in the same direction"):
        glmm_proportion([0, 0], [10, 20])


def test_no_events_in_one_arm():
    one_sided = ([0, 0], [10, 20], [2, 1], [10, 17])
    with pytest.raises(NumericalError, match="no events under treatment"):
        mantel_haenszel(*one_sided, "RR")
    for model in ("UM.FS", "CM.EL", "CM.AL"):
        with pytest.raises(NumericalError, match="infinite in the same direction"):
            glmm_odds_ratio(*one_sided, model=model)
    assert peto(*one_sided).estimate < 0
    assert mantel_haenszel(*one_sided, "RD").estimate < 0


def test_bad_input_is_named():
    with pytest.raises(InputError, match="`measure` is 'HR'"):
        mantel_haenszel([1], [2], [3], [4], "HR")
    with pytest.raises(InputError, match="`bi`"):
        mantel_haenszel([1], [-2], [3], [4], "RR")
    with pytest.raises(InputError, match="equally long"):
        peto([1, 2], [2], [3], [4])
    with pytest.raises(InputError, match="`ci`"):
        glmm_odds_ratio([1], [2], [3.5], [4])
    with pytest.raises(InputError, match=r"CM\.EL"):
        glmm_odds_ratio([1], [2], [3], [4], model="UM.RS")
    with pytest.raises(InputError, match="`nodes`"):
        glmm_odds_ratio([1], [2], [3], [4], nodes=0)
