"""Which registrations describe the same trial: by numbers, then by weighed evidence, with reasons.

A link by number is made where a record carries another's number in a field that means *the same
trial* (secondary ids and their like). A number in a title or in prose is a candidate only: it often
names a parent trial. Where no number says so, title, acronym, sponsor, size and dates are weighed,
each with a stated number of points; different products veto. Every edge keeps its reasons.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Literal

import numpy as np

from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from equipoise.registry.link_features import Compared

Decision = Literal["linked", "candidate", "vetoed"]

NEIGHBOURS = 6
NEAR = 0.12
MOST_RECORDS = 400  # a word in more records finds no neighbours
CANDIDATES = 5
DECIDE = 5.0
ALONE = 6.5
CONSIDER = 1.5
DAYS = 30


@record
class Edge:
    """Two trial numbers, what speaks for and against their being one trial, and the decision."""

    a: str
    b: str
    decision: Decision
    score: float
    confidence: float
    reasons: tuple[str, ...]
    by: Literal["number", "evidence", "person"] = "evidence"


@record
class Weights:
    """How telling each word is in this collection: a word in few records is telling."""

    idf: dict[str, float]
    default: float
    titles: dict[frozenset[str], float]

    def of(self, words: frozenset[str] | tuple[str, ...]) -> float:
        """The weight of a set of words."""
        return sum(self.idf.get(word, self.default) for word in words)

    def title(self, words: frozenset[str]) -> float:
        """The weight of a title, remembered."""
        known = self.titles.get(words)
        if known is None:
            known = self.titles[words] = self.of(words)
        return known


def weights(trials: Sequence[Compared]) -> Weights:
    """Inverse document frequencies of title words; at least those of 500 records."""
    counts = Counter(word for trial in trials for word in trial.tokens)
    n = max(len(trials), 500)
    idf = {word: math.log(n / count) for word, count in counts.items() if count < n}
    return Weights(idf=idf, default=math.log(n), titles={})


def neighbours(trials: Sequence[Compared]) -> list[tuple[int, int]]:
    """Pairs across registries whose telling words are nearest: the only ones compared."""
    from scipy.sparse import csr_matrix

    bags = [
        {f"t:{word}" for word in trial.tokens}
        | {f"a:{name}" for name in trial.acronyms}
        | {f"s:{word}" for word in trial.sponsor}
        | {f"d:{word}" for word in trial.drugs}
        | {f"c:{word}" for word in trial.codes}
        | {f"n:{size}" for size in trial.sizes}
        | {f"w:{title}" for title in trial.whole}
        for trial in trials
    ]
    counts = Counter(word for bag in bags for word in bag)
    most = max(60, int(len(trials) * 0.04))
    most = min(most, MOST_RECORDS)
    column = {word: i for i, word in enumerate(w for w, c in counts.items() if 1 < c <= most)}
    if not column:
        return []
    n = max(len(trials), 500)
    rows, columns, values = [], [], []
    for i, bag in enumerate(bags):
        named = [(column[word], math.log(n / counts[word])) for word in bag if word in column]
        norm = math.sqrt(sum(value * value for _, value in named)) or 1.0
        for j, value in named:
            rows.append(i)
            columns.append(j)
            values.append(value / norm)
    shape = (len(trials), len(column))
    matrix = csr_matrix((np.array(values, dtype=np.float32), (rows, columns)), shape=shape)
    registries = {name: i for i, name in enumerate(sorted({trial.registry for trial in trials}))}
    codes = np.array([registries[trial.registry] for trial in trials])
    return _nearest(matrix, codes)


def _nearest(matrix: object, codes: NDArray[np.int64]) -> list[tuple[int, int]]:
    pairs: set[tuple[int, int]] = set()
    transposed = matrix.T.tocsr()  # type: ignore[attr-defined]
    step = 512
    for start in range(0, matrix.shape[0], step):  # type: ignore[attr-defined]
        block = (matrix[start : start + step] @ transposed).tocsr()  # type: ignore[index]
        for offset in range(block.shape[0]):
            i = start + offset
            lo, hi = block.indptr[offset], block.indptr[offset + 1]
            others, sims = block.indices[lo:hi], block.data[lo:hi]
            across = (codes[others] != codes[i]) & (sims >= NEAR)
            others, sims = others[across], sims[across]
            if len(sims) > NEIGHBOURS:
                top = np.argpartition(sims, -NEIGHBOURS)[-NEIGHBOURS:]
                others = others[top]
            pairs.update((min(i, int(j)), max(i, int(j))) for j in others)
    return sorted(pairs)


def _title(a: Compared, b: Compared, weigh: Weights) -> float:
    best = 1.0 if a.whole & b.whole else 0.0
    for left in a.titles:
        for right in b.titles:
            both = left & right
            shared = weigh.of(both) if both else 0.0
            if shared:
                one, two = weigh.title(left), weigh.title(right)
                smaller = min(one, two)
                score = shared / (one + two - shared)
                if smaller > 12 and len(both) >= 4:
                    score = max(score, 0.85 * shared / smaller)
                best = max(best, score)
    return best


def _sponsor(a: Compared, b: Compared) -> float:
    if not a.sponsor or not b.sponsor:
        return 0.0
    if a.sponsor_text == b.sponsor_text:
        return 1.0
    shared = len(a.sponsor & b.sponsor)
    return shared / min(len(a.sponsor), len(b.sponsor)) if shared else 0.0


def weigh_pair(a: Compared, b: Compared, weigh: Weights) -> Edge:
    """Weigh one pair."""
    a, b = sorted((a, b), key=lambda one: one.key)
    reasons: list[str] = []
    score = -3.0

    def add(value: float, reason: str) -> None:
        nonlocal score
        score += value
        reasons.append(f"{reason} ({value:+.1f})")

    title = _title(a, b, weigh)
    shared = weigh.of(a.tokens & b.tokens)
    if title >= 0.3:
        strength = min(shared / 25, 1.0)
        add(round(8.5 * (title - 0.2) * (0.4 + 0.6 * strength), 1), f"titles agree {title:.0%}")
    else:
        add(-1.0, f"titles agree {title:.0%}")
    if both := {name for name in a.acronyms & b.acronyms if name.upper() not in a.codes | b.codes}:
        add(3.0, f"acronym {sorted(both)[0].upper()}")
    sponsor = _sponsor(a, b)
    if sponsor >= 0.99:
        add(2.5, "same sponsor")
    elif sponsor >= 0.5:
        add(1.5, "sponsors share words")
    elif not sponsor and a.sponsor and b.sponsor and shared < 15:
        add(-1.0, "sponsors differ and titles are common")
    if both_codes := a.codes & b.codes:
        add(1.0, f"code {sorted(both_codes)[0]}")
    _sizes(a, b, add)
    _dates(a, b, add)
    if a.countries and b.countries:
        if a.countries & b.countries:
            add(0.3, "a country in common")
        else:
            add(-2.0, "no country in common")
    if a.kind and b.kind and ("observational" in a.kind) != ("observational" in b.kind):
        add(-2.0, "one observational, one not")
    if a.phase and b.phase and not set(a.phase.split("/")) & set(b.phase.split("/")):
        add(-1.0, f"phases {a.phase} and {b.phase}")
    if {a.randomised, b.randomised} == {"yes", "no"}:
        add(-2.0, "one randomised, one not")
    vetoes = _vetoes(a, b)
    common = a.drugs & b.drugs
    if common and not vetoes:
        add(0.5, f"product {sorted(common)[0]}")
    strong = _strong(a, b, title, sponsor)
    apart = bool(a.countries and b.countries) and not a.countries & b.countries
    enough = DECIDE if strong >= 3 else ALONE
    linked = score >= enough and strong >= 2 and not vetoes and not apart
    decision: Decision = "vetoed" if vetoes else "linked" if linked else "candidate"
    return Edge(
        a=a.key,
        b=b.key,
        decision=decision,
        score=round(score, 2),
        confidence=round(min(0.99, 1 / (1 + math.exp(-(score - DECIDE / 2)))), 4),
        reasons=tuple(reasons + vetoes),
    )


def _strong(a: Compared, b: Compared, title: float, sponsor: float) -> int:
    """How many of title, sponsor or acronym, equal size and near dates agree."""
    near = a.started is not None and b.started is not None and abs(a.started - b.started) <= DAYS
    return (
        (title >= 0.6)
        + (sponsor >= 0.5 or bool(a.acronyms & b.acronyms))
        + bool(a.sizes & b.sizes)
        + near
    )


def _sizes(a: Compared, b: Compared, add: object) -> None:
    if not (a.size and b.size):
        return
    if both := a.sizes & b.sizes:
        size = max(both)
        add(1.2 if size % 100 == 0 or size < 50 else 2.0, f"equal size {size:,}")  # type: ignore[operator]
    else:
        ratio = min(a.size, b.size) / max(a.size, b.size)
        if ratio < 0.5:
            add(-1.0, f"sizes {a.size:,} and {b.size:,}")  # type: ignore[operator]


def _dates(a: Compared, b: Compared, add: object) -> None:
    if a.started is not None and b.started is not None:
        days = abs(a.started - b.started)
        if days <= DAYS:
            add(0.8, f"starts {days} days apart")  # type: ignore[operator]
        elif days > 120:
            add(-1.5, f"starts {days} days apart")  # type: ignore[operator]
    if a.registered is not None and b.registered is not None:
        days = abs(a.registered - b.registered)
        if days <= DAYS:
            add(0.5, f"registered {days} days apart")  # type: ignore[operator]


def _vetoes(a: Compared, b: Compared) -> list[str]:
    """Products that differ: named in both titles, or in both records, with none in common."""
    found = []
    for left, right, where in (
        (a.title_drugs, b.title_drugs, "titles"),
        (a.drugs, b.drugs, "interventions"),
    ):
        if left and right and not left & right:
            found.append(f"veto: different products in {where}: {_some(left)} and {_some(right)}")
            break
    if a.product != b.product and {a.product, b.product}.isdisjoint({"", "other stem cell"}):
        found.append(f"veto: {a.product} and {b.product}")
    return found


def _some(words: frozenset[str]) -> str:
    return ", ".join(sorted(words)[:3])


def edges(trials: Sequence[Compared], weigh: Weights | None = None) -> list[Edge]:
    """Every edge worth keeping: decided links, and at most five candidates a trial number."""
    known = weigh or weights(trials)
    weighed = [weigh_pair(trials[i], trials[j], known) for i, j in neighbours(trials)]
    return _one_a_registry(_kept(weighed), {trial.key: trial.registry for trial in trials})


def _kept(weighed: Sequence[Edge]) -> list[Edge]:
    ranks: dict[str, int] = defaultdict(int)
    kept = []
    for edge in sorted(weighed, key=lambda edge: (-edge.score, edge.a, edge.b)):
        if edge.score < CONSIDER:
            break
        if max(ranks[edge.a], ranks[edge.b]) < CANDIDATES:
            ranks[edge.a] += 1
            ranks[edge.b] += 1
            kept.append(edge)
    return kept


def _one_a_registry(found: Sequence[Edge], registry: dict[str, str]) -> list[Edge]:
    """One trial has, by evidence alone, at most one number in another registry: the best stands."""
    from dataclasses import replace

    taken: set[tuple[str, str]] = set()
    result = []
    for edge in sorted(found, key=lambda edge: (-edge.score, edge.a, edge.b)):
        ends = ((edge.a, registry[edge.b]), (edge.b, registry[edge.a]))
        if edge.decision == "linked":
            if any(end in taken for end in ends):
                reason = "a nearer registration of that registry is linked already"
                edge = replace(edge, decision="candidate", reasons=(*edge.reasons, reason))
            else:
                taken.update(ends)
        result.append(edge)
    return result
