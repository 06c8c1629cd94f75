"""A terminal, one key at a time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType


def on_a_terminal() -> bool:
    """Whether somebody sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


class Keyboard:
    """Inside ``with``, keys come one by one and are not echoed; an interrupt stays one."""

    def __enter__(self) -> Keyboard:
        self._before = _unbuffered()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _restore(self._before)

    def key(self) -> str:
        """The next key, small; empty where the terminal is gone."""
        if self._before is None:
            return _key_on_windows()
        import os

        data = os.read(sys.stdin.fileno(), 1)
        while data and data[0] >= 0x80 and len(data) < 4:
            try:
                return data.decode().lower()
            except UnicodeDecodeError:
                data += os.read(sys.stdin.fileno(), 1)
        return data.decode(errors="replace").lower()

    def line(self, prompt: str) -> str:
        """A whole line, echoed and edited as usual; empty at the end of input."""
        _restore(self._before)
        try:
            return input(prompt)
        except EOFError:
            return ""
        finally:
            _unbuffered()


def _unbuffered() -> Any:
    """Switch, and give back what was set before; None where there is no such terminal."""
    try:
        import termios
        import tty
    except ImportError:
        return None
    before = termios.tcgetattr(sys.stdin.fileno())
    tty.setcbreak(sys.stdin.fileno())
    return before


def _restore(before: Any) -> None:
    if before is not None:
        import termios

        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, before)


def _key_on_windows() -> str:
    import msvcrt

    pressed: str = msvcrt.getwch()  # type: ignore[attr-defined]
    if pressed == "\x03":
        raise KeyboardInterrupt
    return pressed.lower()
