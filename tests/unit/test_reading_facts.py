"""What the reader finds, on texts written for these tests."""

from __future__ import annotations

import pytest

import equipoise as eq
from equipoise.claims.reading.finders.numbers import numbers
from equipoise.vocabulary.finding import Finding

NEWS = """Herbal Drops Hailed as a Breakthrough for Winter Cough, but Doubters Want Proof

By Ada Lindqvist

All 24 patients given velorin drops at a clinic in Port Ellery recovered within ten days, but \
there was no control group.

“Fourteen of these patients had mild symptoms, six are severe, and four are critically ill,” \
said Dr. Otto Brandt, a physician at the Port Ellery clinic who led the study. “Nine have now \
been discharged from hospital.”

There are currently 12 clinical trials of the drops. The drops are thought to work by calming \
the immune system, and studies in mice have shown less swelling.

“This study is too small and lacks controls,” said Mira Osei, professor of statistics at \
Lowfield University. “Larger randomised trials are needed before anybody takes it.”

“We will start a randomised, double-blind Phase 2 trial next month,” said Karl Venn, chief \
executive of Velorin Ltd.
"""


@pytest.fixture(scope="module")
def reading():
    return eq.read_text(NEWS)


def only(reading, kind, topic):
    found = [fact for fact in reading.facts if fact.kind == kind and fact.topic == topic]
    assert len(found) == 1, found
    return found[0]


def test_every_fact_stands_at_its_offsets(reading):
    for fact in reading.facts:
        assert NEWS[fact.start : fact.end] == fact.text
        for other in fact.also:
            assert NEWS[other.start : other.end] == other.text


def test_people_and_groups_that_add_up(reading):
    assert reading.study.n_total == 24
    assert [(group.label, group.n) for group in reading.study.groups] == [
        ("mild symptoms", 14),
        ("severe", 6),
        ("critically ill", 4),
    ]
    assert only(reading, "patients", "sum").value == "14 + 6 + 4 = 24"


def test_the_claimed_study_is_not_the_one_planned_or_called_for(reading):
    study = reading.study
    assert (study.randomised, study.controlled, study.blinded) == ("silent", "no", "silent")
    assert study.phase is None
    statuses = {fact.status for fact in reading.facts if fact.topic == "randomised"}
    assert statuses == {"needed", "planned"}


def test_results_with_counts_and_speakers(reading):
    results = {fact.value: fact for fact in reading.facts if fact.topic == "result"}
    assert results[(24, 24)].speaker == "Ada Lindqvist"
    assert results[(9, 24)].speaker == "Otto Brandt"


def test_a_number_of_trials_is_not_a_number_of_people(reading):
    assert reading.study.n_trials == 12


def test_arguments_are_named_as_what_they_are(reading):
    topics = {fact.topic for fact in reading.facts if fact.kind == "argument"}
    assert {"mechanism", "animals"} <= topics


def test_voices_have_role_stance_and_stated_interest(reading):
    voices = {voice.name: voice for voice in reading.voices}
    assert voices["Otto Brandt"].stance == "proponent"
    assert voices["Otto Brandt"].interest is not None
    assert voices["Mira Osei"].stance == "sceptic"
    assert voices["Mira Osei"].interest is None
    assert voices["Karl Venn"].interest is not None
    assert voices["Ada Lindqvist"].stance == "reporter"


def test_checks_carry_exact_intervals_and_say_silence(reading):
    codes: dict[str, Finding] = {}
    for checked in reading.checks:
        codes.setdefault(checked.finding.code, checked.finding)
    assert codes["EQ-R003"].status == "issue"
    assert "does not say" in str(codes["EQ-R004"].sentence)
    shares = [
        str(checked.finding.sentence)
        for checked in reading.checks
        if checked.finding.code == "EQ-R009"
    ]
    assert any("85.8 to 100%" in sentence for sentence in shares)


def test_the_summary_and_the_frame_hold_every_fact(reading):
    assert "silent on" in reading.summary()
    assert reading.frame().height == len(reading.facts)
    assert "<table>" in reading._repr_html_()


def test_reading_twice_gives_the_same():
    assert eq.read_text(NEWS).facts == eq.read_text(NEWS).facts


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("twenty-one patients", 21),
        ("Forty eight students", 48),
        ("one hundred and five women", 105),
        ("Three-hundred-and-seven infants", 307),
        ("two thousand three hundred men", 2300),
        ("a dozen volunteers", 12),
        ("3,737 patients", 3737),
        ("nine-of-12 patients", 9),
    ],
)
def test_numbers_in_words_and_digits(words, value):
    found = numbers(words)
    assert found[0].value == value
    assert found[0].count


@pytest.mark.parametrize(
    "words", ["40 mg", "12 weeks", "65 years", "30%", "2.5 kg", "28-day", "10-fold", "3 months"]
)
def test_doses_times_and_shares_are_no_counts_of_people(words):
    assert not any(number.count for number in numbers(words))


TOTALS = [
    ("We screened 300 adults; 120 patients were randomised and 110 completed the trial.", 120),
    ("Patients received the drug (n = 31) or placebo (n = 29).", 60),
    ("Eighteen healthy volunteers took part in a crossover study.", 18),
    ("A total of 40 children were assigned to drops and 42 to tablets.", 82),
    ("Fifty-two women were enrolled, of whom 12 had diabetes.", 52),
    ("The trial will enrol 400 patients.", None),
    ("Two cardiologists read the scans of 64 patients.", 64),
    ("Seven of 12 patients came off the ventilator.", 12),
    ("Of 90 patients who entered the study, 70 completed it.", 90),
    ("The two groups had 30 patients in each arm.", 60),
]


@pytest.mark.parametrize(("text", "total"), TOTALS)
def test_the_total_among_other_counts(text, total):
    assert eq.read_text(text).study.n_total == total


DESIGNS = [
    (
        "We ran a randomised, double-blind, placebo-controlled trial in 60 adults.",
        ("yes", "yes", "yes"),
    ),
    ("This open-label, single-arm study treated 20 patients.", ("no", "no", "no")),
    ("Twenty patients improved; randomised trials are needed.", ("silent", "silent", "silent")),
    ("The company plans a randomised, placebo-controlled trial.", ("silent", "silent", "silent")),
    ("Ten patients were treated. They were not randomised.", ("no", "silent", "silent")),
    (
        "A random sample of 500 adults was surveyed about their diet.",
        ("silent", "silent", "silent"),
    ),
    (
        "Earlier randomised trials had failed; we treated 15 patients.",
        ("silent", "silent", "silent"),
    ),
    (
        "Neither the patients nor their doctors knew which drug was given.",
        ("silent", "silent", "yes"),
    ),
    ("Patients with well-controlled diabetes took the tablets.", ("silent", "silent", "silent")),
    ("Compared with historical controls, the 12 patients did better.", ("silent", "no", "silent")),
    (
        "Women on the drops lost more weight than those who did not take them.",
        ("silent", "yes", "silent"),
    ),
]


@pytest.mark.parametrize(("text", "answers"), DESIGNS)
def test_what_is_said_of_the_design(text, answers):
    study = eq.read_text(text).study
    assert (study.randomised, study.controlled, study.blinded) == answers


def test_what_is_entailed_is_marked_as_such():
    study = eq.read_text("In this retrospective study we treated 20 patients.").study
    assert study.randomised == "no"
    assert study.implied == ("randomised",)


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("In this phase II trial 40 patients were treated.", "2"),
        ("A Phase 2/3 study of 90 adults was done.", "2/3"),
        ("We treated 40 patients and plan a phase 3 trial.", None),
    ],
)
def test_phase_of_the_claimed_study(text, phase):
    assert eq.read_text(text).study.phase == phase


def test_registry_numbers_of_many_registries():
    text = (
        "Registered as NCT01234567, ISRCTN12345678, ChiCTR2000012345, EudraCT 2020-001234-56, "
        "ACTRN12620000123456 and IRCT20200101012345N1."
    )
    assert eq.read_text(text).study.registry_ids == (
        "NCT01234567", "ISRCTN12345678", "ChiCTR2000012345", "2020-001234-56",
        "ACTRN12620000123456", "IRCT20200101012345N1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "harms"),
    [
        ("No serious adverse events were seen in the 20 patients.", "denied"),
        ("Four patients had serious adverse events.", "counted"),
        ("The patients complained of side effects.", "mentioned"),
        ("All 20 patients improved.", "silent"),
    ],
)
def test_harms_counted_denied_mentioned_or_silent(text, harms):
    assert eq.read_text(text).study.harms == harms


def test_hype_in_a_doubters_mouth_is_caution():
    reading = eq.read_text(
        "“There is enormous hype about these drops,” said Mira Osei, professor of medicine at "
        "Lowfield University. The drops are a miracle cure."
    )
    kinds = {fact.kind for fact in reading.facts if fact.speaker == "Mira Osei"}
    assert "caution" in kinds
    assert "hype" not in kinds
    assert any(fact.kind == "hype" and fact.speaker is None for fact in reading.facts)


def test_approved_for_trials_is_not_approved_for_use():
    tried = eq.read_text("The cells have been approved for clinical trials.").facts
    used = eq.read_text("The tablets were approved by the FDA in 2019.").facts
    assert [fact.topic for fact in tried if fact.kind == "standing"] == ["for trials only"]
    assert [fact.topic for fact in used if fact.kind == "standing"] == ["approved"]


def test_a_pull_quote_counts_once():
    quote = "We have never seen patients recover this quickly, and there is nothing else for them."
    text = (
        f"“{quote}”\n\nThe clinic has treated 20 patients so far in the north of the country.\n\n"
        f"“{quote} They are in danger,” said Otto Brandt, a doctor at the clinic."
    )
    found = [fact for fact in eq.read_text(text).facts if fact.topic == "unmet need"]
    assert len(found) == 1
    assert len(found[0].also) == 1
    assert found[0].speaker == "Otto Brandt"


def test_two_speakers_who_contradict_each_other_are_shown_as_such():
    text = (
        "“There is no evidence that the drops have any effect,” said Mira Osei, a professor. "
        "“They have worked in three other diseases,” said Karl Venn, chief executive of Velorin."
    )
    reading = eq.read_text(text)
    assert len(reading.contradictions) == 1
    speakers = {reading.fact(key).speaker for key in reading.contradictions[0].facts}
    assert speakers == {"Mira Osei", "Karl Venn"}


def test_animals_are_not_people():
    study = eq.read_text("Twelve mice were given the extract and lived longer.").study
    assert study.subjects == "animals"
    assert study.n_total == 12
