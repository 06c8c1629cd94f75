"""EU Clinical Trials Information System records, as its portal and ctrdata give them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from equipoise.registry.fields import read_countries, read_phase, read_size
from equipoise.registry.sources.mapping import Notes, finish
from equipoise.registry.sources.nested import dig, line, listed, nested_records, text
from equipoise.vocabulary.registry import Intervention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.registry.sources.opened import Opened
    from equipoise.registry.sources.protocols import BadRecord, Raw
    from equipoise.vocabulary.registry import RegistryRecord

NAME = "ctis"
_PART = "authorizedApplication.authorizedPartI"
_CODES = {
    "2": "authorised, recruitment pending", "3": "authorised, recruitment pending",
    "4": "ongoing, recruiting", "5": "ongoing, recruitment ended", "6": "halted", "8": "ended",
    "10": "revoked", "11": "not authorised",
}  # fmt: skip
MAPPED = {
    "ctNumber": "id", "_id": "id", "ctStatus": "status", "ctPublicStatusCode": "status",
    "startDateEU": "started", "decisionDateOverall": "registered", "decisionDate": "registered",
    "authorizationDate": "registered", "publishDate": "posted, with a note",
    "trialCountries": "countries", "trialPhase": "phase", "totalNumberEnrolled": "planned_size",
    "gender": "sex", "title": "public_title", "ctTitle": "public_title", "shortTitle": "acronym",
    "authorizedApplication.authorizedPartI": "titles, products, outcomes, sponsor, other_ids",
    "authorizedPartI": "titles, products, outcomes, sponsor, other_ids", "lastUpdated": "updated",
    "eudraCt": "other_ids", "authorizedApplication.eudraCt": "other_ids", "primarySponsor": "sponsor",
    "endDateEU": "completion", "resultsFirstReceived": "has_results", "products": "interventions",
}  # fmt: skip
IGNORED = {
    "": "assessment, decisions, documents and sites: kept in the raw record",
}


class Ctis:
    """The EU Clinical Trials Information System."""

    name = NAME

    def recognises(self, head: bytes, name: str) -> bool:
        """JSON with a ctNumber."""
        return b'"ctNumber"' in head and b'"protocolSection"' not in head

    def records(self, opened: Opened, *, contacts: bool) -> Iterator[Raw | BadRecord]:
        """Records of the file."""
        yield from nested_records(opened, "data", accept, contacts=contacts)

    def map(self, payload: bytes) -> RegistryRecord:
        """One record, mapped."""
        return _mapped(orjson.loads(payload))


def accept(record: dict[str, Any]) -> str | None:
    """Why a record is not CTIS'; None where it is."""
    return None if record.get("ctNumber") else "no ctNumber"


def _mapped(record: dict[str, Any]) -> RegistryRecord:
    notes = Notes()
    part = dig(record, _PART) or record.get("authorizedPartI") or record
    details = dig(part, "trialDetails") or {}
    known = dig(details, "clinicalTrialIdentifiers") or {}
    info = dig(details, "trialInformation") or {}
    titles = (
        line(known, "publicTitle") or line(record, "title") or line(record, "ctTitle"),
        line(known, "fullTitle"),
    )
    products = listed(dig(part, "products"))
    names = [
        line(p, "jsonActiveSubstanceNames")
        or line(p, "productName")
        or line(p, "productDictionaryInfo.prodName")
        for p in products
    ]
    code = line(record, "ctStatus") or line(record, "ctPublicStatusCode")
    code = _CODES.get(code, code)
    registered = (
        line(record, "decisionDateOverall")
        or line(record, "authorizationDate")
        or line(record, "decisionDate").split(": ")[-1][:10]
    )
    size = read_size(line(record, "totalNumberEnrolled"))
    phase = read_phase(line(record, "trialPhase"))
    notes.add("phase", line(record, "trialPhase"), phase.note)
    where = ";".join(
        part.split(":")[0]
        for places in listed(record.get("trialCountries"))
        for part in re.split(r",\s*(?=[A-Z]{2}:)", str(places))
    )
    secondary = orjson.dumps(known.get("secondaryIdentifyingNumbers") or {}).decode()
    older = " ".join(
        (
            orjson.dumps(record.get("eudraCt") or {}).decode(),
            orjson.dumps(dig(record, "authorizedApplication.eudraCt") or {}).decode(),
        )
    )
    number = line(record, "ctNumber")
    return finish(
        notes,
        classify_from=(
            ("title", titles[0]),
            ("title", titles[1]),
            ("interventions", " ; ".join(names)),
        ),
        id_places=(
            ("secondaryIdentifyingNumbers", secondary),
            ("eudraCt", older),
            ("title", " ".join(titles)),
        ),
        arms_text=" ; ".join(names),
        id=number,
        registry="CTIS",
        source=NAME,
        public_title=titles[0],
        scientific_title=titles[1],
        acronym=line(known, "shortTitle") or line(record, "shortTitle"),
        conditions=tuple(
            line(c, "medicalCondition")
            for c in listed(dig(info, "medicalCondition.partIMedicalConditions"))
        ),
        interventions=tuple(
            Intervention("drug", name, "") for name in dict.fromkeys(names) if name
        ),
        study_type="interventional",
        design=line(info, "trialObjective.mainObjective"),
        phase=phase.value,
        planned_size=size.value,
        status=notes.status(code),
        status_text=line(record, "ctStatus"),
        registered=notes.date("registered", registered),
        posted=notes.date("posted", line(record, "publishDate"))
        if not record.get("lastUpdated")
        else "",
        started=notes.date(
            "started",
            line(record, "startDateEU")
            or line(info, "trialDuration.estimatedRecruitmentStartDate"),
        ),
        completion=notes.date(
            "completion", line(record, "endDateEU") or line(info, "trialDuration.estimatedEndDate")
        ),
        updated=notes.date("updated", line(record, "lastUpdated")),
        has_results="no" if line(record, "resultsFirstReceived") == "No" else "unclear",
        countries=_countries(where),
        sponsor=line(dig(part, "sponsors"), "organisation.name")
        or line(record, "primarySponsor.organisation.name"),
        primary_outcomes=tuple(
            line(e, "endPoint") for e in listed(dig(info, "endPoint.primaryEndPoints"))
        ),
        secondary_outcomes=tuple(
            line(e, "endPoint") for e in listed(dig(info, "endPoint.secondaryEndPoints"))
        ),
        sex={"Female, Male": "all", "Male, Female": "all", "Female": "female", "Male": "male"}.get(
            line(record, "gender"), ""
        ),
        summary=text(info, "trialObjective.mainObjective"),
        url=f"https://euclinicaltrials.eu/ctis-public/view/{number}",
    )


_ISO = {
    "AT": "Austria", "BE": "Belgium", "BG": "Bulgaria", "CY": "Cyprus", "CZ": "Czech Republic",
    "DE": "Germany", "DK": "Denmark", "EE": "Estonia", "ES": "Spain", "FI": "Finland",
    "FR": "France", "GR": "Greece", "HR": "Croatia", "HU": "Hungary", "IE": "Ireland",
    "IS": "Iceland", "IT": "Italy", "LI": "Liechtenstein", "LT": "Lithuania", "LU": "Luxembourg",
    "LV": "Latvia", "MT": "Malta", "NL": "Netherlands", "NO": "Norway", "PL": "Poland",
    "PT": "Portugal", "RO": "Romania", "SE": "Sweden", "SI": "Slovenia", "SK": "Slovakia",
}  # fmt: skip


def _countries(text: str) -> tuple[str, ...]:
    return read_countries(";".join(_ISO.get(part.strip(), part) for part in text.split(";")))
