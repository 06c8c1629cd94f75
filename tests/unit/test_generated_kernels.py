"""A user's own parts are written into a module, compiled with an engine's kernel, and kept."""

import json
import linecache
import math
import os
import random
import subprocess
import sys
from functools import wraps
from math import exp
from pathlib import Path
from random import uniform as draw

import numba
import numpy as np
import pytest
from numba import int64 as whole
from numba import njit, vectorize

from equipoise.errors import InputError, StorageError
from equipoise.numerics.philox import philox
from equipoise.store import kernels

HOOKS = """
from numba import njit


@njit(forceinline=True)
def own_rule(seen, parameters):
    return 0.0


@njit(forceinline=True)
def own_outcome(u, arm):
    return 0.0
"""

STEPS = """
from numba import njit
from small_hooks import own_rule

SHIFT = 0.0


@njit(forceinline=True)
def step(seen, parameters):
    return own_rule(seen, parameters) + SHIFT
"""

ENGINE = '''
from __future__ import annotations

import numpy as np
from numba import njit
from small_hooks import own_outcome, own_rule
from small_steps import step

LIMIT = 100.0


@njit(forceinline=True)
def middle(seen, parameters):  # type: ignore[no-untyped-def]
    return step(seen, parameters) + LIMIT


@njit(cache=True, nogil=True, error_model="numpy")
def run(first, last, parameters):  # type: ignore[no-untyped-def]
    """Sums of what the parts give."""
    out = np.zeros(2)
    for replicate in range(first, last):
        out[0] += middle(float(replicate), parameters)
        out[1] += own_outcome(replicate / 10, replicate & 1)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def replay(seen, parameters):  # type: ignore[no-untyped-def]
    return own_rule(seen, parameters)
'''

SCRIPT = """
import json, sys
import numpy as np
from numba import njit
import small_engine
from equipoise.store.kernels import generated, load

SLOPE = 2.0


@njit
def rule(seen, parameters):
    return SLOPE * seen + parameters[0]


if len(sys.argv) > 1:
    module = load(sys.argv[1])
else:
    module = generated([small_engine.run, small_engine.replay], {"own_rule": rule})
found = module.run(0, 4, np.ones(1))
stats = [function.stats for function in (module.run, rule, module.own_rule)]
print(json.dumps({
    "found": list(found),
    "file": module.__file__,
    "hits": sum(stats[0].cache_hits.values()),
    "misses": sum(stats[0].cache_misses.values()),
    "compiled": [len(part.overloads) for part in (rule, module.own_rule, module.step)],
}))
"""
ONE = np.ones(1)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine")
    texts = {"small_hooks": HOOKS, "small_steps": STEPS, "small_engine": ENGINE, "script": SCRIPT}
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.fixture(scope="module")
def engine(place):
    sys.path.insert(0, str(place))
    import small_engine

    yield small_engine
    sys.path.remove(str(place))


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def cache(shared, monkeypatch):
    monkeypatch.setenv("EQUIPOISE_CACHE_DIR", str(shared))
    return shared / "kernels"


def replay(engine, rule, seen=3.0, parameters=ONE):
    module = kernels.generated([engine.replay], {"own_rule": rule})
    with kernels.explained(module):
        return module.replay(seen, parameters)


def started(place, cache_folder, *arguments):
    return subprocess.Popen(
        [sys.executable, place / "script.py", *arguments],
        env={**os.environ, "EQUIPOISE_CACHE_DIR": str(cache_folder)},
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(process):
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return json.loads(out)


# What the parts give


def test_parts_take_the_place_of_hooks_wherever_the_engine_calls_them(engine):
    def rule(seen, parameters):
        return seen + parameters[0]

    def outcome(u, arm):
        return u if arm else 0.0

    module = kernels.generated(
        [engine.run, engine.replay], {"own_rule": rule, "own_outcome": outcome}
    )
    found = module.run(0, 4, ONE)
    assert found == pytest.approx([0 + 1 + 2 + 3 + 4 * 101, 0.1 + 0.3])
    assert module.replay(2.0, ONE) == 3.0
    assert engine.replay(2.0, ONE) == 0.0
    assert kernels.load(module.__file__) is module


def test_a_hook_without_a_part_stays_empty(engine):
    module = kernels.generated([engine.run], {"own_outcome": njit(outcome_by_arm)})
    assert list(module.run(0, 2, ONE)) == [200.0, 5.0 + 6.0]


def outcome_by_arm(u: float, arm: int) -> float:
    return 5.0 + arm


HALF, COUNT, ON, NEVER = 0.5, 3, True, math.inf
THREE = np.int32(3)
PAIR = (1, (2.5, np.float32(0.25)))
WEIGHTS = np.array([[1.0, math.nan], [4.0, 8.0]])
MASK = np.array([False, True])


@njit
def helper(x):
    """Refers
    to another."""
    return fibonacci(whole(x)) * HALF


def fibonacci(n):
    return 1 if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def test_everything_a_part_refers_to_goes_with_it(engine):
    def bound(HALF, again):
        @njit(cache=True, fastmath=True)
        def rule(
            seen: float,
            parameters,
        ):
            total = helper(seen) + HALF + again(seen) + COUNT + math.sqrt(4.0) + exp(0.0)
            if ON and seen < NEVER and MASK[1]:
                total += PAIR[0] + PAIR[1][0] + PAIR[1][1] + np.sum(WEIGHTS[1]) + np.float64(1)
            return total + sum([x * 2 for x in range(3)])

        return rule

    expected = 3 * 0.5 + 7.0 + 9.0 + 3 + 2 + 1 + (1 + 2.5 + 0.25 + 12 + 1) + 6
    assert replay(engine, bound(7.0, njit(tripled))) == expected


def test_kernels_of_equipoise_are_imported(engine):
    def rule(seen, parameters):
        words = philox(np.uint32(0), *ZEROS[1:], ZEROS[0], ZEROS[0])
        return words[0]

    expected = philox(*ZEROS, ZEROS[0], ZEROS[0])[0]
    assert replay(engine, rule) == expected


ZEROS = (np.uint32(0),) * 4


def tripled(x, factor=THREE):
    return x * factor


def test_a_changed_constant_is_another_module(engine):
    def bound(limit):
        def rule(seen, parameters):
            return limit

        return rule

    modules = [
        kernels.generated([engine.replay], {"own_rule": bound(limit)}) for limit in (1, 1.0, 2.0)
    ]
    assert len({module.__name__ for module in modules}) == 3
    again = kernels.generated([engine.replay], {"own_rule": bound(2.0)})
    assert again is modules[2]


def in_cell(text, number, names):
    """Run a notebook's cell: its source is in linecache, as IPython leaves it."""
    name = f"<ipython-input-{number}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), names)
    return names


def test_functions_of_a_notebook(engine):
    names = {"__name__": "__main__"}
    in_cell("import math\nfrom numba import njit\nLIMIT = 4.0\n", 1, names)
    in_cell("@njit\ndef scaled(x):\n    return LIMIT * math.floor(x)\n", 2, names)
    cell = "@njit\ndef rule(seen, parameters):\n    # mine\n    return scaled(seen)\n"
    in_cell(cell, 3, names)
    assert replay(engine, names["rule"], 3.5) == 12.0
    in_cell("LIMIT = 5.0\n", 4, names)
    assert replay(engine, names["rule"], 3.5) == 15.0


# What is refused


def table_rule(seen, parameters):
    return TABLE["a"]


TABLE = {"a": 1}
LONG = np.zeros(2000)


def long_rule(seen, parameters):
    return LONG[0]


def module_rule(seen, parameters):
    return pytest.approx(seen)


def undefined_rule(seen, parameters):
    return not_defined  # noqa: F821


def circle_rule(seen, parameters):
    return circle(seen)


def circle(seen):
    return 1.0 if seen < 0 else circle_rule(seen - 1, seen)


def global_rule(seen, parameters):
    global HALF
    return HALF


def short_rule(seen):
    return seen


def calling_rule(seen, parameters):
    return added(seen, seen)


@vectorize
def added(x, y):
    return x + y


def traced(function):
    @wraps(function)
    def around(*values):
        return function(*values)

    return around


@traced
def wrapped_rule(seen, parameters):
    return seen


class Slope:
    size = 2.0


def object_rule(seen, parameters):
    return Slope.size


def default_rule(seen, parameters, sizes=[1.0]):  # noqa: B006
    return sizes[0]


def chance_rule(seen, parameters):
    return np.random.normal()


def drawn_rule(seen, parameters):
    return random.random() + draw(0, 1)


def handed_rule(seen, parameters):
    return draw(0, 1)


def chance_helper_rule(seen, parameters):
    return chance_rule(seen, parameters)


@njit(locals={"total": numba.float32})
def narrow_rule(seen, parameters):
    total = seen
    return total


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (chance_rule, "`np.random.normal in chance_rule` is 'a source of random numbers'"),
        (drawn_rule, "`random.random in drawn_rule` is 'a source of random numbers'"),
        (handed_rule, "`draw in handed_rule` is 'a source of random numbers'; must not be used"),
        (chance_helper_rule, "`np.random.normal in chance_rule` is 'a source of random numbers'"),
        (narrow_rule, "`narrow_rule` is {'total': float32}; must not be compiled with locals="),
        (table_rule, "`TABLE in table_rule` is 'dict'; must be a number"),
        (long_rule, "`LONG in long_rule` is 'ndarray of shape (2000,)'; must have at most 1000"),
        (module_rule, "`pytest in module_rule` is 'a module'; must be a module of Python, NumPy"),
        (undefined_rule, "`not_defined in undefined_rule` is 'not_defined'; must be defined"),
        (circle_rule, "`circle_rule` is 'called in a circle'"),
        (global_rule, "`global in global_rule`"),
        (wrapped_rule, "`wrapped_rule` is 'wrapped by another function'"),
        (object_rule, "`Slope in object_rule` is 'type'; must be a number"),
        (default_rule, "`a default in default_rule` is 'list'; must be a number"),
        (short_rule, "`own_rule` is 'short_rule(seen)'; must take seen, parameters"),
        (calling_rule, "`added in calling_rule` is 'DUFunc'; must be a number"),
        (lambda seen, parameters: seen, "`<lambda>` is 'a lambda'; must be defined with a name"),
        (math.atan2, "`own_rule` is 'builtin_function_or_method'; must be a Python function"),
        (3, "`own_rule` is 'int'; must be a Python function"),
    ],
)
def test_what_cannot_be_written_out_is_refused(engine, rule, said):
    with pytest.raises(InputError) as refused:
        kernels.generated([engine.replay], {"own_rule": rule})
    assert str(refused.value).startswith(said)


def test_a_function_without_source_is_refused(engine):
    names = {}
    exec("def rule(seen, parameters):\n    return seen\n", names)
    with pytest.raises(InputError, match="`rule` is 'without source'"):
        kernels.generated([engine.replay], {"own_rule": names["rule"]})


def test_a_function_whose_source_has_changed_is_refused(engine):
    names = in_cell("def rule(seen, parameters):\n    return seen + 1\n", 11, {})
    text = "def rule(seen, parameters):\n    return seen + 2\n"
    linecache.cache["<ipython-input-11>"] = (len(text), None, text.splitlines(True), "")
    with pytest.raises(InputError, match="`rule` is 'changed in its file'"):
        kernels.generated([engine.replay], {"own_rule": names["rule"]})


def test_a_name_that_is_no_hook_is_refused(engine):
    with pytest.raises(InputError, match="'own_rul'; must be a hook"):
        kernels.generated([engine.replay], {"own_rul": short_rule})
    with pytest.raises(InputError, match="must be called by name"):
        kernels.generated([engine.replay], {"own_outcome": outcome_by_arm})


def test_what_numba_refuses_is_told_of_the_part(engine):
    def attribute(seen, parameters):
        return inner(seen) + 1

    def inner(x):
        return x.nothing

    def too_few(seen, parameters):
        return two(seen)

    def two(x, y):
        return x + y

    def text(seen, parameters):
        return "a" + seen

    def opening(seen, parameters):
        with open("a") as file:
            return file

    for rule, said in (
        (attribute, "`inner` is 'return x.nothing'; must compile: Unknown attribute 'nothing'"),
        (too_few, "`two` is 'a function'; must compile: Cannot bind"),
        (text, "`text` is \"return 'a' + seen\"; must compile: No implementation of function"),
        (opening, "`own parts` is 'opening as own_rule'; must fit and compile: The 'with"),
    ):
        with pytest.raises(InputError) as refused:
            replay(engine, rule)
        assert str(refused.value).startswith(said)


def test_a_part_that_gives_back_the_wrong_thing(engine):
    def rule(seen, parameters):
        return "stop"

    module = kernels.generated([engine.run], {"own_rule": rule})
    with pytest.raises(InputError, match="'rule as own_rule'; must fit"), kernels.explained(module):
        module.run(0, 1, ONE)


# Files


def test_another_process_compiles_nothing(place, tmp_path):
    first = ended(started(place, tmp_path))
    second = ended(started(place, tmp_path))
    third = ended(started(place, tmp_path, first["file"]))
    assert first["found"] == second["found"] == third["found"] == [2 * 6 + 4 + 400, 0]
    assert (first["hits"], first["misses"]) == (0, 1)
    assert (second["hits"], second["misses"], second["compiled"]) == (1, 0, [0, 0, 0])
    assert (third["hits"], third["misses"], third["compiled"]) == (1, 0, [0, 0, 0])
    assert first["file"] == second["file"]


def test_processes_at_once(place, tmp_path):
    both = [ended(process) for process in [started(place, tmp_path) for _ in range(2)]]
    assert both[0]["found"] == both[1]["found"] == [416, 0]
    assert both[0]["file"] == both[1]["file"]
    assert len(list((tmp_path / "kernels").iterdir())) == 2  # one module, one __pycache__


def test_a_cache_that_cannot_be_written(place, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    found = ended(started(place, blocked))
    assert found["found"] == [416, 0]
    assert not found["file"].startswith(str(tmp_path))
    assert not Path(found["file"]).exists()  # the temporary folder went with its process


def test_a_folder_that_others_can_write_to_is_not_used(cache, engine, monkeypatch, tmp_path):
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels").chmod(0o777)
    monkeypatch.setenv("EQUIPOISE_CACHE_DIR", str(tmp_path))
    module = kernels.generated([engine.replay], {"own_rule": steady})
    assert not module.__file__.startswith(str(tmp_path))


def steady(seen, parameters):
    return 2.0


def test_a_changed_file_is_written_again_and_never_run(engine, cache):
    module = kernels.generated([engine.replay], {"own_rule": steady})
    path, text = cache / f"{module.__name__}.py", Path(module.__file__).read_text()
    assert cache.stat().st_mode & 0o777 == 0o700
    dated = path.stat().st_mtime_ns
    del sys.modules[module.__name__]
    kernels.generated([engine.replay], {"own_rule": steady})
    assert path.stat().st_mtime_ns == dated

    path.write_text("raise SystemExit\n")
    del sys.modules[module.__name__]
    with pytest.raises(StorageError, match="was changed after it was written"):
        kernels.load(path)
    again = kernels.generated([engine.replay], {"own_rule": steady})
    assert path.read_text() == text
    assert again.replay(0.0, ONE) == 2.0


def test_a_missing_file_is_not_loaded(tmp_path):
    with pytest.raises(StorageError, match="cannot read"):
        kernels.load(tmp_path / "none.py")
