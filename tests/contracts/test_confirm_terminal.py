"""`equipoise confirm` in a real terminal: one key each, saved at once, resumed, undone."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.claims.reading import read
from equipoise.documents import open_document
from equipoise.dossier.add_claim import add_claim
from equipoise.store.files import write_whole

ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("equipoise"))
PROMPT = b"q stop"
KEY = "lindqvist-2024"


@pytest.fixture
def folder(tmp_path):
    reading = read(open_document(ROOT / "examples/texts/velorin.txt"))
    for name, text in add_claim(tmp_path, reading, date(2026, 11, 28)).files:
        write_whole(tmp_path / name, text)
    return tmp_path


def waiting(folder: Path) -> tuple[str, ...]:
    return eq.read_dossier(folder).claims[0].unconfirmed


class Terminal:
    """A command with a keyboard and a screen."""

    def __init__(self, *arguments: str) -> None:
        main, side = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
        self.main = main
        self.process = subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(side)
        self.seen = b""

    def until(self, mark: bytes, times: int = 1) -> str:
        """Read the screen until it has shown `mark` that often since the last call."""
        start = len(self.seen)
        end = time.monotonic() + 60
        while self.seen[start:].count(mark) < times:
            assert time.monotonic() < end, self.seen.decode(errors="replace")
            ready, _, _ = select.select([self.main], [], [], 1)
            if ready:
                try:
                    part = os.read(self.main, 65536)
                except OSError:
                    break
                self.seen += part
        return self.seen[start:].decode(errors="replace")

    def press(self, keys: str, mark: bytes = PROMPT, times: int = 1) -> str:
        os.write(self.main, keys.encode())
        return self.until(mark, times)

    def end(self) -> int:
        self.until(b"\0never\0") if self.process.poll() is None else None
        return self.process.wait(timeout=30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.main)


@pytest.fixture
def terminal():
    opened = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(*arguments))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def test_words_value_and_check_are_shown_and_an_answer_is_saved_at_once(folder, terminal):
    total = len(waiting(folder))
    screen = terminal("confirm", str(folder))
    shown = screen.until(PROMPT)
    assert f"treatment · {total} to go" in shown
    assert "velorin" in shown
    shown = screen.press("y")
    assert len(waiting(folder)) == total - 1
    assert "first_public" in shown
    shown = screen.press("y")
    assert "24 patients" in shown
    assert "Port Ellery" in shown
    assert "EQ-R001" in shown
    screen.press("q", b"unconfirmed")
    assert screen.end() == 0
    assert len(waiting(folder)) == total - 2


def test_each_key_does_what_it_says(folder, terminal):
    first = waiting(folder)
    screen = terminal("confirm", str(folder), "--claim", KEY)
    screen.until(PROMPT)
    screen.press("s")
    assert waiting(folder) == first
    assert "cannot stand without" in screen.press("n", b"every verdict")
    screen.press("e", b"new value")
    screen.press("2024-10-10\n")
    dossier = eq.read_dossier(folder)
    assert str(dossier.claims[0].first_public) == "2024-10-10"
    before = (folder / "claims.yaml").read_bytes()
    screen.press("y")
    assert "n" not in waiting(folder)
    screen.press("u")
    assert (folder / "claims.yaml").read_bytes() == before
    screen.press("x", b"", 0)
    assert (folder / "claims.yaml").read_bytes() == before
    screen.press("q", b"unconfirmed")
    assert screen.end() == 0


def test_a_value_that_cannot_be_is_refused_and_asked_again(folder, terminal):
    screen = terminal("confirm", str(folder))
    screen.until(PROMPT)
    screen.press("y")
    screen.press("y")
    screen.press("e", b"new value")
    assert "type a whole number" in screen.press("lots\n", b"Try again")
    screen.press("e", b"new value")
    shown = screen.press("7\n", b"correct".title())
    assert "Not saved" in shown
    assert eq.read_dossier(folder).claims[0].n == 24
    screen.press("q", b"unconfirmed")
    assert screen.end() == 0


def test_an_interrupted_walk_keeps_its_answers_and_goes_on(folder, terminal):
    total = len(waiting(folder))
    screen = terminal("confirm", str(folder))
    screen.until(PROMPT)
    screen.press("y")
    os.killpg(screen.process.pid, signal.SIGINT)
    shown = screen.until(b"unconfirmed")
    assert "every answer so far is kept" in shown
    assert screen.end() == 3
    assert len(waiting(folder)) == total - 1
    again = terminal("confirm", str(folder))
    assert f"first_public · {total - 1} to go" in again.until(PROMPT)
    again.press("q", b"unconfirmed")
    assert again.end() == 0


def test_all_confirmed_the_claim_enters_the_verdict(folder, terminal):
    total = len(waiting(folder))
    screen = terminal("confirm", str(folder))
    screen.until(PROMPT)
    for _ in range(total - 1):
        screen.press("y")
    screen.press("y", b"unconfirmed")
    assert screen.end() == 0
    assert waiting(folder) == ()
    verdict = eq.verdict(eq.read_dossier(folder), "2024-12-01")
    assert verdict.effect == "untested"
    assert verdict.appraisals[0].claim.n == 24
    assert "read by machine" not in " ".join(map(str, verdict.hindsight))
    done = terminal("confirm", str(folder))
    assert "Nothing waits" in done.until(b"confirmed")


def test_without_the_text_the_words_that_were_kept_are_shown(folder, terminal):
    (folder / "texts" / f"{KEY}.txt").unlink()
    screen = terminal("confirm", str(folder))
    screen.until(PROMPT)
    screen.press("y")
    assert "24 patients" in screen.press("y")
    screen.press("q", b"unconfirmed")
    assert screen.end() == 0


def test_without_a_terminal_it_refuses_and_says_what_to_do(folder):
    before = (folder / "claims.yaml").read_bytes()
    done = subprocess.run(
        [PROGRAM, "confirm", str(folder)],
        input="y\n", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "this is not a terminal" in done.stderr
    assert done.stdout == ""
    assert (folder / "claims.yaml").read_bytes() == before


def test_a_folder_without_claims_and_an_unknown_claim_are_told(folder, tmp_path, terminal):
    done = subprocess.run(
        [PROGRAM, "confirm", str(tmp_path / "none")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no claims.yaml" in done.stderr
    screen = terminal("confirm", str(folder), "--claim", "nobody")
    assert KEY in screen.until(b"Choose one")
    assert screen.end() == 1
