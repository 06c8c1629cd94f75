"""The verdict's JSON: its schema holds, and everything cited in it stands in it."""

import json
from functools import cache
from pathlib import Path

import jsonschema
import pytest

import equipoise as eq
from equipoise.report.as_json import as_json

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/verdict.schema.json").read_text(encoding="utf-8"))
CASES = [
    ("msc-covid19", "2020-03-25"),
    ("msc-covid19", "2020-04-10"),
    ("msc-covid19", "2020-09-01"),
    ("msc-covid19", "2021-12-31"),
    ("msc-covid19", "2024-06-01"),
    ("penicillin-endocarditis", "1944-12-31"),
    ("penicillin-endocarditis", "1946-12-31"),
    ("penicillin-endocarditis", "1990-01-01"),
]
each = pytest.mark.parametrize(("name", "day"), CASES)


@cache
def printed(name: str, day: str) -> str:
    return as_json(eq.verdict(eq.read_dossier(ROOT / "examples" / name), day, replicates=10_000))


def read(name: str, day: str) -> dict:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    return json.loads(printed(name, day), parse_constant=refuse)


def places(value: object, key: str):
    """Every value under `key`, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from places(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from places(inner, key)


def cited(schema: object, value: object, kind: str):
    """The ids in `value` at which the schema says that a `kind` is cited."""
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name.startswith(kind):
            if value is not None:
                yield value
            return
        yield from cited(SCHEMA["$defs"][name], value, kind)
    for branch in schema.get("oneOf", ()):
        if jsonschema.Draft202012Validator({**branch, "$defs": SCHEMA["$defs"]}).is_valid(value):
            yield from cited(branch, value, kind)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name, inner in value.items():
            yield from cited(known.get(name, schema.get("additionalProperties")), inner, kind)
    elif isinstance(value, list):
        for inner in value:
            yield from cited(schema.get("items"), inner, kind)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_definition_is_used():
    used = set(places(SCHEMA, "$ref"))
    assert {f"#/$defs/{name}" for name in SCHEMA["$defs"]} == used


@each
def test_the_schema_holds(name, day):
    validator = jsonschema.Draft202012Validator(SCHEMA)
    errors = sorted(validator.iter_errors(read(name, day)), key=lambda error: error.json_path)
    assert [f"{error.json_path}: {error.message[:200]}" for error in errors] == []


@each
def test_every_figure_cited_stands_under_figures(name, day):
    found = read(name, day)
    ids = set(cited(SCHEMA, found, "figureId"))
    assert ids
    assert sorted(ids - set(found["figures"])) == []


@each
def test_every_source_cited_stands_under_sources(name, day):
    found = read(name, day)
    ids = set(cited(SCHEMA, found, "sourceId"))
    assert ids
    assert sorted(ids - set(found["sources"])) == []


@each
def test_every_figure_in_a_sentence_is_printed_in_it(name, day):
    found = read(name, day)
    for group in ("summary", "reasons", "hindsight", "findings"):
        for sentence in found[group]:
            for key in sentence["figures"]:
                assert found["figures"][key]["shown"] in sentence["text"]


@each
def test_no_figure_is_computed_from_itself(name, day):
    figures = read(name, day)["figures"]

    def walk(key: str, above: tuple[str, ...]) -> None:
        assert key not in above, " <- ".join((*above, key))
        for inner in figures[key]["inputs"]:
            walk(inner, (*above, key))

    for key in figures:
        walk(key, ())


@each
def test_the_axes_are_those_of_the_rule_that_applied(name, day):
    found = read(name, day)
    (rule,) = [row for row in found["rules"] if row["applied"]]
    assert found["effect"] == rule["effect"]
    order = ["very low", "low", "moderate", "high"]
    assert order.index(found["certainty"]) <= order.index(rule["certainty"])


def test_a_key_too_many_and_a_wrong_word_are_noticed():
    validator = jsonschema.Draft202012Validator(SCHEMA)
    found = read("msc-covid19", "2020-03-25")
    assert not validator.is_valid({**found, "p_value": 0.04})
    assert not validator.is_valid({**found, "effect": "promising"})
    assert not validator.is_valid({key: value for key, value in found.items() if key != "figures"})


def test_the_schema_names_the_program_s_own_version():
    from equipoise.report.as_json import SCHEMA as NAME

    assert SCHEMA["properties"]["schema"]["const"] == NAME
