"""How kernels should be composed: the measurement behind docs/decisions/0001-kernels.md.

``python -m benchmarks.kernel_composition``: the same Philox rounds called from the same loop, as
module-level functions with and without ``forceinline``, and as a closure over a jitted function.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from numba import njit, uint32

from equipoise.numerics.philox import key, philox

CALLS = 20_000_000


def loop_over(rounds: Any) -> Callable[..., Any]:
    """Build a kernel that closes over a jitted function, as a plug-in part would."""

    @njit(nogil=True)
    def kernel(calls, k0, k1):  # type: ignore[no-untyped-def]
        mixed = uint32(0)
        for j in range(calls):
            a, b, c, d = rounds(uint32(j), uint32(0), uint32(0), uint32(0), k0, k1)
            mixed ^= a ^ b ^ c ^ d
        return mixed

    return kernel


def main() -> None:
    """Print nanoseconds a call and seconds to compile."""
    k0, k1 = key(1)
    ways = {
        "forceinline": loop_over(njit(forceinline=True)(philox.py_func)),
        "plain njit": loop_over(njit(philox.py_func)),
        "inline='always' (Numba IR)": loop_over(njit(inline="always")(philox.py_func)),
    }
    print(f"{'callee':<30}{'compile':>10}{'ns a call':>12}")
    for name, kernel in ways.items():
        start = time.perf_counter()
        kernel(10, k0, k1)
        compiled = time.perf_counter() - start
        start = time.perf_counter()
        kernel(CALLS, k0, k1)
        each = (time.perf_counter() - start) / CALLS * 1e9
        print(f"{name:<30}{compiled:>8.2f} s{each:>12.2f}")


if __name__ == "__main__":
    main()
