"""Processes that map registry records: plain children over pipes, so that any script may load."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any

from equipoise.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEAD = struct.Struct("<Q")
_COMMAND = (sys.executable, "-m", "equipoise.store.registry_workers")


def _send(stream: IO[bytes], message: object) -> None:
    body = pickle.dumps(message, protocol=5)
    stream.write(_HEAD.pack(len(body)))
    stream.write(body)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    return pickle.loads(stream.read(_HEAD.unpack(head)[0]))  # noqa: S301 - our own child's bytes


class Workers:
    """A fixed number of mapping processes; `submit` gives a future."""

    def __init__(self, count: int) -> None:
        self._children = [
            subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
            for _ in range(count)
        ]
        self._free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for child in self._children:
            self._free.put(child)
        self._threads = ThreadPoolExecutor(count)

    def submit(self, function: str, *arguments: object) -> Future[Any]:
        """Run `registry_encode.<function>` in a free process."""
        return self._threads.submit(self._ask, function, arguments)

    def _ask(self, function: str, arguments: tuple[object, ...]) -> Any:
        child = self._free.get()
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            _send(child.stdin, (function, arguments))
            answer = _receive(child.stdout)
        except BrokenPipeError:
            answer = None
        finally:
            self._free.put(child)
        if answer is None:
            raise StorageError("a mapping process ended before its answer: load again")
        return answer

    def close(self) -> None:
        """End the processes."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for child in self._children:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.close()
            child.wait()
            child.stdout.close()


def _requests() -> Iterator[tuple[str, tuple[Any, ...]]]:
    while (message := _receive(sys.stdin.buffer)) is not None:
        yield message


def main() -> None:
    """Answer requests until the pipe closes."""
    from equipoise.store import registry_encode

    known: dict[str, Callable[..., object]] = {
        "encode": registry_encode.encode,
        "encode_lines": registry_encode.encode_lines,
    }
    for function, arguments in _requests():
        _send(sys.stdout.buffer, known[function](*arguments))


if __name__ == "__main__":
    main()
