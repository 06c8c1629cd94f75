"""A user's own parts compiled into an engine's kernel and kept, so that they compile only once.

Numba keeps a compiled kernel on disk only if it is a module's function and calls what it calls by
global name; one that takes functions as arguments compiles again in every process. So the parts,
all that they refer to and the engine's functions are written out as one module: `generated` writes
and imports it, `load` imports it in another process.

The file's name is the hash of its text, and its text names all that the machine code depends on:
the versions, the engine's files, the processor. A changed part, constant or engine is another file.
"""

from __future__ import annotations

import ast
import atexit
import builtins
import functools
import hashlib
import importlib.abc
import importlib.util
import inspect
import os
import platform
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numba
import numpy as np
import platformdirs
from llvmlite import binding as llvm  # type: ignore[import-untyped]
from numba.core.errors import NumbaError, UnsupportedBytecodeError
from numba.extending import is_jitted

from equipoise.errors import InputError, StorageError
from equipoise.numerics import philox

from .files import write_whole
from .user_functions import (
    Parts,
    definition_of,
    function_of,
    globals_read,
    python_of,
    source_of,
)

_HEAD = '''"""Written by Equipoise {version}: {parts}.

Engine {engine}; Numba {numba}; NumPy {numpy}; Python {python}; {processor}.
"""

from __future__ import annotations

import numpy as _numpy
from numba import njit as _njit
'''


def generated(
    engine_functions: Sequence[Callable[..., Any]], replaced: Mapping[str, Callable[..., Any]]
) -> ModuleType:
    """The module of `engine_functions` in which each hook's own part takes the hook's place.

    Parameters
    ----------
    engine_functions : sequence of compiled functions
        Functions of engine modules; each is found in the result under its name. What they call on
        the way to a hook is repeated too, where it is called by global name.
    replaced : mapping
        A user's function, compiled or plain, for each hook's name. It may
        refer to modules and names of Python's library, NumPy, Numba and Equipoise, to other
        functions, and to constants; options of its own decorator are dropped.

    Raises
    ------
    InputError
        A part cannot be written out: the message names it and what stands in the way.
    """
    hooks = _hooks(engine_functions, replaced)
    parts = Parts()
    made = {
        name: parts.add(function_of(name, replaced[name], hooks[name])) for name in sorted(replaced)
    }
    copied = _copied(engine_functions, hooks)
    text = "\n\n".join(
        [
            _head(copied, made),
            _imports(copied, made),
            *parts.texts,
            "\n".join(f"{hook} = {part}" for hook, part in made.items()),
            f"OWN_PARTS = {parts.describe(made)!r}",
            *map(source_of, copied),
        ]
    )
    path = _written(text + "\n")
    return _imported(path, text + "\n")


def load(path: str | Path) -> ModuleType:
    """Import a module that `generated` wrote, from its ``__file__``, say in a pool's worker.

    Raises
    ------
    StorageError
        The file cannot be read, or its contents are not those its name was made of.
    """
    path = Path(path).absolute()
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"cannot read {path}: {error}") from error
    if path.name != _file_name(text):
        raise StorageError(f"{path} was changed after it was written; remove it")
    return _imported(path, text)


@contextmanager
def explained(module: ModuleType) -> Iterator[None]:
    """Turn Numba's errors while `module`'s functions compile into an InputError naming the part."""
    try:
        yield
    except (NumbaError, UnsupportedBytecodeError) as error:
        raise _explanation(module, str(error)) from None


# The engine's functions


def _hooks(functions: Sequence[Any], replaced: Mapping[str, Any]) -> dict[str, Any]:
    """The engine's own functions under the names that are replaced, wherever they are called."""
    found: dict[str, Any] = {}
    waiting, met = [python_of(function) for function in functions], set()
    while waiting:
        function = waiting.pop()
        if function in met:
            continue
        met.add(function)
        for name in {*globals_read(function.__code__), *replaced}:
            value: Any = function.__globals__.get(name)
            if name in replaced and isinstance(python_of(value), FunctionType):
                found.setdefault(name, value)
            elif is_jitted(value):
                waiting.append(python_of(value))
    for name in replaced:
        if name not in found:
            raise InputError.of("replaced", name, "must be a hook of the engine", "Name a hook")
    return found


def _copied(functions: Sequence[Any], hooks: Mapping[str, Any]) -> list[FunctionType]:
    """`functions` and all that stands between them and a hook, callees first.

    An engine's function that was imported instead of copied would still call the empty hook.
    """
    hooked: dict[FunctionType, bool] = {}
    met = set()

    def visit(function: FunctionType) -> bool:
        if function in hooked:
            return hooked[function]
        hooked[function] = False
        for name in globals_read(function.__code__):
            value: Any = function.__globals__.get(name)
            if any(value is hook for hook in hooks.values()):
                met.add(name)
                hooked[function] = True
            elif is_jitted(value) and visit(python_of(value)):
                _check_name(python_of(value), name)
                hooked[function] = True
        return hooked[function]

    wanted = [python_of(function) for function in functions]
    for function in wanted:
        visit(function)
    if met != set(hooks):
        differ = sorted(met ^ set(hooks))
        raise InputError.of("replaced", differ, "must be called by name", "Call each hook by name")
    copied = [f for f, calls in hooked.items() if calls or f in wanted]
    return sorted(copied, key=lambda f: (f.__module__, f.__code__.co_firstlineno))


def _check_name(function: FunctionType, name: str) -> None:
    if function.__name__ != name:
        rule = f"must be called by its own name, {function.__name__}"
        raise InputError.of("engine_functions", name, rule, "Import it without `as`")


def _engine_names(function: FunctionType) -> dict[str, Any]:
    """The globals that a function's body, decorators and defaults refer to."""
    node = definition_of(function)
    around = [*node.decorator_list, *node.args.defaults]
    names = [n.id for tree in around for n in ast.walk(tree) if isinstance(n, ast.Name)]
    used = dict.fromkeys([*names, *globals_read(function.__code__)])
    known = function.__globals__
    return {name: known[name] for name in used if name in known}


def _imports(copied: Sequence[FunctionType], own: Mapping[str, str]) -> str:
    """Imports of what the copied functions refer to, each from their own module."""
    bound: dict[str, Any] = {}
    lines: dict[str, list[str]] = {}
    written = {*own, *(function.__name__ for function in copied)}
    for function in copied:
        for name, value in _engine_names(function).items():
            if bound.setdefault(name, value) is not value or hasattr(builtins, name):
                rule = "must mean one thing in all functions that are copied"
                raise InputError.of("engine_functions", name, rule, "Rename it")
            if name not in written:
                written.add(name)
                lines.setdefault(function.__module__, []).append(name)
    return "\n".join(f"from {m} import {', '.join(sorted(n))}" for m, n in sorted(lines.items()))


def _head(copied: Sequence[FunctionType], made: Mapping[str, str]) -> str:
    features = str(sorted(llvm.get_host_cpu_features().items()))
    processor = f"{llvm.get_host_cpu_name()} {_hash(features.encode())}"
    return _HEAD.format(
        version=importlib.import_module("equipoise").__version__,
        parts=", ".join(made),
        engine=_engine_hash({function.__code__.co_filename for function in copied}),
        numba=numba.__version__,
        numpy=np.__version__,
        python=platform.python_version(),
        processor=processor,
    )


def _engine_hash(others: set[str]) -> str:
    """Of every file of the numerics, and of the engine's `others`."""
    root = Path(philox.__file__).parent
    files = sorted({*root.rglob("*.py"), *map(Path, others)})
    return _hash(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files))


def _hash(contents: bytes) -> str:
    return hashlib.sha256(contents).hexdigest()[:32]


# Files


def _file_name(text: str) -> str:
    return f"equipoise_own_{_hash(text.encode())}.py"


def _written(text: str) -> Path:
    """The file of `text`: in the cache or, where that cannot be written, in a temporary folder."""
    try:
        return _kept(_cache_folder() / _file_name(text), text)
    except StorageError:
        return _kept(_temporary_folder() / _file_name(text), text)


def _kept(path: Path, text: str) -> Path:
    """`path`, written unless it has these contents: to write them again would date the cache."""
    try:
        same = path.read_bytes() == text.encode()
    except OSError:
        same = False
    if not same:
        write_whole(path, text)
    return path


def _cache_folder() -> Path:
    """The folder of modules. Nobody else may write there: Numba unpickles what it finds."""
    base = os.environ.get("EQUIPOISE_CACHE_DIR") or platformdirs.user_cache_dir("equipoise")
    folder = Path(base).absolute() / "kernels"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
        if sys.platform != "win32" and (state.st_uid != os.getuid() or state.st_mode & 0o022):
            raise StorageError(f"{folder} can be written by others")
        if state.st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise StorageError(f"cannot write {folder}: {error.strerror}") from error
    return folder


@functools.cache
def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="equipoise-kernels-"))
    atexit.register(_remove, folder, os.getpid())
    return folder


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # not in a fork of the one that made it
        shutil.rmtree(folder, ignore_errors=True)


class _Text(importlib.abc.ExecutionLoader):
    """Loads a module from a text that was checked, whatever its file or its bytecode holds now."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text

    def get_filename(self, fullname: str) -> str:
        return str(self.path)

    def get_source(self, fullname: str) -> str:
        return self.text


_LOADING = threading.Lock()


def _imported(path: Path, text: str) -> ModuleType:
    """The module of a checked text; Numba finds what it compiled by the module's name and file."""
    with _LOADING:
        known = sys.modules.get(path.stem)
        if known is not None and known.__file__ == str(path):
            return known
        spec = importlib.util.spec_from_loader(path.stem, _Text(path, text))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[path.stem]
            raise
        return module


# Numba's errors

_CALLEE = re.compile(r"CPUDispatcher\(<function (?:\S*\.)?(\w+) at")
_BUT = "Mend it; a part may use numbers, arrays, loops, and what Numba knows of math and NumPy"
_FIT = "Take and give back what the description of the part says"


def _explanation(module: ModuleType, message: str) -> InputError:
    """What Numba says first and, where it can be told, in which line of which function."""
    message = re.sub(r"\x1b\[[0-9;]*m", "", message)
    text = inspect.getsource(module)
    made = _functions(text)
    place = re.search(rf'{re.escape(module.__name__)}\.py(?:", line | \()(\d+)', message)
    callee = _CALLEE.search(message)
    said = _first_line(message)
    if callee and callee[1] in dict(made) and (place is None or callee.start() < place.start()):
        return InputError.of(callee[1], "a function", f"must compile: {said}", _BUT)
    line = int(place[1]) if place else 0
    for name, lines in made:
        if line in lines:
            shown = text.splitlines()[line - 1].strip()
            return InputError.of(name, shown, f"must compile: {said}", _BUT)
    parts = ", ".join(f"{name} as {hook}" for hook, name in module.OWN_PARTS.items())
    return InputError.of("own parts", parts, f"must fit and compile: {said}", _FIT)


def _functions(text: str) -> list[tuple[str, range]]:
    """Name and lines of each of the user's functions in a generated text."""
    makers = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return [
        (node.name, range(node.lineno, (node.end_lineno or 0) + 1))
        for maker in makers
        if maker.name.endswith("_maker")
        for node in maker.body
        if isinstance(node, ast.FunctionDef)
    ]


def _first_line(message: str) -> str:
    lines = [line.strip() for line in message.splitlines()]
    useful = [line for line in lines if line and not line.startswith("Failed in")]
    first = useful[0] if useful else "it does not compile"
    if first.endswith("found for signature:") and len(useful) > 1:
        first = f"{first} {useful[1].lstrip('> ')}"
    return first.rstrip(" .")
