"""Cell products registered by, and visible by, 25 March 2020, definition by definition.

    python -m validation.registry_msc

Loads the 17 ICTRP snapshots in ``../shared/data/registry`` into a fresh database and compares with
``landscape_msc_covid.csv``, a list made by hand; every registration that differs is printed.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import polars as pl

from equipoise.registry.definitions import CELLS
from equipoise.store.registry import Registry
from equipoise.vocabulary.landscape import LandscapePlan

SHARED = Path("../shared/data/registry")
SNAPSHOTS = SHARED / "ictrp_snapshots_nocontact" / "ictrp_covid_17_snapshots_nocontact.parquet"
DAY = date(2020, 3, 25)


def by_hand() -> dict[str, dict[str, set[str]]]:
    """For each definition: the numbers registered by the day, and those visible by it."""
    path = SHARED / "landscape_msc_covid.csv"
    rows = pl.read_csv(path, infer_schema_length=0).filter(
        pl.col("registered_by_2020_03_25") == "y"
    )
    seen = pl.col("first_seen_ictrp_snapshot").is_in(["2020-03-18", "2020-03-25"])
    narrowed = (
        rows,
        rows.filter(pl.col("core") == "y"),
        rows.filter(pl.col("cell_class") == "MSC/stromal"),
    )
    return {
        definition.name: {
            "registered": set(part["id"]),
            "visible": set(part.filter(seen)["id"]),
        }
        for definition, part in zip(CELLS, narrowed, strict=True)
    }


def found(database: Path) -> dict[str, dict[str, set[str]]]:
    """The same from the snapshots."""
    reg = Registry(database)
    reg.load(SNAPSHOTS, "ictrp")
    survey = reg.landscape(LandscapePlan(definitions=CELLS), DAY)
    reg.close()
    return {
        definition.name: {
            "registered": {row.id for row in survey.rows if definition.name in row.definitions},
            "visible": {
                row.id
                for row in survey.rows
                if definition.name in row.definitions and row.visible_by
            },
        }
        for definition in CELLS
    }


def main() -> None:
    """Print counts and every difference."""
    with tempfile.TemporaryDirectory() as folder:
        here = found(Path(folder) / "l.duckdb")
    for name, hand in by_hand().items():
        for kind, numbers in hand.items():
            ours = here[name][kind]
            print(f"{name}, {kind}: by hand {len(numbers)}, here {len(ours)}")
            for number in sorted(numbers ^ ours):
                print(f"    {number}: {'only by hand' if number in numbers else 'only here'}")


if __name__ == "__main__":
    main()
