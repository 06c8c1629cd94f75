"""Print the table of design reference cases: passed, failed and not in scope, kind by kind.

Usage: python -m validation.design_references. Reads ../shared/data/design/reference_public.json,
where there is one. A case passes when every number of it is within the case's own `abs_tol`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "reference"))

import design_numbers  # noqa: E402


def main() -> None:
    """One line a kind, then every failure with its largest difference."""
    path = ROOT.parent / "shared" / "data" / "design" / "reference_public.json"
    if not path.exists():
        print("no reference cases here")
        return
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    notes = []
    for case in json.loads(path.read_text())["cases"]:
        numbers = design_numbers.compare(case)
        if numbers is None:
            counts[case["kind"]]["not in scope"] += 1
            continue
        far = {
            name: float(np.nanmax(np.abs(np.asarray(ours) - np.asarray(theirs))))
            for name, (ours, theirs) in numbers.items()
        }
        missed = {name: error for name, error in far.items() if error > case["abs_tol"]}
        counts[case["kind"]]["failed" if missed else "passed"] += 1
        if missed:
            worst = max(missed, key=missed.__getitem__)
            notes.append(f"{case['id']}: {worst} differs by {missed[worst]:.1e}")
    print("| kind | passed | failed | not in scope |\n| --- | --- | --- | --- |")
    for kind, count in sorted(counts.items()):
        print(f"| {kind} | {count['passed']} | {count['failed']} | {count['not in scope']} |")
    print("\n" + "\n".join(notes))


if __name__ == "__main__":
    main()
