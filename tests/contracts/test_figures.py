"""Figures and methods: nothing is shown without saying where it comes from."""

from pathlib import Path

import pytest

import equipoise as eq
from equipoise import methods
from equipoise.report.figures import collect
from equipoise.report.outline import outline

ROOT = Path(__file__).parents[2]
CASES = [
    ("msc-covid19", "2020-03-25"),
    ("msc-covid19", "2024-06-01"),
    ("penicillin-endocarditis", "1944-12-31"),
    ("penicillin-endocarditis", "1946-12-31"),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def figures(request):
    name, day = request.param
    found = eq.verdict(eq.read_dossier(ROOT / "examples" / name), day, replicates=10_000)
    return collect(found, outline(found))


def test_methods_have_unique_ids():
    ids = [method.id for method in methods.ALL]
    assert len(ids) == len(set(ids))
    assert ids


@pytest.mark.parametrize("method", methods.ALL, ids=lambda method: method.id)
def test_a_method_says_what_it_is_and_is_validated(method):
    assert method.name
    assert method.citation
    assert method.grade != "unvalidated"


def test_a_reported_figure_has_a_source(figures):
    bare = [key for key, row in figures.items() if row.kind == "reported" and not row.source]
    assert bare == []


def test_a_computed_figure_has_a_method_or_inputs(figures):
    bare = [
        key
        for key, row in figures.items()
        if row.kind == "computed" and row.method is None and not row.inputs
    ]
    assert bare == []


def test_a_method_is_one_of_those_listed(figures):
    assert {row.method for row in figures.values() if row.method} <= set(methods.ALL)


def test_an_assumed_figure_has_a_reason(figures):
    assert [key for key, row in figures.items() if row.kind == "assumed" and not row.note] == []


def test_inputs_are_figures(figures):
    missing = {
        (key, name) for key, row in figures.items() for name in row.inputs if name not in figures
    }
    assert missing == set()


def test_something_is_shown_for_every_figure(figures):
    for key, row in figures.items():
        assert row.shown.strip(), key
        assert "nan" not in row.shown.lower().split(), key
        assert "{" not in row.shown, key


def test_the_same_id_for_two_values_is_refused():
    from equipoise.vocabulary.figure import Figure

    one = Figure(id="a", value=1, shown="1", kind="assumed", note="x")
    two = Figure(id="a", value=2, shown="2", kind="assumed", note="x")
    assert collect(one, one) == {"a": one}
    with pytest.raises(eq.NumericalError, match="stands for 1 and for 2"):
        collect(one, two)
