"""The registry database as people use it: load, search, link, and ask as of a date."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from equipoise.errors import InputError
from equipoise.registry import as_of as asking
from equipoise.registry.merging import read_decisions
from equipoise.store.registry_database import Database
from equipoise.store.registry_load import LoadReport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from equipoise.registry.linking import Edge
    from equipoise.registry.survey import Survey
    from equipoise.store.registry_load import OnBad
    from equipoise.vocabulary.landscape import LandscapePlan


def day_of(given: str | date) -> date:
    """A day, given as one or as YYYY-MM-DD."""
    if isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise InputError.of("date", given, "must be a day, YYYY-MM-DD", "Give a day") from None


_SIGHTINGS = """
SELECT id, version, snapshot, snapshot_source, taken_on, status, last_day_of(registered) AS
       registered_last, last_day_of(posted) AS posted_last
FROM observations
"""


_ABOUT = """
WITH about AS (
    SELECT DISTINCT id FROM versions
    WHERE list_has_any(list_transform(classes, lambda c: c.axis || ':' || c.name), $classes)
       OR (len($words) > 0 AND regexp_matches(lower(concat_ws(' | ', public_title, scientific_title,
           array_to_string(conditions, ' ; '),
           array_to_string(list_transform(interventions, lambda i: i.name), ' ; '))), $pattern))
)
SELECT o.* EXCLUDE (content, summary), t.trial, last_day_of(registered) AS registered_last,
       last_day_of(posted) AS posted_last
FROM observations o SEMI JOIN about USING (id) LEFT JOIN trials_of t USING (key)
"""


class Registry:
    """A landscape database: one DuckDB file, with a search index beside it.

    Parameters
    ----------
    path : path
        The file; it is made at the first load.
    decisions : path, optional
        A CSV of a person's decisions on which registrations are one trial
        (``a, b, decision, reason, by, on``); they win over every rule.

    Notes
    -----
    Everything works on files and touches no network. The tables are documented in
    ``docs/reference/registry.md``; any DuckDB client can query the file while no load is running.
    """

    def __init__(self, path: Path | str, *, decisions: Path | str | None = None) -> None:
        self.database = Database(path)
        self.path = self.database.path
        self._decisions = Path(decisions) if decisions is not None else None
        self._search: object = None

    def load(
        self,
        path: Path | str,
        source: str | None = None,
        *,
        taken_on: str | date | None = None,
        contacts: bool = False,
        on_bad: OnBad = "report",
        workers: int | None = None,
        tell: Callable[[int], None] | None = None,
    ) -> LoadReport:
        """Load an export in one transaction; loading the same file again changes nothing.

        Parameters
        ----------
        path : path
            A file: JSON, NDJSON, XML, CSV, TSV, Excel or Parquet, plain, gzipped or zipped.
        source : str, optional
            ``ctgov``, ``ctgov-classic``, ``ictrp``, ``isrctn``, ``euctr``, ``ctis`` or ``ctrdata``;
            recognised from the file where it is not given.
        taken_on : date, optional
            The day of the export; else the file's name, its records or its own time say it.
        contacts : bool
            Keep the names, telephones and addresses of people.
        on_bad : {"report", "refuse"}
            Load what is good and report the rest, or load nothing.
        workers : int, optional
            Processes that map records of a large file; 1 maps them here.
        tell : callable, optional
            Called with the number of records loaded so far.

        Raises
        ------
        SourceError
            Where the file cannot be read, or `on_bad` is ``"refuse"`` and a record cannot.
        StorageError
            Where the database cannot be opened or another process keeps it.
        """
        from equipoise.store.registry_load import load

        return load(
            self.database, path, source=source, taken_on=taken_on, contacts=contacts,
            on_bad=on_bad, workers=workers, tell=tell,
        )  # fmt: skip

    def fetch(
        self,
        query: Mapping[str, str],
        *,
        since: str | date | None = None,
        transport: httpx.BaseTransport | None = None,
        contacts: bool = False,
        tell: Callable[[int, int | None], None] | None = None,
        **options: Any,
    ) -> LoadReport:
        """Fetch a query from ClinicalTrials.gov, page by page, and load it as today's snapshot.

        Parameters
        ----------
        query : mapping
            Parameters of the API's ``/studies``, such as ``{"query.cond": "COVID-19"}``.
        since : date or "last", optional
            Only studies updated from that day on; ``"last"`` is the latest update that is loaded.
        transport : httpx.BaseTransport, optional
            In place of the network, for tests and for proxies.
        **options
            ``base_url``, ``page_size``, ``per_minute``, ``attempts``, ``timeout``.

        Raises
        ------
        SourceError
            Where the registry stays silent or short; calling again goes on where it stopped.
        """
        from equipoise.store.registry_fetch import fetch

        asked = dict(query)
        if since == "last":
            since = self.sql(
                "SELECT max(updated) AS day FROM versions"
                " WHERE source = 'ctgov' AND length(updated) = 10"
            )["day"][0]
        if since is not None:
            newer = f"AREA[LastUpdatePostDate]RANGE[{day_of(since).isoformat()},MAX]"
            asked["filter.advanced"] = " AND ".join(
                filter(None, (asked.get("filter.advanced"), newer))
            )
        folder = self.path.with_name(f"{self.path.name}.fetched")
        file = fetch(asked, folder, transport=transport, tell=tell, **options)
        if file.stat().st_size == 0:
            file.unlink()
            return LoadReport(
                file=file.name, source="ctgov", taken_on=(), records=0, new_versions=0, problems=()
            )
        today = datetime.now(UTC).date()
        report = self.load(file, "ctgov", taken_on=today, contacts=contacts)
        file.unlink()
        return report

    def sql(self, query: str) -> pl.DataFrame:
        """The answer to a query on the file, read only."""
        found = self.database.read().sql(query).pl()
        assert isinstance(found, pl.DataFrame)
        return found

    def snapshots(self) -> pl.DataFrame:
        """Every snapshot loaded: its source, day, file and counts."""
        return self.sql("SELECT * FROM snapshots ORDER BY taken_on, snapshot")

    def problems(self) -> pl.DataFrame:
        """Every record that could not be loaded, and why."""
        return self.sql("SELECT * FROM problems ORDER BY snapshot, record")

    def raw(self, registration: str, *, on: str | date | None = None) -> bytes:
        """The raw record of a registration as JSON: the latest, or the latest seen by a day."""
        import zstandard

        limit = day_of(on).isoformat() if on is not None else "9999-12-31"
        rows = (
            self.database.read()
            .execute(
                "SELECT payload, export FROM raw JOIN observations o USING (version) JOIN seen s ON"
                " s.version = o.version AND s.snapshot = o.snapshot WHERE id = ? AND taken_on <="
                " CAST(? AS DATE) ORDER BY taken_on DESC, o.snapshot DESC, version DESC LIMIT 1",
                [registration, limit],
            )
            .fetchall()
        )
        if not rows:
            raise InputError.of(
                "registration", registration, "must be one that was loaded", "See reg.snapshots()"
            )
        payload = zstandard.ZstdDecompressor().decompress(rows[0][0])
        if not rows[0][1] or rows[0][1] == b"{}":
            return payload
        import orjson

        return orjson.dumps({**orjson.loads(payload), **orjson.loads(rows[0][1])})

    def registrations(self, as_of: str | date | None = None) -> pl.DataFrame:
        """One row a registration, as known on a day: its mapped columns and the three answers.

        ``registered_by``, ``visible_by`` and ``status_on`` answer for that day; ``first_seen`` and
        ``vanished`` tell of the snapshots. Its other columns are of the last snapshot by then,
        or of the first after it where there is none.
        """
        self.refresh()
        day = day_of(as_of) if as_of is not None else date.max
        reader = self.database.read()
        stands = asking.standing(reader.sql(_SIGHTINGS).pl(), day)
        reader.register("stands", stands.select("version").to_arrow())
        mapped = reader.sql(
            "SELECT t.trial, v.* EXCLUDE (content, summary) FROM versions v JOIN stands s USING"
            " (version) LEFT JOIN trials_of t USING (key)"
        ).pl()
        reader.unregister("stands")
        return stands.join(mapped.drop("id"), on="version", how="left").sort("id")

    def observations(self, plan: LandscapePlan) -> pl.DataFrame:
        """Every version and snapshot of the registrations about a question, with their trial."""
        self.refresh()
        wanted = [f"product:{name}" for d in plan.definitions for name in d.product]
        wanted += [f"drug:{name}" for d in plan.definitions for name in d.drug]
        words = [word.lower() for d in plan.definitions for word in d.words]
        pattern = "|".join(re.escape(word) for word in words)
        given = {"classes": wanted, "words": words, "pattern": pattern}
        found = self.database.read().sql(_ABOUT, params=given).pl()
        assert isinstance(found, pl.DataFrame)
        return found

    def landscape(
        self, plan: LandscapePlan, as_of: str | date, *, needed: int | None = None
    ) -> Survey:
        """The landscape of a therapy on a day; see `equipoise.registry.survey.survey`."""
        from equipoise.registry.survey import rows_of, survey

        day = day_of(as_of)
        seen = self.observations(plan)
        count = self.snapshots().filter(pl.col("taken_on") <= day).height
        return survey(
            rows_of(seen, day, plan), day, plan,
            source=self.path.name, needed=plan.needed or needed, snapshots=count,
        )  # fmt: skip

    def trials(self, as_of: str | date | None = None) -> pl.DataFrame:
        """One row a trial, as known on a day; registrations of one trial stand together.

        Only registrations registered by the day count. ``randomised``, ``controlled`` and
        ``blinded`` are yes, no or unclear: what the registrations that say something agree on, and
        *unclear* where they contradict one another. Sizes are the largest planned.
        """
        from equipoise.registry.trial_frame import one_row_a_trial

        return one_row_a_trial(self.registrations(as_of).filter(pl.col("registered_by")))

    def links(self, decided: bool | None = None) -> pl.DataFrame:
        """Edges between trial numbers: decision, score, confidence, reasons, and who says so."""
        self.refresh()
        where = {None: "", True: "WHERE decision = 'linked'", False: "WHERE decision <> 'linked'"}
        return self.sql(f"SELECT * FROM edges {where[decided]} ORDER BY score DESC, a, b")

    def refresh(self) -> None:
        """Link anew where the data or the decisions changed."""
        from equipoise.store.registry_links import refresh

        people: list[Edge] = []
        stamp = ""
        if self._decisions is not None:
            import hashlib

            text = self._decisions.read_text("utf-8")
            people = read_decisions(text, self._decisions.name)
            stamp = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        refresh(self.database, people, stamp)

    def index(self) -> int:
        """Build the search index anew from the database; the number of registrations in it."""
        return self._searching().build()

    def search(self, query: str = "", *, limit: int = 50, **narrow: str) -> pl.DataFrame:
        """Registrations that match, best first.

        Parameters
        ----------
        query : str
            Words in titles, conditions, interventions, sponsors, summaries and primary outcomes;
            ``"a phrase"``, ``title:word`` and ``AND``, ``OR``, ``NOT`` are understood.
        limit : int
            At most so many.
        **narrow : str
            ``registry``, ``status``, ``phase``, ``randomised``, ``controlled``, ``blinded``,
            ``study_type``, ``class_`` or ``country``, each with one value.
        """
        terms = {name.rstrip("_"): value for name, value in narrow.items()}
        hits = self._searching().query(query, terms, limit)
        if not hits:
            return pl.DataFrame(schema=_HIT_SCHEMA)
        wanted = ", ".join(str(version) for version, _ in hits)
        rows = self.sql(
            "SELECT version, id, registry, public_title AS title, status, phase, randomised,"
            " controlled, blinded, coalesce(planned_size, actual_size) AS size, registered"
            f" FROM versions WHERE version IN ({wanted})"
        )
        order = pl.DataFrame({"version": [v for v, _ in hits], "score": [s for _, s in hits]})
        return order.join(rows, on="version", how="left", maintain_order="left")

    def changes(
        self, earlier: str | date, later: str | date, source: str | None = None
    ) -> pl.DataFrame:
        """What changed between two snapshots of one source, by their days."""
        known = self.snapshots()
        name = source or known["source"].drop_nulls()[0]
        return asking.changes(
            self._snapshot(name, day_of(earlier)), self._snapshot(name, day_of(later))
        )

    def close(self) -> None:
        """Let go of the file."""
        self.database.release()

    def _snapshot(self, source: str, day: date) -> pl.DataFrame:
        frame = self.sql(
            "SELECT * EXCLUDE (content, summary) FROM observations WHERE taken_on ="
            f" DATE '{day.isoformat()}' AND snapshot_source = '{source.replace(chr(39), '')}'"
        )
        if frame.is_empty():
            days = self.snapshots().filter(pl.col("source") == source)["taken_on"].to_list()
            said = ", ".join(str(known) for known in days) or "none"
            raise InputError.of(
                "snapshot", f"{source} {day}", f"must be one of {said}", "Choose one"
            )
        return frame.unique("id", keep="last", maintain_order=True)

    def _searching(self) -> SearchIndexType:
        from equipoise.store.registry_search import SearchIndex

        if self._search is None:
            self._search = SearchIndex(self.database)
        assert isinstance(self._search, SearchIndex)
        return self._search


if TYPE_CHECKING:
    from equipoise.store.registry_search import SearchIndex as SearchIndexType

_HIT_SCHEMA = {
    "version": pl.Int64, "score": pl.Float64, "id": pl.String, "registry": pl.String,
    "title": pl.String, "status": pl.String, "phase": pl.String, "randomised": pl.String,
    "controlled": pl.String, "blinded": pl.String, "size": pl.Int32, "registered": pl.String,
}  # fmt: skip
