"""Effect sizes against metafor's escalc; means and SDs from quantiles against published numbers.

``effect_sizes.json`` holds numbers made with R (its ``source``) and always runs; the project's
shared reference, a sibling of the repository, adds its groups where it is there.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, special

from equipoise.evidence.effect_sizes import effect_sizes, mean_sd_from_quantiles
from equipoise.numerics.effect_sizes_means import (
    quartile_width,
    range_width,
    small_sample_factor,
)

REFERENCE = json.loads(Path(__file__).with_name("effect_sizes.json").read_text())
SHARED = Path(__file__).parents[2].parent / "shared/data/synthesis/reference_public.json"
TOLERANCE = {"rtol": 1e-9, "atol": 1e-13}


def groups():
    if not SHARED.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="no shared reference here"))]
    return [pytest.param(row, id=row["id"]) for row in json.loads(SHARED.read_text())["groups"]]


def name_of(case):
    args = ",".join(f"{key}={value}" for key, value in case["args"].items())
    return f"{case['measure']}-{case['set']}[{args}]"


def agree(ours, yi, vi):
    """The rows metafor leaves NA, or with no variance, are the rows we drop."""
    yi, vi = (np.array(x, float, ndmin=1) for x in (yi, vi))
    kept = np.flatnonzero(np.isfinite(yi) & (vi > 0))
    np.testing.assert_array_equal(ours.rows, kept)
    np.testing.assert_allclose(ours.yi, yi[kept], **TOLERANCE)
    np.testing.assert_allclose(ours.vi, vi[kept], **TOLERANCE)
    assert [row for row, _ in ours.dropped] == [i for i in range(yi.size) if i not in kept]


def like_escalc(data, measure, args):
    """Our call for an escalc call; metafor's defaults correct PETO and keep double zeros."""
    zero_cells = args.get("to", "only0" if measure == "PETO" else None)
    return effect_sizes(
        data,
        measure,
        add=args.get("add", 0.5),
        zero_cells=zero_cells,
        double_zero="drop" if args.get("drop00") else "keep",
    )


@pytest.mark.parametrize("case", [pytest.param(c, id=name_of(c)) for c in REFERENCE["cases"]])
def test_escalc(case):
    ours = like_escalc(REFERENCE["sets"][case["set"]], case["measure"], case["args"])
    agree(ours, case["yi"], case["vi"])


@pytest.mark.parametrize("group", groups())
def test_shared_reference(group):
    measure = group["measure"].split("(")[0].replace("generic", "GEN")
    if measure == "SMD" and "yi" in group["inputs"]:
        measure = "GEN"
    data = {name: np.array(x, float, ndmin=1) for name, x in group["inputs"].items()}
    args = dict(group["escalc_args"])
    agree(like_escalc(data, measure, args), group["yi"], group["vi"])
    tables = group.get("two_by_two", {})
    if "PETO_yi" in tables:
        agree(like_escalc(data, "PETO", {}), tables["PETO_yi"], tables["PETO_vi"])


def test_every_measure_has_a_reference():
    from equipoise.evidence.effect_size_measures import MEASURES

    assert {case["measure"] for case in REFERENCE["cases"]} == set(MEASURES) - {"GEN", "HR"}


@pytest.mark.parametrize("freedom", [2, 3, 8, 51, 199, 200, 201, 1000, 200_000])
def test_small_sample_factor_by_products(freedom):
    """By the recursion of the gamma function from J at 2 or 3 degrees of freedom."""
    start = 2 if freedom % 2 == 0 else 3
    log_ratio = math.log(1 / math.sqrt(math.pi) if start == 2 else math.sqrt(math.pi) / 2)
    x = np.arange(start / 2, freedom / 2)
    exact = math.exp(math.fsum([log_ratio, *-np.log1p(-0.5 / x)])) / math.sqrt(freedom / 2)
    assert small_sample_factor(np.array([float(freedom)]))[0] == pytest.approx(exact, rel=1e-13)


# Wan et al. (2014), BMC Med Res Methodol 14:135, Table 1: the exact expected range xi(n).
WAN_TABLE_1 = {10: 3.078, 15: 3.472, 20: 3.735, 25: 3.931, 30: 4.086, 40: 4.322, 50: 4.498}


@pytest.mark.parametrize(("n", "published"), WAN_TABLE_1.items())
def test_range_width_near_the_published_exact_one(n, published):
    """Equation 9 approximates the table to half a per cent; the table itself by quadrature."""
    exact, _ = integrate.quad(lambda z: 1 - special.ndtr(z) ** n - special.ndtr(-z) ** n, -9, 9)
    assert exact == pytest.approx(published, abs=6e-4)
    assert range_width(np.array(float(n))) == pytest.approx(published, rel=5e-3)


@pytest.mark.parametrize("q", [5, 10, 25, 50])
def test_quartile_width_near_the_exact_expectation(q):
    """n = 4 Q + 1: the quartiles are the order statistics Q + 1 and 3 Q + 1."""
    n = 4 * q + 1
    constant = (special.gammaln(n + 1) - special.gammaln(n - q)) - special.gammaln(q + 1)

    def density(z):
        return math.exp(
            constant
            + (n - q - 1) * special.log_ndtr(z)
            + q * special.log_ndtr(-z)
            - z * z / 2
            - math.log(2 * math.pi) / 2
        )

    upper, _ = integrate.quad(lambda z: z * density(z), -9, 9)
    assert quartile_width(np.array(float(n))) == pytest.approx(2 * upper, rel=2e-3)


def test_mean_sd_published_and_by_hand():
    """metaBLUE 1.0.0's manual: Wan.std(c(1, 4, 10), 30, "S1") is 2.205578."""
    mean, sd = mean_sd_from_quantiles(30, 4, minimum=1, maximum=10)
    assert sd == pytest.approx(2.205578, abs=5e-7)
    weight = 4 / (4 + 30**0.75)
    assert mean == pytest.approx(weight * 5.5 + (1 - weight) * 4, rel=1e-14)
    mean, sd = mean_sd_from_quantiles(100, 4, q1=2, q3=8)
    assert mean == pytest.approx(0.7039 * 5 + 0.2961 * 4, rel=1e-14)
    assert sd == pytest.approx(6 / (2 * special.ndtri(74.875 / 100.25)), rel=1e-14)
    _, range_sd = mean_sd_from_quantiles(100, 4, minimum=1, maximum=12)
    mean, both = mean_sd_from_quantiles(100, 4, minimum=1, q1=2, q3=8, maximum=12)
    assert both == pytest.approx((sd + range_sd) / 2, rel=1e-14)
    outer, inner = 2.2 / (2.2 + 100**0.75), 0.7 - 0.72 / 100**0.55
    assert mean == pytest.approx(outer * 6.5 + inner * 5 + (1 - outer - inner) * 4, rel=1e-14)


@pytest.mark.parametrize("n", [9, 25, 101])
@pytest.mark.parametrize("scenario", ["range", "quartiles", "five"])
def test_mean_sd_of_normal_samples(n, scenario):
    """Unbiased for the mean; the SD within the approximations' few per cent; better than median."""
    samples = np.random.default_rng([n, 20200325]).normal(10, 3, (20_000, n))
    minimum, q1, median, q3, maximum = np.quantile(samples, [0, 0.25, 0.5, 0.75, 1], axis=1)
    both = {"minimum": minimum, "maximum": maximum}
    inner = {"q1": q1, "q3": q3}
    given = {"range": both, "quartiles": inner, "five": both | inner}[scenario]
    mean, sd = mean_sd_from_quantiles(n, median, **given)
    assert mean.mean() == pytest.approx(10, abs=5 * 3 / math.sqrt(n * 10_000))
    assert sd.mean() == pytest.approx(3, rel=0.04 if n > 9 else 0.08)
    assert mean.std() < median.std()
