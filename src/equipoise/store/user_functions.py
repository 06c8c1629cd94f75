"""A user's function as text: itself, all that it refers to, and what cannot be written out.

A part may refer to modules and names of Python's library, NumPy, Numba and Equipoise, to other
functions, and to constants; what it refers to is looked up when it is written out.
"""

from __future__ import annotations

import ast
import builtins
import dis
import inspect
import math
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from numba.extending import is_jitted

from equipoise.errors import InputError

LARGEST = 1000
"""Numbers in an array that a part may refer to as a constant."""

_LIBRARIES = sys.stdlib_module_names | {"equipoise", "numba", "numpy"}
"""What is imported; all else is written out, since only these are in the text's versions."""

_DECORATOR = '_njit(forceinline=True, error_model="numpy")'
_ANY_FUNCTION = "Write it with def, in a file or a notebook's cell"
_CONSTANT = "Pass it among the part's parameters, or name a constant"


def python_of(value: Any) -> Any:
    """The function that a dispatcher compiles; other values as they are."""
    return value.py_func if is_jitted(value) else value


def function_of(hook: str, part: Any, instead_of: Any) -> FunctionType:
    """The Python function of a user's part, which must take what the hook takes."""
    function = _plain(part)
    if not isinstance(function, FunctionType):
        raise InputError.of(hook, _seen(part), "must be a Python function", _ANY_FUNCTION)
    wanted = list(inspect.signature(python_of(instead_of)).parameters)
    try:
        inspect.signature(function, follow_wrapped=False).bind(*wanted)
    except TypeError as error:
        seen = f"{function.__name__}{inspect.signature(function)}"
        rule = f"must take {', '.join(wanted)}"
        raise InputError.of(hook, seen, rule, "Give it these parameters, in this order") from error
    return function


def _plain(value: Any) -> Any:
    """As `python_of`; of a decorator's options those may be dropped that no result depends on."""
    function = python_of(value)
    if getattr(value, "locals", None) and is_jitted(value):
        rule = "must not be compiled with locals="
        raise InputError.of(function.__name__, value.locals, rule, "Convert the values themselves")
    return function


@dataclass(slots=True)
class Parts:
    """A user's functions as they are written, callees first.

    Each becomes a maker that binds what the function refers to, so that two functions may mean
    different things by one name.
    """

    texts: list[str] = field(default_factory=list)
    names: dict[FunctionType, str] = field(default_factory=dict)
    begun: list[FunctionType] = field(default_factory=list)

    def add(self, function: FunctionType) -> str:
        """Write `function` with its callees, if it is not yet, and return its generated name."""
        if function in self.names:
            return self.names[function]
        if function in self.begun:
            rule = "must not be called by a function that it calls"
            raise InputError.of(function.__name__, "called in a circle", rule, "Write a loop")
        self.begun.append(function)
        maker = self._maker(function)
        self.begun.remove(function)
        name = self.names[function] = maker.name.removesuffix("_maker")
        self.texts.append(
            f"{ast.unparse(ast.fix_missing_locations(maker))}\n\n{name} = {name}_maker()"
        )
        return name

    def _maker(self, function: FunctionType) -> ast.FunctionDef:
        node = _bare(function)
        _check_random(function, node)
        before, after = [], [f"return {node.name}"]
        for name in _names_read(function.__code__):
            value = _value(function, name)
            if python_of(value) is function:
                if name != node.name:
                    after.insert(0, f"{name} = {node.name}")
            elif name == node.name:
                raise _refused(function, name, "must not be its own name", "Rename the function")
            elif value is not _BUILTIN:
                before.append(self._bound(function, name, value))
        maker = _statement(f"def _part_{len(self.names)}_maker(): pass")
        assert isinstance(maker, ast.FunctionDef)
        maker.body = [*map(_statement, before), node, *map(_statement, after)]
        return maker

    def _bound(self, function: FunctionType, name: str, value: Any) -> str:
        """A statement that binds `name` to `value` in the maker of `function`."""
        written = _literal(value)
        if written is None:
            imported = _import_of(name, value)
            if imported is not None:
                return imported
            called = _plain(value)
            if not isinstance(called, FunctionType):
                raise _no_constant(function, name, value)
            written = self.add(called)
        return f"{name} = {written}"

    def describe(self, made: Mapping[str, str]) -> dict[str, str]:
        """The user's name of each hook's part."""
        called = {name: function.__code__.co_name for function, name in self.names.items()}
        return {hook: called[name] for hook, name in made.items()}


_BUILTIN = object()


def _statement(text: str) -> ast.stmt:
    # a return stands outside its function here, which ast.parse allows
    return ast.parse(text).body[0]


def _refused(function: FunctionType, name: str, rule: str, mend: str, seen: str = "") -> InputError:
    return InputError.of(f"{name} in {function.__code__.co_name}", seen or name, rule, mend)


def _no_constant(function: FunctionType, name: str, value: Any) -> InputError:
    if isinstance(value, ModuleType):
        mend = f"Import the functions themselves: from {value.__name__} import …"
        return _refused(
            function, name, "must be a module of Python, NumPy or Numba", mend, "a module"
        )
    if isinstance(value, np.ndarray) and value.size > LARGEST:
        rule = f"must have at most {LARGEST} numbers"
        return _refused(function, name, rule, "Pass it among the part's parameters", _seen(value))
    rule = "must be a number, True or False, a text, a tuple or an array of numbers, or a function"
    return _refused(function, name, rule, _CONSTANT, _seen(value))


_RANDOM = (random.Random, np.random.RandomState, np.random.Generator, np.random.BitGenerator)


def _check_random(function: FunctionType, node: ast.FunctionDef) -> None:
    """Refuse random numbers of another source than the trial's own: they would not come again."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name | ast.Attribute) and _is_random(_meant(function, inner)):
            raise _refused(
                function,
                ast.unparse(inner),
                "must not be used: a trial's random numbers depend on its seed and number alone",
                "Use the uniform numbers that an outcome is given",
                "a source of random numbers",
            )


def _meant(function: FunctionType, node: ast.expr) -> Any:
    """What a global name, or an attribute of a module, stands for; None where it is neither."""
    if isinstance(node, ast.Name) and node.id in _names_read(function.__code__):
        return _value(function, node.id)
    if isinstance(node, ast.Attribute):
        module = _meant(function, node.value)
        return getattr(module, node.attr, None) if isinstance(module, ModuleType) else None
    return None


def _is_random(value: Any) -> bool:
    if isinstance(value, _RANDOM) or isinstance(getattr(value, "__self__", None), _RANDOM):
        return True
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return name == "random" or f"{name}.".startswith("numpy.random.")


def _seen(value: Any) -> str:
    """A value in few words: its kind, and an array's shape."""
    shape = f" of shape {value.shape}" if isinstance(value, np.ndarray) else ""
    return f"{type(value).__name__}{shape}"


def _value(function: FunctionType, name: str) -> Any:
    """What `name` means in `function`, now."""
    code = function.__code__
    if name in code.co_freevars:
        cell = (function.__closure__ or ())[code.co_freevars.index(name)]
        try:
            return cell.cell_contents
        except ValueError:
            pass
    elif name in function.__globals__:
        return function.__globals__[name]
    elif hasattr(builtins, name):
        return _BUILTIN
    raise _refused(function, name, "must be defined before the part is used", "Define it")


def globals_read(code: CodeType) -> list[str]:
    """Names of globals that a function or one within it refers to, in order."""
    here = [i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"]
    within = [
        name
        for inner in code.co_consts
        if isinstance(inner, CodeType)
        for name in globals_read(inner)
    ]
    return [*here, *within]


def _names_read(code: CodeType) -> list[str]:
    return list(dict.fromkeys([*globals_read(code), *code.co_freevars]))


def _import_of(name: str, value: Any) -> str | None:
    """A statement that imports `value` from a library as `name`."""
    if isinstance(value, ModuleType):
        known = _is_library(value.__name__) and sys.modules.get(value.__name__) is value
        return f"import {value.__name__} as {name}" if known else None
    attributes = (name, getattr(value, "__name__", None), getattr(value, "name", None))
    for module in ("math", "numpy", "numba", getattr(value, "__module__", None)):
        if not isinstance(module, str) or not _is_library(module) or module not in sys.modules:
            continue
        for attribute in attributes:
            if isinstance(attribute, str) and vars(sys.modules[module]).get(attribute) is value:
                return f"from {module} import {attribute} as {name}"
    return None


def _is_library(module: str) -> bool:
    return module.partition(".")[0] in _LIBRARIES


def _literal(value: Any) -> str | None:
    """An expression that gives `value` again; None if it is no constant."""
    if type(value) is float and not math.isfinite(value):
        return f"float('{value}')"
    if value is None or type(value) in (bool, int, float, str):
        return repr(value)
    if type(value) is complex:
        return f"complex({_literal(value.real)}, {_literal(value.imag)})"
    if type(value) is tuple:
        items = [_literal(item) for item in value]
        return None if None in items else f"({''.join(f'{item}, ' for item in items)})"
    if isinstance(value, np.generic) and _is_plain(value.dtype):
        return f"_numpy.{value.dtype.name}({_literal(value.item())})"
    if type(value) is np.ndarray and value.size <= LARGEST and _is_plain(value.dtype):
        flat = ", ".join(str(_literal(item)) for item in value.ravel().tolist())
        return f"_numpy.array([{flat}], {value.dtype.name!r}).reshape({value.shape})"
    return None


def _is_plain(dtype: np.dtype[Any]) -> bool:
    sizes = {"b": 1, "i": 8, "u": 8, "f": 8, "c": 16}
    return dtype.isnative and dtype.itemsize <= sizes.get(dtype.kind, 0)


# Sources


def source_of(function: FunctionType) -> str:
    """The text that defined `function`; InputError where there is none."""
    try:
        return inspect.getsource(function.__code__)
    except (OSError, TypeError) as error:
        raise _sourceless(function) from error


def _sourceless(function: FunctionType) -> InputError:
    name = function.__code__.co_name
    return InputError.of(name, "without source", "must have its source at hand", _ANY_FUNCTION)


def definition_of(function: FunctionType) -> ast.FunctionDef:
    """The statement that defined `function`, which must still be the one it was made of."""
    name = function.__code__.co_name
    if name == "<lambda>":
        raise InputError.of(name, "a lambda", "must be defined with a name", _ANY_FUNCTION)
    if hasattr(function, "__wrapped__"):
        seen, rule = "wrapped by another function", "must have no decorator but Numba's"
        raise InputError.of(function.__name__, seen, rule, "Take its decorator off")
    text = source_of(function)
    try:
        body = ast.parse(f"if True:\n{text}" if text[:1].isspace() else text).body
    except SyntaxError as error:
        raise _sourceless(function) from error
    node = body[0].body[0] if isinstance(body[0], ast.If) else body[0]
    if not isinstance(node, ast.FunctionDef) or not _is_source(node, function.__code__):
        rule = "must have the source from which it was made"
        raise InputError.of(name, "changed in its file", rule, "Import it again, in a new process")
    return node


def _is_source(node: ast.FunctionDef, code: CodeType) -> bool:
    """Whether `node` compiles to `code`: a file may have been edited since."""
    around = _statement(f"def _({', '.join(code.co_freevars)}): pass")
    assert isinstance(around, ast.FunctionDef)
    around.body = [node] if node.name in code.co_freevars else [ast.Global([node.name]), node]
    module = compile(
        ast.fix_missing_locations(ast.Module([around], [])), "<part>", "exec", dont_inherit=True
    )
    within = next(inner for inner in module.co_consts if isinstance(inner, CodeType))
    return any(isinstance(c, CodeType) and _alike(c, code) for c in within.co_consts)


def _alike(one: Any, other: Any) -> bool:
    if not isinstance(one, CodeType) or not isinstance(other, CodeType):
        return type(one) is type(other) and (one == other or repr(one) == repr(other))
    return (
        (one.co_name, one.co_varnames, _steps(one))
        == (other.co_name, other.co_varnames, _steps(other))
        and len(one.co_consts) == len(other.co_consts)
        and all(map(_alike, one.co_consts, other.co_consts))
    )


def _steps(code: CodeType) -> list[tuple[str, str]]:
    """Its instructions, but for how methods are called, which depends on the rest of the file."""
    jumps = {*dis.hasjrel, *dis.hasjabs, *dis.hasconst}
    left_out = ("PUSH_NULL", "EXTENDED_ARG", "NOP", "CACHE")
    return [
        (i.opname.replace("METHOD", "ATTR"), "" if i.opcode in jumps else str(i.argval))
        for i in dis.get_instructions(code)
        if i.opname not in left_out
    ]


def _bare(function: FunctionType) -> ast.FunctionDef:
    """The definition of a user's function: no annotations, defaults as they are, our decorator."""
    node = definition_of(function)
    if any(isinstance(inner, ast.Global) for inner in ast.walk(node)):
        raise _refused(function, "global", "must not be used in a part", "Pass the value instead")
    node.returns = None
    for argument in ast.walk(node.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    node.args.defaults = [_default(function, value) for value in function.__defaults__ or ()]
    given = function.__kwdefaults__ or {}
    node.args.kw_defaults = [
        _default(function, given[a.arg]) if a.arg in given else None for a in node.args.kwonlyargs
    ]
    node.decorator_list = [_expression(_DECORATOR)]
    return node


def _default(function: FunctionType, value: Any) -> ast.expr:
    written = _literal(value)
    if written is None:
        raise _no_constant(function, "a default", value)
    return _expression(written)


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
