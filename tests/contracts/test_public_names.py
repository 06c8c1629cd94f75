"""The public names: all there, all explained, none slow to come by."""

import inspect
import subprocess
import sys

import pytest

import equipoise as eq

HEAVY = {
    "numpy",
    "numba",
    "polars",
    "altair",
    "scipy",
    "pydantic",
    "yaml",
    "jinja2",
    "rich",
    "cyclopts",
}


@pytest.mark.parametrize("name", eq.__all__)
def test_name_is_importable_and_explained(name):
    value = getattr(eq, name)
    if name == "__version__":
        assert value.count(".") >= 1
        return
    assert (inspect.getdoc(value) or "").strip()
    # a dataclass makes up a docstring out of its signature
    assert not value.__doc__.startswith(f"{name}(")


def test_all_is_sorted_and_has_no_double():
    assert list(eq.__all__) == sorted(set(eq.__all__))


def test_dir_tells_every_name():
    assert set(eq.__all__) <= set(dir(eq))


def test_star_import():
    space: dict[str, object] = {}
    exec("from equipoise import *", space)
    assert set(eq.__all__) <= set(space)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'p_value'"):
        eq.p_value  # noqa: B018


def test_every_error_is_an_equipoise_error():
    for name in ("DossierError", "InputError", "NumericalError", "StorageError"):
        assert issubclass(getattr(eq, name), eq.EquipoiseError)
    assert issubclass(eq.DossierError, eq.InputError)


def test_import_is_light():
    code = "import sys, equipoise; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert not HEAVY & set(done.stdout.split())


@pytest.mark.parametrize("name", ["verdict", "read_dossier", "simulate", "sample_size"])
def test_a_verb_stays_a_verb_whatever_was_imported_before(name):
    """`equipoise.verdict` is the function, in a fresh process as well."""
    code = f"import equipoise as eq; eq.{name}; import equipoise.assess, equipoise.dossier; print(callable(eq.{name}), callable(equipoise.{name}))"  # noqa: E501
    code = "import equipoise\n" + code.replace("; ", "\n")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["True", "True"]
