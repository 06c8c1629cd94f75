"""Charts of pooled evidence: each is valid, draws its frame, and puts ratios on a log axis."""

import datetime
import functools
import math

import numpy as np
import polars as pl
import pytest
from scipy import special

from equipoise.errors import InputError
from equipoise.evidence import charts, frames, terms
from equipoise.evidence.forest_rows import axis, axis_of, diamonds, table, ticks
from equipoise.evidence.funnel import (
    baujat_labels,
    drapery_curves,
    funnel_contours,
    funnel_points,
    gosh_bins,
)
from equipoise.evidence.synthesis import Synthesis

TRIALS = [
    ("Shu", 0, 12, 3, 29),
    ("Lanzoni", 2, 12, 7, 12),
    ("Dilogo", 10, 20, 16, 20),
    ("Adas", 3, 10, 6, 10),
    ("Zhu R", 0, 29, 2, 29),
    ("Monsel", 5, 21, 4, 24),
    ("Rebelatto", 5, 11, 1, 6),
    ("Zarrabi", 3, 11, 8, 24),
    ("Bowdish", 42, 112, 47, 110),
]
LABELS = tuple(row[0] for row in TRIALS)
COUNTS = np.array([[a, n - a, c, m - c] for _, a, n, c, m in TRIALS])
GROUPS = ["severe" if i % 2 else "critical" for i in range(len(TRIALS))]


def log_risk_ratios():
    cells = COUNTS.astype(float)
    cells[(cells == 0).any(axis=1)] += 0.5
    a, b, c, d = cells.T
    return np.log(a / (a + b) / (c / (c + d))), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


def synthesis(y=None, v=None, labels=LABELS, method="DL", ci="z", **other) -> Synthesis:
    """Inverse-variance pooling by hand, with DerSimonian and Laird's variance."""
    if y is None:
        y, v = log_risk_ratios()
    k = len(y)
    w = 1 / v
    q = float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())
    scaled = w.sum() - (w**2).sum() / w.sum()
    tau2 = max(0.0, (q - k + 1) / scaled) if method == "DL" and k > 1 else 0.0
    w = 1 / (v + tau2)
    estimate, se = float((w * y).sum() / w.sum()), math.sqrt(1 / w.sum())
    df = math.inf if ci == "z" else k - 1.0
    if ci != "z":
        se *= math.sqrt(float((w * (y - estimate) ** 2).sum()) / (k - 1))
    t = float(special.ndtri(0.975) if ci == "z" else special.stdtrit(df, 0.975))
    half = t * math.sqrt(tau2 + se * se)
    values = {
        "measure": "RR",
        "method": method,
        "ci_method": ci,
        "level": 0.95,
        "k": k,
        "k_contributing": k,
        "estimate": estimate,
        "se": se,
        "statistic": estimate / se,
        "df": df,
        "pvalue": 0.05,
        "ci": (estimate - t * se, estimate + t * se),
        "tau2": tau2,
        "tau2_ci": (0.0, 0.8) if method == "DL" else None,
        "i2": 12.0,
        "h2": 1.1,
        "q": q,
        "q_df": k - 1,
        "q_pvalue": float(special.chdtrc(k - 1, q)) if k > 1 else 1.0,
        "prediction_interval": (estimate - half, estimate + half) if method == "DL" else None,
        "weights": 100 * w / w.sum(),
        "yi": y,
        "vi": v,
        "labels": tuple(labels),
        "log_scale": True,
    }
    return Synthesis(**{**values, **other})


@pytest.fixture
def fit():
    return synthesis()


@pytest.fixture
def differences():
    y, v = np.array([-3.0, 1.0, 2.5, -0.4]), np.array([1.0, 2.0, 0.5, 0.8])
    return synthesis(y, v, ("A", "B", "C", "D"), measure="MD", log_scale=False)


def steps(count: int = 8) -> pl.DataFrame:
    y, v = log_risk_ratios()
    rows = []
    for k in range(2, 2 + count):
        part = synthesis(y[:k], v[:k], LABELS[:k])
        estimate, lower, upper = part.natural
        rows.append(
            {
                "label": f"+ {LABELS[k - 1]}",
                "date": f"202{k // 4}-0{k % 4 + 1}-15",
                "estimate": estimate,
                "lower": lower,
                "upper": upper,
                "k": k,
                "what_changed": f"{LABELS[k - 1]} reported",
            }
        )
    return pl.DataFrame(rows)


JUDGED = [
    {"study": "Shu", "domain": "randomisation process", "level": "Low"},
    {"study": "Shu", "domain": "overall", "level": "some concerns"},
    {"study": "Adas", "domain": "overall", "level": None},
]


@functools.cache
def gallery():
    """Every chart by name."""
    fit = synthesis()
    y, v = log_risk_ratios()
    chosen = [np.flatnonzero([g == name for g in GROUPS]) for name in ("severe", "critical")]
    parts = [synthesis(y[i], v[i], [LABELS[j] for j in i]) for i in chosen]
    rng = np.random.default_rng(1)
    subsets = pl.DataFrame(
        {"estimate": np.exp(rng.normal(-0.2, 0.2, 500)), "i2": rng.uniform(0, 60, 500)}
    )
    influence = pl.DataFrame({"label": LABELS, "x": np.arange(9.0), "y": np.arange(9.0)[::-1]})
    several = {"severe": parts[0], "critical": parts[1], "random effects": fit}
    several["common effect"] = synthesis(method="EE")
    return {
        "forest": charts.forest(fit),
        "forest-full": charts.forest(
            several,
            counts=COUNTS,
            time_points=["day 28"] * 9,
            groups=GROUPS,
            order="weight",
            title="Deaths with mesenchymal stromal cells against control",
        ),
        "cumulative": charts.cumulative(steps(), fit),
        "leave-one-out": charts.leave_one_out(steps()),
        "history": charts.history(steps(), until=datetime.date(2024, 6, 1)),
        "funnel": charts.funnel(fit),
        "baujat": charts.baujat(influence),
        "drapery": charts.drapery(fit),
        "gosh": charts.gosh(subsets),
        "traffic-lights": charts.traffic_lights(JUDGED, title="Risk of bias"),
    }


def encodings(spec):
    for layer in spec["layer"]:
        yield layer, layer["encoding"]


def fields_drawn(spec):
    """(field, columns of the data it is drawn from) of every layer, without calculated ones."""
    for layer, encoding in encodings(spec):
        rows = spec["datasets"][layer.get("data", spec.get("data"))["name"]]
        made = {step["as"] for step in layer.get("transform", []) if "as" in step}
        for channel in encoding.values():
            for part in channel if isinstance(channel, list) else [channel]:
                if "field" in part and part["field"] not in made:
                    yield part["field"], set(rows[0])


def dataset(spec, mark):
    for layer in spec["layer"]:
        if layer["mark"]["type"] == mark:
            return spec["datasets"][layer.get("data", spec.get("data"))["name"]]
    raise AssertionError(mark)


@pytest.mark.parametrize("name", list(gallery()))
def test_every_chart_is_valid_fills_its_container_and_draws_columns_it_has(name):
    spec = gallery()[name].to_dict()
    assert spec["width"] == "container"
    assert spec["description"]
    for field, columns in fields_drawn(spec):
        assert field in columns


@pytest.mark.parametrize(
    "name", ["forest", "cumulative", "leave-one-out", "history", "funnel", "drapery", "gosh"]
)
def test_ratios_are_drawn_on_a_log_axis_with_plain_numbers(name):
    spec = gallery()[name].to_dict()
    channel = "y" if name == "history" else "x"
    scales = [
        e[channel]["scale"]
        for _, e in encodings(spec)
        if channel in e and "scale" in e[channel] and "type" in e[channel]["scale"]
    ]
    assert scales
    assert {scale["type"] for scale in scales} == {"log"}
    titles = {e[channel].get("title") for _, e in encodings(spec) if channel in e}
    assert "risk ratio, log scale" in titles


def test_differences_are_drawn_on_a_linear_axis(differences):
    spec = charts.forest(differences).to_dict()
    assert all(
        "type" not in e["x"]["scale"] for _, e in encodings(spec) if "scale" in e.get("x", {})
    )


def test_studies_have_their_own_normal_interval_on_the_natural_scale(fit):
    data = frames.studies(fit, extra={"group": GROUPS})
    assert data.columns == [
        "label", "estimate", "lower", "upper", "weight", "yi", "vi", "group",
    ]  # fmt: skip
    bowdish = data.row(8, named=True)
    assert bowdish["estimate"] == pytest.approx((42 / 112) / (47 / 110))
    half = 1.959963985 * math.sqrt(fit.vi[8])
    assert bowdish["lower"] == pytest.approx(math.exp(fit.yi[8] - half))
    assert bowdish["upper"] == pytest.approx(math.exp(fit.yi[8] + half))
    assert data["weight"].sum() == pytest.approx(100)


def test_a_column_of_the_wrong_length_is_refused(fit):
    with pytest.raises(InputError, match="one value a study"):
        frames.studies(fit, extra={"group": ["severe"]})


def test_the_summary_names_model_interval_and_assumptions():
    text = terms.summary(synthesis(ci="hksj", k_contributing=8))
    for words in (
        "Risk ratio",
        "9 studies, of which 8 carry information",
        "random effects, DL; Hartung-Knapp interval, t with 8 df",
        "0.77 (95% CI 0.58 to 1.02)",
        "95% prediction interval",
        "tau²",
        "I²",
        "Q          7.89 on 8 df",
        "assumes    true effects normal around their mean",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_summary_of_a_common_effect_has_no_prediction_and_no_tau():
    text = terms.summary(synthesis(method="EE"))
    assert "prediction" not in text
    assert "tau²" not in text
    assert "one true effect in all studies" in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.7689, "0.77"), (0.018, "0.018"), (0.00001, "below 0.001"), (12.34, "12.3"),
        (250.4, "250"), (1e9, "over 10,000"), (math.inf, "unbounded"), (-3, "-3.00"), (0, "0.00"),
    ],
)  # fmt: skip
def test_numbers_are_plain(value, shown):
    assert terms.number(value) == shown


def test_a_forest_has_a_row_for_each_study_and_each_result(fit):
    rows = table({"random": fit, "common": synthesis(method="EE")}, counts=COUNTS)
    kinds = rows["kind"].to_list()
    assert kinds == ["study"] * 9 + ["pooled", "prediction", "pooled", "note"]
    assert rows["detail"][1] == "2/12 v 7/12"
    assert rows["shown"][8] + " " + rows["reach"][8] == "0.88 (0.64 to 1.21)"
    spec = charts.forest(fit, counts=COUNTS).to_dict()
    assert len(dataset(spec, "square")) == 9
    assert len(dataset(spec, "area")) == 3


def test_groups_have_headings_and_their_own_results(fit):
    y, v = log_risk_ratios()
    first = [i for i, group in enumerate(GROUPS) if group == "severe"]
    part = synthesis(y[first], v[first], [LABELS[i] for i in first], method="EE")
    rows = table({"all": fit, "severe": part}, groups=GROUPS)
    labels = rows["label"].to_list()
    assert labels.index("severe") < labels.index("Lanzoni") < labels.index("subtotal")
    assert labels[-3:-1] == ["all", "new study"]


@pytest.mark.parametrize("order", ["estimate", "weight", "label", LABELS[::-1]])
def test_studies_stand_in_the_wanted_order(fit, order):
    labels = table({"": fit}, order=order).filter(pl.col("kind") == "study")["label"].to_list()
    wanted = {
        "estimate": [LABELS[i] for i in np.argsort(fit.yi)],
        "weight": [LABELS[i] for i in np.argsort(-fit.weights, kind="stable")],
        "label": sorted(LABELS),
    }
    assert labels == (wanted[order] if isinstance(order, str) else list(order))


@pytest.mark.parametrize(
    "bad",
    [
        {"fits": {}},
        {"order": "random"},
        {"order": ["Shu"]},
        {"counts": [[1, 2]]},
        {"time_points": ["day 28"]},
    ],
)
def test_what_cannot_be_drawn_is_refused(fit, bad):
    with pytest.raises(InputError):
        charts.forest(**{"fits": fit, **bad})


def test_results_of_different_measures_do_not_share_an_axis(fit, differences):
    with pytest.raises(InputError, match="others are"):
        charts.forest({"a": fit, "b": differences})


def test_wide_intervals_end_in_arrows_at_the_edge_of_the_axis(fit):
    rows = table({"": fit})
    span = axis_of(rows, "RR", log=True)
    assert span.low > rows["lower"].min()
    spec = charts.forest(fit).to_dict()
    arrows = dataset(spec, "point")
    assert {row["label"] for row in arrows} >= {"Zhu R"}
    assert all(row["x"] == pytest.approx(span.low) for row in arrows)


def test_every_estimate_is_inside_the_axis():
    y, v = np.array([-6.0, 0.1, 5.0]), np.array([4.0, 0.01, 9.0])
    span = axis_of(table({"": synthesis(y, v, "abc")}), "RR", log=True)
    assert span.low < math.exp(-6)
    assert span.high > math.exp(5)
    assert 1 in span.ticks


def test_an_endless_interval_of_two_studies_is_drawn():
    y, v = np.array([-2.0, 1.5]), np.array([0.01, 0.01])
    fit = synthesis(y, v, ("a", "b"), ci="hksj")
    rows = table({"": fit})
    assert rows.filter(pl.col("kind") == "pooled")["upper"][0] > 1e8
    span = axis_of(rows, "RR", log=True)
    corners = diamonds(rows, span)
    assert corners["x"].min() >= span.low
    assert corners["x"].max() <= span.high
    assert (corners["bottom"] - corners["top"])[0] > 0
    charts.forest(fit).to_dict()


def test_one_study_is_drawn():
    fit = synthesis(np.array([-0.3]), np.array([0.1]), ("only",), method="EE")
    assert "one study" in table({"": fit})["label"][-1]
    for chart in (charts.forest(fit), charts.funnel(fit), charts.drapery(fit)):
        chart.to_dict()
    assert "1 study" in terms.summary(fit)


def test_better_says_which_side_favours_what(fit):
    def sides(better):
        spec = charts.forest(fit, better=better).to_dict()
        return [
            row["side"]
            for rows in spec["datasets"].values()
            for row in rows
            if "side" in row and "favours" in row["side"]
        ]

    assert sides("lower") == ["← favours treatment", "favours control →"]
    assert sides("higher") == ["← favours control", "favours treatment →"]


def test_one_arm_measures_have_no_line_of_no_effect(differences):
    fit = synthesis(
        differences.yi, differences.vi, differences.labels, measure="MN", log_scale=False
    )
    spec = charts.forest(fit).to_dict()
    assert not any("no effect" in str(rows) for rows in spec["datasets"].values())


@pytest.mark.parametrize(
    ("low", "high"), [(0.02, 23), (0.8, 1.25), (0.24, 1.85), (1e-9, 1e9), (0.4, 40)]
)
def test_ticks_of_a_log_axis_are_round_and_few(low, high):
    for most in (4, 6):
        found = ticks(low, high, log=True, most=most)
        assert 2 < len(found) <= 7
        assert all(low <= x <= high for x in found)
        assert all(float(f"{x:.2g}") == x for x in found)


def test_an_axis_needs_an_estimate():
    with pytest.raises(InputError, match="at least one estimate"):
        axis([None], [None], [None], measure="MN", log=False)


def test_steps_are_drawn_one_a_row_with_all_studies_as_a_diamond(fit):
    spec = charts.cumulative(steps(), fit).to_dict()
    assert len(dataset(spec, "circle")) == 8
    assert dataset(spec, "area")[0]["label"] == "all studies"
    plain = charts.leave_one_out(steps()).to_dict()
    assert not [layer for layer in plain["layer"] if layer["mark"]["type"] == "area"]


def test_history_steps_once_a_date_and_holds_until_the_end():
    data = frames.history(steps().reverse(), datetime.date(2024, 6, 1))
    assert data["day"].is_sorted()
    assert data["day"][-1] == "2024-06-01"
    spec = charts.history(steps(), until=datetime.date(2024, 6, 1)).to_dict()
    assert len(dataset(spec, "line")) == 9
    assert len(dataset(spec, "circle")) == 8
    dated = steps().with_columns(pl.col("date").str.to_date())
    assert frames.history(dated)["day"].to_list() == sorted(steps()["date"])


def test_the_funnel_places_each_study_in_its_region(fit):
    data = funnel_points(fit)
    assert data.height == 9
    z = np.abs(fit.yi) / np.sqrt(fit.vi)
    for region, distance in zip(data["region"], z, strict=True):
        p = 2 * special.ndtr(-distance)
        assert region == (
            "p above 0.1" if p > 0.1 else "p 0.05 to 0.1" if p > 0.05 else
            "p 0.01 to 0.05" if p > 0.01 else "p below 0.01"
        )  # fmt: skip
    spec = charts.funnel(fit).to_dict()
    assert len(dataset(spec, "circle")) == 9
    assert any(e.get("y", {}).get("scale", {}).get("reverse") for _, e in encodings(spec))


def test_contours_of_a_funnel_are_centred_at_no_effect(fit):
    edges = funnel_contours(fit, (0.95,), 1.0)
    widest = edges.filter(pl.col("level") == 0).row(-1, named=True)
    assert math.log(widest["right"]) == pytest.approx(1.959963985)
    assert math.log(widest["left"]) == pytest.approx(-1.959963985)


def test_baujat_names_lie_on_no_other_point():
    data = pl.DataFrame({"label": ["a", "b", "c"], "x": [0.1, 0.11, 5.0], "y": [0.0, 0.01, 2.0]})
    named = baujat_labels(data)
    assert named.height == 3
    assert "c" in named["name"].to_list()
    assert "" in named["name"].to_list()


def test_drapery_curves_peak_at_each_estimate_and_cross_at_the_interval(fit):
    span = axis(*[[x] for x in (0.5, 0.01, 50.0)], measure="RR", log=True)
    data = drapery_curves(fit, span)
    assert data["row"].n_unique() == 10
    for row, estimate in enumerate([*fit.yi, fit.estimate]):
        curve = data.filter(pl.col("row") == row)
        peak = curve.row(int(curve["p"].arg_max()), named=True)
        assert peak["p"] == pytest.approx(1)
        assert math.log(peak["effect"]) == pytest.approx(estimate)
    pooled = data.filter(pl.col("kind") == "pooled")
    lower = np.interp(0.05, pooled["p"][:60], np.log(pooled["effect"])[:60])
    assert lower == pytest.approx(fit.ci[0], abs=0.01)


def test_gosh_bins_count_every_subset_once():
    data = pl.DataFrame({"estimate": [0.5, 0.5, 1.0, 2.0], "i2": [0.0, 0.0, 50.0, 100.0]})
    cells, margin = gosh_bins(data, log=True)
    assert cells["subsets"].sum() == margin["subsets"].sum() == 4
    assert cells.height == 3
    same, _ = gosh_bins(pl.DataFrame({"estimate": [1.0], "i2": [0.0]}), log=True)
    assert same["subsets"].to_list() == [1]


def test_traffic_lights_say_not_judged_where_nobody_judged():
    data = frames.traffic_lights(JUDGED)
    assert data.height == 4
    levels = {(row["study"], row["domain"]): row["level"] for row in data.to_dicts()}
    assert levels["Shu", "randomisation process"] == "low"
    assert levels["Adas", "randomisation process"] == "not judged"
    assert levels["Adas", "overall"] == "not judged"
    assert frames.traffic_lights(pl.DataFrame(JUDGED)).equals(data)
    spec = charts.traffic_lights(JUDGED).to_dict()
    assert len(dataset(spec, "rect")) == 4
    assert "not judged" in " ".join(spec["title"]["subtitle"]).replace("\N{NO-BREAK SPACE}", " ")


def test_an_unknown_level_of_bias_is_refused():
    with pytest.raises(InputError, match="some concerns"):
        frames.traffic_lights([{"study": "a", "domain": "b", "level": "fine"}])
