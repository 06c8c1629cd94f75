"""Group-sequential constants as printed (``group_sequential_tables.json`` names the sources)."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import equipoise as eq

TABLES = json.loads((Path(__file__).parent / "group_sequential_tables.json").read_text())["tables"]
EFFICACY = {
    "P": lambda given: eq.Pocock(),
    "OF": lambda given: eq.OBrienFleming(),
    "WT": lambda given: eq.WangTsiatis(given["deltaWT"]),
    "asOF": lambda given: eq.Spending("obrien-fleming"),
    "asP": lambda given: eq.Spending("pocock"),
    "asKD": lambda given: eq.Spending("kim-demets", rho=given["gammaA"]),
}
READ = {"typeOfDesign", "deltaWT", "gammaA", "gammaB", "typeBetaSpending", "bindingFutility"}


def plan_of(table, looks):
    given, parameters = table["rpact_design"], table["parameters"]
    assert set(given) <= READ
    futility = None
    if "typeBetaSpending" in given:
        assert given["typeBetaSpending"] == "bsKD"
        futility = eq.Spending("kim-demets", rho=given["gammaB"], binding=given["bindingFutility"])
    return eq.GroupSequential(
        looks=looks,
        alpha=parameters["alpha"],
        sided=parameters["sided"],
        power=parameters.get("power", 0.9),
        efficacy=EFFICACY[given["typeOfDesign"]](given),
        futility=futility,
    )


def value_of(table, key):
    """Our number for one row of a table, by what the table says it holds."""
    parameters, quantity = table["parameters"], table["quantity"]
    if table["columns"][0] != "K":
        plan = plan_of(table, parameters["K"])
        if quantity == "critical value at each look":
            return plan.bounds[key - 1]
        assert quantity.startswith("per cent of fixed-sample information: maximum")
        per_cent = {
            "maximum": plan.inflation,
            "null": plan.expected_information(0.0),
            "alternative": plan.expected_information(1.0),
        }
        return 100 * per_cent[key]
    plan = plan_of(table, key)
    if quantity.startswith(("C_P", "C_B", "C_WT", "constant critical value")):
        return plan.bounds[-1]
    if quantity.startswith(("R_P", "R_B", "R_WT", "R_PF")):
        return plan.inflation
    if quantity.startswith("expected information on stopping, per cent"):
        return 100 * plan.expected_information(parameters["theta_multiple"])
    assert quantity == "maximum information for theta = 0.5"
    return (plan.drift / parameters["theta"]) ** 2


def name(table):
    words = [table["table"], *(f"{k}={v}" for k, v in table["parameters"].items())]
    return " ".join(words).replace(" ", "_")


@pytest.mark.parametrize("table", [pytest.param(table, id=name(table)) for table in TABLES])
def test_printed_digits(table):
    ours = [value_of(table, key) for key, _ in table["values"]]
    printed = [value for _, value in table["values"]]
    np.testing.assert_allclose(ours, printed, rtol=0, atol=table["abs_tol"])
    if table["columns"][0] == "K" and table["rpact_design"]["typeOfDesign"] in ("P", "OF", "WT"):
        plan = plan_of(table, table["values"][-1][0])
        delta = {"P": 0.5, "OF": 0.0}.get(
            table["rpact_design"]["typeOfDesign"], table["parameters"].get("delta")
        )
        shape = plan.information ** (delta - 0.5)
        np.testing.assert_allclose(plan.bounds, plan.bounds[-1] * shape, rtol=1e-13)
        assert math.isclose(plan.spent[-1], plan.alpha, abs_tol=1e-12)
