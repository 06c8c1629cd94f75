"""The command line: parse, call, show."""

from __future__ import annotations

import io
import sys

DONE, WRONG_INPUT, USAGE, INTERRUPTED = 0, 1, 2, 3
"""Exit codes: done; the input is wrong; the command is; interrupted by the user."""


def main() -> None:
    """Entry point of ``equipoise``."""
    import os

    from cyclopts import CycloptsError

    from equipoise.errors import EquipoiseError

    from .app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app(exit_on_error=False, print_error=True)
    except CycloptsError:
        sys.exit(USAGE)
    except EquipoiseError as error:
        print(f"equipoise: {error}", file=sys.stderr)
        sys.exit(WRONG_INPUT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("equipoise: interrupted; nothing was written", file=sys.stderr)
        sys.exit(INTERRUPTED)
