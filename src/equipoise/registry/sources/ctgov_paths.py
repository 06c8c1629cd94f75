"""Every path of a ClinicalTrials.gov study: mapped to a column, or left in the raw record and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from equipoise.registry.sources.ctgov_contacts import DROPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

_P = "protocolSection."
MAPPED: dict[str, str] = {
    _P + "identificationModule.nctId": "id",
    _P + "identificationModule.nctIdAliases": "other_ids",
    _P + "identificationModule.orgStudyIdInfo": "other_ids, where it is a registry's number",
    _P + "identificationModule.secondaryIdInfos": "other_ids",
    _P + "identificationModule.briefTitle": "public_title",
    _P + "identificationModule.officialTitle": "scientific_title",
    _P + "identificationModule.acronym": "acronym",
    _P + "statusModule.overallStatus": "status, status_text",
    _P + "statusModule.whyStopped": "why_stopped",
    _P + "statusModule.startDateStruct.date": "started",
    _P + "statusModule.primaryCompletionDateStruct.date": "primary_completion",
    _P + "statusModule.completionDateStruct.date": "completion",
    _P + "statusModule.studyFirstSubmitDate": "registered",
    _P + "statusModule.studyFirstPostDateStruct.date": "posted",
    _P + "statusModule.resultsFirstPostDateStruct.date": "results_posted",
    _P + "statusModule.lastUpdatePostDateStruct.date": "updated",
    _P + "sponsorCollaboratorsModule.leadSponsor.name": "sponsor",
    _P + "sponsorCollaboratorsModule.collaborators[].name": "collaborators",
    _P + "descriptionModule.briefSummary": "summary",
    _P + "conditionsModule.conditions": "conditions",
    _P + "designModule.studyType": "study_type",
    _P + "designModule.phases": "phase",
    _P + "designModule.designInfo": "design, randomised, controlled, blinded",
    _P + "designModule.enrollmentInfo": "planned_size, actual_size",
    _P + "armsInterventionsModule.armGroups": "arms",
    _P + "armsInterventionsModule.interventions": "interventions, classes",
    _P + "outcomesModule.primaryOutcomes": "primary_outcomes",
    _P + "outcomesModule.secondaryOutcomes": "secondary_outcomes",
    _P + "eligibilityModule.sex": "sex",
    _P + "eligibilityModule.minimumAge": "age_min",
    _P + "eligibilityModule.maximumAge": "age_max",
    _P + "contactsLocationsModule.locations[].country": "countries",
    "hasResults": "has_results",
    "derivedSection.miscInfoModule.versionHolder": "the snapshot's day",
}
IGNORED: dict[str, str] = {
    _P + "identificationModule.organization": "the registering organisation; the sponsor is mapped",
    _P + "statusModule.statusVerifiedDate": "when the sponsor last checked the record",
    _P + "statusModule.lastKnownStatus": "status before UNKNOWN; snapshots keep it",
    _P + "statusModule.delayedPosting": "a device's delayed posting",
    _P + "statusModule.expandedAccessInfo": "a pointer to an expanded access record",
    _P + "statusModule.startDateStruct.type": "actual or estimated; kept in the raw record",
    _P + "statusModule.primaryCompletionDateStruct.type": "actual or estimated",
    _P + "statusModule.completionDateStruct.type": "actual or estimated",
    _P + "statusModule.studyFirstSubmitQcDate": "the registry's own quality check",
    _P + "statusModule.studyFirstPostDateStruct.type": "actual or estimated",
    _P + "statusModule.resultsFirstSubmitDate": "the day of posting is mapped",
    _P + "statusModule.resultsFirstSubmitQcDate": "the registry's own quality check",
    _P + "statusModule.resultsFirstPostDateStruct.type": "actual or estimated",
    _P + "statusModule.dispFirst": "certificates of delay",
    _P + "statusModule.lastUpdateSubmitDate": "the day of posting is mapped",
    _P + "statusModule.lastUpdatePostDateStruct.type": "actual or estimated",
    _P + "sponsorCollaboratorsModule.leadSponsor.class": "kind of sponsor",
    _P + "sponsorCollaboratorsModule.collaborators[].class": "kind of collaborator",
    _P + "sponsorCollaboratorsModule.responsibleParty": "who answers for the record",
    _P + "oversightModule": "regulation in the United States",
    _P + "descriptionModule.detailedDescription": "long prose; searchable in the raw record",
    _P + "conditionsModule.keywords": "free keywords",
    _P + "designModule.patientRegistry": "registries of patients",
    _P + "designModule.targetDuration": "follow-up of registries",
    _P + "designModule.expandedAccessTypes": "expanded access",
    _P + "designModule.bioSpec": "samples kept",
    _P + "outcomesModule.otherOutcomes": "exploratory outcomes",
    _P + "eligibilityModule.eligibilityCriteria": "long prose; kept in the raw record",
    _P + "eligibilityModule.healthyVolunteers": "eligibility's text has it",
    _P + "eligibilityModule.genderBased": "eligibility's text has it",
    _P + "eligibilityModule.genderDescription": "eligibility's text has it",
    _P + "eligibilityModule.stdAges": "derived from the ages",
    _P + "eligibilityModule.studyPopulation": "observational studies' population",
    _P + "eligibilityModule.samplingMethod": "observational studies' sampling",
    _P + "contactsLocationsModule.locations[].": "sites; their countries are mapped",
    _P + "referencesModule": "citations, links and data sets",
    _P + "ipdSharingStatementModule": "data sharing",
    "resultsSection": "posted results: evidence, not registration",
    "documentSection": "protocols and plans on file",
    "annotationSection": "results submitted and not yet posted",
    "derivedSection": "terms, dates and countries that the registry derives",
}
ENUMS: dict[str, frozenset[str]] = {
    "status": frozenset(
        ["ACTIVE_NOT_RECRUITING", "COMPLETED", "ENROLLING_BY_INVITATION", "NOT_YET_RECRUITING", "RECRUITING", "SUSPENDED", "TERMINATED", "WITHDRAWN", "AVAILABLE", "NO_LONGER_AVAILABLE", "TEMPORARILY_NOT_AVAILABLE", "APPROVED_FOR_MARKETING", "WITHHELD", "UNKNOWN"]
    ),
    "study_type": frozenset({"INTERVENTIONAL", "OBSERVATIONAL", "EXPANDED_ACCESS"}),
    "allocation": frozenset({"RANDOMIZED", "NON_RANDOMIZED", "NA"}),
    "interventionModel": frozenset(
        {"SINGLE_GROUP", "PARALLEL", "CROSSOVER", "FACTORIAL", "SEQUENTIAL"}
    ),
    "masking": frozenset({"NONE", "SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"}),
}  # fmt: skip


def paths(node: Any, prefix: str = "") -> Iterator[str]:
    """Every path to a value in a record; lists as ``[]``."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from paths(value, f"{prefix}.{name}" if prefix else name)
    elif isinstance(node, list):
        for value in node:
            yield from paths(value, f"{prefix}[]")
    else:
        yield prefix


def disposition(path: str) -> str | None:
    """What becomes of a path: a column, or why it stays raw; None for a path nobody knows."""
    for listed in (MAPPED, IGNORED, DROPPED):
        for known, meaning in listed.items():
            if path == known or (
                path.startswith((known + ".", known + "[", known))
                and (
                    known.endswith((".", "dispFirst"))
                    or path[len(known) : len(known) + 1] in {"", ".", "["}
                )
            ):
                return meaning
    return None
