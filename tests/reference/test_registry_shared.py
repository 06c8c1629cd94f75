"""Real exports and labelled records, where this checkout has them beside it; skipped where not."""

import gzip
from pathlib import Path

import orjson
import polars as pl
import pytest

import equipoise as eq

SHARED = Path(__file__).parents[3] / "shared" / "data" / "registry"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared records are not here")
STUDIES = SHARED / "ctgov_v2_partrita" / "studies_v2.ndjson.gz"


@pytest.fixture(scope="module")
def reg(tmp_path_factory):
    registry = eq.Registry(tmp_path_factory.mktemp("registry") / "l.duckdb")
    for name in (
        "ictrp_snapshots_nocontact/ictrp_covid_17_snapshots_nocontact.parquet",
        "ctgov_v2_partrita/studies_v2.ndjson.gz",
        "ctrdata_demo/demo_26_records.ndjson.gz",
    ):
        report = registry.load(SHARED / name)
        assert report.problems == ()
    yield registry
    registry.close()


def test_every_snapshot_is_whole(reg):
    loaded = reg.snapshots().filter(pl.col("source") == "ictrp")
    rows = pl.read_parquet(SHARED / "ictrp_snapshots_nocontact" / "*.parquet")
    wanted = rows.group_by("snapshot").len().sort("snapshot")
    assert loaded["records"].to_list() == wanted["len"].to_list()
    assert (
        reg.changes("2020-03-18", "2020-03-25", "ictrp")
        .filter(pl.col("change") == "vanished")
        .height
        == 11
    )


def test_every_value_of_every_snapshot_comes_back(reg):
    rows = pl.read_parquet(SHARED / "ictrp_snapshots_nocontact" / "*.parquet")
    for row in rows.sample(60, seed=1).to_dicts():
        day = row.pop("snapshot")
        assert orjson.loads(reg.raw(row["TrialID"].strip(), on=day)) == row


def test_cell_products_agree_with_the_list_made_by_hand(monkeypatch, tmp_path):
    from validation import registry_msc

    monkeypatch.setattr(registry_msc, "SHARED", SHARED)
    monkeypatch.setattr(
        registry_msc,
        "SNAPSHOTS",
        SHARED / "ictrp_snapshots_nocontact" / registry_msc.SNAPSHOTS.name,
    )
    assert registry_msc.found(tmp_path / "l.duckdb") == registry_msc.by_hand()


def test_every_study_comes_back_but_for_its_people(reg):
    from equipoise.registry.sources.ctgov_contacts import without_contacts
    from equipoise.registry.sources.ctgov_paths import disposition, paths

    unknown = set()
    with gzip.open(STUDIES) as lines:
        for line in lines:
            study = orjson.loads(line)
            unknown |= {path for path in paths(study) if disposition(path) is None}
            number = study["protocolSection"]["identificationModule"]["nctId"]
            if number.endswith("7"):
                assert orjson.loads(reg.raw(number)) == without_contacts(study)
    assert unknown == set()


def test_four_registers_of_one_collection(reg):
    found = reg.sql(
        "SELECT registry, count(*) AS n FROM observations WHERE snapshot_source = 'ctrdata' GROUP BY 1"
    )
    assert dict(found.iter_rows()) == {"CTIS": 4, "EUCTR": 4, "ISRCTN": 9, "ClinicalTrials.gov": 8}


def test_design_answers_keep_their_precision(monkeypatch):
    from validation import registry_design

    path = SHARED / "worcjamessmith_covid_characteristics" / "design_labels_public.csv.gz"
    table = {
        row["question"]: row
        for row in registry_design.summary(registry_design.answers(path)).to_dicts()
    }
    for question, most_unclear in (("randomised", 0.06), ("blinded", 0.10), ("controlled", 0.03)):
        assert table[question]["precision_yes"] >= 0.97
        assert table[question]["precision_no"] >= 0.97
        assert table[question]["unclear"] <= most_unclear


def test_links_keep_their_recall(monkeypatch):
    from validation import registry_linking as linking

    monkeypatch.setattr(linking, "SHARED", SHARED)
    monkeypatch.setattr(
        linking, "SNAPSHOTS", SHARED / "ictrp_snapshots_nocontact" / linking.SNAPSHOTS.name
    )
    measured = linking.measure()
    assert measured.pairs == 84
    assert measured.decided >= 0.70
    assert measured.decided_strong >= 0.85
    assert measured.candidates >= 0.95
    assert measured.most_candidates <= 5
