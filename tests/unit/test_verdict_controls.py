"""Two control dossiers whose answers are known, and what lowers certainty, in the same code."""

import csv
import io
import shutil
from pathlib import Path

import pytest

import equipoise as eq

EXAMPLES = Path(__file__).parents[2] / "examples"


def verdict(name, day, folder=EXAMPLES):
    return eq.verdict(eq.read_dossier(folder / name), day, replicates=2048)


def edit(folder, file, change):
    """Rewrite a CSV of the dossier, row by row; `change` returns the row or None to drop it."""
    path = folder / file
    rows = [change(row) for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))]
    kept = [row for row in rows if row]
    out = io.StringIO()
    writer = csv.DictWriter(out, kept[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(kept)
    path.write_text(out.getvalue(), encoding="utf-8")


def test_dexamethasone_by_oxygen_level():
    found = verdict("dexamethasone-covid19", "2021-01-31")
    by_name = {row.name: row for row in found.subgroups}
    assert by_name["ventilated"].effect == "important benefit"
    assert by_name["ventilated"].body.lead.synthesis.natural == pytest.approx(
        (0.70764, 0.58453, 0.85668), abs=2e-5
    )  # RECOVERY 95/324 v 283/683; log-normal interval of the ratio of risks
    assert by_name["no oxygen"].effect != "important benefit"
    assert "important benefit" not in by_name["no oxygen"].regions
    assert any(str(line).startswith("Ventilated: important benefit") for line in found.summary)
    assert found.effect == "compatible with more than one"


def test_hydroxychloroquine_is_not_in_favour():
    found = verdict("hydroxychloroquine-covid19", "2021-12-31")
    assert found.effect != "important benefit"
    rating = found.evidence.body.lead.synthesis.natural
    assert rating[0] > 1
    assert rating[1] > 0.9
    text = " ".join(map(str, found.summary))
    assert "compatible with little or no difference and harm" in text


def test_a_futility_halt_caps_certainty_until_the_counts_are_out():
    before = verdict("msc-covid19", "2021-12-31")
    assert any("halted for futility (bowdish-2023)" in row for row in before.lowered)
    after = verdict("msc-covid19", "2024-06-01")
    assert not any("futility" in row for row in after.lowered)


def test_signed_judgements_lift_the_cap(tmp_path):
    folder = Path(shutil.copytree(EXAMPLES / "dexamethasone-covid19", tmp_path / "d"))
    (folder / "judgements.yaml").write_text(
        "- about: recovery\n  domain: risk of bias\n  level: low\n  reason: for the test\n"
        "  judged_by: a test\n  judged_on: 2020-08-01\n",
        encoding="utf-8",
    )
    judged = {row.name: row for row in verdict("d", "2021-01-31", tmp_path).subgroups}
    assert judged["ventilated"].certainty not in {"low", "very low"}
    assert not any("not judged" in row for row in judged["ventilated"].lowered)


def test_counts_turned_round_turn_the_verdict(tmp_path):
    folder = Path(shutil.copytree(EXAMPLES / "dexamethasone-covid19", tmp_path / "d"))

    def worse(row):
        if row["label"] == "RECOVERY (ventilated)":
            row |= {"events_treatment": "200"}
        return row

    edit(folder, "studies.csv", worse)
    by_name = {row.name: row for row in verdict("d", "2021-01-31", tmp_path).subgroups}
    assert by_name["ventilated"].effect == "harm"


def test_missing_counts_are_never_read_as_zero(tmp_path):
    folder = Path(shutil.copytree(EXAMPLES / "msc-covid19", tmp_path / "m"))

    def unknown(row):
        if row["study"] == "bowdish-2023" and row["outcome"] == "death":
            row |= {"events_treatment": "", "events_control": ""}
        return row

    edit(folder, "studies.csv", unknown)
    found = verdict("m", "2024-06-01", tmp_path)
    body = found.evidence.body
    assert "bowdish-2023" in {row.study for row in body.missing.rows}
    assert body.missing.patients.value == 191 + 222
    dl = body.fit("DL", "z")
    assert tuple(round(x, 2) for x in dl.synthesis.natural) == (0.66, 0.46, 0.95)


def test_bounds_of_unreported_patients_hold_every_filling(tmp_path):
    found = verdict("msc-covid19", "2024-06-01").evidence.body.missing
    assert found.best.value < 0.77 < found.worst.value
    assert found.share == pytest.approx(191 / (191 + 611))


def test_history_ends_at_the_answer():
    found = verdict("msc-covid19", "2024-06-01")
    points = found.evidence.history
    assert [point.k for point in points] == sorted(point.k for point in points)
    last = found.evidence.body.fit("MH", "z").synthesis.natural
    assert (points[-1].estimate, points[-1].lower, points[-1].upper) == pytest.approx(last)
    assert all(point.day <= found.as_of for point in points)
    earlier = verdict("msc-covid19", points[2].day.isoformat())
    assert earlier.evidence.body.fit("MH", "z").synthesis.natural == pytest.approx(
        (points[2].estimate, points[2].lower, points[2].upper)
    )


def test_absolute_effects_follow_from_the_ratio():
    body = verdict("msc-covid19", "2024-06-01").evidence.body
    ratio = body.lead.synthesis.natural
    for row in body.absolute:
        risk = row.control_risk.value
        assert row.per_thousand.value == pytest.approx([1000 * risk * (x - 1) for x in ratio])
