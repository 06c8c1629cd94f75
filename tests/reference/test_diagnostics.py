"""Diagnostics against metafor 3.8-1 and meta.

The numbers of ``dat.bcg`` (Colditz et al. 1994, JAMA 271:698; log risk ratios of metafor's
``escalc``) stand here; the other data sets are read from the shared reference, where it is present.
Made in R 4.2.2 with ``leave1out`` (REML), ``cumul`` (DL, by year), ``influence`` (DL), ``regtest``,
``ranktest``, ``trimfill``, ``fsn`` of metafor and ``metabias`` of meta.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from bcg import VI, YI

from equipoise.evidence.bias import begg, egger, fail_safe_n, harbord, peters, trim_and_fill
from equipoise.evidence.diagnostics import cumulative, influence, leave_one_out
from equipoise.evidence.effect_sizes import effect_sizes
from equipoise.evidence.pool import pool

SHARED = Path(__file__).parents[2].parent / "shared/data/synthesis/reference_public.json"

YEAR = [1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969, 1976]
COUNTS = {
    "ai": [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
    "n1i": [123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913],
    "ci": [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
    "n2i": [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854],
}
LEAVE_ONE_OUT = {
    "b": [
        -0.707083784699259,
        -0.654031200293526,
        -0.685554410836617,
        -0.628409369807675,
        -0.764170095140255,
        -0.710876555564008,
        -0.655247599784662,
        -0.794767604515521,
        -0.741197299304493,
        -0.653032915305876,
        -0.757858626723502,
        -0.759812099334467,
        -0.777536184894367,
    ],
    "se": [
        0.189961014528869,
        0.180695386232994,
        0.185706196739519,
        0.176618891784776,
        0.19178764474374,
        0.200254048401739,
        0.180473369210369,
        0.179877685980578,
        0.19667491771498,
        0.1842674878859,
        0.195786866131639,
        0.182090981941953,
        0.185535977367927,
    ],
    "pval": [
        0.000197449616807275,
        0.00029514598562961,
        0.000222841068643259,
        0.000373694525323247,
        6.76339021021457e-05,
        0.000385416187894319,
        0.000282635746902752,
        9.94444028461842e-06,
        0.000164138287621333,
        0.000394194989664571,
        0.00010846325280363,
        3.01003485112741e-05,
        2.78025371241224e-05,
    ],
    "Q": [
        151.582572747109,
        145.317607670209,
        150.197044457953,
        96.5625949713915,
        151.320008931121,
        128.186664682906,
        145.829638145065,
        67.9858114990849,
        152.205060685431,
        139.827073316802,
        151.465504507947,
        150.786834541142,
        149.788423825434,
    ],
    "tau2": [
        0.336156701803632,
        0.292583083996311,
        0.320737929649037,
        0.262758148091004,
        0.327803260442081,
        0.359554070376809,
        0.293025869767263,
        0.273182929386649,
        0.349452009805488,
        0.298724504633232,
        0.340488287792991,
        0.308162214795441,
        0.303733366367171,
    ],
    "I2": [
        93.2259340939749,
        92.2539554674382,
        92.9354117977663,
        90.4124639334582,
        92.7634357721507,
        90.9118075434267,
        92.2777177215504,
        87.0313627395738,
        93.2132620356639,
        92.2322309419725,
        91.8109519192114,
        92.6782059648709,
        92.3444005461044,
    ],
}
CUMULATIVE = {
    "b": [
        -0.889311333920205,
        -1.32500344224488,
        -0.96153532186821,
        -0.952394742615448,
        -1.09932228716157,
        -0.953994240734371,
        -0.897733365875532,
        -0.781936449369764,
        -0.853133416250303,
        -0.76446126112149,
        -0.688123065937918,
        -0.790086599853701,
        -0.714117222073227,
    ],
    "se": [
        0.570600354892951,
        0.348988772287383,
        0.233500960905997,
        0.184626474735636,
        0.197823488358641,
        0.167648088066944,
        0.178315892018977,
        0.17394917566124,
        0.17214420966905,
        0.1542204075572,
        0.149615507736798,
        0.163084638400322,
        0.178742089535403,
    ],
    "ci_lb": [
        -2.00766747907616,
        -2.009008866937,
        -1.41918879559946,
        -1.31425598368989,
        -1.48704919964059,
        -1.28257845542258,
        -1.24722609210386,
        -1.12287056880623,
        -1.19052986734875,
        -1.06672770561469,
        -0.981364072630717,
        -1.10972661755007,
        -1.06444528008405,
    ],
    "ci_ub": [
        0.229044811235751,
        -0.640998017552754,
        -0.503881848136961,
        -0.590533501541008,
        -0.711595374682554,
        -0.625410026046161,
        -0.548240639647204,
        -0.441002329933302,
        -0.515736965151853,
        -0.46219481662829,
        -0.39488205924512,
        -0.470446582157332,
        -0.363789164062404,
    ],
    "pval": [
        0.119102032291586,
        0.000146638843311682,
        3.82328344498905e-05,
        2.48942785043595e-07,
        2.74314436437825e-08,
        1.26699796514056e-08,
        4.79069523592075e-07,
        6.95043717249803e-06,
        7.1987791377473e-07,
        7.16121891035146e-07,
        4.2396107670609e-06,
        1.26840523740495e-06,
        6.46292430470395e-05,
    ],
    "tau2": [
        0,
        0,
        0.0754398658604358,
        0.0425515188278139,
        0.083189072908367,
        0.0723190647750778,
        0.0965329091796256,
        0.121975549644579,
        0.135103560758692,
        0.127880155397738,
        0.138234413464323,
        0.21088523257487,
        0.308760262862376,
    ],
    "I2": [
        0,
        0,
        37.2630039629483,
        22.307367690589,
        47.6545067453256,
        50.9099555917578,
        54.5853810185046,
        64.2398991017697,
        64.9442290411953,
        73.6227414560296,
        74.755223198562,
        83.8201534151754,
        92.117346854562,
    ],
}
INFLUENCE = {
    "rstudent": [
        -0.224733520404072,
        -1.28122201423316,
        -0.762134750167664,
        -1.60249947154795,
        0.849279177986966,
        -0.111656182249049,
        -1.2934618589877,
        1.63225411298747,
        0.416544745477359,
        -1.13468343987725,
        0.633196313329242,
        1.28907812505972,
        1.16853352503662,
    ],
    "dffits": [
        -0.050172531431732,
        -0.336397649501559,
        -0.163812498865193,
        -0.629102414351165,
        0.27274451425282,
        -0.0069973139787592,
        -0.329404080314628,
        0.512774464613505,
        0.137367017561339,
        -0.350796202298554,
        0.233433528694633,
        0.256675350053206,
        0.358379230002286,
    ],
    "cook_d": [
        0.00253081978083116,
        0.111188145950158,
        0.0268258931833415,
        0.284989173292713,
        0.077995408763918,
        6.04650430549795e-05,
        0.10683611857721,
        0.180643973470673,
        0.0197919600546607,
        0.118508267299408,
        0.0679029230704223,
        0.0659308038717105,
        0.131456999143227,
    ],
    "cov_r": [
        1.06258003051682,
        1.04292839288547,
        1.04550778749574,
        0.842599038418064,
        1.1467962136185,
        1.32021186588184,
        1.04080786904215,
        0.832477393514809,
        1.14640909280303,
        1.0511511383777,
        1.33180386329961,
        1.04119044318127,
        1.11711081040856,
    ],
    "tau2_del": [
        0.312171499040679,
        0.29997459082211,
        0.308527069801401,
        0.216733557945814,
        0.326208882712475,
        0.382919021832303,
        0.300571276322592,
        0.21088523257487,
        0.326609260318251,
        0.294644878527758,
        0.38780919896361,
        0.309380446317264,
        0.317703279923814,
    ],
    "QE_del": [
        151.582572747109,
        145.317607670209,
        150.197044457953,
        96.5625949713915,
        151.320008931121,
        128.186664682906,
        145.829638145065,
        67.9858114990849,
        152.205060685431,
        139.827073316802,
        151.465504507947,
        150.786834541142,
        149.788423825434,
    ],
    "hat": [
        0.0503649168323172,
        0.0634732918264197,
        0.0441202722473061,
        0.0971764635681429,
        0.0887537738165672,
        0.101210604193452,
        0.0600791382572124,
        0.102163425332843,
        0.0874841677655812,
        0.0836825172426313,
        0.0994753189514472,
        0.0379769662242323,
        0.0840391437418474,
    ],
}
BIAS = {
    "egger_rma_sei": {
        "stat": -0.803329193090865,
        "pval": 0.421784488855283,
        "est": -0.510431874103029,
        "est_ci": [-1.11822398900874, 0.0973602408026821],
    },
    "egger_lm_sei": {
        "stat": -1.40128200228933,
        "df": 11,
        "pval": 0.188706995081979,
        "est": -0.19092864235982,
        "slope": -2.1120421208933,
        "slope_se": 1.50722132835701,
    },
    "ranktest": {"tau": 0.0256410256410256, "pval": 0.952361907960866},
    "trimfill_DL_L0": {
        "k0": 1,
        "side": "right",
        "se_k0": 2.45279864318293,
        "b": -0.656073212988602,
        "se": 0.173463402465388,
        "ci": [-0.996055234456539, -0.316091191520664],
        "tau2": 0.308132153286983,
    },
    "trimfill_DL_R0": {
        "k0": 0,
        "side": "right",
        "se_k0": 1.4142135623731,
        "b": -0.714117222073227,
        "se": 0.178742089535403,
        "ci": [-1.06444528008405, -0.363789164062403],
        "tau2": 0.308760262862376,
    },
    "trimfill_EE_L0": {"k0": 4, "side": "right", "b": -0.291025992106353, "se": 0.038264136604139},
    "fsn_Rosenthal": {"fsnum": 598, "pval": 8.81395689626115e-30},
    "fsn_Orwin": {"fsnum": 13, "pval": None},
    "fsn_Rosenberg": {"fsnum": 370, "pval": 2.28862930697316e-26},
}
METABIAS = {
    "Peters": {
        "stat": -1.36247619939701,
        "df": 11,
        "p": 0.200291792284136,
        "bias": -563.688203913343,
        "se_bias": 413.723340020776,
    },
    "Harbord": {
        "stat": -1.25647434404506,
        "df": 11,
        "p": 0.234971952122066,
        "bias": -2.09299154079424,
        "se_bias": 1.66576544178062,
    },
}


def groups():
    if not SHARED.exists():
        return []
    return [g for g in json.loads(SHARED.read_text())["groups"] if "extras" in g]


GROUPS = groups()
shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared reference is not here")
each = pytest.mark.parametrize("group", GROUPS, ids=[g["id"] for g in GROUPS])


def agree(record, expected, names, relative):
    """Relative to the value plus its scale, which is the largest of the values, at most 1.

    metafor gives no value where its own search for tau^2 failed; ours are finite there too.
    """
    for ours, theirs in names.items():
        seen = np.atleast_1d(np.asarray(getattr(record, ours), float))
        values = np.atleast_1d(np.array(expected[theirs], float))
        known = np.isfinite(values)
        allowed = relative * min(1.0, float(np.abs(values[known]).max()))
        assert seen[known] == pytest.approx(values[known], rel=relative, abs=allowed), ours
        assert np.isfinite(seen[~known]).all()


def arrays(group):
    """Effects, variances, and which rows have them."""
    y, v = (np.array(group[name], float) for name in ("yi", "vi"))
    kept = np.isfinite(y) & np.isfinite(v)
    return y[kept], v[kept], kept


REFIT = {"estimate": "b", "se": "se", "pvalue": "pval", "tau2": "tau2", "i2": "I2"}
LIMITS = {"lower": "ci_lb", "upper": "ci_ub"}
CASES = {
    "rstudent": "rstudent",
    "dffits": "dffits",
    "cook_d": "cook_d",
    "cov_r": "cov_r",
    "tau2_del": "tau2_del",
    "qe_del": "QE_del",
    "hat": "hat",
}


def test_leave_one_out_of_bcg():
    found = leave_one_out(pool(YI, VI, ci="z"))
    agree(found, LEAVE_ONE_OUT, REFIT | {"q": "Q"}, 1e-6)


def test_cumulative_of_bcg_by_year():
    found = cumulative(pool(YI, VI, method="DL", ci="z"), YEAR)
    agree(found, CUMULATIVE, REFIT | LIMITS, 1e-9)
    assert found.labels[:3] == ("study 1", "study 2", "study 6")


def test_influence_on_bcg():
    found = influence(pool(YI, VI, method="DL", ci="z"))
    agree(found, INFLUENCE, CASES, 1e-9)


def check_bias(y, v, expected, predictor=None):
    reml = pool(y, v, ci="z")
    if "egger_rma_sei" in expected:
        names = {"statistic": "stat", "pvalue": "pval", "limit": "est", "limit_ci": "est_ci"}
        agree(egger(reml), expected["egger_rma_sei"], names, 1e-6)
    names = {"statistic": "stat", "df": "df", "pvalue": "pval", "limit": "est"}
    classic = egger(reml, "classic")
    agree(classic, expected["egger_lm_sei"], names | {"bias": "slope", "se": "slope_se"}, 1e-9)
    if predictor is not None:
        del names["df"]
        found = egger(reml, "classic", predictor=predictor)
        agree(found, expected["regtest_lm_ninv"], names, 1e-9)
    agree(begg(reml), expected["ranktest"], {"tau": "tau", "pvalue": "pval"}, 1e-9)
    for key in ("DL_L0", "DL_R0", "EE_L0"):
        check_trimming(y, v, key, expected["trimfill_" + key])
    for kind in ("Rosenthal", "Orwin", "Rosenberg"):
        found, row = fail_safe_n(reml, kind), expected["fsn_" + kind]
        assert found.number == row["fsnum"]
        if found.pvalue is not None:
            assert found.pvalue == pytest.approx(row["pval"], rel=1e-9)


def check_trimming(y, v, key, row):
    method, estimator = key.split("_")
    found = trim_and_fill(pool(y, v, method=method, ci="z"), estimator)
    assert (found.k0, found.side) == (row["k0"], row["side"])
    agree(found.synthesis, row, {"estimate": "b", "se": "se"}, 1e-9)
    if "se_k0" in row:
        assert found.se_k0 == pytest.approx(row["se_k0"], rel=1e-3)


def test_small_study_effects_in_bcg():
    check_bias(YI, VI, BIAS)


def test_peters_and_harbord_on_bcg():
    sizes = effect_sizes(COUNTS, "OR")
    check_metabias(sizes, METABIAS)


def check_metabias(sizes, expected):
    names = {"statistic": "stat", "df": "df", "pvalue": "p", "bias": "bias", "se": "se_bias"}
    agree(peters(sizes), expected["Peters"], names, 1e-9)
    agree(harbord(sizes), expected["Harbord"], names, 1e-9)


@shared
@each
def test_refits(group):
    y, v, kept = arrays(group)
    extras = group["extras"]
    found = leave_one_out(pool(y, v, ci="z"))
    agree(found, extras["leave1out_REML"], REFIT | {"q": "Q"}, 1e-6)
    position = np.cumsum(kept) - 1
    for key, ci in (("cumulative_DL", "z"), ("cumulative_DL_knha", "hksj")):
        row = extras[key]
        order = [position[i - 1] for i in row["order"] if kept[i - 1]]
        names = {ours: theirs for ours, theirs in (REFIT | LIMITS).items() if theirs in row}
        agree(cumulative(pool(y, v, method="DL", ci=ci), order), row, names, 1e-9)
    found = influence(pool(y, v, method="DL", ci="z"))
    agree(found, extras["influence_DL"], CASES, 1e-9)


@shared
@each
def test_small_study_effects(group):
    y, v, kept = arrays(group)
    known = "regtest_lm_ninv" in group["extras"]
    check_bias(y, v, group["extras"], 1 / np.array(group["ni"], float)[kept] if known else None)


@shared
def test_metabias():
    rows = [o for o in json.loads(SHARED.read_text())["other"] if o["kind"] == "meta"]
    assert rows
    for row in rows:
        data = row["data"]
        columns = {"ai": "ai", "n1i": "n1", "ci": "ci", "n2i": "n2"}
        sizes = effect_sizes({ours: data[theirs] for ours, theirs in columns.items()}, "OR")
        check_metabias(sizes, row["metabias"])
