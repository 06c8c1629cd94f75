"""Each registry's exports, whole and hostile."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest
from registry_fixtures import COLUMNS, ictrp_csv, ictrp_row, ndjson, study

import equipoise as eq
from equipoise.registry.sources.catalogue import source_named, source_of, sources
from equipoise.registry.sources.ctgov_paths import disposition, paths
from equipoise.registry.sources.ictrp import WEEKLY
from equipoise.registry.sources.opened import open_file
from equipoise.registry.sources.protocols import BadRecord


def read(path, name=None):
    """Every record of a file, mapped, and the bad ones."""
    opened = open_file(Path(path))[0]
    source = source_named(name) if name else source_of(opened)
    raws = list(source.records(opened, contacts=False))
    bad = [raw for raw in raws if isinstance(raw, BadRecord)]
    return [source.map(raw.payload) for raw in raws if not isinstance(raw, BadRecord)], bad


def ictrp_xml(path, body=None, head="<?xml version='1.0'?>"):
    row = body or "".join(
        f"<{name.replace(' ', '_')}>{value}\n    </{name.replace(' ', '_')}>"
        for name, value in ictrp_row().items()
        if value
    )
    path.write_text(
        f"{head}<Trials_downloaded_from_ICTRP><Trial>{row}</Trial></Trials_downloaded_from_ICTRP>",
        "utf-8",
    )
    return path


def check_ictrp(record):
    assert (record.id, record.registry, record.registered) == (
        "ChiCTR2099000001",
        "ChiCTR",
        "2030-02-03",
    )
    assert (record.planned_size, record.phase, record.started) == (120, "1/2", "2030-03-10")
    assert (record.randomised, record.controlled, record.blinded) == ("yes", "yes", "unclear")
    assert record.scientific_title.endswith("injury")
    assert {(c.axis, c.name) for c in record.classes} >= {
        ("product", "MSC"),
        ("route", "intravenous"),
        ("dose", "cells"),
    }
    assert next(c.text for c in record.classes if c.axis == "dose").startswith("1×10^6 cells")


def test_ictrp_xml_csv_and_weekly_csv_are_one_record(tmp_path):
    check_ictrp(read(ictrp_xml(tmp_path / "a.xml"))[0][0])
    check_ictrp(read(ictrp_csv(tmp_path / "a.csv", ictrp_row()))[0][0])
    row = dict.fromkeys(WEEKLY, "")
    row |= {
        "trialid": "ChiCTR2099000001", "secondary_ids": "NCT09000001; U1111-1234-5678",
        "public_title": ictrp_row()["Public title"], "scientific_title": ictrp_row()["Scientific title"],
        "study_design": "Parallel", "phase": "1-2", "date_registration": "2030-02-03",
        "date_enrolment": "2030-03-10", "target_size": "120", "interventions": ictrp_row()["Intervention"],
        "public_contact_email": "jo@example.org",
    }  # fmt: skip
    path = tmp_path / "weekly.csv"
    path.write_text(",".join(f'"{value.strip()}"' for value in row.values()) + "\n")
    found = read(path)[0][0]
    check_ictrp(found)
    assert {other.key for other in found.other_ids} == {"NCT09000001", "U1111-1234-5678"}


def test_an_excel_export_with_its_damage(tmp_path):
    import xlsxwriter

    path = tmp_path / "2030-03-25.xlsx"
    row = ictrp_row(
        Phase="2030-02-01 00:00:00", Intervention="group:5 √ó 10E7 Brand¬Æ umbilical cord MSCs;"
    )
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, COLUMNS)
    sheet.write_row(1, 0, list(row.values()))
    book.close()
    found = read(path, "ictrp")[0][0]
    assert found.phase == "1/2"
    assert "5 × 10E7 Brand®" in found.interventions[0].name
    assert {note.note for note in found.notes} >= {"mojibake undone"}


def test_a_parquet_file_of_snapshots(tmp_path):

    rows = [
        {"snapshot": day, **ictrp_row(Recruitment_Status=status)}
        for day, status in (("2030-03-05", "Recruiting"), ("2030-04-05", "Not recruiting"))
    ]
    path = tmp_path / "all.parquet"
    pl.DataFrame(rows).write_parquet(path)
    reg = eq.Registry(tmp_path / "l.duckdb")
    assert reg.load(path).taken_on == ("2030-03-05", "2030-04-05")
    assert reg.registrations("2030-03-20")["status_on"].to_list() == ["recruiting"]
    assert reg.registrations("2030-04-20")["status_on"].to_list() == ["not recruiting"]
    reg.close()


def test_entities_are_refused_and_nothing_outside_is_read(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    head = f'<!DOCTYPE t [<!ENTITY x SYSTEM "file://{secret}">]>'
    path = ictrp_xml(
        tmp_path / "a.xml", "<TrialID>NCT09000001</TrialID><Public_title>&x;</Public_title>", head
    )
    with pytest.raises(eq.SourceError, match="may declare no entities"):
        read(path)
    late = ictrp_xml(
        tmp_path / "b.xml", "<TrialID>NCT09000001</TrialID><Public_title>&x;</Public_title>"
    )
    with pytest.raises(eq.SourceError, match="well-formed XML"):
        read(late)


def test_a_document_type_after_a_long_comment_is_not_expanded(tmp_path):
    head = (
        "<!--" + "x" * 70_000 + "-->" + '<!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    )
    path = ictrp_xml(
        tmp_path / "a.xml", "<TrialID>NCT09000001</TrialID><Public_title>&b;</Public_title>", head
    )
    with pytest.raises(eq.SourceError):
        read(path, "ictrp")


def test_truncated_xml_tells_and_keeps_the_good(tmp_path):
    whole = ictrp_xml(tmp_path / "a.xml").read_text("utf-8")
    cut = whole.replace("</Trials_downloaded_from_ICTRP>", "") + "<Trial><TrialID>NCT0900"
    (tmp_path / "b_2030-03-05.xml").write_text(cut, "utf-8")
    reg = eq.Registry(tmp_path / "l.duckdb")
    report = reg.load(tmp_path / "b_2030-03-05.xml")
    assert report.records == 1
    assert "well-formed XML to its end" in report.problems[0]
    with pytest.raises(eq.SourceError, match="well-formed"):
        eq.Registry(tmp_path / "m.duckdb").load(tmp_path / "b_2030-03-05.xml", on_bad="refuse")
    reg.close()


def test_bombs_are_refused_before_they_go_off(tmp_path):
    import gzip

    packed = tmp_path / "bomb.json.gz"
    packed.write_bytes(gzip.compress(b'[{"protocolSection":' + b" " * 150_000_000))
    with pytest.raises(eq.SourceError, match="may not unpack to more than"):
        read(packed, "ctgov")
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.json", b" " * 150_000_000)
    with pytest.raises(eq.SourceError, match="may not unpack"):
        read(archive, "ctgov")
    sheet = tmp_path / "bomb.xlsx"
    archive.rename(sheet)
    with pytest.raises(eq.SourceError, match="may not unpack"):
        read(sheet, "ictrp")


def test_an_archive_cut_short_is_refused(tmp_path):
    import gzip

    whole = gzip.compress(
        json.dumps([study(f"NCT0900{i:04d}") for i in range(500)]).encode(), mtime=0
    )
    path = tmp_path / "a.json.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(eq.SourceError, match=r"whole archive|truncated"):
        read(path, "ctgov")


def test_rows_that_do_not_fit_their_header_are_told(tmp_path):
    path = ictrp_csv(tmp_path / "a.csv", ictrp_row())
    with open(path, "a") as out:
        out.write("NCT09000009,short row\n")
    good, bad = read(path)
    assert len(good) == 1
    assert bad[0].number == 2


def test_the_classic_search_table(tmp_path):
    header = ["Rank", "NCT Number", "Title", "Acronym", "Status", "Study Results", "Conditions", "Interventions",
              "Outcome Measures", "Sponsor/Collaborators", "Gender", "Age", "Phases", "Enrollment", "Study Type",
              "Study Designs", "Other IDs", "Start Date", "First Posted", "Locations", "URL"]  # fmt: skip
    cells = ["1", "NCT09000001", "Cells for Lung Injury", "CORD", "Active, not recruiting", "No Results Available",
             "COVID-19|Lung Injury", "Biological: UC-MSCs|Other: Saline", "Death|Days in hospital",
             "Harbour University Hospital|Another", "All", "18 Years and older", "Phase 1|Phase 2", "120",
             "Interventional", "Allocation: Randomized|Intervention Model: Parallel Assignment|Masking: Double (Participant, Investigator)",
             "ABC-1|2030-001234-11", "March 2030", "February 20, 2030",
             "Ward 3, Seoul, Korea, Republic of|Ward 4, Oslo, Norway", "https://example.org"]  # fmt: skip
    for path, separator in ((tmp_path / "a.csv", ","), (tmp_path / "a.tsv", "\t")):
        row = separator.join(f'"{cell}"' if separator == "," else cell for cell in cells)
        path.write_text(separator.join(header) + "\n" + row + "\n")
        found = read(path)[0][0]
        assert (found.status, found.phase, found.planned_size) == (
            "active, not recruiting",
            "1/2",
            120,
        )
        assert found.countries == ("South Korea", "Norway")
        assert (found.randomised, found.blinded, found.started) == ("yes", "yes", "2030-03")
        assert found.other_ids[0].key == "EUCTR2030-001234-11"
        assert [i.name for i in found.interventions] == ["UC-MSCs", "Saline"]


def test_isrctn_euctr_and_ctis_each_by_their_own_fields(tmp_path):
    isrctn = {
        "isrctn": "12345678", "ctrname": "ISRCTN",
        "trialDescription": {"title": "Cells", "scientificTitle": "A trial of cells", "acronym": "CORD", "primaryOutcome": "Death",
                             "ethicsCommittees": {"ethicsCommittee": {"contactDetails": {"email": "x@example.org"}}}},
        "externalRefs": {"eudraCTNumber": "2030-001234-11", "clinicalTrialsGovNumber": "NCT09000001"},
        "trialDesign": {"studyDesign": "Interventional double blind randomised placebo controlled trial",
                        "primaryStudyDesign": "Interventional"},
        "participants": {"recruitmentCountries": {"country": ["Norway", "Sweden"]}, "targetEnrolment": "211",
                         "totalFinalEnrolment": "", "recruitmentStart": "2030-03-01T00:00:00.000Z"},
        "interventions": {"intervention": {"drugNames": "UC-MSCs", "phase": "Phase III", "interventionType": "Drug"}},
    }  # fmt: skip
    euctr = {
        "a2_eudract_number": "2030-001234-11", "_id": "2030-001234-11-NO", "x5_trial_status": "Ongoing",
        "a3_full_title_of_the_trial": "A trial of cells", "a1_member_state_concerned": "Norway - NOMA",
        "x6_date_on_which_this_record_was_first_entered_in_the_eudract_database": "2030-02-02",
        "a52_us_nct_clinicaltrialsgov_registry_number": "NCT09000001", "e71_human_pharmacology_phase_i": "No",
        "e72_therapeutic_exploratory_phase_ii": "Yes", "e73_therapeutic_confirmatory_phase_iii": "Yes",
        "e81_controlled": "Yes", "e811_randomised": "Yes", "e812_open": "No", "e813_single_blind": "No",
        "e814_double_blind": "Yes", "f422_in_the_whole_clinical_trial": "211", "b56_email": "x@example.org",
        "b1_sponsor": [{"b11_name_of_sponsor": "Harbour University Hospital", "b56_e_mail": "x@example.org"}],
        "dimp": [{"d21_product_name": "UC-MSC"}],
    }  # fmt: skip
    ctis = {
        "ctNumber": "2030-512345-11-00", "ctStatus": 4, "startDateEU": "05/03/2030", "decisionDateOverall": "01/02/2030",
        "trialCountries": "NO:Authorised, recruiting, SE:Authorised, not started", "trialPhase": "Therapeutic exploratory (Phase II)",
        "totalNumberEnrolled": "211", "lastUpdated": "06/03/2030",
        "authorizedApplication": {"authorizedPartI": {
            "trialDetails": {"clinicalTrialIdentifiers": {"fullTitle": "A randomised double-blind trial of cells", "publicTitle": "Cells",
                             "secondaryIdentifyingNumbers": {"nctNumber": {"number": "NCT09000001"}}}},
            "products": [{"jsonActiveSubstanceNames": "zanamivir"}],
            "sponsors": [{"organisation": {"name": "Harbour"}, "publicContacts": [{"functionalEmailAddress": "x@example.org"}]}]}},
    }  # fmt: skip
    path = ndjson(
        tmp_path / "mixed.ndjson",
        *({**r, "ctrname": "x"} for r in (isrctn, euctr, ctis)),
        {"ctrname": "x", "_id": "meta-info"},
    )
    found, bad = read(path)
    assert bad == []
    a, b, c = found
    assert (a.id, a.planned_size, a.phase, a.started, a.blinded) == (
        "ISRCTN12345678",
        211,
        "3",
        "2030-03-01",
        "yes",
    )
    assert (b.id, b.key, b.phase, b.registered, b.blinded) == (
        "EUCTR2030-001234-11-NO",
        "EUCTR2030-001234-11",
        "2/3",
        "2030-02-02",
        "yes",
    )
    assert (c.key, c.status, c.started, c.countries) == (
        "CTIS2030-512345-11",
        "recruiting",
        "2030-03-05",
        ("Norway", "Sweden"),
    )
    assert (c.randomised, c.blinded) == ("yes", "yes")
    for record in found:
        assert "NCT09000001" in {other.key for other in record.other_ids}
    assert [
        source_of(open_file(ndjson(tmp_path / f"{i}.ndjson", r))[0]).name
        for i, r in enumerate((isrctn, euctr, ctis))
    ][1:] == ["euctr", "ctis"]
    reg = eq.Registry(tmp_path / "l.duckdb")
    reg.load(path)
    for record in found:
        assert b"example.org" not in reg.raw(record.id)
    assert reg.links(decided=True).filter(pl.col("by") == "number").height >= 3
    assert reg.trials().height == 1
    reg.close()


def test_every_path_of_a_study_is_mapped_or_has_a_reason():
    assert [path for path in paths(study()) if disposition(path) is None] == []
    assert disposition("protocolSection.somethingNew.value") is None
    assert disposition("protocolSection.statusModule.overallStatusOfTheMoon") is None


def test_reading_files_imports_nothing_that_speaks_to_a_network(tmp_path):
    path = ndjson(tmp_path / "a.ndjson", study())
    code = (
        "import sys, equipoise as eq; "
        f"eq.Registry({str(tmp_path / 'l.duckdb')!r}).load({str(path)!r}); "
        "assert 'httpx' not in sys.modules and 'urllib3' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_source_keeps_the_protocol():
    for name, source in sources().items():
        assert source.name == name
        assert source.recognises(b"", "nothing") is False
