"""ISRCTN records as ctrdata stores them."""

from __future__ import annotations

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

NAME = "isrctn"
MAPPED = {
    "isrctn": "id", "trialDescription.title": "public_title",
    "trialDescription.scientificTitle": "scientific_title", "trialDescription.acronym": "acronym",
    "trialDescription.plainEnglishSummary": "summary",
    "trialDescription.primaryOutcome": "primary_outcomes",
    "trialDescription.secondaryOutcome": "secondary_outcomes",
    "externalRefs": "other_ids", "trialDesign.studyDesign": "design",
    "trialDesign.primaryStudyDesign": "study_type", "trialDesign.secondaryStudyDesign": "design",
    "trialDesign.overallEndDate": "completion",
    "participants.recruitmentCountries": "countries", "participants.gender": "sex",
    "participants.inclusion": "the raw record: criteria are long prose", "participants.exclusion": "the raw record: criteria are long prose",
    "participants.targetEnrolment": "planned_size",
    "participants.totalFinalEnrolment": "actual_size",
    "participants.recruitmentStart": "started", "participants.recruitmentStatusOverride": "status",
    "participants.recruitmentStartStatusOverride": "status", "conditions": "conditions",
    "interventions": "interventions, phase", "results.publicationDetails": "has_results",
    "parties.sponsorName": "sponsor", "_id": "id", "dateAssigned": "registered",
    "lastUpdated": "updated",
}  # fmt: skip
IGNORED = {
    "trialDescription.": "acknowledgement, hypothesis, ethics: kept in the raw record",
    "trialDesign.": "kind of trial, reasons: kept in the raw record",
    "participants.": "sites, age groups: kept in the raw record",
    "parties.": "the registry's own numbers for funder, sponsor and people",
    "results.": "publication plans", "outputs": "links to publications",
    "miscellaneous": "data sharing", "attachedFiles": "files", "ctrname": "the register's name",
    "thirdPartyFilesUploaded": "files", "isrctnLegacy": "old numbers",
}  # fmt: skip


class Isrctn:
    """The ISRCTN registry."""

    name = NAME

    def recognises(self, head: bytes, name: str) -> bool:
        """JSON with a trialDescription and an ISRCTN number."""
        return b'"trialDescription"' in head and b'"isrctn"' in head

    def records(self, opened: Opened, *, contacts: bool) -> Iterator[Raw | BadRecord]:
        """Records of the file."""
        yield from nested_records(opened, "trials", accept, contacts=contacts)

    def map(self, payload: bytes) -> RegistryRecord:
        """One record, mapped."""
        return _mapped(orjson.loads(payload))


def accept(record: dict[str, Any]) -> str | None:
    """Why a record is not ISRCTN's; None where it is."""
    return None if record.get("isrctn") and record.get("trialDescription") else "no isrctn number"


def _mapped(record: dict[str, Any]) -> RegistryRecord:
    notes = Notes()
    digits = line(record, "isrctn").upper().removeprefix("ISRCTN")
    titles = (
        line(record, "trialDescription.title"),
        line(record, "trialDescription.scientificTitle"),
    )
    arms = listed(dig(record, "interventions.intervention"))
    planned = read_size(line(record, "participants.targetEnrolment"))
    notes.add("planned_size", line(record, "participants.targetEnrolment"), planned.note)
    final = read_size(line(record, "participants.totalFinalEnrolment"))
    phase = read_phase(line(arms, "phase"))
    notes.add("phase", line(arms, "phase"), phase.note)
    references = dig(record, "externalRefs") or {}
    said = line(record, "participants.recruitmentStatusOverride")
    drugs = " ; ".join(line(arm, "drugNames") for arm in arms)
    words = " ; ".join(text(arm, "description") for arm in arms)
    names = [listed(dig(record, "externalRefs.secondaryNumbers.secondaryNumber"))]
    secondary = " ".join(str(value) for values in names for value in values)
    return finish(
        notes,
        classify_from=(
            ("title", titles[0]),
            ("title", titles[1]),
            ("interventions", drugs),
            ("arms", words[:2_000]),
        ),
        id_places=(
            ("externalRefs.eudraCTNumber", line(references, "eudraCTNumber")),
            ("externalRefs.clinicalTrialsGovNumber", line(references, "clinicalTrialsGovNumber")),
            ("externalRefs.protocolSerialNumber", line(references, "protocolSerialNumber")),
            ("externalRefs.secondaryNumbers", secondary),
            ("title", " ".join(titles)),
        ),
        arms_text=words,
        id=f"ISRCTN{digits}",
        registry="ISRCTN",
        source=NAME,
        public_title=titles[0],
        scientific_title=titles[1],
        acronym=line(record, "trialDescription.acronym"),
        conditions=tuple(
            line(c, "description") for c in listed(dig(record, "conditions.condition"))
        ),
        interventions=tuple(
            Intervention(
                line(arm, "interventionType").lower(),
                line(arm, "drugNames") or line(arm, "description")[:500],
                line(arm, "description"),
            )
            for arm in arms
        ),
        study_type=line(record, "trialDesign.primaryStudyDesign").lower(),
        design=" | ".join(
            part
            for part in (
                line(record, "trialDesign.studyDesign"),
                line(record, "trialDesign.secondaryStudyDesign"),
            )
            if part
        ),
        phase=phase.value,
        planned_size=planned.value,
        actual_size=final.value,
        status=notes.status(said) if said else "",
        status_text=said,
        registered=notes.date("registered", line(record, "dateAssigned")),
        started=notes.date("started", line(record, "participants.recruitmentStart")),
        completion=notes.date("completion", line(record, "trialDesign.overallEndDate")),
        updated=notes.date("updated", line(record, "lastUpdated")),
        countries=read_countries(
            ";".join(
                str(c) for c in listed(dig(record, "participants.recruitmentCountries.country"))
            )
        ),
        sponsor=line(record, "parties.sponsorName"),
        primary_outcomes=(text(record, "trialDescription.primaryOutcome"),),
        secondary_outcomes=(text(record, "trialDescription.secondaryOutcome"),),
        sex=line(record, "participants.gender").lower(),
        summary=text(record, "trialDescription.plainEnglishSummary"),
        url=f"https://www.isrctn.com/ISRCTN{digits}",
    )
