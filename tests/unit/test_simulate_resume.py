"""However the work is cut, run, interrupted and taken up again, the results are the same bits."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

import equipoise as eq
from equipoise.errors import InputError, StorageError
from equipoise.store import checkpoints
from equipoise.store.checkpoints import Checkpoint, held
from equipoise.store.simulate import simulate
from equipoise.vocabulary.scenario import Prior, Scenario

SEED = 7
SIZE = 20 * 1024 + 300

RATES = eq.sample_size(
    eq.GroupSequential(
        looks=3, alpha=0.025, power=0.8, futility=eq.Spending("hwang-shih-decani", gamma=-2)
    ),
    eq.Binary(control=0.4, treatment=0.2),
    accrual=eq.Accrual(per_month=40),
)
LOST = (
    Scenario(name="planned", risks=(0.4, 0.2), dropout_per_month=0.01),
    Scenario(name="no effect", risks=(0.4, 0.4), time_trend=0.3),
)
"""Truths in which every patient is followed."""

SCRIPT = """
import sys
import numpy as np
import equipoise as eq
from equipoise.store import checkpoints
from equipoise.store.simulate import simulate
from tests_resume_design import LOST, RATES, SEED

checkpoints.EVERY = 0.0
path, replicates = sys.argv[1], int(sys.argv[2])


def progress(done, replicates):
    print(done, flush=True)


simulate(RATES, LOST, replicates=replicates, seed=SEED, threads=2, chunks=replicates // 4096,
         checkpoint=path, progress=progress)
print("finished")
"""


def same(one, other):
    first, second = one.totals.as_arrays(), other.totals.as_arrays()
    return all(np.array_equal(first[name], second[name]) for name in first)


def run(**options):
    return simulate(RATES, LOST, **{"replicates": SIZE, "seed": SEED, **options})


@pytest.fixture(scope="module")
def plain():
    return run(threads=1, chunks=1)


@pytest.fixture(scope="module")
def workers():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


# However it is cut


@pytest.mark.parametrize(
    "how", [{"threads": 1}, {"threads": 2}, {"threads": 4}, {"chunks": 7}, {"chunks": 10_000}]
)
def test_threads_and_chunks(plain, how):
    assert same(run(**how), plain)
    assert run(**how).scenarios == plain.scenarios


def test_executors(plain, workers):
    with ThreadPoolExecutor(3) as pool:
        assert same(run(executor=pool), plain)
        assert pool.submit(int).result() == 0  # it was not shut down
    assert same(run(executor=workers, chunks=7), plain)


def test_the_faster_way_of_fixed_looks(workers):
    runs = [
        simulate(RATES, replicates=SIZE, seed=SEED, **how)
        for how in ({"threads": 1}, {"threads": 4, "chunks": 7}, {"executor": workers})
    ]
    assert all(same(row, runs[0]) for row in runs)


def test_truths_drawn_from_a_prior(workers):
    from scipy import stats

    truth = Scenario(name="drawn", prior=Prior(risks=(0.4, stats.beta(4, 12))))
    runs = [
        simulate(RATES, truth, replicates=SIZE, seed=SEED, **how)
        for how in ({"chunks": 1}, {"chunks": 7}, {"executor": workers})
    ]
    assert all(same(row, runs[0]) for row in runs)


@pytest.mark.parametrize("until", [0.0035, 0.0025])
def test_until_ends_at_the_same_replicate(until, workers):
    hows = ({"threads": 1, "chunks": 1}, {"threads": 4}, {"chunks": 33}, {"executor": workers})
    runs = [run(replicates=60_000, until=until, **how) for how in hows]
    assert {row.replicates for row in runs} == {runs[0].replicates}
    assert runs[0].replicates < 60_000
    assert all(same(row, runs[0]) for row in runs)
    assert max(row.benefit_error for row in runs[0].scenarios) <= until


def test_scenarios_unless_given():
    assert [row.name for row in simulate(RATES, replicates=1).truths] == ["planned", "no effect"]
    assert simulate(RATES, LOST[0], replicates=1).truths == LOST[:1]
    stated = RATES.stated(None, LOST)
    assert simulate(stated, replicates=1).truths == LOST
    with pytest.raises(InputError, match=r"must be a sequence of eq.Scenario"):
        simulate(RATES, ["planned"])


# Taken up again


def test_a_finished_run_and_one_that_goes_on(plain, tmp_path):
    path = tmp_path / "deep" / "run.checkpoint"
    done = []
    first = run(checkpoint=path, replicates=5000)
    assert first.replicates == 5000
    assert [file.name for file in path.parent.iterdir()] == ["run.checkpoint"]
    again = run(checkpoint=path, replicates=5000, progress=lambda *now: done.append(now))
    assert same(again, first)
    assert done == [(5000, 5000)]  # what is left over of whole blocks
    assert same(run(checkpoint=path, replicates=4097), run(replicates=4097))
    assert same(run(checkpoint=path, chunks=3), plain)
    assert same(run(checkpoint=path), plain)


def test_until_with_a_checkpoint(tmp_path):
    path = tmp_path / "run"
    wanted = run(replicates=60_000, until=0.0025)
    for _ in range(2):
        assert same(run(replicates=60_000, until=0.0025, checkpoint=path), wanted)
    precise = run(replicates=60_000, until=0.0035, checkpoint=path)
    assert precise.replicates == wanted.replicates  # it was as precise already


@pytest.fixture
def place(tmp_path):
    source = Path(__file__).read_text(encoding="utf-8")
    begin, end = source.index("SEED = 7"), source.index("SCRIPT = ")
    head = "import equipoise as eq\nfrom equipoise.vocabulary.scenario import Scenario\n"
    (tmp_path / "tests_resume_design.py").write_text(head + source[begin:end])
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path


def started(place, replicates):
    return subprocess.Popen(
        [sys.executable, place / "script.py", place / "kept", str(replicates)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_stopped_and_taken_up_again(place, how):
    replicates = 160 * 1024
    process = started(place, replicates)
    for _ in range(3):
        process.stdout.readline()
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    assert "finished" not in out
    assert process.returncode == -how
    assert how == signal.SIGKILL or "KeyboardInterrupt" in err
    left = sorted(file.name for file in place.iterdir() if file.name.startswith("kept"))
    assert left == (["kept", "kept.lock"] if how == signal.SIGKILL else ["kept"])

    begun = []
    resumed = run(
        replicates=replicates, checkpoint=place / "kept", progress=lambda d, _: begun.append(d)
    )
    assert begun[0] > 3 * 4096
    assert same(resumed, run(replicates=replicates))


def test_interrupted_at_any_step(monkeypatch, tmp_path):
    """A Ctrl-C while a range is added leaves a checkpoint without half of it."""
    from equipoise.simulation.totals import Totals

    whole, calls = Totals.add, []

    def interrupted(self, part):
        self.sums = self.sums + part.sums.sum(0)  # half of the work
        calls.append(part)
        if len(calls) == 3:
            raise KeyboardInterrupt
        self.sums = self.sums - part.sums.sum(0)
        whole(self, part)

    monkeypatch.setattr(Totals, "add", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(checkpoint=tmp_path / "kept", chunks=10, replicates=20 * 1024)
    monkeypatch.undo()
    resumed = run(checkpoint=tmp_path / "kept", replicates=20 * 1024)
    assert same(resumed, run(replicates=20 * 1024))


# What is refused


def test_fewer_than_are_kept(tmp_path):
    run(checkpoint=tmp_path / "kept", replicates=5000)
    with pytest.raises(InputError, match="`replicates` is 4000; must be at least the 4096 that"):
        run(checkpoint=tmp_path / "kept", replicates=4000)


@pytest.mark.parametrize("what", ["seed", "scenario", "design"])
def test_a_checkpoint_of_another_run(tmp_path, what):
    run(checkpoint=tmp_path / "kept", replicates=1024)
    other = eq.sample_size(eq.FixedSample(alpha=0.025), RATES.endpoint, accrual=RATES.accrual)
    design = other if what == "design" else RATES
    truths = LOST[::-1] if what == "scenario" else LOST
    with pytest.raises(InputError, match=r"another run: its design, .* Remove it") as said:
        simulate(
            design,
            truths,
            replicates=1024,
            seed=8 if what == "seed" else SEED,
            checkpoint=tmp_path / "kept",
        )
    assert str(tmp_path / "kept") in str(said.value)


def _shorter(contents):
    return contents[: len(contents) // 2]


def _text(contents):
    return b"replicate,reason\n"


def _nothing(contents):
    return b""


@pytest.mark.parametrize("change", [_shorter, _text, _nothing])
def test_a_damaged_checkpoint(tmp_path, change):
    path = tmp_path / "kept"
    run(checkpoint=path, replicates=1024)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(StorageError, match=r"is damaged, or is no checkpoint\. Remove it") as said:
        run(checkpoint=path, replicates=1024)
    assert str(path) in str(said.value)


def test_every_changed_byte_is_noticed(tmp_path, plain):
    kept = Checkpoint(tmp_path / "kept")
    kept.save("mark", plain.totals, now=True)
    contents = kept.path.read_bytes()
    for at in range(len(contents)):
        kept.path.write_bytes(contents[:at] + bytes([contents[at] ^ 255]) + contents[at + 1 :])
        with pytest.raises(StorageError, match="is damaged"):
            kept.load("mark")


def test_a_checkpoint_of_another_format(tmp_path, monkeypatch):
    run(checkpoint=tmp_path / "kept", replicates=1024)
    monkeypatch.setattr(checkpoints, "FORMAT", (0, *checkpoints.FORMAT[1:]))
    with pytest.raises(InputError, match=r"is of another version of Equipoise\. Remove it"):
        run(checkpoint=tmp_path / "kept", replicates=1024)


def test_a_checkpoint_that_cannot_be_read_or_written(tmp_path):
    with pytest.raises(StorageError, match=f"cannot read {tmp_path}: Is a directory"):
        run(checkpoint=tmp_path, replicates=1024)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        run(checkpoint=tmp_path / "file" / "kept", replicates=1024)


def test_a_checkpoint_in_use(tmp_path):
    path = tmp_path / "kept"
    with held(path, "checkpoint"):
        with pytest.raises(StorageError, match="another run is using the checkpoint"):
            run(checkpoint=path, replicates=1024)
        code = (
            "import sys; from equipoise.store.checkpoints import held\n"
            "with held(sys.argv[1], 'checkpoint'): print('free')"
        )
        other = [sys.executable, "-c", code, str(path)]
        said = subprocess.run(other, capture_output=True, text=True, timeout=60, check=False)
        assert "StorageError: another run is using the checkpoint" in said.stderr
    said = subprocess.run(other, capture_output=True, text=True, timeout=60, check=False)
    assert said.stdout == "free\n"
    assert not path.with_name("kept.lock").exists()
    run(checkpoint=path, replicates=1024)


def test_a_killed_process_leaves_its_lock_free(tmp_path):
    code = (
        "import sys, time; from equipoise.store.checkpoints import held\n"
        "with held(sys.argv[1], 'checkpoint'): print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "kept")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.communicate(timeout=60)
    assert (tmp_path / "kept.lock").exists()
    run(checkpoint=tmp_path / "kept", replicates=1024)


def test_a_checkpoint_is_written_at_most_every_five_seconds(tmp_path, plain):
    kept = Checkpoint(tmp_path / "kept")
    kept.save("mark", plain.totals, now=False)
    assert not kept.path.exists()
    kept.written = time.monotonic() - 5
    kept.save("mark", plain.totals, now=False)
    dated = kept.path.stat().st_mtime_ns
    kept.save("mark", plain.totals, now=False)
    assert kept.path.stat().st_mtime_ns == dated
    kept.save("mark", plain.totals, now=True)
    assert kept.path.stat().st_mtime_ns > dated
    assert os.listdir(tmp_path) == ["kept"]
    loaded = kept.load("mark").as_arrays()
    assert all(np.array_equal(loaded[name], a) for name, a in plain.totals.as_arrays().items())
