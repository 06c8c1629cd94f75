"""Group-sequential plans as frames, text and charts."""

import functools
import math

import numpy as np
import polars as pl
import pytest
from scipy import special

from equipoise.design.frames import COLUMNS, boundary_frame, curve_frame
from equipoise.design.group_sequential import GroupSequential
from equipoise.design.scales import SCALES
from equipoise.design.summaries import probability
from equipoise.errors import InputError
from equipoise.parts.efficacy import EfficacyBounds, NoEarlyEfficacy, Pocock
from equipoise.parts.futility import FutilityBounds
from equipoise.parts.spending import Spending

ONLY = "type I error, efficacy boundary only"
AS_RUN = "type I error, as run"
OBF = Spending("obrien-fleming")
PARTS = {
    "plain": {"looks": 3},
    "futility": {"looks": 4, "futility": Spending("hwang-shih-decani", gamma=-2.0)},
    "binding": {"looks": 4, "futility": Spending("obrien-fleming", binding=True)},
    "two-sided": {"looks": 3, "sided": 2, "alpha": 0.05, "efficacy": Pocock()},
    "wedge": {"looks": 4, "sided": 2, "alpha": 0.05, "futility": OBF},
    "late wedge": {
        "looks": 4, "sided": 2, "alpha": 0.05,
        "futility": FutilityBounds(z=(0.0, 0.3, 0.6), binding=True),
    },
    "twenty": {"looks": 20, "futility": OBF},
    "one": {"looks": 1},
    "one, futility": {"looks": 1, "futility": OBF},
    "no early": {
        "information": [0.3, 0.6, 1], "efficacy": NoEarlyEfficacy(),
        "futility": FutilityBounds(conditional_power=(0.2, 0.2)),
    },
    "given": {
        "looks": 4, "efficacy": EfficacyBounds((math.inf, 3.0, 2.6, None)),
        "futility": FutilityBounds(z=(-math.inf, 0.0, 0.5)),
    },
    "under no effect": {
        "looks": 3, "futility": Spending("pocock", under="no effect", total=0.1),
    },
}  # fmt: skip


@functools.cache
def plan(name):
    if name == "observed":
        return plan("futility").update([0.2, 0.55, 1.1])
    if name == "ended early":
        return plan("two-sided").update([0.3, 0.8], final=True)
    return GroupSequential(**PARTS[name])


NAMES = [*PARTS, "observed", "ended early"]
every_plan = pytest.mark.parametrize("name", NAMES)


def numbers(column: pl.Series) -> np.ndarray:
    """Null as nan."""
    return column.fill_null(math.nan).to_numpy()


@every_plan
def test_the_frame_has_a_row_a_look_and_the_boundaries_on_every_scale(name):
    p = plan(name)
    data = p.frame()
    assert data.columns == [
        "look", "information", *COLUMNS.values(), "alpha_spent",
        *(f"futility_{column}" for column in COLUMNS.values()),
        *(f"stop_{why}_{when}" for when in ("null", "planned")
          for why in ("efficacy", "futility", "harm")),
    ]  # fmt: skip
    assert data["look"].to_list() == list(range(1, p.looks + 1))
    assert data["information"].to_list() == p.information.tolist()
    np.testing.assert_array_equal(data["alpha_spent"], p.spent)
    stops = np.isfinite(p.bounds)
    lower = p.futility_bounds > (0 if p.sided == 2 else -math.inf)
    for scale, column in COLUMNS.items():
        upper_values, lower_values = p.boundaries(scale)
        np.testing.assert_array_equal(
            numbers(data[column]), np.where(stops, upper_values, math.nan)
        )
        np.testing.assert_array_equal(
            numbers(data[f"futility_{column}"]), np.where(lower, lower_values, math.nan)
        )
    for column in data.columns:
        assert not data[column].is_nan().any()
        assert not data[column].is_infinite().any()


@every_plan
def test_chances_of_stopping_are_those_of_the_plan_and_add_up(name):
    p = plan(name)
    data = p.frame()
    for effect, when in ((0.0, "null"), (1.0, "planned")):
        stops = p.stopping(effect)
        np.testing.assert_array_equal(data[f"stop_efficacy_{when}"], stops[:, 0])
        np.testing.assert_array_equal(data[f"stop_futility_{when}"], stops[:, 1])
        harm = data[f"stop_harm_{when}"]
        assert (harm.null_count() == 0) == (p.sided == 2)
        ends = [data[f"stop_{why}_{when}"].sum() for why in ("efficacy", "futility", "harm")]
        assert sum(ends) == pytest.approx(1)


def test_futility_is_null_where_there_is_none():
    for column in COLUMNS.values():
        assert plan("plain").frame()[f"futility_{column}"].null_count() == 3
    given = plan("given").frame()
    assert given["z"].is_null().to_list() == [True, False, False, False]
    assert given["futility_effect"].is_null().to_list() == [True, False, False, False]
    assert plan("late wedge").frame()["futility_z"][0] is None


@every_plan
def test_the_curve_is_power_and_information_of_the_plan(name):
    p = plan(name)
    data = p.curve()
    effects = data["effect"].to_numpy()
    assert (effects[0], effects[-1]) == (-0.5, 1.5)
    np.testing.assert_array_equal(data["power"], p.power(effects))
    np.testing.assert_array_equal(data["power_futility_ignored"], p.power(effects, futility=False))
    np.testing.assert_array_equal(data["expected_information"], p.expected_information(effects))
    np.testing.assert_allclose(
        data["information_fraction"] * p.inflation, data["expected_information"]
    )
    assert data["information_fraction"].max() <= p.information[-1] * (1 + 1e-9)


def test_the_curve_takes_one_effect_or_several():
    assert curve_frame(plan("plain"), 0.5)["effect"].to_list() == [0.5]
    assert curve_frame(plan("plain"), [1, 0]).height == 2


@every_plan
@pytest.mark.parametrize("scale", SCALES)
def test_boundaries_drawn_are_finite_and_those_of_the_plan(name, scale):
    p = plan(name)
    data = boundary_frame(p, scale)
    assert data["value"].is_finite().all()
    upper = data.filter(pl.col("boundary") == "efficacy")
    values = p.boundaries(scale)[0]
    wanted = values[np.isfinite(p.bounds) & ~np.isnan(values)]
    np.testing.assert_array_equal(upper["value"], wanted)
    names = set(data["boundary"])
    assert ("harm" in names) == (p.sided == 2 and scale in {"z", "b", "effect"})


def test_the_two_sides_mirror_each_other():
    data = boundary_frame(plan("wedge"), "effect")
    of = {str(name): rows for (name,), rows in data.group_by("boundary")}
    assert set(of) == {"efficacy", "harm", "futility", "mirrored futility"}
    np.testing.assert_array_equal(of["harm"]["value"], -of["efficacy"]["value"])
    np.testing.assert_array_equal(of["mirrored futility"]["value"], -of["futility"]["value"])
    np.testing.assert_array_equal(of["futility"]["other"], -of["futility"]["value"])
    np.testing.assert_allclose(of["harm"]["p"], special.ndtr(-plan("wedge").bounds))


def line(text, start):
    return next(line for line in text.splitlines() if line.startswith(start))


@every_plan
def test_the_summary_has_a_row_a_look_and_fits_in_100_columns(name):
    p = plan(name)
    text = str(p)
    assert text == p.summary()
    rows = text.splitlines()
    assert max(map(len, rows)) <= 100
    assert rows[0].startswith("Group-sequential plan: ")
    assert p.efficacy.name.removeprefix("efficacy ") in rows[1]
    head = next(i for i, row in enumerate(rows) if row.startswith("look"))
    for i, z in enumerate(p.bounds):
        cells = rows[head + 1 + i].split()
        assert cells[0] == str(i + 1)
        assert cells[2] == (f"{z:.3f}" if math.isfinite(z) else "none")
        assert len(cells) == (7 if p.futility is None else 10)
    assert "independent increments" in text
    assert "asymptotic for rates and survival" in text


@every_plan
def test_the_type_1_error_has_two_rows_where_there_is_futility(name):
    p = plan(name)
    text = p.summary()
    if p.futility is None:
        assert line(text, "type I error").split()[-1] == f"{p.alpha:g}"
        assert ONLY not in text
        assert AS_RUN not in text
        return
    shown = [float(line(text, start)[len(start) :].split(":")[0]) for start in (ONLY, AS_RUN)]
    sides = [0, 2]
    exact = [p.stopping(0.0, futility=futility)[:, sides].sum() for futility in (False, True)]
    assert shown == pytest.approx(exact, rel=1e-3)
    assert shown[1 if p.binding else 0] == pytest.approx(p.alpha)
    assert ("gives the larger" in line(text, ONLY)) == (name in {"binding", "late wedge"})


def test_the_summary_names_what_was_planned():
    text = plan("binding").summary()
    assert "4 looks; one-sided alpha 0.025; power 0.9" in text
    assert "futility  Lan-DeMets O'Brien-Fleming-type spending; binding" in text
    assert "maximum information                   1.053 times" in text
    assert "; non-binding" in plan("futility").summary()
    assert "futility  none" in plan("plain").summary()
    assert "1 look, a fixed-sample trial" in plan("one").summary()
    assert "inner wedge" in plan("wedge").summary()
    assert "0.1 under no effect" in plan("under no effect").summary()
    assert line(plan("ended early").summary(), "power").endswith("0.8475, planned 0.9")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (7.367e-6, "7.4e-06"), (1e-4, "0.0001"), (0.99999, ">0.9999"), (1, "1.0000")],
)
def test_small_probabilities_keep_their_digits(value, shown):
    assert probability(value) == shown


def views(spec):
    """Every unit of a layered chart, with its data."""
    for layer in spec.get("layer", []):
        data = layer.get("data", spec.get("data"))
        yield from views({**layer, "data": data})
    if "mark" in spec:
        yield spec


def drawn(chart):
    """The specification, which is checked against the schema, and its units with their data."""
    spec = chart.to_dict()
    assert spec["width"] == "container"
    assert spec["description"]
    units = []
    for unit in views(spec):
        rows = spec["datasets"][unit["data"]["name"]]
        for channel in unit["encoding"].values():
            for part in channel if isinstance(channel, list) else [channel]:
                assert "field" not in part or part["field"] in rows[0]
        units.append((unit, rows))
    return spec, units


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        *((name, "z") for name in NAMES),
        *((name, scale) for name in ("one, futility", "wedge", "no early") for scale in SCALES[1:]),
    ],
)
def test_boundary_charts_draw_the_boundaries(name, scale):
    p = plan(name)
    spec, units = drawn(p.chart(scale))
    data = boundary_frame(p, scale)
    lines = [rows for unit, rows in units if unit["mark"]["type"] == "line"]
    found = {(row["boundary"], row["look"]): row["value"] for rows in lines for row in rows}
    wanted = {(row["boundary"], row["look"]): row["value"] for row in data.to_dicts()}
    assert found == pytest.approx(wanted)
    for unit, rows in units:
        if unit["mark"]["type"] == "circle":
            low, high = sorted(unit["encoding"]["y"]["scale"]["domain"])
            assert all(low < row["value"] < high for row in rows)
    words = {row["words"] for unit, rows in units for row in rows if "words" in row}
    lower = (data["boundary"] == "futility").any()
    harmful = lower and getattr(p.futility, "under", None) == "no effect"
    assert ("stop for futility" in words) == (lower and not harmful)
    assert ("stop for harm" in words) == ((data["boundary"] == "harm").any() or harmful)
    assert ("go on" in words) == (p.looks > 1)
    assert spec["title"]["subtitle"][0].startswith("One" if p.sided == 1 else "Two")


def test_looks_left_out_are_named():
    def notes(name, scale="z"):
        return " ".join(plan(name).chart(scale).to_dict()["title"]["subtitle"])

    assert "No stopping for benefit at looks 1 and 2." in notes("no early")
    assert "No stopping for futility at look 1." in notes("given")
    assert "Beyond the axis: benefit at look 1." in notes("twenty")
    assert "Beyond the axis: benefit at looks 1 and 2." in notes("twenty", "p")
    assert "No such power at the last look." in notes("plain", "predictive power")
    assert "the side of harm mirrors it" in notes("two-sided", "p")
    assert notes("plain") == "One-sided alpha 0.025; no futility."


def test_points_tell_z_p_and_alpha_spent():
    _, units = drawn(plan("futility").chart("b"))
    circles = [unit for unit, _ in units if unit["mark"]["type"] == "circle"]
    assert len(circles) == 2
    for unit in circles:
        assert {"z", "p", "alpha_spent"} <= {part["field"] for part in unit["encoding"]["tooltip"]}


def test_an_unknown_scale_is_refused():
    with pytest.raises(InputError, match="scale"):
        plan("plain").chart("odds")


@every_plan
def test_power_charts_draw_the_curve_and_the_levels(name):
    p = plan(name)
    spec, units = drawn(p.power_chart())
    curve = p.curve()
    power, mean = (rows for unit, rows in units if unit["mark"]["type"] == "line")
    kinds = ["as run"] if p.futility is None else ["as run", "futility ignored"]
    for kind, column in zip(kinds, ("power", "power_futility_ignored"), strict=False):
        assert [row["chance"] for row in power if row["curve"] == kind] == curve[column].to_list()
    assert len(power) == len(kinds) * curve.height
    assert [row["expected_information"] for row in mean] == curve["expected_information"].to_list()
    rules = [rows[0] for unit, rows in units if unit["mark"]["type"] == "rule"]
    levels = {row.get("chance", row.get("expected_information")) for row in rules}
    maximum = p.inflation * float(p.information[-1])
    assert levels == {p.target_power, p.alpha / p.sided, 1.0, maximum}
    assert spec["resolve"]["scale"]["y"] == "independent"
