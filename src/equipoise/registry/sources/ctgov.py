"""ClinicalTrials.gov API v2 records: a page, a download (array), NDJSON or one study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from equipoise.registry.fields import read_countries, read_phase
from equipoise.registry.sources.ctgov_contacts import without_contacts
from equipoise.registry.sources.ctgov_paths import ENUMS
from equipoise.registry.sources.json_records import json_records
from equipoise.registry.sources.mapping import Notes, finish
from equipoise.registry.sources.protocols import BadRecord, Raw
from equipoise.registry.text import one_line
from equipoise.vocabulary.registry import Arm, Intervention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.registry.sources.opened import Opened
    from equipoise.vocabulary.registry import RegistryRecord

NAME = "ctgov"
_URL = "https://clinicaltrials.gov/study/"


class CtGov:
    """ClinicalTrials.gov, API version 2."""

    name = NAME

    def recognises(self, head: bytes, name: str) -> bool:
        """A JSON file that speaks of protocolSection."""
        return b'"protocolSection"' in head or (
            head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b'{"studies"')
        )

    def records(self, opened: Opened, *, contacts: bool) -> Iterator[Raw | BadRecord]:
        """Studies of any of the four forms."""
        for number, payload in json_records(opened, "studies"):
            if isinstance(payload, BadRecord):
                yield payload
            else:
                yield self.raw(number, payload, contacts=contacts)

    def raw(self, number: int, payload: bytes, *, contacts: bool) -> Raw | BadRecord:
        """One study's bytes as a raw record."""
        read = self.read(number, payload, contacts=contacts)
        return read if isinstance(read, BadRecord) else read[0]

    def read(
        self, number: int, payload: bytes, *, contacts: bool
    ) -> tuple[Raw, dict[str, Any]] | BadRecord:
        """One study's bytes as a raw record and as parsed."""
        try:
            study = orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            seen = payload[:40].decode("utf-8", "replace")
            return BadRecord(number, seen, f"must be JSON: {error}", "Download it again")
        identification = _dig(study, "protocolSection", "identificationModule")
        if not isinstance(identification, dict) or not identification.get("nctId"):
            return BadRecord(
                number, "no nctId", "every study must have its nctId", "Download it again"
            )
        taken_on = _dig(study, "derivedSection", "miscInfoModule", "versionHolder") or ""
        if not contacts:
            payload = orjson.dumps(without_contacts(study))
        return Raw(number, payload, b"", str(taken_on)[:10]), study

    def map_parsed(self, study: dict[str, Any]) -> RegistryRecord:
        """One study that is parsed already, mapped."""
        return _mapped(study)

    def map(self, payload: bytes) -> RegistryRecord:
        """One study, mapped."""
        return _mapped(orjson.loads(payload))


def _dig(node: Any, *names: str) -> Any:
    for name in names:
        if not isinstance(node, dict):
            return None
        node = node.get(name)
    return node


def _text(node: Any) -> str:
    return node if isinstance(node, str) else "" if node is None else str(node)


def _mapped(study: dict[str, Any]) -> RegistryRecord:
    protocol = study.get("protocolSection") or {}
    module = lambda name: protocol.get(name) or {}  # noqa: E731
    ident, status = module("identificationModule"), module("statusModule")
    design, sponsors = module("designModule"), module("sponsorCollaboratorsModule")
    arms, outcomes = module("armsInterventionsModule"), module("outcomesModule")
    eligibility, places = module("eligibilityModule"), module("contactsLocationsModule")
    notes = Notes()
    info = design.get("designInfo") or {}
    masking = info.get("maskingInfo") or {}
    enrolment = design.get("enrollmentInfo") or {}
    count = enrolment.get("count") if isinstance(enrolment.get("count"), int) else None
    actual = _text(enrolment.get("type")) == "ACTUAL"
    for field, value in (
        ("status", status.get("overallStatus")),
        ("study_type", design.get("studyType")),
        ("allocation", info.get("allocation")),
        ("interventionModel", info.get("interventionModel")),
        ("masking", masking.get("masking")),
    ):
        if value is not None and value not in ENUMS[field]:
            notes.add(field, _text(value), "a value that is not in the registry's list")
    interventions = tuple(
        Intervention(
            _text(i.get("type")).lower().replace("_", " "),
            one_line(_text(i.get("name"))),
            one_line(_text(i.get("description"))),
        )
        for i in arms.get("interventions") or ()
    )
    groups = tuple(
        Arm(
            one_line(_text(a.get("label"))),
            _text(a.get("type")).lower().replace("_", " "),
            one_line(_text(a.get("description"))),
        )
        for a in arms.get("armGroups") or ()
    )
    titles = one_line(_text(ident.get("briefTitle"))), one_line(_text(ident.get("officialTitle")))
    names = " ; ".join(
        [i.name for i in interventions]
        + [n for i in arms.get("interventions") or () for n in i.get("otherNames") or ()]
    )
    secondary = ident.get("secondaryIdInfos") or ()
    phases = [_text(p) for p in design.get("phases") or ()]
    date = lambda key: notes.date(key, _text(_dig(status, key, "date")))  # noqa: E731
    return finish(
        notes,
        classify_from=(
            ("title", titles[0]),
            ("title", titles[1]),
            ("interventions", names),
            ("arms", " ; ".join(f"{i.description}" for i in interventions)[:2_000]),
        ),
        id_places=(
            *(
                (
                    f"secondaryIdInfos {_text(s.get('type')) or 'no type'}",
                    f"{_text(s.get('id'))} {_text(s.get('domain'))}",
                )
                for s in secondary
            ),
            ("nctIdAliases", " ".join(_text(a) for a in ident.get("nctIdAliases") or ())),
            ("orgStudyIdInfo", _text(_dig(ident, "orgStudyIdInfo", "id"))),
            ("title", " ".join(titles)),
        ),
        arms_text=" ; ".join(f"{g.label} {g.kind}" for g in groups) + " ; " + names,
        id=_text(ident.get("nctId")),
        registry="ClinicalTrials.gov",
        source=NAME,
        public_title=titles[0],
        scientific_title=titles[1],
        acronym=one_line(_text(ident.get("acronym"))),
        conditions=tuple(
            one_line(_text(c)) for c in module("conditionsModule").get("conditions") or ()
        ),
        interventions=interventions,
        arms=groups,
        study_type=_text(design.get("studyType")).lower().replace("_", " "),
        design=_design(info, masking),
        phase=read_phase(
            "/".join(
                p.replace("PHASE", "") if p != "EARLY_PHASE1" else "Early Phase 1" for p in phases
            )
        ).value,
        planned_size=None if actual else count,
        actual_size=count if actual else None,
        status=notes.status(_text(status.get("overallStatus"))),
        status_text=_text(status.get("overallStatus")),
        why_stopped=one_line(_text(status.get("whyStopped"))),
        registered=notes.date("registered", _text(status.get("studyFirstSubmitDate"))),
        posted=date("studyFirstPostDateStruct"),
        started=date("startDateStruct"),
        primary_completion=date("primaryCompletionDateStruct"),
        completion=date("completionDateStruct"),
        results_posted=date("resultsFirstPostDateStruct"),
        updated=date("lastUpdatePostDateStruct"),
        has_results=_yes_no(study.get("hasResults")),
        countries=read_countries(
            ";".join(
                dict.fromkeys(
                    _text(place.get("country")) for place in places.get("locations") or ()
                )
            )
        ),
        sponsor=one_line(_text(_dig(sponsors, "leadSponsor", "name"))),
        collaborators=tuple(
            one_line(_text(c.get("name"))) for c in sponsors.get("collaborators") or ()
        ),
        primary_outcomes=_outcomes(outcomes.get("primaryOutcomes")),
        secondary_outcomes=_outcomes(outcomes.get("secondaryOutcomes")),
        sex=_text(eligibility.get("sex")).lower(),
        age_min=_text(eligibility.get("minimumAge")),
        age_max=_text(eligibility.get("maximumAge")),
        summary=_text(module("descriptionModule").get("briefSummary")),
        url=_URL + _text(ident.get("nctId")),
    )


def _yes_no(value: object) -> str:
    return "yes" if value is True else "no" if value is False else "unclear"


def _outcomes(listed: Any) -> tuple[str, ...]:
    return tuple(
        one_line(_text(o.get("measure")))
        + (f" [{one_line(_text(o.get('timeFrame')))}]" if o.get("timeFrame") else "")
        for o in listed or ()
    )


def _design(info: dict[str, Any], masking: dict[str, Any]) -> str:
    """The structured design in the words that WHO's export has for it."""
    who = ", ".join(_text(w).replace("_", " ").capitalize() for w in masking.get("whoMasked") or ())
    model = info.get("interventionModel")
    parts = [
        (
            "Allocation",
            _text(info.get("allocation")).replace("_", "-").replace("NA", "N/A")
            if info.get("allocation") == "NA"
            else _text(info.get("allocation")).replace("_", "-").capitalize(),
        ),
        (
            "Intervention model",
            f"{_text(model).replace('_', ' ').capitalize()} Assignment" if model else "",
        ),
        ("Primary purpose", _text(info.get("primaryPurpose")).replace("_", " ").capitalize()),
        ("Masking", _text(masking.get("masking")).capitalize() + (f" ({who})" if who else "")),
        (
            "Observational model",
            _text(info.get("observationalModel")).replace("_", " ").capitalize(),
        ),
        ("Time perspective", _text(info.get("timePerspective")).replace("_", " ").capitalize()),
    ]
    said = ". ".join(f"{name}: {value}" for name, value in parts if value)
    extra = [
        _text(info.get("interventionModelDescription")),
        _text(masking.get("maskingDescription")),
    ]
    return said + ("." if said else "") + "".join(f" | {one_line(text)}" for text in extra if text)
