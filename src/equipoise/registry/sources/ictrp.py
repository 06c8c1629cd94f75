"""WHO ICTRP exports: XML, CSV with or without a header, Excel, and snapshots in one Parquet file."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import orjson

from equipoise.errors import SourceError
from equipoise.registry.dates_read import read_date
from equipoise.registry.fields import read_countries, read_phase, read_size
from equipoise.registry.identifiers import own_identifier
from equipoise.registry.sources.mapping import Notes, finish, split_list
from equipoise.registry.sources.protocols import BadRecord, Raw
from equipoise.registry.text import clean, one_line
from equipoise.vocabulary.registry import Intervention

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from equipoise.registry.sources.opened import Opened
    from equipoise.vocabulary.registry import RegistryRecord

NAME = "ictrp"
# Fields that tell of the export and not of the trial.
_EXPORT_FIELDS = ("export_date", "internal_number")
_CONTACT = re.compile(r"^contact_|_(?:email|phone|tel)$|^ethics_contact")
# The weekly file has no header: its 59 columns in their order, by this module's names.
WEEKLY = [
    "trialid",
    "secondary_ids",
    "public_title",
    "scientific_title",
    "url",
    "public_contact_firstname",
    "public_contact_lastname",
    "public_contact_address",
    "public_contact_email",
    "public_contact_tel",
    "public_contact_affiliation",
    "scientific_contact_firstname",
    "scientific_contact_lastname",
    "scientific_contact_address",
    "scientific_contact_email",
    "scientific_contact_tel",
    "scientific_contact_affiliation",
    "study_type",
    "study_design",
    "phase",
    "date_registration",
    "date_enrolment",
    "target_size",
    "recruitment_status",
    "primary_sponsor",
    "secondary_sponsors",
    "source_support",
    "countries",
    "conditions",
    "interventions",
    "agemin",
    "agemax",
    "gender",
    "inclusion_criteria",
    "exclusion_criteria",
    "primary_outcome",
    "secondary_outcomes",
    "bridging_flag",
    "bridged_type",
    "childs",
    "type_enrolment",
    "retrospective_flag",
    "results_actual_enrollment",
    "results_url_link",
    "results_summary",
    "results_date_posted",
    "results_date_first_publication",
    "results_baseline_char",
    "results_participant_flow",
    "results_adverse_events",
    "results_outcome_measures",
    "results_url_protocol",
    "results_ipd_plan",
    "results_ipd_description",
    "results_date_completed",
    "results_yes_no",
    "ethics_status",
    "ethics_approval_date",
    "ethics_contact_name",
]
_SPELLINGS = {
    "trial_id": "trialid", "secondary_id": "secondary_ids", "secondaryids": "secondary_ids",
    "date_enrollement": "date_enrolment", "date_enrollment": "date_enrolment",
    "inclusion_agemin": "agemin", "inclusion_agemax": "agemax", "inclusion_gender": "gender",
    "condition": "conditions", "intervention": "interventions", "web_address": "url",
    "secondary_outcome": "secondary_outcomes", "secondary_sponsor": "secondary_sponsors",
    "bridging_flag_truefalse": "bridging_flag", "other_records": "other_records",
}  # fmt: skip
_NEEDED = frozenset({"trialid", "public_title"})
_REGISTRY = {
    "clinicaltrials.gov": "ClinicalTrials.gov", "eu clinical trials register": "EUCTR",
    "german clinical trials register": "DRKS", "netherlands trial register": "NTR",
    "chictr": "ChiCTR", "jprn": "JPRN", "crisk": "CRIS",
}  # fmt: skip
_KINDS = {
    "interventional": "interventional", "intervention": "interventional",
    "treatment study": "interventional", "prevention": "interventional",
    "observational": "observational", "expanded access": "expanded access",
}  # fmt: skip


def _field(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")
    return _SPELLINGS.get(plain, plain)


class Ictrp:
    """The WHO's International Clinical Trials Registry Platform."""

    name = NAME

    def recognises(self, head: bytes, name: str) -> bool:
        """XML root, Parquet with ICTRP's columns, a spreadsheet or its CSV header."""
        if b"<Trials_downloaded_from_ICTRP" in head[:4096]:
            return True
        start = head[:400].lower()
        return (
            head.startswith((b"PAR1", b"PK\x03\x04"))
            or b"trialid" in start
            or own_identifier(head[:60].split(b",")[0].decode("utf-8", "replace").strip('" '))
            is not None
        )

    def records(self, opened: Opened, *, contacts: bool) -> Iterator[Raw | BadRecord]:
        """Rows of whichever form the file has."""
        if opened.head.startswith(b"PAR1"):
            rows: Iterable[dict[str, Any]] = _parquet(opened)
        elif opened.head.startswith(b"PK\x03\x04"):
            rows = _excel(opened)
        elif opened.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            rows = _xml(opened)
        else:
            rows = _csv(opened)
        for number, row in enumerate(rows, start=1):
            yield _raw(number, row, contacts)

    def snapshots_in(self, opened: Opened) -> bool:
        """Whether the file's rows say of which of several snapshots they are."""
        return opened.head.startswith(b"PAR1")

    def map(self, payload: bytes) -> RegistryRecord:
        """One ICTRP row, mapped."""
        row: dict[str, str] = orjson.loads(payload)
        return _mapped({_field(name): value or "" for name, value in row.items()})


def _raw(number: int, row: dict[str, Any], contacts: bool) -> Raw | BadRecord:
    kept: dict[str, str] = {}
    export: dict[str, str] = {}
    taken_on = ""
    trial = ""
    for name, value in row.items():
        field = _field(name)
        text = "" if value is None else str(value)
        if field == "snapshot":
            taken_on = text
        elif field in _EXPORT_FIELDS:
            export[name] = text
            if field == "export_date" and not taken_on:
                taken_on = read_date(text, month_first=True).text
        elif contacts or not _CONTACT.search(field):
            kept[name] = text
        if field == "trialid":
            trial = text.strip()
    if not trial:
        return BadRecord(number, "no TrialID", "every row must have its TrialID", "Export it again")
    return Raw(number, orjson.dumps(kept), orjson.dumps(export), taken_on)


def _mapped(row: dict[str, str]) -> RegistryRecord:
    notes = Notes()
    get = lambda name: clean(row.get(name))  # noqa: E731
    line = lambda name: one_line(row.get(name))  # noqa: E731
    own = own_identifier(line("trialid"))
    said = line("source_register")
    registry = own.registry if own else _REGISTRY.get(said.lower(), said)
    phase = read_phase(get("phase"))
    notes.add("phase", get("phase"), phase.note)
    size = read_size(line("target_size"))
    notes.add("planned_size", line("target_size"), size.note)
    titles = (line("public_title"), line("scientific_title"))
    interventions = get("interventions")
    for name in ("public_title", "scientific_title", "interventions", "inclusion_criteria"):
        if row.get(name) and _damaged(row[name]):
            notes.add(name, "", "mojibake undone")
    return finish(
        notes,
        classify_from=(
            ("title", titles[0]),
            ("title", titles[1]),
            ("interventions", interventions),
        ),
        id_places=(
            ("secondary_ids", row.get("secondary_ids", "")),
            ("childs", row.get("childs", "")),
            ("title", " ".join(titles)),
        ),
        arms_text=interventions,
        id=own.number if own else line("trialid"),
        registry=registry,
        source=NAME,
        public_title=titles[0],
        scientific_title=titles[1],
        acronym=line("acronym"),
        conditions=split_list(get("conditions")),
        interventions=_interventions(interventions),
        study_type=_kind(line("study_type")),
        design=get("study_design"),
        phase=phase.value,
        planned_size=size.value,
        status=notes.status(line("recruitment_status")),
        status_text=line("recruitment_status"),
        registered=notes.date(
            "registered", line("date_registration3") or line("date_registration")
        ),
        started=notes.date("started", line("date_enrolment")),
        completion=notes.date("completion", line("results_date_completed")),
        results_posted=notes.date("results_posted", line("results_date_posted")),
        updated=notes.date("updated", line("last_refreshed_on")),
        retrospective=line("retrospective_flag").lower(),
        has_results="yes"
        if line("results_yes_no").lower() == "yes" or line("results_url_link")
        else "unclear",
        countries=read_countries(get("countries")),
        sponsor=line("primary_sponsor"),
        collaborators=split_list(get("secondary_sponsors")),
        primary_outcomes=split_list(get("primary_outcome")),
        secondary_outcomes=split_list(get("secondary_outcomes")),
        sex=_sex(get("gender")),
        age_min=line("agemin"),
        age_max=line("agemax"),
        url=line("url"),
    )


def _damaged(text: str) -> bool:
    from equipoise.registry.text import repair_encoding

    return repair_encoding(text) != text


def _kind(text: str) -> str:
    lower = text.lower()
    for start, kind in _KINDS.items():
        if lower.startswith(start):
            return kind
    return lower


def _sex(text: str) -> str:
    lower = text.lower()
    female = "female" in lower and "female: no" not in lower
    male = re.search(r"(?<!fe)male", lower) is not None and not re.search(r"(?<!fe)male: no", lower)
    if lower.startswith(("all", "both")) or (female and male):
        return "all"
    return "female" if female else "male" if male else ""


_TYPED = re.compile(
    r"^(Drug|Biological|Device|Procedure|Radiation|Behavioral|Genetic|Dietary Supplement|Combination Product|Diagnostic Test|Other)\s*:\s*",
    re.I,
)


def _interventions(text: str) -> tuple[Intervention, ...]:
    """CT.gov's ``Drug: X;Other: Y`` apart; other registers' text as it is."""
    if not text:
        return ()
    if _TYPED.match(text):
        parts = re.split(
            r";\s*(?=(?:Drug|Biological|Device|Procedure|Radiation|Behavioral|Genetic|Dietary|Combination|Diagnostic|Other)[\w ]*:)",
            text,
        )
        named = []
        for part in parts:
            kind, _, name = part.partition(":")
            named.append(Intervention(kind.strip().lower(), " ".join(name.split()), ""))
        return tuple(named)
    return (Intervention("", " ".join(text.split())[:4_000], ""),)


def _csv(opened: Opened) -> Iterator[dict[str, str]]:
    csv.field_size_limit(2**27)
    with io.TextIOWrapper(
        opened.stream(), encoding="utf-8-sig", errors="replace", newline=""
    ) as text:
        reader = csv.reader(text)
        first = next(reader, [])
        if first and own_identifier(first[0]) is not None:
            header = list(WEEKLY)
            if len(first) != len(header):
                mend = "Export the full weekly file, or one with a header"
                rule = f"a file without a header must have {len(header)} columns"
                raise SourceError.of(opened.name, f"{len(first)} columns", rule, mend)
            yield dict(zip(header, first, strict=True))
        else:
            header = first
            _check_header(opened.name, header)
        for row in reader:
            yield dict(zip(header, row, strict=True)) if len(row) == len(header) else {}


def _check_header(name: str, header: list[str]) -> None:
    missing = _NEEDED - {_field(column) for column in header}
    if missing:
        seen = ", ".join(header[:6]) or "nothing"
        rule = f"an ICTRP export must have the columns {', '.join(sorted(missing))}"
        raise SourceError.of(name, f"columns {seen}", rule, "Choose the source that made it")


def _excel(opened: Opened) -> Iterator[dict[str, Any]]:
    from equipoise.registry.sources.opened import check_archive

    check_archive(opened.path)
    import polars as pl

    try:
        frame = pl.read_excel(opened.path, engine="calamine", infer_schema_length=0)
    except ModuleNotFoundError:
        mend = "Install equipoise[excel]"
        raise SourceError.of(opened.name, "a spreadsheet", "needs fastexcel", mend) from None
    except Exception as error:  # the library raises its own kinds
        raise SourceError.of(
            opened.name, str(error)[:80], "must be a spreadsheet", "Save it again"
        ) from None
    _check_header(opened.name, frame.columns)
    yield from frame.iter_rows(named=True)


def _parquet(opened: Opened) -> Iterator[dict[str, Any]]:
    import polars as pl

    try:
        frame = pl.scan_parquet(opened.path)
        columns = frame.collect_schema().names()
    except Exception as error:  # the library raises its own kinds
        raise SourceError.of(
            opened.name, str(error)[:80], "must be a Parquet file", "Copy it again"
        ) from None
    _check_header(opened.name, columns)
    step = 5_000
    height = frame.select(pl.len()).collect().item()
    for start in range(0, height, step):
        yield from frame.slice(start, step).collect().iter_rows(named=True)


def _declares(opened: Opened) -> SourceError:
    mend = "Remove it, or export again"
    return SourceError.of(opened.name, "a document type", "may declare no entities", mend)


def _xml(opened: Opened) -> Iterator[dict[str, str]]:
    """Trials of an XML export; entities are not expanded and a DTD is refused."""
    from lxml import etree

    if b"<!DOCTYPE" in opened.head or b"<!ENTITY" in opened.head:
        raise _declares(opened)
    with opened.stream() as stream:
        parsed = etree.iterparse(
            stream,
            events=("end",),
            tag="Trial",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        try:
            for _, element in parsed:
                if element.getroottree().docinfo.internalDTD is not None:
                    raise _declares(opened)
                yield {
                    child.tag: child.text or "" for child in element if isinstance(child.tag, str)
                }
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise SourceError.of(
                opened.name,
                str(error)[:100],
                "must be well-formed XML to its end",
                "Export it again",
            ) from None
