"""Records are found whole wherever the pieces of a file happen to end."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.sources import json_records
from equipoise.registry.sources.opened import open_file

TEXT = st.text(alphabet='ab"\\{}[],: \n', max_size=12)
VALUE = st.recursive(
    st.one_of(TEXT, st.integers(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(TEXT, VALUE, max_size=4), min_size=1, max_size=6)


@given(RECORDS, st.integers(1, 40), st.sampled_from([None, 1]))
def test_an_array_gives_its_elements(records, step, indent):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(json.dumps({"studies": records}, indent=indent), encoding="utf-8")
        (opened,) = open_file(path)
        with patch.object(json_records, "_STEP", max(step, 16)):
            found = [
                json.loads(payload)
                for _, payload in json_records.json_records(opened, inside="studies")
                if isinstance(payload, bytes)
            ]
    assert found == records
