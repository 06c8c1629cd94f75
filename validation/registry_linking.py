"""Linking against cross-registrations resolved by hand: recall, precision, candidates.

    python -m validation.registry_linking [--missed] [--others]

Reads ``../shared/data/registry``: the ICTRP snapshots (no secondary ids), DIRECCT's labels.
``--others`` prints every decided link with an end in the labelled half that the labels do not have,
both records side by side, for a person to judge.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from equipoise.registry.fields import read_size
from equipoise.registry.identifiers import key_of
from equipoise.registry.interventions import built_in
from equipoise.registry.link_features import Compared, compared
from equipoise.registry.linking import edges, weights
from equipoise.registry.sources.ictrp import Ictrp
from equipoise.registry.sources.opened import open_file

if TYPE_CHECKING:
    from equipoise.vocabulary.registry import RegistryRecord

SHARED = Path("../shared/data/registry")
SNAPSHOTS = SHARED / "ictrp_snapshots_nocontact" / "ictrp_covid_17_snapshots_nocontact.parquet"
SOLIDARITY = "tri01243"
SIZES: dict[str, set[int]] = {}


def latest_records() -> dict[str, list[RegistryRecord]]:
    """Each trial number's records as last seen, and the sizes it ever had."""
    source = Ictrp()
    last: dict[str, Any] = {}
    SIZES.clear()
    for raw in source.records(open_file(SNAPSHOTS)[0], contacts=False):
        trial = re.search(rb'"TrialID":"([^"]+)"', raw.payload)[1]
        size = re.search(rb'"Target_size":"([^"]*)"', raw.payload)[1].decode()
        if value := read_size(size).value:
            SIZES.setdefault(key_of(trial.decode()), set()).add(value)
        if trial not in last or raw.taken_on >= last[trial].taken_on:
            last[trial] = raw
    found: dict[str, list[RegistryRecord]] = {}
    for raw in last.values():
        record = source.map(raw.payload)
        found.setdefault(record.key, []).append(record)
    return found


def gold_pairs(keys: set[str]) -> tuple[set[tuple[str, str]], set[str]]:
    """Labelled cross-registry pairs with both records here, and every labelled number."""
    path = SHARED / "direcct_crossregistration" / "registrations_public.csv"
    table = pl.read_csv(path, infer_schema_length=0)
    labelled = {key_of(number) for number in table["trn"]}
    pairs = set()
    for trial, rows in table.group_by("id"):
        if trial[0] == SOLIDARITY:
            continue
        for (a, left), (b, right) in combinations(rows.select("trn", "registry").rows(), 2):
            one, two = sorted((key_of(a), key_of(b)))
            if left != right and one in keys and two in keys:
                pairs.add((one, two))
    return pairs, labelled & keys


def agreeing(a: Compared, b: Compared) -> int:
    """How many of title, sponsor, equal size and start within 30 days agree."""
    from equipoise.registry.linking import _sponsor, _strong, _title

    known = agreeing.weights  # type: ignore[attr-defined]
    return _strong(a, b, _title(a, b, known), _sponsor(a, b))


class Measured(NamedTuple):
    """What linking did with the labelled pairs."""

    pairs: int
    strong: int
    decided: float
    decided_strong: float
    candidates: float
    most_candidates: int
    links: int
    here: int
    right: int
    missed: list[tuple[str, str]]
    others: list[tuple[str, str]]
    kept: dict[tuple[str, str], Any]
    records: dict[str, list[RegistryRecord]]


def measure() -> Measured:
    """Link the records as last seen and compare with the labels."""
    records = latest_records()
    vocabulary = built_in()
    trials = [compared(group, vocabulary, SIZES.get(key, ())) for key, group in records.items()]
    by_key = {trial.key: trial for trial in trials}
    agreeing.weights = weights(trials)  # type: ignore[attr-defined]
    gold, labelled = gold_pairs(set(by_key))
    found = edges(trials)
    linked = {(e.a, e.b) for e in found if e.decision == "linked"}
    kept = {(e.a, e.b): e for e in found}
    strong = {pair for pair in gold if agreeing(by_key[pair[0]], by_key[pair[1]]) >= 3}
    here = {pair for pair in linked if set(pair) & labelled}
    ends = Counter(end for pair in kept for end in pair)
    return Measured(
        pairs=len(gold),
        strong=len(strong),
        decided=len(gold & linked) / len(gold),
        decided_strong=len(strong & linked) / len(strong),
        candidates=len(gold & set(kept)) / len(gold),
        most_candidates=max(ends.values()),
        links=len(linked),
        here=len(here),
        right=len(here & gold),
        missed=sorted(gold - linked),
        others=sorted(here - gold),
        kept=kept,
        records=records,
    )


def main() -> None:
    """Print recall, precision against the labels and the other links."""
    m = measure()
    print(f"pairs with both records here: {m.pairs}; with three of four agreeing: {m.strong}")
    print(f"decided: recall {m.decided:.3f}; of those with three of four {m.decided_strong:.3f}")
    print(f"candidates: recall {m.candidates:.3f}, at most {m.most_candidates} a record")
    print(f"decided links {m.links}; with an end in the labelled half {m.here}")
    print(f"precision by the labels alone {m.right / m.here:.3f}; others {len(m.others)}")
    for option, pairs in (("--missed", m.missed), ("--others", m.others)):
        if option in sys.argv:
            for pair in pairs:
                _show(pair, m.kept.get(pair), m.records)


def _show(pair: tuple[str, str], edge: object, records: dict[str, list[RegistryRecord]]) -> None:
    print("\n", *pair, getattr(edge, "score", None), getattr(edge, "decision", "not compared"))
    print("   ", *getattr(edge, "reasons", ()), sep=" | ")
    for key in pair:
        r = records[key][0]
        names = "; ".join(i.name for i in r.interventions)[:110]
        print(f"    {key} | {r.public_title[:130]} | {r.scientific_title[:130]} | {r.acronym} | "
              f"{r.sponsor} | {r.planned_size} | {r.started} {r.registered} | "
              f"{','.join(r.countries)[:40]} | R {r.randomised} | {names}")  # fmt: skip


if __name__ == "__main__":
    main()
