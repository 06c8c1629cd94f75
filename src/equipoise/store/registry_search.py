"""Full-text search: a tantivy index beside the database, rebuilt where it is out of step."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equipoise.errors import InputError
from equipoise.store.registry_database import scalar

if TYPE_CHECKING:
    import tantivy

    from equipoise.store.registry_database import Database

_TEXT = ("title", "condition", "intervention", "sponsor", "summary", "outcome")
_TERMS = ("id", "key", "registry", "status", "phase", "randomised", "controlled", "blinded",
          "study_type", "class", "country")  # fmt: skip
_GENERATION = "SELECT value FROM meta WHERE name = 'generation'"
_QUERY = """
SELECT version, id, key, registry, status, phase, randomised, controlled, blinded, study_type,
       public_title || ' ' || scientific_title || ' ' || acronym AS title,
       array_to_string(conditions, ' ; ') AS condition,
       array_to_string(list_transform(interventions, lambda i: i.name), ' ; ') AS intervention,
       sponsor || ' ' || array_to_string(collaborators, ' ; ') AS sponsor, summary,
       array_to_string(primary_outcomes, ' ; ') AS outcome,
       list_transform(classes, lambda c: c.name) AS class, countries AS country
FROM registrations
"""


class SearchIndex:
    """The index of one database's latest registrations."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.path = Path(f"{database.path}.search")
        self._index: tantivy.Index | None = None
        self._searcher: Any = None
        self._generation: str | None = None

    def query(self, text: str, terms: dict[str, str], limit: int) -> list[tuple[int, float]]:
        """Versions and scores, best first."""
        import tantivy

        self.ensure()
        assert self._index is not None
        parts = [(tantivy.Occur.Must, self._parsed(text))] if text.strip() else []
        schema = self._index.schema
        for name, value in terms.items():
            if name not in _TERMS:
                raise InputError.of(
                    "search", name, f"may be narrowed by {', '.join(_TERMS)}", "Choose one"
                )
            parts.append((tantivy.Occur.Must, tantivy.Query.term_query(schema, name, _term(value))))
        query = tantivy.Query.boolean_query(parts) if parts else tantivy.Query.all_query()
        hits = self._searcher.search(query, limit).hits
        return [(self._searcher.doc(address)["version"][0], score) for score, address in hits]

    def _parsed(self, text: str) -> Any:
        assert self._index is not None
        boosts = {"title": 3.0, "intervention": 2.0, "condition": 2.0}
        try:
            return self._index.parse_query(
                text, list(_TEXT), field_boosts=boosts, conjunction_by_default=True
            )
        except ValueError:
            query, _ = self._index.parse_query_lenient(
                text, list(_TEXT), field_boosts=boosts, conjunction_by_default=True
            )
            return query

    def ensure(self) -> None:
        """Build the index where there is none or it is of another state of the database."""
        generation = scalar(self.database.read(), _GENERATION)
        if self._index is not None and generation == self._generation:
            return
        if self._stamp() != generation:
            self.build()
        self._open(generation)

    def _open(self, generation: str) -> None:
        import tantivy

        self._index = tantivy.Index.open(str(self.path / "index"))
        self._searcher = self._index.searcher()
        self._generation = generation

    def _stamp(self) -> str | None:
        try:
            return str(json.loads((self.path / "stamp.json").read_text("utf-8"))["generation"])
        except (OSError, ValueError, KeyError):
            return None

    def build(self) -> int:
        """Index every latest registration into a new folder, then put it in place."""
        import tantivy

        reader = self.database.read()
        generation = scalar(reader, _GENERATION)
        folder = Path(tempfile.mkdtemp(prefix=f"{self.path.name}.", dir=self.path.parent))
        try:
            (folder / "index").mkdir()
            index = tantivy.Index(_schema(), path=str(folder / "index"))
            writer = index.writer(heap_size=192_000_000, num_threads=2)
            count = 0
            cursor = reader.execute(_QUERY)
            names = [column[0] for column in cursor.description]
            while rows := cursor.fetchmany(2_000):
                for row in rows:
                    writer.add_document(
                        tantivy.Document(**_document(dict(zip(names, row, strict=True))))
                    )
                    count += 1
            writer.commit()
            writer.wait_merging_threads()
            stamp = {"generation": generation, "documents": count}
            (folder / "stamp.json").write_text(json.dumps(stamp), "utf-8")
            self._replace(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return count

    def _replace(self, folder: Path) -> None:
        self._index = self._searcher = None
        if self.path.exists():
            old = Path(f"{folder}.old")
            os.replace(self.path, old)
            os.replace(folder, self.path)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(folder, self.path)


def _term(value: str) -> str:
    return value.lower()


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("version", stored=True)
    for name in _TEXT:
        builder.add_text_field(name, stored=False, tokenizer_name="en_stem")
    for name in _TERMS:
        builder.add_text_field(name, stored=False, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _document(row: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {"version": row["version"]}
    for name in _TEXT:
        if row[name]:
            document[name] = row[name]
    for name in _TERMS:
        value = row[name]
        values = value if isinstance(value, list) else [value]
        if kept := [_term(item) for item in values if item]:
            document[name] = kept
    return document
