"""One value changed, every other character kept: in the forms that people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.dossier.yaml_edit import append_item, append_key, plain, remove, replace
from equipoise.errors import InputError

CLAIMS = """\
# A comment at the top.
- id: first   # beside the id
  n: 31
  statements:
    harms: {said: "no", words: "none, they say", speaker: jin}   # one line
    follow_up:
      said: silent

  note: >-
    Folded words
    over two lines

  # A comment between keys.
  unconfirmed:
    - n
    - strata.mild   # beside an item
    - speakers.jin
- id: second
  n: 7
  unconfirmed: [n, trial_count]
"""
F = "claims.yaml"


def test_a_value_is_replaced_where_it_stands():
    assert replace(F, CLAIMS, (0, "n"), 30) == CLAIMS.replace("n: 31", "n: 30")
    said = {"said": "silent"}
    changed = replace(F, CLAIMS, (0, "statements", "harms"), said)
    assert changed == CLAIMS.replace(
        '{said: "no", words: "none, they say", speaker: jin}', "{said: silent}"
    )


def test_text_that_yaml_would_read_otherwise_is_quoted():
    for text in ("no", "7: of 31", "- dash", "# hash", "{brace", "2020-03-25", "a, b", "it's"):
        changed = replace(F, CLAIMS, (0, "statements", "harms", "words"), text)
        assert plain(F, changed)[0]["statements"]["harms"]["words"] == text


def test_an_item_goes_with_its_line_and_the_rest_stays():
    changed = remove(F, CLAIMS, (0, "unconfirmed", 1))
    assert changed == CLAIMS.replace("    - strata.mild   # beside an item\n", "")
    changed = remove(F, CLAIMS, (1, "unconfirmed", 0))
    assert changed == CLAIMS.replace("[n, trial_count]", "[trial_count]")


def test_a_key_goes_with_all_its_lines():
    assert remove(F, CLAIMS, (0, "note")) == CLAIMS.replace(
        "  note: >-\n    Folded words\n    over two lines\n", ""
    )
    assert '{said: "no", words: "none, they say"}' in remove(
        F, CLAIMS, (0, "statements", "harms", "speaker")
    )


def test_what_would_be_left_empty_goes_too():
    changed = CLAIMS
    for _ in range(3):
        changed = remove(F, changed, (0, "unconfirmed", 0))
    assert "unconfirmed" not in plain(F, changed)[0]
    assert "# A comment between keys." in changed


def test_an_item_is_added_at_the_end_in_the_list_s_own_indentation():
    item = {"id": "third", "n": 1, "words": "it was: “all”"}
    changed = append_item(F, CLAIMS, (), item)
    assert changed.startswith(CLAIMS)
    assert plain(F, changed)[2] == {"id": "third", "n": "1", "words": "it was: “all”"}
    indented = "  - id: one\n    n: 1"
    assert append_item(F, indented, (), {"id": "two"}) == f"{indented}\n  - {{id: two}}\n"


def test_an_inner_list_grows_and_what_follows_it_stays():
    text = (
        "title: x\noutcomes:\n  - id: a   # first\n    name: A\n\n# then\nestimand: {summary: s}\n"
    )
    changed = append_item("question.yaml", text, ("outcomes",), {"id": "b", "name": "B"})
    assert changed == text.replace("name: A\n", "name: A\n  - {id: b, name: B}\n")


def test_a_key_is_added_at_the_end():
    text = "a:\n  citation: x"
    changed = append_key("sources.yaml", text, "b", {"citation": "y: z"})
    assert changed == "a:\n  citation: x\nb: {citation: 'y: z'}\n"


@pytest.mark.parametrize("text", ["[{id: a}]\n", "{id: a}\n"])
def test_a_list_on_one_line_is_refused_and_told_how_to_write_it(text):
    with pytest.raises(InputError, match="one dash a line"):
        append_item(F, text, (), {"id": "b"})


def test_a_form_that_cannot_be_changed_safely_is_refused():
    with pytest.raises(InputError, match="changed safely"):
        append_item(F, "- id: a\n...\n", (), {"id": "b"})


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp", "Co", "Cn"]),
    min_size=1,
    max_size=40,
)


@given(WORDS, WORDS)
def test_any_words_survive_being_written_and_read(first, second):
    changed = append_item(F, CLAIMS, (), {"id": "third", "words": first, "gist": second})
    assert plain(F, changed)[2] == {"id": "third", "words": first, "gist": second}
    again = replace(F, changed, (2, "words"), second)
    assert plain(F, again)[2]["words"] == second
    assert remove(F, again, (2,)) == CLAIMS


def test_line_endings_of_another_system_stay():
    windows = CLAIMS.replace("\n", "\r\n")
    changed = remove(F, windows, (0, "unconfirmed", 1))
    assert changed == CLAIMS.replace("    - strata.mild   # beside an item\n", "").replace(
        "\n", "\r\n"
    )
    assert replace(F, windows, (0, "n"), 30) == windows.replace("n: 31", "n: 30")
    assert append_item(F, windows, (), {"id": "third"}).startswith(windows)
