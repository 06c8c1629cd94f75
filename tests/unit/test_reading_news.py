"""News sentences written for these tests: how many people, and what is said of the design."""

from __future__ import annotations

import pytest

import equipoise as eq

TOTALS = [
    ("The study, which followed 1,500 people for 10 years, found fewer heart attacks.", 1500),
    (
        "Researchers randomly assigned 302 patients with asthma to receive either the new "
        "inhaler or a placebo.",
        302,
    ),
    ("In the trial, 8,000 participants at 120 sites took the pill daily.", 8000),
    ("In a study of nearly 48,000 women, those who drank coffee had less depression.", 48000),
    ("The team tested the vaccine in 45 healthy volunteers aged 18 to 55.", 45),
    (
        "Of the 200 patients given the drug, 30 percent improved, compared with 15 percent of "
        "those given placebo.",
        200,
    ),
    ("Half of the 1,200 patients got the new drug and the rest got standard care.", 1200),
    ("About 200 people took part in the trial.", 200),
    (
        "The phase 3 trial enrolled 30,000 volunteers; 95 developed COVID-19, 90 in the placebo "
        "group.",
        30000,
    ),
    ("The analysis included data from 17 trials with 12,345 participants.", 12345),
    ("The 84-year-old woman recovered within days.", None),
    (
        "More than 6 million Americans have Alzheimer's disease. The company expects results "
        "next year.",
        None,
    ),
    ("Each year 100,000 people die of sepsis. A new drug may help, the company said.", None),
    ("Twenty-five of the 30 children no longer reacted to peanuts after a year.", 30),
    ("The company plans to enroll 500 patients in a pivotal study next year.", None),
    ("In the study, 40 adults with insomnia were split into two groups; half took melatonin.", 40),
    ("Among the 3,057 patients in the trial, there were 215 deaths.", 3057),
    ("Scientists gave 19 overweight men a high-fiber bar each day for eight weeks.", 19),
    ("Data from more than 100,000 nurses followed since 1976 show a lower risk.", 100000),
    ("The results were based on 12 patients, nine of whom responded.", 12),
    (
        "The drug was tested on 1,255 people, of whom 628 received it and 627 received a placebo.",
        1255,
    ),
    ("Doctors treated 61 patients with plasma; 10 died.", 61),
    ("The two studies enrolled a total of 1,900 patients with migraine.", 1900),
    ("The trial's 350 participants, who were 60 or older, were followed for three years.", 350),
    ("A total of 18 of 24 patients (75%) had a response.", 24),
    ("Researchers looked at medical records of 5.6 million people in Denmark.", 5600000),
    ("Seventy percent of patients improved.", None),
    ("The experiment involved rats; 30 rats were fed the extract.", 30),
]


@pytest.mark.parametrize(("text", "total"), TOTALS)
def test_how_many_people(text, total):
    assert eq.read_text(text).study.n_total == total


DESIGNS = [
    (
        "Those taking the drug lived four months longer than those on chemotherapy.",
        "controlled",
        "yes",
    ),
    ("The patients were divided into two groups by the flip of a coin.", "randomised", "yes"),
    ("Neither doctors nor patients knew who was getting the real drug.", "blinded", "yes"),
    ("The study was observational and cannot prove cause and effect.", "randomised", "no"),
    ("The company will begin a double-blind trial in 2021.", "blinded", "silent"),
    ("The study lacked a control group.", "controlled", "no"),
    ("The study had no comparison group.", "controlled", "no"),
    ("It wasn't a randomized trial, so the findings are preliminary.", "randomised", "no"),
    ("Everyone in the study got the drug.", "controlled", "silent"),
    ("In the blinded trial, 30 patients took part.", "blinded", "yes"),
    ("The results need to be confirmed in a randomized, controlled trial.", "controlled", "silent"),
    (
        "Patients receiving the treatment improved more than a group given dummy pills.",
        "controlled",
        "yes",
    ),
    ("Half received the vaccine and half received a saline injection.", "controlled", "yes"),
    ("The trial compared the stent with medication alone.", "controlled", "yes"),
    ("An open-label extension followed the double-blind trial.", "blinded", "yes"),
    ("The rate was 12 percent with the drug versus 20 percent with placebo.", "controlled", "yes"),
    ("Compared with last year, sales rose.", "controlled", "silent"),
    ("Blood pressure was well controlled in most patients.", "controlled", "silent"),
    (
        "The Centers for Disease Control and Prevention said the outbreak is over.",
        "controlled",
        "silent",
    ),
]


@pytest.mark.parametrize(("text", "field", "answer"), DESIGNS)
def test_what_is_said_of_the_design(text, field, answer):
    assert getattr(eq.read_text(text).study, field) == answer
