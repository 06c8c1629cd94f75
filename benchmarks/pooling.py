"""Pooling beside metafor and the Python peers, agreement asserted first."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import equipoise as eq
from benchmarks.timing import timed

SETS = 100_000
PEER_SETS = 1_000
PEERS = Path(".venv-bench/bin/python")


def _sets(count: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(20261122)
    v = rng.uniform(0.01, 0.6, (count, k))
    return rng.normal(0.2, np.sqrt(v + 0.1)), v


def _peer(command: list[str], y: np.ndarray, v: np.ndarray) -> dict[str, float] | None:
    """Run a peer's script on the sets; it prints seconds and checks as one line of JSON."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        np.savetxt(file.name, np.hstack([y, v]), delimiter=",", fmt="%.17g")
        done = subprocess.run(
            [*command, file.name, str(y.shape[1])], capture_output=True, text=True, check=False
        )
    return json.loads(done.stdout.strip().splitlines()[-1]) if done.returncode == 0 else None


def main() -> None:
    """Print microseconds a fit."""
    y, v = _sets(SETS, 10)
    few_y, few_v = y[:PEER_SETS], v[:PEER_SETS]
    ours = eq.pool_many(few_y, few_v, method="REML", ci="hksj")
    here = Path(__file__).parent
    peers = {}
    if shutil.which("Rscript"):
        peers["metafor"] = _peer(
            ["Rscript", str(here / "metafor_fits.R")], few_y[:200], few_v[:200]
        )
    if PEERS.exists():
        peers["python"] = _peer([str(PEERS), str(here / "peer_fits.py")], few_y, few_v)
    for name in ("metafor", "pymare"):
        found = (peers.get("metafor") if name == "metafor" else peers.get("python")) or {}
        if f"{name}_reml_mean" in found:
            n = int(found[f"{name}_sets"])
            assert abs(found[f"{name}_reml_mean"] - ours.estimate[:n].mean()) < 1e-4, name

    print(f"\npooling, k = 10 ({SETS:,} sets for ours)")
    print(f"{'':<52}{'microseconds a fit':>20}")
    for method, ci in (("REML", "hksj"), ("DL", "z"), ("PM", "hksj")):
        seconds, _ = timed(lambda m=method, c=ci: eq.pool_many(y, v, method=m, ci=c), 3)
        print(f"{f'equipoise {method}, {ci}, batch, 2 threads':<52}{seconds / SETS * 1e6:>20.2f}")
    seconds, _ = timed(lambda: eq.pool(y[0], v[0]), 200)
    print(f"{'equipoise REML, Hartung-Knapp, one alone':<52}{seconds * 1e6:>20.1f}")
    big_y, big_v = _sets(1, 500)
    seconds, _ = timed(lambda: eq.pool(big_y[0], big_v[0]), 50)
    print(f"{'equipoise REML, Hartung-Knapp, k = 500, one alone':<52}{seconds * 1e6:>20.1f}")
    for found in peers.values():
        for name, value in (found or {}).items():
            if name.endswith("_us"):
                print(f"{name.removesuffix('_us').replace('_', ' '):<52}{value:>20.1f}")
    for name, found in (
        ("metafor", peers.get("metafor")),
        ("statsmodels, PyMARE", peers.get("python")),
    ):
        if not found:
            print(f"{name:<52}{'not installed':>20}")

    fit = eq.pool(y[0], v[0])
    fifteen_y, fifteen_v = _sets(1, 15)
    fit = eq.pool(fifteen_y[0], fifteen_v[0])
    eq.gosh(fit, subsets=2**15)
    seconds, _ = timed(lambda: eq.gosh(fit, subsets=2**15), 3)
    print(f"{'GOSH, all 2^15 - 1 subsets, REML, seconds':<52}{seconds:>20.3f}")
    rng = np.random.default_rng(1)
    n1, n2 = rng.integers(20, 200, 1_000_000), rng.integers(20, 200, 1_000_000)
    table = {"ai": rng.binomial(n1, 0.3), "n1i": n1, "ci": rng.binomial(n2, 0.4), "n2i": n2}
    seconds, _ = timed(lambda: eq.effect_sizes(table, "RR"), 5)
    print(f"{'effect sizes, a million risk ratios, seconds':<52}{seconds:>20.3f}")
