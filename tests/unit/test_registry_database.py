"""The registry database: loaded whole, kept raw, asked as of a date, and never half-written."""

import json
import os
import signal
import subprocess
import sys
import time

import orjson
import polars as pl
import pytest
from registry_fixtures import ictrp_csv, ictrp_row, ndjson, protocol, study

import equipoise as eq


@pytest.fixture
def reg(tmp_path):
    registry = eq.Registry(tmp_path / "landscape.duckdb")
    yield registry
    registry.close()


def test_a_study_is_mapped_and_its_raw_record_comes_back_without_people(reg, tmp_path):
    whole = study()
    report = reg.load(ndjson(tmp_path / "a.ndjson", whole))
    assert (report.source, report.records, report.taken_on) == ("ctgov", 1, ("2030-03-05",))
    row = reg.registrations("2030-03-06").to_dicts()[0]
    assert row["id"] == "NCT09000001"
    assert (row["randomised"], row["controlled"], row["blinded"]) == ("yes", "yes", "yes")
    assert row["randomised_rule"] == "allocation field"
    assert (row["phase"], row["planned_size"], row["started"]) == ("1/2", 120, "2030-03")
    assert row["countries"] == ["Norway"]
    assert {(c["axis"], c["name"]) for c in row["classes"]} >= {
        ("product", "MSC"),
        ("tissue", "umbilical cord"),
    }
    assert row["other_ids"][0]["key"] == "EUCTR2030-001234-11"
    raw = json.loads(reg.raw("NCT09000001"))
    text = json.dumps(raw)
    assert "Jo Doe" not in text
    assert "555" not in text
    contacts = whole["protocolSection"]["contactsLocationsModule"]
    contacts.pop("centralContacts")
    contacts["locations"][0].pop("contacts")
    whole["protocolSection"]["sponsorCollaboratorsModule"]["responsibleParty"].pop(
        "investigatorFullName"
    )
    assert raw == whole


def test_contacts_are_kept_when_asked_for(reg, tmp_path):
    path = ndjson(tmp_path / "a.ndjson", study())
    reg.load(path, contacts=True)
    assert reg.raw("NCT09000001") == path.read_bytes().strip()


def test_loading_again_changes_nothing(reg, tmp_path):
    path = ndjson(tmp_path / "a.ndjson", study())
    reg.load(path)
    assert reg.load(path).already_loaded
    assert reg.snapshots().height == 1
    later = ndjson(tmp_path / "b_2030-04-01.ndjson", study())
    report = reg.load(later)
    assert (report.new_versions, report.taken_on) == (0, ("2030-04-01",))
    assert reg.sql("SELECT count(*) AS n FROM versions")["n"][0] == 1
    assert reg.sql("SELECT count(*) AS n FROM seen")["n"][0] == 2


@pytest.mark.parametrize("form", ["array", "page", "one", "pretty", "gzip", "zip"])
def test_every_form_of_json_is_taken(reg, tmp_path, form):
    records = [study("NCT09000001"), study("NCT09000002")]
    path = tmp_path / "a.json"
    if form == "array":
        path.write_text(json.dumps(records))
    elif form == "page":
        path.write_text(json.dumps({"totalCount": 2, "studies": records}))
    elif form == "one":
        path.write_text(json.dumps(records[0]))
    elif form == "pretty":
        path.write_text(json.dumps(records, indent=2))
    elif form == "gzip":
        import gzip

        path.write_bytes(gzip.compress("\n".join(map(json.dumps, records)).encode()))
    else:
        import zipfile

        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for record in records:
                archive.writestr(
                    f"{record['protocolSection']['identificationModule']['nctId']}.json",
                    json.dumps(record),
                )
    report = reg.load(path, "ctgov")
    assert report.records == (1 if form == "one" else 2)
    assert report.problems == ()


def three_answers(tmp_path, reg):
    """A record submitted in February, first seen in March, gone and halted in May."""
    row = ictrp_row
    ictrp_csv(
        tmp_path / "2030-03-05.csv",
        row(),
        row(TrialID="NCT09000007", Date_registration3="20300301"),
    )
    ictrp_csv(
        tmp_path / "2030-04-05.csv",
        row(Recruitment_Status="Suspended"),
        row(TrialID="DRKS00000001"),
    )
    ictrp_csv(tmp_path / "2030-05-05.csv", row(TrialID="DRKS00000001"))
    for day in ("2030-03-05", "2030-04-05", "2030-05-05"):
        reg.load(tmp_path / f"{day}.csv", "ictrp")


def on(reg, day, number="ChiCTR2099000001"):
    return reg.registrations(day).filter(pl.col("id") == number).to_dicts()[0]


def test_registered_visible_and_status_are_three_answers(reg, tmp_path):
    three_answers(tmp_path, reg)
    before = on(reg, "2030-02-10")
    assert (before["registered_by"], before["visible_by"], before["status_on"]) == (
        True,
        False,
        None,
    )
    march = on(reg, "2030-03-31")
    assert (march["registered_by"], march["visible_by"], march["status_on"]) == (
        True,
        True,
        "recruiting",
    )
    april = on(reg, "2030-04-30")
    assert (april["status_on"], april["vanished"]) == ("suspended", False)
    may = on(reg, "2030-05-30")
    assert (may["status_on"], may["vanished"]) == ("suspended", True)
    assert not on(reg, "2030-01-31")["registered_by"]


def test_the_raw_record_of_any_day_comes_back_with_its_export(reg, tmp_path):
    three_answers(tmp_path, reg)
    march = json.loads(reg.raw("ChiCTR2099000001", on="2030-03-31"))
    assert march["Recruitment Status"] == "Recruiting"
    assert march["Export date"] == "3/5/2030 10:40:56 AM"
    assert "Contact Firstname" not in march
    assert json.loads(reg.raw("ChiCTR2099000001"))["Recruitment Status"] == "Suspended"
    with pytest.raises(eq.InputError, match="must be one that was loaded"):
        reg.raw("NCT00000000")


def test_what_changed_between_two_snapshots(reg, tmp_path):
    three_answers(tmp_path, reg)
    found = {
        (row["change"], row["id"]): row
        for row in reg.changes("2030-03-05", "2030-04-05").to_dicts()
    }
    assert found["status", "ChiCTR2099000001"]["after"] == "suspended"
    assert ("new", "DRKS00000001") in found
    assert ("vanished", "NCT09000007") in found
    with pytest.raises(eq.InputError, match="must be one of"):
        reg.changes("2030-03-05", "2030-03-06")


def test_primary_outcomes_switched_are_told_and_their_spelling_is_not(reg, tmp_path):
    ictrp_csv(tmp_path / "2030-03-05.csv", ictrp_row(), ictrp_row(TrialID="DRKS00000001"))
    ictrp_csv(
        tmp_path / "2030-04-05.csv",
        ictrp_row(Primary_outcome="DEATH;"),
        ictrp_row(TrialID="DRKS00000001", Primary_outcome="Days in hospital;"),
    )
    for day in ("2030-03-05", "2030-04-05"):
        reg.load(tmp_path / f"{day}.csv", "ictrp")
    found = reg.changes("2030-03-05", "2030-04-05")
    assert found.filter(pl.col("change") == "primary outcomes")["id"].to_list() == ["DRKS00000001"]


def test_one_row_a_trial_and_contradiction_is_unclear(reg, tmp_path):
    same = {"TrialID": "EUCTR2030-001234-11-NO"}
    reg.load(ndjson(tmp_path / "a.ndjson", study()))
    reg.load(
        ictrp_csv(
            tmp_path / "2030-03-06.csv",
            ictrp_row(**same),
            ictrp_row(TrialID="EUCTR2030-001234-11-SE"),
        ),
        "ictrp",
    )
    trials = reg.trials("2030-03-31")
    assert trials.height == 1
    assert sorted(trials["registrations"][0]) == [
        "EUCTR2030-001234-11-NO",
        "EUCTR2030-001234-11-SE",
        "NCT09000001",
    ]
    link = reg.links(decided=True).to_dicts()[0]
    assert (link["by"], link["decision"]) == ("number", "linked")
    assert "EUDRACT_NUMBER" in link["reasons"][0]


def test_a_person_keeps_apart_what_the_numbers_put_together(tmp_path):
    decisions = tmp_path / "decisions.csv"
    decisions.write_text(
        "a,b,decision,reason,by,on\nNCT09000001,EUCTR2030-001234-11-NO,different,another cohort,A. Reader,2030-04-01\n"
    )
    reg = eq.Registry(tmp_path / "l.duckdb", decisions=decisions)
    reg.load(ndjson(tmp_path / "a.ndjson", study()))
    reg.load(
        ictrp_csv(tmp_path / "2030-03-06.csv", ictrp_row(TrialID="EUCTR2030-001234-11-NO")), "ictrp"
    )
    assert reg.trials("2030-03-31").height == 2
    edge = reg.links().to_dicts()[0]
    assert (edge["by"], edge["decision"]) == ("person", "vetoed")
    assert "another cohort" in edge["reasons"][0]
    decisions.write_text(
        "a,b,decision,reason,by,on\nNCT09000001,EUCTR2030-001234-11-NO,same,checked,A. Reader,2030-05-01\n"
    )
    assert reg.trials("2030-03-31").height == 1
    decisions.write_text("a,b,decision,reason,by\nx,y,perhaps,z,w\n")
    with pytest.raises(eq.InputError, match=r"decisions\.csv:2"):
        reg.links()
    reg.close()


def test_bad_records_are_reported_or_the_load_is_refused(reg, tmp_path):
    path = tmp_path / "a.ndjson"
    ndjson(path, study("NCT09000001"), study("NCT09000002"))
    with open(path, "a") as out:
        out.write('{"protocolSection": {"identificationModule": {}}}\n')
        out.write('{"protocolSection": {"identificationModule": {"nctId": "NCT090')
    with pytest.raises(eq.SourceError, match="nothing was loaded"):
        reg.load(path, on_bad="refuse")
    assert reg.snapshots().is_empty()
    report = reg.load(path)
    assert report.records == 2
    assert len(report.problems) == 2
    assert "record 4" in " ".join(report.problems)
    assert reg.problems()["record"].to_list() == [3, 4]


def test_a_page_short_of_its_total_is_told(reg, tmp_path):
    path = tmp_path / "page.json"
    path.write_text(json.dumps({"totalCount": 3, "studies": [study()], "nextPageToken": "abc"}))
    report = reg.load(path)
    assert report.records == 1
    assert "of a total of 3" in report.problems[0]
    with pytest.raises(eq.SourceError, match="of a total of 3"):
        eq.Registry(tmp_path / "b.duckdb").load(path, on_bad="refuse")


def test_an_unknown_enumeration_is_kept_and_noted(reg, tmp_path):
    odd = study(**{protocol("statusModule", "overallStatus"): "HIBERNATING"})
    odd["protocolSection"]["designModule"]["designInfo"]["allocation"] = "BY_TEA_LEAVES"
    report = reg.load(ndjson(tmp_path / "a.ndjson", odd))
    assert report.problems == ()
    row = reg.registrations().to_dicts()[0]
    assert row["status"] == "hibernating"
    assert {note["field"] for note in row["notes"]} >= {"status", "allocation"}


def test_a_file_of_the_wrong_kind_leaves_the_database_as_it_was(reg, tmp_path):
    reg.load(ndjson(tmp_path / "a.ndjson", study()))
    page = tmp_path / "b.json"
    page.write_text("<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>")
    with pytest.raises(eq.SourceError, match="502 Bad Gateway"):
        reg.load(page)
    columns = tmp_path / "c.csv"
    columns.write_text("a,b\n1,2\n")
    with pytest.raises(eq.SourceError, match="must have the columns"):
        reg.load(columns, "ictrp")
    empty = tmp_path / "d.json"
    empty.write_text("")
    with pytest.raises(eq.SourceError, match="empty file"):
        reg.load(empty)
    with pytest.raises(eq.InputError, match="must be one of"):
        reg.load(columns, "gopher")
    assert reg.snapshots().height == 1


_SLOW = """
import sys, time
import equipoise as eq
from equipoise.store import registry_load
keep = registry_load._Loading.keep
def slowly(self, encoded):
    keep(self, encoded)
    print("kept", flush=True)
    time.sleep(float(sys.argv[3]))
registry_load._Loading.keep = slowly
print(eq.Registry(sys.argv[1]).load(sys.argv[2], "ctgov", workers=1))
"""


def test_a_load_killed_half_way_leaves_the_previous_state(reg, tmp_path):
    reg.load(ndjson(tmp_path / "a.ndjson", study()))
    before = reg.sql("SELECT * FROM versions")
    reg.close()
    many = ndjson(tmp_path / "b.ndjson", *(study(f"NCT0910{i:04d}") for i in range(1_200)))
    child = subprocess.Popen(
        [sys.executable, "-c", _SLOW, str(reg.path), str(many), "30"], stdout=subprocess.PIPE
    )
    assert child.stdout.readline() == b"kept\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert reg.sql("SELECT * FROM versions").equals(before)
    assert reg.load(many).records == 1_200


def test_two_processes_at_once_both_load(reg, tmp_path):
    files = [
        ndjson(tmp_path / f"{name}.ndjson", *(study(f"NCT0{name}{i:04d}") for i in range(600)))
        for name in ("911", "912")
    ]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", _SLOW, str(reg.path), str(path), "0.2"],
            stdout=subprocess.DEVNULL,
        )
        for path in files
    ]
    assert [child.wait() for child in children] == [0, 0]
    assert reg.registrations().height == 1_200
    assert reg.snapshots().height == 2


def test_workers_and_one_process_map_alike(tmp_path):
    path = ndjson(tmp_path / "a.ndjson", *(study(f"NCT0913{i:04d}") for i in range(1_700)))
    frames = []
    for workers in (1, 2):
        reg = eq.Registry(tmp_path / f"{workers}.duckdb")
        assert reg.load(path, workers=workers).records == 1_700
        frames.append(reg.sql("SELECT * EXCLUDE (version) FROM versions ORDER BY id"))
        reg.close()
    assert frames[0].equals(frames[1])


def test_search_follows_the_database(reg, tmp_path):
    reg.load(ndjson(tmp_path / "a.ndjson", study()))
    assert reg.search("umbilical cord").to_dicts()[0]["id"] == "NCT09000001"
    assert reg.search("giraffe").is_empty()
    other = study(
        "NCT09000002", **{protocol("identificationModule", "briefTitle"): "Giraffe serum in asthma"}
    )
    reg.load(ndjson(tmp_path / "b.ndjson", other))
    assert reg.search("giraffe")["id"].to_list() == ["NCT09000002"]
    assert reg.search("", randomised="yes", limit=10).height == 2
    assert reg.search("giraffe", randomised="no").is_empty()
    assert reg.search('"umbilical cord cells" AND (').height == 1
    with pytest.raises(eq.InputError, match="may be narrowed by"):
        reg.search("giraffe", colour="blue")


def test_the_index_holds_exactly_the_registrations(reg, tmp_path):
    reg.load(ndjson(tmp_path / "a.ndjson", *(study(f"NCT0914{i:04d}") for i in range(50))))
    assert reg.index() == 50
    found = reg.search("", limit=1_000)
    assert sorted(found["id"]) == sorted(reg.registrations()["id"])
    (tmp_path / "landscape.duckdb.search" / "stamp.json").write_text("{}")
    again = eq.Registry(reg.path)
    assert again.search("", limit=1_000).height == 50
    again.close()


def test_any_sql_may_be_asked(reg, tmp_path):
    reg.load(ndjson(tmp_path / "a.ndjson", study()))
    found = reg.sql(
        "SELECT id, first_day(started) AS a, last_day_of(started) AS b FROM registrations"
    )
    assert [str(cell) for cell in found.row(0)] == ["NCT09000001", "2030-03-01", "2030-03-31"]


def test_a_database_of_another_version_is_refused(reg, tmp_path):
    reg.load(ndjson(tmp_path / "a.ndjson", study()))
    reg.close()
    import duckdb

    with duckdb.connect(str(reg.path)) as connection:
        connection.execute("UPDATE meta SET value = '999' WHERE name = 'schema'")
    with pytest.raises(eq.StorageError, match="table version 999"):
        reg.load(ndjson(tmp_path / "b.ndjson", study("NCT09000002")))


def test_something_else_in_the_files_place_is_refused(tmp_path):
    path = tmp_path / "l.duckdb"
    path.write_text("not a database")
    with pytest.raises(eq.StorageError, match=r"l\.duckdb"):
        eq.Registry(path).snapshots()


def test_a_partial_day_is_refused(reg, tmp_path):
    path = ndjson(tmp_path / "a.ndjson", study())
    with pytest.raises(eq.InputError, match="must be a day"):
        reg.load(path, taken_on="2030-03")
    assert reg.load(path, taken_on="2030-03-09").taken_on == ("2030-03-09",)
    with pytest.raises(eq.InputError, match="must be a day"):
        reg.trials("March")


def test_lines_longer_than_what_is_looked_at_are_lines(reg, tmp_path):
    long = study(**{protocol("descriptionModule", "briefSummary"): "word " * 40_000})
    path = tmp_path / "a.ndjson"
    path.write_bytes(orjson.dumps(long) + b"\n" + orjson.dumps(study("NCT09000002")) + b"\n")
    started = time.monotonic()
    assert reg.load(path).records == 2
    assert started <= time.monotonic()
