"""Registry records written for tests: small, complete, and nobody's."""

import json


def study(number="NCT09000001", **changes):
    """A ClinicalTrials.gov v2 study; `changes` are set at dotted paths."""
    record = {
        "protocolSection": {
            "identificationModule": {
                "nctId": number,
                "orgStudyIdInfo": {"id": "ABC-1"},
                "secondaryIdInfos": [{"id": "2030-001234-11", "type": "EUDRACT_NUMBER"}],
                "briefTitle": "Umbilical Cord Cells for Lung Injury",
                "officialTitle": "A Randomized Trial of Umbilical Cord Mesenchymal Stem Cells in COVID-19 Lung Injury",
                "acronym": "CORDLUNG",
            },
            "statusModule": {
                "overallStatus": "RECRUITING",
                "startDateStruct": {"date": "2030-03", "type": "ESTIMATED"},
                "primaryCompletionDateStruct": {"date": "2030-12-31"},
                "studyFirstSubmitDate": "2030-02-01",
                "studyFirstPostDateStruct": {"date": "2030-02-20"},
                "lastUpdatePostDateStruct": {"date": "2030-03-01"},
            },
            "sponsorCollaboratorsModule": {
                "leadSponsor": {"name": "Harbour University Hospital"},
                "responsibleParty": {"type": "SPONSOR", "investigatorFullName": "Jo Doe"},
            },
            "conditionsModule": {"conditions": ["COVID-19", "Lung Injury"]},
            "descriptionModule": {"briefSummary": "Cells against saline in severe lung injury."},
            "designModule": {
                "studyType": "INTERVENTIONAL",
                "phases": ["PHASE1", "PHASE2"],
                "designInfo": {
                    "allocation": "RANDOMIZED",
                    "interventionModel": "PARALLEL",
                    "maskingInfo": {
                        "masking": "DOUBLE",
                        "whoMasked": ["PARTICIPANT", "INVESTIGATOR"],
                    },
                },
                "enrollmentInfo": {"count": 120, "type": "ESTIMATED"},
            },
            "armsInterventionsModule": {
                "armGroups": [{"label": "Cells", "type": "EXPERIMENTAL"}],
                "interventions": [
                    {"type": "BIOLOGICAL", "name": "UC-MSCs"},
                    {"type": "OTHER", "name": "Saline"},
                ],
            },
            "outcomesModule": {"primaryOutcomes": [{"measure": "Death", "timeFrame": "28 days"}]},
            "eligibilityModule": {"sex": "ALL", "minimumAge": "18 Years"},
            "contactsLocationsModule": {
                "centralContacts": [
                    {"name": "Jo Doe", "phone": "555 0100", "email": "jo@example.org"}
                ],
                "locations": [
                    {
                        "facility": "Ward 3",
                        "country": "Norway",
                        "contacts": [{"name": "Jo Doe", "phone": "555"}],
                    }
                ],
            },
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2030-03-05"}},
        "hasResults": False,
    }
    for path, value in changes.items():
        node = record
        *parents, last = path.split("__")
        for part in parents:
            node = node.setdefault(part, {})
        node[last] = value
    return record


def protocol(module, key):
    """The keyword under which `study` changes a protocol field."""
    return f"protocolSection__{module}__{key}"


def ndjson(path, *records):
    """Write records as lines."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


COLUMNS = [
    "TrialID",
    "Last Refreshed on",
    "Public title",
    "Scientific title",
    "Acronym",
    "Primary sponsor",
    "Date registration",
    "Date registration3",
    "Export date",
    "Source Register",
    "web address",
    "Recruitment Status",
    "other records",
    "Inclusion agemin",
    "Inclusion agemax",
    "Inclusion gender",
    "Date enrollement",
    "Target size",
    "Study type",
    "Study design",
    "Phase",
    "Countries",
    "Contact Firstname",
    "Contact Tel",
    "Inclusion Criteria",
    "Condition",
    "Intervention",
    "Primary outcome",
]


def ictrp_row(**changes):
    """A WHO ICTRP row by column name; blanks in a name as underscores."""
    row = {
        "TrialID": "ChiCTR2099000001",
        "Public title": "Umbilical cord cells for lung injury in COVID-19",
        "Scientific title": "A randomized trial of umbilical cord mesenchymal stem cells in COVID-19 lung injury"
        + " " * 300,
        "Primary sponsor": "Harbour University Hospital",
        "Date registration": "03/02/2030",
        "Date registration3": "20300203",
        "Export date": "3/5/2030 10:40:56 AM",
        "Source Register": "ChiCTR",
        "Recruitment Status": "Recruiting",
        "Date enrollement": "2030-03-10",
        "Target size": "experimental group 1:60;control group:60;",
        "Study type": "Interventional study",
        "Study design": "Parallel",
        "Phase": "1-2",
        "Countries": "Norway",
        "Contact Firstname": "Jo",
        "Contact Tel": "555 0100",
        "Condition": "COVID-19",
        "Intervention": "experimental group 1:UC-MSCs 1×10^6 cells/kg, intravenous infusion;control group:saline;",
        "Primary outcome": "Death;",
    }
    row |= {name.replace("_", " "): value for name, value in changes.items()}
    return {column: row.get(column, "") for column in COLUMNS}


def ictrp_csv(path, *rows):
    """Write rows as the WHO's COVID-19 CSV."""
    import csv

    with open(path, "w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path
