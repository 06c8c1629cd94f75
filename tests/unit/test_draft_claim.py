"""From a text to a drafted claim in a dossier: what is drafted, what is kept, what is refused."""

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml

import equipoise as eq
from equipoise.claims.reading import read
from equipoise.claims.reading.draft import draft
from equipoise.claims.reading.draft_outcomes import better
from equipoise.documents import document_of, open_document
from equipoise.dossier.add_claim import add_claim
from equipoise.store.files import write_whole
from equipoise.vocabulary.claim import Statements

ROOT = Path(__file__).parents[2]
TEXT = ROOT / "examples/texts/velorin.txt"
TODAY = date(2026, 11, 28)
FILES = ("claims.yaml", "sources.yaml", "question.yaml")


@pytest.fixture(scope="module")
def reading():
    return read(open_document(TEXT))


def reading_of(text: str):
    return read(document_of(text, "pasted"))


def written(folder: Path, reading, **more):
    added = add_claim(folder, reading, TODAY, **more)
    for name, text in added.files:
        write_whole(folder / name, text)
    return added


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_patients_outcomes_and_answers_are_those_of_the_text(reading):
    claim = draft(reading, None, TODAY).claim
    assert claim.n == 24
    assert [row.n for row in claim.strata] == [11, 9, 4]
    assert [(row.outcome, row.events, row.n) for row in claim.outcomes] == [
        ("improved", 24, 24),
        ("discharged", 15, 24),
    ]
    assert [row.final for row in claim.outcomes] == [True, False]
    assert claim.statements.comparator.said == "no"
    assert claim.statements.comparator.words == "there was no control group"
    assert claim.statements.randomised.said == "silent"
    assert claim.statements.harms.said == "silent"
    assert claim.trial_count is not None
    assert claim.trial_count.n == 9
    assert claim.meant_for is not None
    assert claim.meant_for.strata == ("severe", "critically-ill")
    assert str(claim.first_public) == "2024-10-09"
    assert claim.treatment == "velorin"


def test_every_piece_waits_for_a_person_and_so_does_every_silence(reading):
    claim = draft(reading, None, TODAY).claim
    from equipoise.claims.confirmed import pieces

    assert claim.unconfirmed == pieces(claim)
    points = [name for name in claim.unconfirmed if name.startswith("statements.")]
    assert len(points) == len(Statements.__slots__)


def test_a_piece_names_the_facts_it_rests_on(reading):
    made = draft(reading, None, TODAY)
    known = {fact.id: fact for fact in reading.facts}
    assert set(made.because) <= set(made.claim.unconfirmed)
    assert known[made.because["outcomes.discharged"][0]].value == (15, 24)
    assert known[made.because["statements.comparator"][0]].words == "there was no control group"


def test_a_planned_or_cited_study_s_patients_are_nobody_s_outcome(reading):
    claim = draft(reading, None, TODAY).claim
    assert 300 not in {claim.n, *(row.n for row in claim.outcomes), *(r.n for r in claim.strata)}


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("died within 28 days", "lower"),
        ("were readmitted", "lower"),
        ("needed to be intubated", "lower"),
        ("discharged from hospital", "higher"),
        ("survived", "higher"),
        ("shown improvements in lung function", "higher"),
    ],
)
def test_which_way_an_outcome_is_better(words, way):
    assert better(words) == way


def test_a_new_folder_becomes_a_dossier_that_can_be_read(reading, tmp_path):
    folder = tmp_path / "new" / "dossier"
    added = written(folder, reading)
    dossier = eq.read_dossier(folder)
    (claim,) = dossier.claims
    assert claim.id == added.claim == "lindqvist-2024"
    assert len(claim.unconfirmed) == added.pieces
    assert dossier.question.primary.better == "higher"
    assert dossier.question.primary.smallest_difference.set_on.last_day == TODAY
    assert "TODO" not in "".join((folder / name).read_text(encoding="utf-8") for name in FILES)
    assert (folder / "texts/lindqvist-2024.txt").read_bytes() == TEXT.read_bytes()


def test_a_death_leads_the_drafted_question():
    reading = reading_of(
        "By Ada Quist\n\n3 May 2021\n\nForty patients with reef fever were treated with balmide at "
        "the Port Clinic. Thirty of the 40 patients recovered. Four of the 40 patients died.\n"
    )
    made = draft(reading, None, TODAY)
    assert made.question.primary.id == "death"
    assert made.question.primary.better == "lower"


def test_of_two_arms_the_treated_one_is_claimed():
    reading = reading_of(
        "By Ada Quist\n\n3 May 2021\n\nIn a randomised, double-blind, placebo-controlled trial, "
        "120 patients with reef fever were randomly assigned to balmide or placebo and followed "
        "for 28 days. Six of 60 patients on balmide died, compared with 12 of 60 on placebo.\n"
    )
    claim = draft(reading, None, TODAY).claim
    (outcome,) = claim.outcomes
    assert (outcome.outcome, outcome.events, outcome.n) == ("death", 6, 60)
    assert (outcome.time_basis, outcome.time_days) == ("fixed-day", 28)
    assert claim.statements.comparator.said == "yes"
    assert claim.statements.randomised.said == "yes"
    assert claim.statements.blinded_assessment.said == "yes"


def test_an_existing_dossier_keeps_every_character(reading, tmp_path):
    folder = tmp_path / "msc"
    shutil.copytree(ROOT / "examples/msc-covid19", folder)
    before = contents(folder)
    written(folder, reading)
    after = contents(folder)
    assert all(after[name].startswith(before[name]) for name in ("claims.yaml", "sources.yaml"))
    assert set(after) - set(before) == {"texts/lindqvist-2024.txt"}
    unchanged = set(before) - set(FILES)
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}
    eq.read_dossier(folder)


def test_outcomes_that_the_question_knows_are_used(reading, tmp_path):
    folder = tmp_path / "msc"
    shutil.copytree(ROOT / "examples/msc-covid19", folder)
    written(folder, reading)
    claim = eq.read_dossier(folder).claims[-1]
    assert "discharged" in [row.outcome for row in claim.outcomes]


def test_an_outcome_that_the_question_lacks_is_added_to_it(reading, tmp_path):
    folder = tmp_path / "penicillin"
    shutil.copytree(ROOT / "examples/penicillin-endocarditis", folder)
    old = (folder / "question.yaml").read_text(encoding="utf-8")
    written(folder, reading)
    new = (folder / "question.yaml").read_text(encoding="utf-8")
    assert [line for line in old.splitlines() if line not in new.splitlines()] == []
    assert "discharged" in [row.id for row in eq.read_dossier(folder).question.outcomes]


def test_the_same_text_again_changes_nothing(reading, tmp_path):
    written(tmp_path, reading)
    before = contents(tmp_path)
    again = add_claim(tmp_path, reading, date(2027, 1, 1))
    assert again.already
    assert again.claim == "lindqvist-2024"
    assert add_claim(tmp_path, reading, TODAY, source="another").already
    assert contents(tmp_path) == before


def test_another_text_under_the_same_id_is_refused(reading, tmp_path):
    written(tmp_path, reading)
    other = reading_of(TEXT.read_text(encoding="utf-8").replace("15 have", "16 have"))
    before = contents(tmp_path)
    with pytest.raises(eq.InputError, match="has a source of this id already"):
        add_claim(tmp_path, other, TODAY)
    with pytest.raises(eq.InputError, match="has a claim of this id"):
        add_claim(tmp_path, other, TODAY, source="lindqvist-2024")
    assert contents(tmp_path) == before
    written(tmp_path, other, source="lindqvist-2024-later")
    assert len(eq.read_dossier(tmp_path).claims) == 2


def test_a_source_that_is_given_and_known_is_used(reading, tmp_path):
    folder = tmp_path / "msc"
    shutil.copytree(ROOT / "examples/msc-covid19", folder)
    sources = (folder / "sources.yaml").read_bytes()
    written(folder, reading, source="cox-2020")
    assert (folder / "sources.yaml").read_bytes() == sources
    assert eq.read_dossier(folder).claims[-1].source == "cox-2020"


def test_a_dossier_that_cannot_be_read_is_left_alone(reading, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(ROOT / "examples/msc-covid19", folder)
    path = folder / "claims.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("n: 31", "n: -1", 1), encoding="utf-8")
    before = contents(folder)
    with pytest.raises(eq.DossierError):
        add_claim(folder, reading, TODAY)
    assert contents(folder) == before


def test_a_text_without_a_date_asks_for_one(tmp_path):
    text = TEXT.read_text(encoding="utf-8").replace("9 October 2024\n", "")
    with pytest.raises(eq.InputError, match="first-public"):
        add_claim(tmp_path, reading_of(text), TODAY)
    added = add_claim(tmp_path, reading_of(text), TODAY, first_public="2024-10")
    assert yaml.safe_load(dict(added.files)["claims.yaml"])[0]["first_public"] == "2024-10"
    with pytest.raises(eq.InputError, match="YYYY"):
        add_claim(tmp_path, reading_of(text), TODAY, first_public="last week")


def test_a_text_that_counts_nothing_is_refused_in_words(tmp_path):
    text = "By Ada Quist\n\n3 May 2021\n\nDoctors at the Port Clinic are pleased with balmide.\n"
    with pytest.raises(eq.InputError, match="no number of patients was found"):
        add_claim(tmp_path, reading_of(text), TODAY)
    assert contents(tmp_path) == {}


def test_an_unconfirmed_name_that_is_no_piece_is_told(tmp_path, reading):
    written(tmp_path, reading)
    path = tmp_path / "claims.yaml"
    text = path.read_text(encoding="utf-8").replace("- strata.severe", "- strata.grave")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(eq.DossierError, match=r"strata\.grave.*must be a piece of the claim"):
        eq.read_dossier(tmp_path)


def test_words_that_yaml_would_misread_are_kept_as_they_are(tmp_path):
    text = (
        TEXT.read_text(encoding="utf-8")
        .replace("Mara Lindqvist", "Mara O'Neil-Lindqvist")
        .replace("some doctors want proof", "some doctors: want # proof {now}")
    )
    written(tmp_path, reading_of(text))
    assert eq.read_dossier(tmp_path).question.title.endswith("some doctors: want # proof {now}")


@pytest.mark.parametrize("key", ["../up", "a/b", "", ".hidden", "x y", "a\nb"])
def test_an_id_that_would_leave_the_folder_is_refused(reading, tmp_path, key):
    with pytest.raises(eq.InputError, match="an id is letters"):
        add_claim(tmp_path, reading, TODAY, source=key)


def test_a_claim_s_id_in_a_file_leads_nowhere_else(tmp_path):
    from equipoise.dossier.add_claim import kept_text

    (tmp_path / "secret.txt").write_text("x", encoding="utf-8")
    assert kept_text(tmp_path / "dossier", "../../secret") is None


SHARED = ROOT.parent / "shared/data/claims/article.txt"


@pytest.mark.skipif(not SHARED.exists(), reason="the article is not here")
def test_a_real_article_is_drafted_as_a_person_had_read_it(tmp_path):
    folder = tmp_path / "msc"
    shutil.copytree(ROOT / "examples/msc-covid19", folder)
    written(folder, read(open_document(SHARED)), source="cox-2020")
    by_hand, drafted = eq.read_dossier(folder).claims
    assert drafted.n == by_hand.n
    assert [row.n for row in drafted.strata] == [row.n for row in by_hand.strata]
    assert [row.n for row in drafted.subsets] == [row.n for row in by_hand.subsets]
    for name in ("outcome", "events", "n", "time_basis", "final", "speaker"):
        assert [getattr(row, name) for row in drafted.outcomes] == [
            getattr(row, name) for row in by_hand.outcomes
        ]
    for point in Statements.__slots__:
        assert getattr(drafted.statements, point).said == getattr(by_hand.statements, point).said
    assert drafted.trial_count.n == by_hand.trial_count.n
    assert {row.kind for row in drafted.arguments} == {row.kind for row in by_hand.arguments}
    stances = {row.id: row.stance for row in by_hand.speakers}
    assert {row.stance for row in drafted.speakers} == set(stances.values())
