"""ClinicalTrials.gov records without the names, telephones and addresses of people."""

from __future__ import annotations

from typing import Any

# Where people stand in a study. Everything else is kept as it is.
DROPPED = {
    "protocolSection.contactsLocationsModule.centralContacts": "people to ask",
    "protocolSection.contactsLocationsModule.overallOfficials": "investigators by name",
    "protocolSection.contactsLocationsModule.locations[].contacts": "people to ask at a site",
    "protocolSection.sponsorCollaboratorsModule.responsibleParty.investigatorFullName": "a name",
    "protocolSection.sponsorCollaboratorsModule.responsibleParty.investigatorTitle": "a person's post",
    "protocolSection.sponsorCollaboratorsModule.responsibleParty.oldNameTitle": "a name",
    "annotationSection.annotationModule.unpostedAnnotation.unpostedResponsibleParty": "a name",
    "resultsSection.moreInfoModule.pointOfContact": "a person to ask",
}


def without_contacts(study: dict[str, Any]) -> dict[str, Any]:
    """The same study, its `DROPPED` paths gone; changes the record it is given."""
    for path in DROPPED:
        _drop(study, path.split("."))
    return study


def _drop(node: Any, parts: list[str]) -> None:
    for depth, part in enumerate(parts[:-1]):
        if part.endswith("[]"):
            for item in node.get(part[:-2]) or () if isinstance(node, dict) else ():
                _drop(item, parts[depth + 1 :])
            return
        node = node.get(part) if isinstance(node, dict) else None
        if node is None:
            return
    if isinstance(node, dict):
        node.pop(parts[-1], None)
