"""How fast texts are read: one article warm and from a cold process, and abstracts in a row."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import equipoise as eq

TEXT = (Path(__file__).parents[1] / "examples" / "texts" / "velorin.txt").read_text("utf-8")
ABSTRACT_CHARACTERS = 1500
ABSTRACTS = 1000


def article(characters: int = 10_000) -> str:
    """The example text over and over, with other numbers each time, to a length."""
    parts = []
    while sum(map(len, parts)) < characters:
        parts.append(TEXT.replace("24", str(24 + len(parts))))
    return "\n\n".join(parts)[:characters]


def abstracts(count: int) -> list[str]:
    """Pieces of an article, each beginning elsewhere, of the length of an abstract."""
    long = article(40_000)
    starts = range(0, len(long) - ABSTRACT_CHARACTERS, 97)
    return [long[starts[i % len(starts)] :][:ABSTRACT_CHARACTERS] for i in range(count)]


def read_total(text: str) -> int | None:
    """The number of people that a text claims."""
    return eq.read_text(text).study.n_total


def warm(text: str, times: int = 7) -> float:
    """Seconds of the fastest of some readings."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        eq.read_text(text)
        best = min(best, time.perf_counter() - began)
    return best


def cold(text: str, times: int = 3) -> float:
    """Seconds of the fastest of some new processes of ``equipoise read FILE --json``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "article.txt"
        path.write_text(text, encoding="utf-8")
        command = [
            sys.executable,
            "-c",
            "from equipoise.cli import main; main()",
            "read",
            str(path),
            "--json",
        ]
        best = float("inf")
        for _ in range(times):
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            best = min(best, time.perf_counter() - began)
    return best


def many(texts: list[str], processes: int) -> float:
    """Texts a second over processes."""
    began = time.perf_counter()
    with ProcessPoolExecutor(processes) as pool:
        done = sum(1 for _ in pool.map(read_total, texts, chunksize=50))
    assert done == len(texts)
    return done / (time.perf_counter() - began)


def main() -> None:
    """Check a reading, then print the rates."""
    assert eq.read_text(TEXT).study.n_total == 24
    text = article()
    print(
        f"a text of {len(text):,} characters, warm: {warm(text):.3f} s; new process: "
        f"{cold(text):.2f} s"
    )
    rate = many(abstracts(ABSTRACTS), 2)
    print(
        f"texts of {ABSTRACT_CHARACTERS:,} characters, two processes: {rate:,.0f} a second; "
        f"10,000 in {10_000 / rate:,.0f} s"
    )


if __name__ == "__main__":
    main()
