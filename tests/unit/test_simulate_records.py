"""One record a simulated trial: complete, equal to the tallies, the same after an interruption."""

import json
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

import equipoise as eq
from equipoise.errors import InputError, StorageError
from equipoise.numerics.trials.decisions import REASONS
from equipoise.store.checkpoints import held
from equipoise.store.simulate import simulate
from equipoise.store.trial_records import read_records
from equipoise.vocabulary.scenario import Scenario

SEED = 5
SIZE = 6 * 1024 + 77

PLAN = eq.GroupSequential(
    looks=3, alpha=0.025, power=0.8, futility=eq.Spending("hwang-shih-decani", gamma=-2)
)
RATES = eq.sample_size(
    PLAN, eq.Binary(control=0.4, treatment=0.2), accrual=eq.Accrual(per_month=10)
)
MEANS = eq.sample_size(PLAN, eq.Continuous(control=1, treatment=2, sd=3))
TIMES = eq.sample_size(
    PLAN,
    eq.TimeToEvent(hazard_ratio=0.6, control_median_months=10, dropout_per_month=0.02),
    accrual=eq.Accrual(per_month=20),
    follow_up_months=12,
)
DESIGNS = {"rates": RATES, "means": MEANS, "times": TIMES}
LOST = (
    Scenario(name="planned", risks=(0.4, 0.2), dropout_per_month=0.01),
    Scenario(name="no effect", risks=(0.4, 0.4)),
)


def run(design=RATES, truths=LOST, **options):
    return simulate(design, truths, **{"replicates": SIZE, "seed": SEED, **options})


def same_files(one, other):
    first, second = (sorted(path.name for path in folder.iterdir()) for folder in (one, other))
    assert first == second
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in first)


def rows(folder):
    return read_records(folder).sort("scenario", "replicate").collect()


# What they hold


@pytest.mark.parametrize("name", DESIGNS)
def test_records_sum_up_to_the_characteristics(name, tmp_path):
    found = run(DESIGNS[name], None, records=tmp_path / "all", chunks=3)
    kept = rows(tmp_path / "all")
    assert kept.height == 2 * SIZE
    assert kept["status"].unique().to_list() == ["done"]
    for s, row in enumerate(found.scenarios):
        mine = kept.filter(pl.col("scenario") == row.scenario.name)
        assert mine["replicate"].to_list() == list(range(SIZE))
        share = (mine["reason"] == "efficacy").mean()
        assert share == row.benefit
        assert mine["efficacy_boundary_crossed"].mean() == row.benefit_alone
        assert mine["short"].mean() == row.short
        assert mine["enrolled"].mean() == pytest.approx(row.patients, rel=1e-13)
        assert mine["known"].mean() == pytest.approx(row.known, rel=1e-13)
        assert mine["estimate"].mean() == pytest.approx(row.estimate, rel=1e-9)
        assert (mine["enrolled"] >= mine["known"]).all()
        for k, look in enumerate(row.looks):
            ended = mine.filter(pl.col("look") == k + 1)
            for reason, chance in look.stopped.items():
                assert (ended["reason"] == reason).sum() / SIZE == chance
        counts = np.bincount(mine["enrolled"], minlength=found.totals.patients.shape[1])
        assert np.array_equal(counts, found.totals.patients[s])
        if name == "means":
            assert mine["events"].null_count() == mine["day"].null_count() == SIZE
        else:
            assert mine["events"].mean() == pytest.approx(row.events, rel=1e-13)
            assert mine["day"].mean() == pytest.approx(row.days, rel=1e-12)


def test_columns(tmp_path):
    run(records=tmp_path / "all")
    schema = rows(tmp_path / "all").schema
    assert schema == {
        "scenario": pl.Enum(["planned", "no effect"]),
        "replicate": pl.Int64,
        "look": pl.Int32,
        "reason": pl.Enum(REASONS[1:]),
        "enrolled": pl.Int32,
        "known": pl.Int32,
        "events": pl.Int32,
        "day": pl.Float64,
        "z": pl.Float64,
        "estimate": pl.Float64,
        "standard_error": pl.Float64,
        "efficacy_boundary_crossed": pl.Boolean,
        "short": pl.Boolean,
        "status": schema["status"],
    }


def test_a_record_is_the_replayed_trial(tmp_path):
    found = run(records=tmp_path / "all")
    kept = rows(tmp_path / "all")
    for name, replicate in (("planned", 0), ("no effect", 1024), ("planned", SIZE - 1)):
        shown = found.replay(name, replicate)
        row = kept.row(
            by_predicate=(pl.col("scenario") == name) & (pl.col("replicate") == replicate),
            named=True,
        )
        last = shown.looks[shown.ended_at - 1]
        assert (row["look"], row["reason"]) == (shown.ended_at, shown.reason)
        assert (row["day"], row["z"], row["estimate"]) == (last.day, last.z, last.estimate)
        assert (row["enrolled"], row["known"]) == (last.enrolled, sum(last.patients))


def test_records_change_no_result(tmp_path):
    assert run(records=tmp_path / "all", threads=2).scenarios == run(threads=1).scenarios


# Written again, gone on with


def test_the_same_folder_again(tmp_path):
    run(records=tmp_path / "one", chunks=3)
    names = [path.name for path in sorted((tmp_path / "one").iterdir())]
    parts = [f"part-{first:015d}.parquet" for first in (0, 3072, 6144)]
    assert names == ["about.json", *parts]
    run(records=tmp_path / "two", chunks=1)
    run(records=tmp_path / "two", chunks=3)
    assert same_files(tmp_path / "one", tmp_path / "two")


def test_gone_on_with_from_a_checkpoint(tmp_path):
    run(records=tmp_path / "whole")
    kept = {"checkpoint": tmp_path / "kept", "records": tmp_path / "some"}
    run(replicates=2048 + 10, **kept)
    assert rows(tmp_path / "some").height == 2 * 2058
    run(chunks=5, **kept)
    assert rows(tmp_path / "some").equals(rows(tmp_path / "whole"))


class StoppedError(Exception):
    pass


def test_files_beyond_the_checkpoint_are_written_again(tmp_path):
    kept = {"checkpoint": tmp_path / "kept", "records": tmp_path / "some"}

    def progress(done, replicates):
        if done >= 3072:
            raise StoppedError

    with pytest.raises(StoppedError):
        run(chunks=7, progress=progress, **kept)
    begun = tmp_path / "some" / "part-000000000000000.parquet"
    (tmp_path / "some" / "part-000000000003072.parquet").write_bytes(begun.read_bytes())
    run(chunks=2, **kept)
    run(records=tmp_path / "whole")
    assert rows(tmp_path / "some").equals(rows(tmp_path / "whole"))


# What is refused


def test_records_from_the_middle(tmp_path):
    run(checkpoint=tmp_path / "kept", replicates=4096)
    with pytest.raises(InputError, match="before 0 and the checkpoint those before 4096"):
        run(checkpoint=tmp_path / "kept", records=tmp_path / "late")
    run(records=tmp_path / "some", chunks=7)
    (tmp_path / "some" / "part-000000000001024.parquet").unlink()
    with pytest.raises(InputError, match="before 1024 and the checkpoint those before"):
        run(checkpoint=tmp_path / "kept", records=tmp_path / "some")


def test_a_folder_of_another_run_or_of_something_else(tmp_path):
    run(records=tmp_path / "all", replicates=10)
    renamed = [Scenario(name=f"my {row.name}", risks=row.risks) for row in LOST]
    for other in ({"seed": 6}, {"truths": renamed}, {"truths": LOST[:1]}):
        with pytest.raises(InputError, match=r"of another run\. Name an empty"):
            run(records=tmp_path / "all", **{"replicates": 10, **other})
    assert rows(tmp_path / "all").height == 20
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "part-of-me.txt").write_text("dear")
    with pytest.raises(InputError, match=r"holds something else\. Name an empty"):
        run(records=tmp_path / "photos", replicates=10)
    assert (tmp_path / "photos" / "part-of-me.txt").read_text() == "dear"
    with pytest.raises(InputError, match="has no records"):
        read_records(tmp_path / "photos")


def test_a_damaged_folder(tmp_path):
    kept = {"checkpoint": tmp_path / "kept", "records": tmp_path / "all"}
    run(replicates=1024, **kept)
    part = tmp_path / "all" / "part-000000000000000.parquet"
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(StorageError, match=r"\.parquet is damaged\. Name an empty"):
        run(replicates=1024, **kept)
    (tmp_path / "all" / "about.json").write_text("{")
    with pytest.raises(StorageError, match=r"about\.json is damaged"):
        run(replicates=1024, **kept)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        run(replicates=1024, records=tmp_path / "file")


def test_a_folder_in_use(tmp_path):
    with (
        held(tmp_path / "all", "records"),
        pytest.raises(StorageError, match="another run is using the records"),
    ):
        run(records=tmp_path / "all", replicates=10)


def test_a_part_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    written = pl.DataFrame.write_parquet

    def broken(self, path, **options):
        written(self.head(1), path)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", broken)
    with pytest.raises(StorageError, match=r"cannot write .*part-0+\.parquet: No space left"):
        run(records=tmp_path / "all", replicates=10)
    assert [path.name for path in (tmp_path / "all").iterdir()] == ["about.json"]


# Memory

MEMORY = """
import json, sys
import equipoise as eq
from equipoise.store.simulate import simulate

design = eq.sample_size(eq.FixedSample(alpha=0.025), eq.Binary(control=0.9, treatment=0.1))
options = {"records": sys.argv[2]} if len(sys.argv) > 2 else {}
simulate(design, replicates=int(sys.argv[1]), threads=2, **options)
with open("/proc/self/status") as file:  # getrusage would count the parent's memory too
    [peak] = [line.split()[1] for line in file if line.startswith("VmHWM")]
print(json.dumps(int(peak) / 1024))
"""


def peak(*arguments):
    """Most memory of a run, in MiB."""
    made = [sys.executable, "-c", MEMORY, *map(str, arguments)]
    said = subprocess.run(made, capture_output=True, text=True, timeout=80, check=True)
    return json.loads(said.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("records", [False, True])
def test_memory_does_not_grow_with_replicates(tmp_path, records):
    """Eight times the replicates, 2 x 2**20 trials: 160 MB more if all records were held."""
    short, long = (
        peak(2**power, *([tmp_path / str(power)] if records else [])) for power in (17, 20)
    )
    assert long < short + 60
