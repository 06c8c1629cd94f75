"""How often the reader is right, on the labelled texts beside the project.

    python -m validation.claims_reading            # the labelled texts and the article
    python -m validation.claims_reading --indexed  # 821 abstracts against their indexers

The texts are other people's: they are measured where they lie and are no part of the project.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import equipoise as eq
from equipoise.vocabulary.reading import Fact

CLAIMS = Path(__file__).parents[2] / "shared" / "data" / "claims"
ANSWERS = {True: "yes", False: "no", None: "silent"}

KINDS = {
    "headline": "context", "n_total": "patients", "controlled": "design", "outcome": "outcome",
    "context": "context", "target_population": "patients", "adoption": "context",
    "caution": "caution", "intervention": "treatment", "population": "patients", "design": "design",
    "n_group": "patients", "outcome_hype": "hype", "consistency_check": "patients",
    "time_to_effect": "outcome", "unmet_need": "argument", "causal_language": "argument",
    "n_trials": "trials", "regulatory": "standing", "mechanism": "argument",
    "mechanism_animal": "argument", "hype": "hype", "caution_design": "caution",
    "probability": "caution", "safety_concern": "harm", "evidence_claim": "caution",
    "ethics": "caution", "pipeline": "plan", "promotion": "hype",
    "regulatory_evidence": "argument", "analogy": "argument", "prognosis_of_success": "hype",
    "regulatory_hope": "standing", "caution_method": "caution",
}  # fmt: skip
"""The labels' kinds as the reader's; also in docs/reference/reading.md."""


def labelled() -> dict[str, Counter[str]]:
    """Per field: right, wrong, missed; labels that the text only entails are counted apart."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for line in (CLAIMS / "gold_dev.jsonl").read_text(encoding="utf-8").splitlines():
        gold = json.loads(line)
        study = eq.read_text(gold["text"]).study
        pairs = {
            field: (ANSWERS[gold[field]], getattr(study, field), "silent")
            for field in ("randomised", "controlled", "blinded")
        }
        pairs["n_total"] = (gold["n_total"], study.n_total, None)
        pairs["phase"] = (gold["phase"], study.phase, None)
        pairs["n_trials"] = (gold["n_trials_mentioned"], study.n_trials, None)
        pairs["registry_ids"] = (sorted(gold["registry_ids"]), sorted(study.registry_ids), [])
        pairs["caution"] = (gold["caution"], study.caution, False)
        for field, (want, got, nothing) in pairs.items():
            name = f"{field} (entailed)" if field in gold.get("implied", []) else field
            outcome = "right" if want == got else "missed" if got == nothing else "wrong"
            table[name][outcome] += 1
    return dict(table)


def _fits(fact: Fact, start: int, end: int) -> float:
    """Intersection over union with a labelled span, or with 0.5 where one holds the other."""
    best = 0.0
    for left, right in [(fact.start, fact.end), *((a.start, a.end) for a in fact.also)]:
        both = max(0, min(right, end) - max(left, start))
        share = both / (max(right, end) - min(left, start))
        holds = both == min(right - left, end - start) and right - left <= 1.5 * (end - start)
        best = max(best, share, 0.5 if holds and both else 0.0)
    return best


def article() -> tuple[int, int, int, list[Fact], list[str]]:
    """Claims found, speakers right, facts in all, facts without a partner, claims missed."""
    gold = json.loads((CLAIMS / "gold_article.json").read_text(encoding="utf-8"))
    names = {actor["id"]: actor["name"] for actor in gold["actors"]}
    reading = eq.read_text(CLAIMS / "article.txt")
    partners: set[str] = set()
    speakers, missed = 0, []
    for claim in gold["claims"]:
        start, end = claim["span"]["start"], claim["span"]["end"]
        wanted = [f for f in reading.facts if f.kind == KINDS[claim["kind"]]]
        best = max(wanted, key=lambda fact: _fits(fact, start, end))
        if _fits(best, start, end) < 0.5:
            missed.append(claim["id"])
            continue
        partners.add(best.id)
        speakers += best.speaker == names[claim["speaker"]]
    found = len(gold["claims"]) - len(missed)
    alone = [fact for fact in reading.facts if fact.id not in partners]
    return found, speakers, len(reading.facts), alone, missed


def indexed() -> dict[str, tuple[float, float]]:
    """Recall and precision of *randomised* and *blinded* against MeSH headings."""
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    path = CLAIMS / "robotreviewer_rct" / "pubmed_test_labels.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            study = eq.read_text(f"{record['title']}\n\n{record['abstract']}").study
            for field in ("randomised", "blinded"):
                want, got = bool(record[f"{field}_mesh"]), getattr(study, field) == "yes"
                tally[field]["both"] += want and got
                tally[field]["want"] += want
                tally[field]["got"] += got
    return {
        field: (count["both"] / count["want"], count["both"] / count["got"])
        for field, count in tally.items()
    }


def main() -> None:
    if "--indexed" in sys.argv:
        for field, (recall, precision) in indexed().items():
            print(f"{field:12s} recall {recall:.3f} precision {precision:.3f}")
        return
    print(f"{'field':24s} right wrong missed")
    for field, outcomes in labelled().items():
        print(f"{field:24s} {outcomes['right']:5d} {outcomes['wrong']:5d} {outcomes['missed']:6d}")
    found, speakers, facts, alone, missed = article()
    print(f"article: {found} of 52 claims, {speakers} speakers, {facts} facts; missed {missed}")
    for fact in alone:
        print(f"  without a partner: {fact.kind}, {fact.topic}: {fact.words[:90]}")


if __name__ == "__main__":
    main()
