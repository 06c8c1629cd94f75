"""The registry database at scale: re-keyed ClinicalTrials.gov records loaded, searched and linked.

    python -m benchmarks.registry [RECORDS ...]      (default 117800)

Copies real v2 studies from ``../shared``, each copy with its own number and its title, sponsor and
size perturbed; deterministic. Prints seconds, peak memory of this process and its children, and the
file's size. Nothing is timed without its answer being checked.
"""

from __future__ import annotations

import gzip
import random
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import orjson

STUDIES = Path("../shared/data/registry/ctgov_v2_partrita/studies_v2.ndjson.gz")
_WORDS = ("alpha", "beta", "gamma", "delta", "north", "south", "river", "stone", "cedar", "cobalt")


def generate(path: Path, records: int, seed: int = 1) -> None:
    """Write NDJSON of `records` studies re-keyed and perturbed."""
    with gzip.open(STUDIES) as stream:
        studies = [orjson.loads(line) for line in stream]
    rng = random.Random(seed)
    with open(path, "wb", buffering=2**22) as out:
        for number in range(records):
            study = studies[number % len(studies)]
            protocol = study["protocolSection"]
            ident = protocol["identificationModule"]
            lead = protocol["sponsorCollaboratorsModule"]["leadSponsor"]
            design = protocol["designModule"]
            kept = (
                ident["briefTitle"],
                ident.get("officialTitle"),
                lead["name"],
                design.get("enrollmentInfo"),
            )
            words = " ".join(rng.sample(_WORDS, 2))
            ident["nctId"] = f"NCT{10_000_000 + number:08d}"
            ident["briefTitle"] = f"{kept[0]} {words}"
            if kept[1]:
                ident["officialTitle"] = f"{kept[1]} {words}"
            lead["name"] = f"{kept[2]} {rng.choice(_WORDS)}"
            if kept[3]:
                design["enrollmentInfo"] = {
                    **kept[3],
                    "count": (kept[3].get("count") or 0) + rng.randrange(50),
                }
            out.write(orjson.dumps(study) + b"\n")
            ident["briefTitle"], lead["name"] = kept[0], kept[2]
            if kept[1]:
                ident["officialTitle"] = kept[1]
            if kept[3]:
                design["enrollmentInfo"] = kept[3]


def _peak() -> tuple[float, float]:
    here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return here, children


def run(records: int, folder: Path) -> None:
    """Generate, load, search; print what each took."""
    import equipoise as eq

    source = folder / f"studies-{records}.ndjson"
    if not source.exists():
        generate(source, records)
    database = folder / f"landscape-{records}.duckdb"
    started = time.perf_counter()
    registry = eq.Registry(database)
    report = registry.load(source, source="ctgov")
    loaded = time.perf_counter() - started
    assert report.records == records, report
    here, children = _peak()
    print(
        f"{records:>9,} records, {source.stat().st_size / 1e9:.2f} GB: loaded in {loaded:.1f} s, "
        f"peak {here:.2f} GiB here and {children:.2f} GiB in the largest child, "
        f"file {database.stat().st_size / 1e9:.2f} GB"
    )
    started = time.perf_counter()
    registry.index()
    print(f"{'':>9} index built in {time.perf_counter() - started:.1f} s")
    queries = [
        "mesenchymal stem cells", "tiragolumab", "lung cancer pembrolizumab", "cobalt lunar",
        "asthma omalizumab river", "COVID-19 vaccine", "melanoma nivolumab", "atopic dermatitis",
    ]  # fmt: skip
    times = []
    for query in queries * 12:
        started = time.perf_counter()
        found = registry.search(query, limit=20)
        times.append(1_000 * (time.perf_counter() - started))
        assert found.height > 0 or query == "cobalt lunar", query
    times.sort()
    print(
        f"{'':>9} search: median {statistics.median(times):.1f} ms, "
        f"95th percentile {times[int(len(times) * 0.95)]:.1f} ms"
    )


def main() -> None:
    """Run for each number of records asked for."""
    wanted = [int(text) for text in sys.argv[1:]] or [117_800]
    with tempfile.TemporaryDirectory() as folder:
        for records in wanted:
            run(records, Path(folder))


if __name__ == "__main__":
    main()
