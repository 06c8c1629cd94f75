"""A reading's JSON: its schema holds, and every fact cited in it stands in it."""

import json
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

import equipoise as eq
from equipoise.report.reading_json import SCHEMA as NAME
from equipoise.report.reading_json import reading_dict, reading_json
from equipoise.vocabulary import reading as words

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/reading.schema.json").read_text(encoding="utf-8"))
TEXTS = {
    "example": ROOT / "examples/texts/velorin.txt",
    "trial": (
        "Balmide lowers deaths in reef fever\n\n"
        "In a randomised, double-blind, placebo-controlled trial (NCT01234567), 120 patients with "
        "reef fever were randomly assigned to balmide or placebo. Six of 60 patients on balmide "
        "died within 28 days, compared with 12 of 60 on placebo (10% v 20%). There were no serious "
        "adverse events. The study was funded by the makers of balmide.\n"
    ),
    "nothing counted": "Doctors at the Port Clinic are pleased with a new medicine, they said.\n",
}


@pytest.fixture(scope="module", params=TEXTS)
def reading(request):
    return eq.read_text(TEXTS[request.param])


def test_the_schema_is_one_and_every_definition_is_used():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    text = json.dumps(SCHEMA)
    assert all(f'"#/$defs/{name}"' in text for name in SCHEMA["$defs"])
    assert SCHEMA["properties"]["schema"]["const"] == NAME


def test_the_schema_holds(reading):
    validator = jsonschema.Draft202012Validator(SCHEMA)
    found = json.loads(reading_json(reading))
    errors = sorted(validator.iter_errors(found), key=lambda error: error.json_path)
    assert [f"{error.json_path}: {error.message[:200]}" for error in errors] == []


def test_every_fact_cited_is_there(reading):
    found = reading_dict(reading)
    ids = [fact["id"] for fact in found["facts"]]
    assert len(ids) == len(set(ids))
    cited = {key for check in found["checks"] for key in check["facts"]}
    cited |= {key for keys in found["study"]["because"].values() for key in keys}
    cited |= {key for row in found["contradictions"] for key in row["facts"]}
    assert cited <= set(ids)


def test_offsets_hold_the_words(reading):
    found = reading_dict(reading)
    original = reading.document.original
    for row in found["facts"] + found["voices"] + [a for f in found["facts"] for a in f["also"]]:
        assert original[row["start"] : row["end"]] == row["text"]


def test_marks_stand_once_and_name_the_kind(reading):
    from equipoise.report.reading_outline import LETTERS

    facts = reading_dict(reading)["facts"]
    marks = [fact["mark"] for fact in facts]
    assert len(marks) == len(set(marks))
    assert all(fact["mark"][0] == LETTERS[fact["kind"]] for fact in facts)


def test_the_words_of_the_schema_are_those_of_the_records():
    facts = SCHEMA["$defs"]["fact"]["properties"]
    assert tuple(facts["kind"]["enum"]) == get_args(words.FactKind)
    assert tuple(facts["status"]["enum"]) == get_args(words.FactStatus)
    stance = SCHEMA["$defs"]["voice"]["properties"]["stance"]["enum"]
    assert tuple(stance) == get_args(words.Stance)
    assert tuple(SCHEMA["$defs"]["answer"]["enum"]) == get_args(words.Answer)


def test_a_key_too_many_and_a_wrong_word_are_noticed(reading):
    validator = jsonschema.Draft202012Validator(SCHEMA)
    found = reading_dict(reading)
    assert not validator.is_valid({**found, "score": 7})
    assert not validator.is_valid({**found, "study": {**found["study"], "randomised": "maybe"}})
    assert not validator.is_valid({key: value for key, value in found.items() if key != "facts"})


def test_every_key_is_explained_on_the_page():
    text = (ROOT / "docs/reference/json.md").read_text(encoding="utf-8")
    for key in SCHEMA["required"]:
        assert f"`{key}`" in text, key
