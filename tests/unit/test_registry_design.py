"""Randomised, controlled, blinded: what each registry's words say, and when they say nothing."""

import pytest

from equipoise.registry.design_rules import read_design

CASES = [
    # design, title, randomised, controlled, blinded
    ("Allocation: Randomized. Intervention model: Parallel Assignment. Masking: None (Open Label).", "", "yes", "yes", "no"),
    ("Allocation: Non-Randomized. Intervention model: Parallel Assignment. Masking: None (Open Label).", "", "no", "yes", "no"),
    ("Allocation: N/A. Intervention model: Single Group Assignment. Masking: None (Open Label).", "", "no", "no", "no"),
    ("Controlled: yes<br>Randomised: yes<br>Open: no<br>Single blind: no<br>Double blind: yes<br>", "", "yes", "yes", "yes"),
    ("Controlled: noRandomised: noOpen: yesSingle blind: noDouble blind: noParallel group: no", "", "no", "no", "no"),
    ("Controlled: yes<br>Randomised: yes<br>Open: no<br>Single blind: no<br>Double blind: no<br>", "An observer-blind study", "yes", "yes", "yes"),
    ("Controlled: yes<br>Randomised: yes<br>Open: no<br>Single blind: no<br>Double blind: no<br>", "A study", "yes", "yes", "no"),
    ("Randomization: Randomized, Blinding: Not blinded, Placebo: Not used, Assignment: Parallel", "", "yes", "yes", "no"),
    ("Randomized, Parallel Group Trial<br>  Method of generating randomization sequence:Coin toss  Method of allocation concealment:x  Blinding and masking:Participant Blinded", "", "yes", "yes", "yes"),
    ("Single Arm Trial Method of generating randomization sequence:Not Applicable Method of allocation concealment:Not Applicable Blinding and masking:Open Label", "", "no", "no", "no"),
    ("Parallel", "A study of cells", "unclear", "yes", "unclear"),
    ("Parallel", "Cells: a randomized, double-blind trial", "yes", "yes", "yes"),
    ("Single arm", "A study of cells", "no", "no", "unclear"),
    ("Non randomized control", "A study of cells", "no", "yes", "unclear"),
    ("Prospective non-randomised single-centre study (Treatment)", "", "no", "unclear", "unclear"),
    ("randomized controlled trial, open(masking not used), no treatment control, parallel assignment", "", "yes", "yes", "no"),
    ("single arm study, open(masking not used), uncontrolled control, single assignment", "", "no", "no", "no"),
    ("Allocation: Randomized. Intervention model: Single Group Assignment. Masking: Double.", "", "yes", "yes", "yes"),
    ("", "", "unclear", "unclear", "unclear"),
    ("NA", "A study of cells in volunteers", "unclear", "unclear", "unclear"),
    ("Cohort study", "Random blood glucose and outcome", "unclear", "unclear", "unclear"),
]  # fmt: skip


@pytest.mark.parametrize(("design", "title", "randomised", "controlled", "blinded"), CASES)
def test_what_the_words_say(design, title, randomised, controlled, blinded):
    read = read_design(design, (title,))
    assert (read.randomised.value, read.controlled.value, read.blinded.value) == (
        randomised, controlled, blinded,
    )  # fmt: skip


def test_every_answer_names_its_words_and_its_rule():
    read = read_design("Parallel", ("Cells: a randomized, double-blind trial",))
    assert read.randomised.evidence.startswith("title: randomized")
    assert read.randomised.rule == "text says randomised"
    assert read.blinded.evidence == "title: double-blind"
    nothing = read_design("", ())
    assert nothing.randomised.evidence == nothing.randomised.rule == ""


def test_randomised_in_one_group_is_a_contradiction_that_is_shown():
    read = read_design("Allocation: Randomized. Intervention model: Single Group Assignment.", ())
    assert read.controlled.value == "yes"
    assert "against" in read.controlled.evidence
