"""statsmodels and PyMARE on the same sets; run by an interpreter that has them."""

import json
import sys
import time

import numpy as np

table, k = np.loadtxt(sys.argv[1], delimiter=","), int(sys.argv[2])
y, v = table[:, :k], table[:, k:]
found = {}
try:
    from statsmodels.stats.meta_analysis import combine_effects

    start = time.perf_counter()
    for i in range(200):
        combine_effects(y[i], v[i], method_re="dl")
    found["statsmodels_DL_loop_us"] = (time.perf_counter() - start) / 200 * 1e6
except ImportError:
    pass
try:
    from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator

    x = np.ones((k, 1))
    for name, make in (
        ("DL", DerSimonianLaird),
        ("REML", lambda: VarianceBasedLikelihoodEstimator(method="REML")),
    ):
        start = time.perf_counter()
        fit = make().fit(y.T, v.T, x)
        found[f"pymare_{name}_vectorised_us"] = (time.perf_counter() - start) / y.shape[0] * 1e6
    found["pymare_reml_mean"] = float(np.mean(fit.params_["fe_params"]))
    found["pymare_sets"] = y.shape[0]
except ImportError:
    pass
print(json.dumps(found))
