"""ClinicalTrials.gov's retired forms: search CSV or TSV (27 columns) and the XML of one study as JSON."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import orjson

from equipoise.errors import SourceError
from equipoise.registry.fields import read_countries, read_phase, read_size
from equipoise.registry.sources.mapping import Notes, finish, split_list
from equipoise.registry.sources.nested import dig, line, listed, nested_records, text
from equipoise.registry.sources.protocols import BadRecord, Raw
from equipoise.registry.text import clean, one_line
from equipoise.vocabulary.registry import Intervention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.registry.sources.opened import Opened
    from equipoise.vocabulary.registry import RegistryRecord

NAME = "ctgov-classic"
_NEEDED = ("NCT Number", "Title", "Status", "Study Designs")
MAPPED = {
    "id_info": "id, other_ids", "brief_title": "public_title", "official_title": "scientific_title",
    "acronym": "acronym", "sponsors": "sponsor, collaborators", "brief_summary": "summary",
    "overall_status": "status", "why_stopped": "why_stopped", "start_date": "started",
    "completion_date": "completion", "primary_completion_date": "primary_completion",
    "phase": "phase", "study_type": "study_type", "study_design_info": "design",
    "primary_outcome": "primary_outcomes", "secondary_outcome": "secondary_outcomes",
    "enrollment": "planned_size, actual_size", "condition": "conditions",
    "intervention": "interventions", "the raw record: criteria are long prose": "sex, age_min, age_max; criteria stay raw",
    "location_countries": "countries", "study_first_submitted": "registered",
    "study_first_posted": "posted", "results_first_posted": "results_posted",
    "last_update_posted": "updated", "clinical_results": "has_results", "_id": "id",
}  # fmt: skip
IGNORED = {
    "": "sites, arms' prose, terms, documents and posted results: kept in the raw record",
}
# Countries with a comma in their name: the text after the last comma would be wrong.
_COMMA = re.compile(
    r"(?:Korea, (?:Republic of|Democratic People's Republic of)|Iran, Islamic Republic of|"
    r"Congo, The Democratic Republic of the|Moldova, Republic of|Macedonia, The Former Yugoslav "
    r"Republic of|Tanzania, United Republic of|Virgin Islands, [^|]+)$",
    re.IGNORECASE,
)


class CtGovClassic:
    """ClinicalTrials.gov before 2024."""

    name = NAME

    def recognises(self, head: bytes, name: str) -> bool:
        """The search CSV's header, or a clinical_study as JSON."""
        return b"NCT Number" in head[:400] or (b'"id_info"' in head and b'"brief_title"' in head)

    def records(self, opened: Opened, *, contacts: bool) -> Iterator[Raw | BadRecord]:
        """Rows of the table, or studies of the JSON."""
        if opened.head.lstrip(b"\xef\xbb\xbf \r\n").startswith((b"{", b"[")):
            yield from nested_records(opened, "studies", accept, contacts=contacts)
            return
        for number, row in enumerate(_rows(opened), start=1):
            if "NCT Number" not in row:
                seen = f"{len(row)} cells"
                yield BadRecord(
                    number, seen, "must have as many cells as the header", "Download it again"
                )
            else:
                yield Raw(number, orjson.dumps({k: v for k, v in row.items() if k != "Rank"}))

    def map(self, payload: bytes) -> RegistryRecord:
        """One row or study, mapped."""
        record = orjson.loads(payload)
        return _row(record) if "NCT Number" in record else _study(record)


def accept(record: dict[str, Any]) -> str | None:
    """Why a record is not a classic study; None where it is."""
    return None if dig(record, "id_info.nct_id") else "no id_info.nct_id"


def _rows(opened: Opened) -> Iterator[dict[str, str]]:
    first = opened.head.split(b"\n", 1)[0]
    tabs = first.count(b"\t") > first.count(b",")
    with io.TextIOWrapper(
        opened.stream(), encoding="utf-8-sig", errors="replace", newline=""
    ) as text:
        if tabs:
            reader = csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
        else:
            reader = csv.reader(text)
        header = next(reader, [])
        missing = [name for name in _NEEDED if name not in header]
        if missing:
            rule = f"must have the columns {', '.join(missing)}"
            mend = "Choose the source that made it"
            raise SourceError.of(opened.name, ", ".join(header[:6]), rule, mend)
        for row in reader:
            whole = len(row) == len(header)
            yield dict(zip(header, row, strict=True)) if whole else dict(enumerate_cells(row))


def enumerate_cells(row: list[str]) -> Iterator[tuple[str, str]]:
    """Cells of a row that does not fit its header, by position."""
    for position, cell in enumerate(row):
        yield str(position), cell


def _place(location: str) -> str:
    found = _COMMA.search(location.strip())
    return found.group() if found else location.rsplit(",", 1)[-1].strip()


def _row(row: dict[str, str]) -> RegistryRecord:
    notes = Notes()
    get = lambda name: one_line(row.get(name))  # noqa: E731
    interventions = tuple(
        Intervention(*(part.strip() for part in item.partition(":")[::2]), "")  # type: ignore[call-arg]
        for item in split_list(clean(row.get("Interventions")), "|")
    )
    size = read_size(get("Enrollment"))
    names = " ; ".join(i.name for i in interventions)
    sponsors = split_list(get("Sponsor/Collaborators"), "|")
    return finish(
        notes,
        classify_from=(("title", get("Title")), ("interventions", names)),
        id_places=(("Other IDs", row.get("Other IDs", "")), ("title", get("Title"))),
        arms_text=names,
        id=get("NCT Number"),
        registry="ClinicalTrials.gov",
        source=NAME,
        public_title=get("Title"),
        acronym=get("Acronym"),
        conditions=split_list(get("Conditions"), "|"),
        interventions=interventions,
        study_type=get("Study Type").lower(),
        design=get("Study Designs").replace("|", ". "),
        phase=read_phase(get("Phases").replace("|", "/")).value,
        planned_size=size.value,
        status=notes.status(get("Status")),
        status_text=get("Status"),
        registered=notes.date("registered", get("First Posted")),
        posted=notes.date("posted", get("First Posted")),
        started=notes.date("started", get("Start Date")),
        primary_completion=notes.date("primary_completion", get("Primary Completion Date")),
        completion=notes.date("completion", get("Completion Date")),
        results_posted=notes.date("results_posted", get("Results First Posted")),
        updated=notes.date("updated", get("Last Update Posted")),
        has_results="yes" if get("Study Results") == "Has Results" else "no",
        countries=read_countries(";".join(_place(p) for p in split_list(get("Locations"), "|"))),
        sponsor=next(iter(sponsors), ""),
        collaborators=sponsors[1:],
        primary_outcomes=split_list(get("Outcome Measures"), "|"),
        sex=get("Gender").lower(),
        age_min=get("Age"),
        url=get("URL"),
    )


def _study(record: dict[str, Any]) -> RegistryRecord:
    notes = Notes()
    info = record.get("study_design_info") or {}
    labels = (("Allocation", "allocation"), ("Intervention model", "intervention_model"), ("Primary purpose", "primary_purpose"), ("Masking", "masking"), ("Observational model", "observational_model"), ("Time perspective", "time_perspective"))  # fmt: skip
    design = ". ".join(f"{label}: {line(info, name)}" for label, name in labels if line(info, name))
    items = listed(record.get("intervention"))
    interventions = tuple(
        Intervention(
            line(i, "intervention_type").lower(),
            line(i, "intervention_name"),
            line(i, "description"),
        )
        for i in items
    )
    value = record.get("enrollment")
    count = read_size(
        str(
            value
            if not isinstance(value, dict)
            else value.get("#text") or value.get("text") or value.get("value") or ""
        )
    ).value
    actual = isinstance(value, dict) and "Actual" in orjson.dumps(value).decode()
    titles = (line(record, "brief_title"), line(record, "official_title"))
    names = " ; ".join(i.name for i in interventions)
    secondary = " ".join(str(s) for s in listed(dig(record, "id_info.secondary_id")))
    when = lambda name: notes.date(name, _dated(record.get(name)))  # noqa: E731
    return finish(
        notes,
        classify_from=(("title", titles[0]), ("title", titles[1]), ("interventions", names)),
        id_places=(
            ("secondary_id", secondary),
            ("org_study_id", line(record, "id_info.org_study_id")),
            ("title", " ".join(titles)),
        ),
        arms_text=names,
        id=line(record, "id_info.nct_id"),
        registry="ClinicalTrials.gov",
        source=NAME,
        public_title=titles[0],
        scientific_title=titles[1],
        acronym=line(record, "acronym"),
        conditions=tuple(str(c) for c in listed(record.get("condition"))),
        interventions=interventions,
        study_type=line(record, "study_type").lower(),
        design=design,
        phase=read_phase(line(record, "phase")).value,
        planned_size=None if actual else count,
        actual_size=count if actual else None,
        status=notes.status(line(record, "overall_status")),
        status_text=line(record, "overall_status"),
        why_stopped=line(record, "why_stopped"),
        registered=when("study_first_submitted"),
        posted=when("study_first_posted"),
        started=when("start_date"),
        primary_completion=when("primary_completion_date"),
        completion=when("completion_date"),
        results_posted=when("results_first_posted"),
        updated=when("last_update_posted"),
        has_results="yes" if record.get("clinical_results") else "unclear",
        countries=read_countries(
            ";".join(str(c) for c in listed(dig(record, "location_countries.country")))
        ),
        sponsor=line(record, "sponsors.lead_sponsor.agency"),
        collaborators=tuple(
            line(c, "agency") for c in listed(dig(record, "sponsors.collaborator"))
        ),
        primary_outcomes=tuple(line(o, "measure") for o in listed(record.get("primary_outcome"))),
        secondary_outcomes=tuple(
            line(o, "measure") for o in listed(record.get("secondary_outcome"))
        ),
        sex=line(record, "eligibility.gender").lower(),
        age_min=line(record, "eligibility.minimum_age"),
        age_max=line(record, "eligibility.maximum_age"),
        summary=text(record, "brief_summary.textblock"),
        url=line(record, "required_header.url"),
    )


def _dated(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("#text") or value.get("text") or value.get("value") or ""
    return str(value or "")
