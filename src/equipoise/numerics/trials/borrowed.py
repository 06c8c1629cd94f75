"""Records of arrays without owners: a kernel's inner functions need not count who holds them.

Numba counts references to every array that a function is given, with an atomic addition each; for
records of dozens of arrays that takes longer than the work of a look. The same memory seen without
an owner has no count to keep. The caller holds the arrays for as long as the kernel runs.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return _without_owner(context, builder, signature.return_type, arguments[0])


def _without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    parts = kind.types if isinstance(kind, types.BaseTuple) else ()  # type: ignore[attr-defined]
    if isinstance(kind, types.Array):
        array = cgutils.create_struct_proxy(kind)(context, builder, value=value)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        array.parent = cgutils.get_null_value(array.parent.type)
        return array._getvalue()
    for i, part in enumerate(parts):
        bare = _without_owner(context, builder, part, builder.extract_value(value, i))
        value = builder.insert_value(value, bare, i)
    return value


def _typed(_context: Any, record: Any) -> Any:
    """The same array, or named tuple of arrays, numbers and such tuples, without owners."""
    return record(record), _generate


borrowed: Any = intrinsic(_typed)
