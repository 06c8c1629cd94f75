"""Meta-regression against metafor 3.8-1.

The numbers of ``dat.bcg`` (Colditz et al. 1994, JAMA 271:698) stand here, made in R 4.2.2 with
``rma(yi, vi, mods = ~ ablat + alloc)``; the others are read from the shared reference, where it is
present.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from bcg import VI, YI

from equipoise.evidence.metareg import meta_regression

SHARED = Path(__file__).parents[2].parent / "shared/data/synthesis/reference_public.json"

LATITUDE = [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]
ALLOCATION = [
    "random",
    "random",
    "random",
    "random",
    "alternate",
    "alternate",
    "random",
    "random",
    "random",
    "systematic",
    "systematic",
    "systematic",
    "systematic",
]
LATITUDE_REML_HKSJ = {
    "b": [0.251468210007339, -0.0291017250116492],
    "se": [0.28392528374342, 0.00820141741103757],
    "pval": [0.394737072446697, 0.00456505154154386],
    "ci_lb": [-0.373447126086738, -0.0471529230250601],
    "ci_ub": [0.876383546101416, -0.0110505269982383],
    "vcov": [
        [0.0806135667487818, -0.00210495054517337],
        [-0.00210495054517337, 6.72632475500703e-05],
    ],
    "tau2": 0.0763479639552553,
    "QE": 30.7330900107493,
    "QEp": 0.00121429098742004,
    "QM": 12.5909828844231,
    "QMp": 0.00456505154154386,
    "R2": 75.6266218116048,
    "I2": 68.3912248381972,
}
BOTH_ML_Z = {
    "b": [0.416402120479853, -0.0298469943977623, -0.214638422545234, -0.069817634741166],
    "se": [0.24152683924332, 0.00530938746376151, 0.196784997177451, 0.220406641630169],
    "pval": [0.0847004814436921, 1.89250199562183e-08, 0.275393668427321, 0.751420116334324],
    "ci_lb": [-0.0569817857368501, -0.0402532026067033, -0.600329929710854, -0.501806714289723],
    "ci_ub": [0.889786026696556, -0.0194407861888213, 0.171053084620385, 0.362171444807391],
    "vcov": [
        [0.0583352140748687, -0.000969007532773145, -0.0288133570906184, -0.0321427977046419],
        [-0.000969007532773145, 2.81895952403478e-05, 0.000110181186245369, 0.000207038620384708],
        [-0.0288133570906184, 0.000110181186245369, 0.0387243351141293, 0.0258351433939248],
        [-0.0321427977046419, 0.000207038620384708, 0.0258351433939248, 0.0485790876746896],
    ],
    "tau2": 0.0293898694371408,
    "QE": 26.2034364916485,
    "QEp": 0.00189209572183586,
    "QM": 33.3360977456058,
    "QMp": 2.73553507135151e-07,
    "R2": 89.5046727361738,
    "I2": 32.2844861923303,
}
NAMES = {
    "coefficients": "b",
    "se": "se",
    "pvalue": "pval",
    "lower": "ci_lb",
    "upper": "ci_ub",
    "covariance": "vcov",
    "tau2": "tau2",
    "qe": "QE",
    "qe_pvalue": "QEp",
    "qm": "QM",
    "qm_pvalue": "QMp",
    "r2": "R2",
    "i2": "I2",
}
INTERVALS = {"z": "z", "knha": "hksj", "adhoc": "hksj_floor"}
CLOSED = {"EE", "DL", "HE", "HS", "SJ"}


def agree(found, expected, relative):
    for ours, theirs in NAMES.items():
        values = np.atleast_1d(np.array(expected[theirs], float))
        scale = min(1.0, float(np.abs(values).max()))
        seen = np.atleast_1d(np.asarray(getattr(found, ours)))
        assert seen == pytest.approx(values, rel=relative, abs=relative * scale), ours


def test_latitude():
    found = meta_regression(YI, VI, {"latitude": LATITUDE}, method="REML", ci="hksj")
    agree(found, LATITUDE_REML_HKSJ, 1e-6)
    assert found.names == ("intercept", "latitude")
    assert (found.qm_df, found.qm_df2, found.qe_df, found.df) == (1, 11, 11, 11)


def test_latitude_and_allocation_as_text():
    moderators = {"latitude": LATITUDE, "allocation": ALLOCATION}
    found = meta_regression(YI, VI, moderators, method="ML", ci="z")
    agree(found, BOTH_ML_Z, 1e-6)
    assert found.names[2:] == ("allocation=random", "allocation=systematic")
    assert (found.qm_df, found.qm_df2) == (3, np.inf)


def cases():
    return json.loads(SHARED.read_text())["metareg"] if SHARED.exists() else []


CASES = cases()


@pytest.mark.skipif(not SHARED.exists(), reason="the shared reference is not here")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_meta_regression(case):
    moderators = dict(zip(case["Xnames"][1:], np.array(case["X"], float).T[1:], strict=True))
    found = meta_regression(
        case["yi"], case["vi"], moderators, method=case["method"], ci=INTERVALS[case["test"]]
    )
    agree(found, case["expected"], 1e-9 if case["method"] in CLOSED else 1e-6)
    assert found.qm_df == np.atleast_1d(case["expected"]["QMdf"])[0]
