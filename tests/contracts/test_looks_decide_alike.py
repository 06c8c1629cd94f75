"""What is simulated is what is run: `analyse` decides as the tables of counts do."""

import numpy as np
import pytest

import equipoise as eq
from equipoise.parts.look_tables import tables

SPENT = eq.Spending("hwang-shih-decani", gamma=-2.0)
HARM = eq.Spending("obrien-fleming", under="no effect", total=0.1)
ZERO = eq.FutilityBounds(z=(0.0,))
BINDING = eq.FutilityBounds(z=(0.0, 0.5), binding=True)
LOSS = {"control": 0.3, "treatment": 0.3, "margin": 0.15}

DESIGNS = {
    "Fisher": ({}, {"test": "fisher-exact"}),
    "Fisher, spending": ({"futility": SPENT}, {"test": "fisher-exact"}),
    "Fisher, z": ({"futility": ZERO}, {"test": "fisher-exact"}),
    "Fisher, higher, binding": (
        {"looks": 3, "futility": BINDING},
        {"control": 0.3, "treatment": 0.55, "better": "higher", "test": "fisher-exact"},
    ),
    "Fisher, harm": ({"futility": HARM}, {"test": "fisher-exact"}),
    "Fisher, one look": ({"looks": 1}, {"test": "fisher-exact"}),
    "pooled": ({}, {"test": "pooled"}),
    "pooled, spending": ({"looks": 3, "futility": SPENT}, {"test": "pooled"}),
    "pooled, z": ({"futility": ZERO}, {"test": "pooled"}),
    "pooled, harm": ({"futility": HARM}, {"test": "pooled"}),
    "margin": ({}, LOSS),
    "margin, spending": ({"futility": SPENT}, LOSS),
    "margin, z": ({"futility": ZERO}, LOSS),
    "margin of a ratio": ({"futility": ZERO}, LOSS | {"margin": 1.6, "scale": "ratio"}),
    "odds ratio": ({"futility": ZERO}, {"scale": "odds ratio", "test": "score"}),
    "unpooled": ({"futility": ZERO}, {"test": "unpooled"}),
    "single arm": ({"futility": ZERO}, {"single_arm": True}),
}
BY_TABLE = {(1, 0): "stop for benefit", (0, 1): "stop for futility", (0, 0): "go on"}


def sized(plan, endpoint):
    plan = eq.GroupSequential(**({"looks": 2, "power": 0.8} | plan))
    return eq.sample_size(plan, eq.Binary(**({"control": 0.5, "treatment": 0.25} | endpoint)))


def data(design, made, look, good):
    """The record with these good outcomes, control first."""
    n = (made.n_control[look], made.n_treatment[look])
    higher = design.endpoint.better == "higher"
    events = [int(g if higher else m - g) for g, m in zip(good, n, strict=True)]
    n = [int(m) for m in n]
    if design.endpoint.single_arm:
        return eq.RatesAtLook(events=(None, events[1]), patients=(None, n[1]))
    return eq.RatesAtLook(events=tuple(events), patients=tuple(n))


def before(made, look, good):
    """Good outcomes at the looks before, at which the trial went on; None where there are none."""
    path = [good]
    for j in range(look - 1, -1, -1):
        now, then = ([int(n[i]) for n in made[:2]] for i in (j + 1, j))
        after = path[0]
        spans = [
            range(max(0, after[arm] - now[arm] + then[arm]), min(after[arm], then[arm]) + 1)
            for arm in (0, 1)
        ]
        open_ = [
            (a, b)
            for a in spans[0]
            for b in spans[1]
            if made.futility[j, a] < b < made.benefit[j, a]
        ]
        if not open_:
            return None
        # the middle of them, so that a look before this one finds a way too
        middle = np.mean(open_, axis=0)
        path.insert(0, min(open_, key=lambda pair: float(np.abs(pair - middle).sum())))
    return path[:-1]


def grid(made, look):
    """Counts all over, and on both sides of each boundary."""
    n0, n1 = int(made.n_control[look]), int(made.n_treatment[look])
    for control in sorted(set(np.linspace(0, n0, 6).astype(int).tolist())):
        low, high = int(made.futility[look, control]), int(made.benefit[look, control])
        equal = round(control * n1 / n0) if n0 else 0
        for treatment in sorted({0, low, low + 1, equal, high - 1, high, n1}):
            if 0 <= treatment <= n1:
                yield control, treatment


def by_table(design, made, look, good):
    control, treatment = good
    last = look == len(made.n_control) - 1
    found = treatment >= made.benefit[look, control]
    futile = not found and treatment <= made.futility[look, control]
    said = BY_TABLE[int(found), int(futile)]
    if said == "stop for futility" and design.sequential.futility is HARM:
        return {"stop for harm"}
    if last and not found:
        return {"ended without benefit", "stop for harm"}
    return {said}


def without_variance(look):
    pairs = zip(look.events, look.patients, strict=True)
    return all(events in (0, patients) for events, patients in pairs)


@pytest.mark.parametrize("name", DESIGNS)
def test_decisions_are_those_of_the_tables(name):
    design = sized(*DESIGNS[name])
    made = tables(design)
    seen, left_out = [], 0
    for look in range(len(design.looks)):
        for good in grid(made, look):
            path = before(made, look, good)
            if path is None:
                left_out += 1
                continue
            looks = [data(design, made, j, pair) for j, pair in enumerate([*path, good])]
            if name == "unpooled" and without_variance(looks[-1]):
                continue
            found = eq.analyse(design, looks)
            assert found.decision in by_table(design, made, look, good), (look, good)
            assert all(row.decision == "go on" for row in found.looks[:-1])
            seen.append(found.decision)
    assert len(seen) > left_out
    wanted = {"stop for benefit", "go on", "ended without benefit"}
    if design.sequential.looks == 1:
        wanted.remove("go on")
    elif design.sequential.futility is not None:
        wanted.add("stop for harm" if design.sequential.futility is HARM else "stop for futility")
    assert wanted <= set(seen)
    harmed = design.sequential.futility is HARM
    assert harmed or "stop for harm" not in seen


@pytest.mark.parametrize("name", ["Fisher, z", "pooled, z"])
def test_no_difference_is_on_a_boundary_of_zero(name):
    """The score z is 0, and Fisher's p above 1/2, wherever both arms are alike."""
    design = sized(*DESIGNS[name])
    made = tables(design)
    n = int(made.n_control[0])
    for good in range(0, n + 1, 5):
        assert made.futility[0, good] == good
        found = eq.analyse(design, [data(design, made, 0, (good, good))])
        assert found.decision == "stop for futility"


def test_fishers_p_does_not_decide_futility():
    """One good outcome more on treatment: by symmetry p is 1/2 and its z 0; the score z is not."""
    design = sized(*DESIGNS["Fisher, z"])
    made = tables(design)
    half = int(made.n_control[0]) // 2
    row = eq.analyse(design, [data(design, made, 0, (half, half + 1))]).looks[0]
    assert row.p == pytest.approx(0.5, abs=1e-12)
    assert row.z == pytest.approx(0.0, abs=1e-11)
    assert row.score_z > 0.2
    assert row.decision == "go on"
