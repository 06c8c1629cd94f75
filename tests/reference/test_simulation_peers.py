"""The engine's tests on patients' data beside R's survival: weights, strata, ties, Cox.

Fleming and Harrington's tests of simulation.json (survdiff; sums over survfit where gamma is
above 0) within 1e-10 of the values, relative to them where they are above 1.
"""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from numba import njit

from equipoise.numerics import trial_survival as steps

HERE = Path(__file__).parent
CASES = json.loads((HERE / "simulation.json").read_text(encoding="utf-8"))["tests"]


@njit(error_model="numpy")
def answers(time, event, arm, stratum, strata, rho, gamma):
    """Score and variance, one stratum and all; Cox's log hazard ratio and its standard error."""
    n = time.size
    entry = np.zeros(n)
    work = steps.workspace(n)
    table = np.zeros((4, n))
    steps.load(work, entry, time, event, arm)
    size, tied = steps.sort_trial(work, entry, time, math.inf)
    rows = steps.at_look(work, entry, size, tied, math.inf, table)
    beta, error = steps.cox(work, table, rows, tied, 0.0)
    if strata == 1:
        score, variance = steps.weighted_log_rank(work, table, rows, rho, gamma)
    else:
        score, variance = steps.stratified_log_rank(
            work, entry, stratum, strata, size, tied, math.inf, table, rho, gamma
        )
    return score, variance, beta, error


def data(case):
    with (HERE / case["file"]).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    time = np.array([float(row["time"]) for row in rows])
    if "months" in case["id"]:
        time = np.ceil(time / 30)
    status = np.array([int(row["status"]) for row in rows])
    name, code = case["event"].split(" == ")
    assert name == "status"
    arm = np.array([int(row[case["arm"].split(" ")[0]]) for row in rows]) - 1
    stratum = np.zeros(len(rows), np.int8)
    if "stratum" in case:
        stratum = np.array(case["stratum"], np.int8)
    elif case.get("stratum_means") == "celltype":
        kinds = sorted({row["celltype"] for row in rows})
        stratum = np.array([kinds.index(row["celltype"]) for row in rows], np.int8)
    return time, (status == int(code)).astype(np.uint8), arm.astype(np.int8), stratum


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_weighted_tests(case):
    time, event, arm, stratum = data(case)
    strata = int(stratum.max()) + 1
    for row in case["output"]["tests"]:
        weights = float(row["rho"]), float(row["gamma"])
        score, variance, _, _ = answers(time, event, arm, stratum, strata, *weights)
        assert score == pytest.approx(row["obs"][1] - row["exp"][1], rel=1e-10, abs=1e-10)
        assert variance == pytest.approx(row["var"], rel=1e-10, abs=1e-10)
        assert score / math.sqrt(variance) == pytest.approx(row["z"], rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(
    "case", [row for row in CASES if "by" not in row["id"]], ids=lambda case: case["id"]
)
def test_cox(case):
    found = case["output"]["efron"]
    _, _, beta, error = answers(*data(case), 1, 0.0, 0.0)
    assert beta == pytest.approx(found["log_hazard_ratio"], abs=1e-10)
    assert error == pytest.approx(found["se"], rel=1e-9)
