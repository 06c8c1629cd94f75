"""A pasted text or page: its article, and what is left out of it."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from equipoise.documents import document_of
from equipoise.documents.byline import Byline, byline_of, date_in
from equipoise.documents.language import language_of
from equipoise.errors import InputError

SHARED = Path(__file__).parents[3] / "shared" / "data" / "claims"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared texts are absent")

PAGE = """\
홈페이지
로그인

HOME > 회원마당 > 새소식

Cell Infusions Draw Crowds in Harbour City, But Doubters Ask for a Control Group

관리자 | 2021.05.03 09:12 | 조회 88

Cell Infusions Draw Crowds in Harbour City, But Doubters Ask for a Control Group

HEALTH FEATURE

\xa0Mara Linden\xa0April 30, 2021\xa04 MINUTE READ

Twelve patients in a Harbour City ward felt better after an infusion. (© Ona/Adobe)

Share this article

·\xa0\xa0\xa0

·\xa0\xa0\xa0

Mara Linden

SHOW PROFILE

Doctors at the Lakeside Hospital have given cells to 12 patients since March, and all of them say
they are better.

"We cannot tell what would have happened without the cells."

“We cannot tell what would have happened without the cells,” said Olu Brandt (이름), who was not
involved. “Twelve is a small number.”

·\xa0\xa0\xa0

Mara Linden

Mara Linden is a freelance writer based in Harbour City. She has written for papers of the region.

VIEW FULL PROFILE

What do you think?

We welcome all letters: post@harbour.example.
A selection of responses is collected here.

새소식
번호 제목 글쓴이 조회 날짜
44 "줄기세포로 폐렴 치료 가능" 관리자 845 2021.04.08
43 줄기세포 배양 소식 관리자 1105 2021.03.20
42 Infusion of Cells from Cord .. 관리자 101 2021.03.20
41 답글 qwertz johnny 11 2021.03.14
"""


def left(document, why):
    return [
        document.original[region.start : region.end]
        for region in document.left_out
        if region.why == why
    ]


def test_a_page_gives_its_article():
    document = document_of(PAGE)
    headline = "Cell Infusions Draw Crowds in Harbour City, But Doubters Ask for a Control Group"
    assert document.text.split("\n") == [
        headline,
        "Twelve patients in a Harbour City ward felt better after an infusion.",
        "Doctors at the Lakeside Hospital have given cells to 12 patients since March, and all of"
        " them say they are better.",
        '"We cannot tell what would have happened without the cells."',
        '"We cannot tell what would have happened without the cells," said Olu Brandt (이름), who'
        ' was not involved. "Twelve is a small number."',
    ]
    assert document.title == headline
    assert document.author == "Mara Linden"
    assert document.date == "2021-04-30"


def test_what_a_page_leaves_out_is_told():
    document = document_of(PAGE)
    regions = document.left_out
    assert (regions[0].start, regions[0].why, regions[0].language) == (0, "another language", "ko")
    assert PAGE[: regions[0].end].endswith("HOME > 회원마당 > 새소식\n\n")
    assert (regions[-1].end, regions[-1].why, regions[-1].language) == (len(PAGE), "list", "ko")
    assert left(document, "list")[0].startswith("44 ")
    assert left(document, "author's note")[0].startswith("Mara Linden is a freelance writer")
    assert "(© Ona/Adobe)" in left(document, "furniture")[1]
    assert "SHOW PROFILE" in left(document, "furniture")[1]
    out = {place for region in regions for place in range(region.start, region.end)}
    assert out.isdisjoint(document.origin)
    assert "post@harbour.example" in "".join(left(document, "furniture"))


@pytest.mark.parametrize(
    ("line", "author", "date"),
    [
        ("By Jane Doe", "Jane Doe", None),
        ("BY JANE DOE, HealthDay Reporter", "JANE DOE", None),
        ("By Ann de la Cruz and R. J. O'Neil | March 3, 2021", "Ann de la Cruz and R. J. O'Neil",
         "2021-03-03"),
        ("Jane Doe March 25, 2020 5 MINUTE READ", "Jane Doe", "2020-03-25"),
        ("Jane Doe | 25 Mar 2020, 10:45 a.m. EST", "Jane Doe", "2020-03-25"),
        ("Published: Wednesday, March 25th, 2020", None, "2020-03-25"),
        ("2020-03-25", None, "2020-03-25"),
        ("News Release 12-Mar-2021", None, "2021-03-12"),
        ("By Jane Doe, Special to the Harbour Post", "Jane Doe", None),
    ],
)  # fmt: skip
def test_bylines(line, author, date):
    assert byline_of(line) == Byline(author=author, date=date)


@pytest.mark.parametrize(
    "line",
    [
        "By March 25, 2020 the trial had 31 patients",
        "By contrast, Jane Doe saw no effect",
        "The Lakeside trial began on March 25, 2020",
        "On March 25, 2020, 31 patients were enrolled.",
        "Jane Doe",
        "METHODS",
        "2020-03-25 to 2020-06-30: 31 patients",
    ],
)
def test_no_bylines(line):
    assert byline_of(line) is None


def test_dates_that_are_none():
    assert date_in("2020-13-25") is None
    assert date_in("0.25-3.4-2") is None
    assert date_in("from 1 May 2020 on") == "2020-05-01"


def test_an_abstract_is_read_whole():
    abstract = (
        "Cells for lung injury: a randomised trial\n"
        "BACKGROUND: IFN-γ, TNF-α and IL-1β rise; β-cells are lost (α = 0.05; κ = 0.81).\n"
        "METHODS\n"
        "64 patients (32 v 32) were randomised; μ = 12.4 ± 3.1, χ² = 4.2, p > 0.05 > 0.01.\n"
        "RESULTS\n"
        "−0.8% (95% CI −1.1 to −0.5) v −0.2%; 12·3 (SD 4·1) v 13·0 (3·9) pg/mL; 5 (3-8) days.\n"
        "12 (37.5%)\n"
        "CONCLUSIONS: Larger trials are needed.\n"
        "TRIAL REGISTRATION: ACTRN12605000123456"
    )
    document = document_of(abstract)
    assert document.left_out == ()
    assert document.text == abstract
    assert document.title == "Cells for lung injury: a randomised trial"
    assert document.author is document.date is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("줄기세포 치료를 받은 환자 31명이 모두 호전되었다. 대조군은 없었다.", "Korean"),
        ("接受细胞治疗的三十一名患者均有好转，但没有对照组。", "Chinese"),
        ("細胞の治療を受けた患者は全員よくなったという。", "Japanese"),
        ("Всем пациентам стало лучше, но контрольной группы не было.", "Cyrillic"),
        ("Alle 31 Patienten haben sich nach der Behandlung erholt, aber es gab keine Gruppe, mit"
         " der man sie vergleichen könnte.", "German"),
        ("Los 31 pacientes mejoraron después de la infusión, pero no hubo un grupo de control con"
         " el que se los pudiera comparar.", "Spanish"),
        ("Les 31 patients se sont sentis mieux après la perfusion, mais il n'y avait pas de groupe"
         " avec lequel on pût les comparer.", "French"),
    ],
)  # fmt: skip
def test_another_language_is_declined(text, language):
    with pytest.raises(InputError) as caught:
        document_of(text, "clip.txt")
    assert language in str(caught.value)
    assert "only English is read in full" in str(caught.value)
    assert caught.value.parts is not None
    assert caught.value.parts[0] == "clip.txt"


@pytest.mark.parametrize(
    "text",
    [
        "Patients improved.",
        "31 patients",
        "Dr. Müller and Señora Núñez saw 31 patients.",
        "Remestemcel-L cures COVID-19!",
        "No control group existed. Nobody knows why.",
        "Keywords: mesenchymal stem cells, umbilical cord, COVID-19, pneumonia, cytokine, de novo",
        "Professor Kim (김) leads the trial.",
    ],
)
def test_a_short_english_text_is_accepted(text):
    document = document_of(text)
    assert document.text == text
    assert document.left_out == ()


def test_a_stretch_in_another_language_is_kept_apart():
    german = (
        "Alle Patienten haben sich nach der Behandlung erholt, aber es gab keine Gruppe, mit der"
        " man sie vergleichen könnte, sagen die Ärzte."
    )
    english = "All patients got better after the infusion, but there was no group to compare."
    document = document_of(f"{english}\n\n{german}\n\n{english} More are to come.")
    assert document.text == f"{english}\n{english} More are to come."
    (region,) = document.left_out
    assert (region.why, region.language) == ("another language", "de")
    assert document.original[region.start : region.end].strip() == german


def test_a_line_that_mixes_languages_stays():
    line = "Soft lenses for presbyopia after one week of wear: lentes de contacto de uso blando"
    assert language_of(line) == "en"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("The trial en-\nrolled 31 patients.", "The trial enrolled 31 patients."),
        ("A placebo-\ncontrolled trial.", "A placebo-controlled trial."),
        ("An un-\nblind trial, un-blind to all.", "An un-blind trial, un-blind to all."),
        ("It was led by Dr.\nJane Doe.", "It was led by Dr. Jane Doe."),
        ("Doctors at the\nLakeside Hospital met.", "Doctors at the Lakeside Hospital met."),
        ("The study enrolled\n31 patients.", "The study enrolled 31 patients."),
        ("Cells Help Lungs\nDoctors say so.", "Cells Help Lungs\nDoctors say so."),
        ("METHODS\nWe gave it to 31.", "METHODS\nWe gave it to 31."),
        ("It works.\nDoctors say so.", "It works.\nDoctors say so."),
        ("It met both:\n- fewer deaths\n- less pain", "It met both:\n- fewer deaths\n- less pain"),
        ("So\x0bit\u2028goes\x85on", "So it goes on"),
        ("ﬁve eﬀects of nai\u0308ve T\u200b-cells", "five effects of naïve T-cells"),
        ("“31” – ‘all’ — of\u2011them", "\"31\" – 'all' — of-them"),
    ],
)  # fmt: skip
def test_lines_and_characters(text, read):
    assert document_of(text).text == read


def test_cells_of_a_table_stay():
    text = (
        "Table\n\nOutcome\nCells\nNone\n\nAlive\n7 of 31\n3 of 30\n\nTime to end\n30 min\n5 days"
        "\n\n1 male 2021-02-01\n2 female 2021-02-03\n3 male 2021-02-04\n4 male 2021-02-09"
        "\n\nCells > cord > dummy"
    )
    document = document_of(text)
    assert document.left_out == ()


def test_a_page_of_links_and_labels():
    text = (
        "Skip to main content\nHealth\nSign in\nCells 'could treat' lung failure\nBy Mara Linden\n"
        "Health reporter\n\nPublished\n12 March 2021\nShare\nA small trial suggests cells help.\n"
        'All 12 patients given them lived.\nImage source, Ona Images\nDr Lee said: "It\'s early."\n'
        "She said that bigger trials were needed.\nMore on this story\nTrial of cells begins\n"
    )
    document = document_of(text)
    assert document.title == "Cells 'could treat' lung failure"
    assert (document.author, document.date) == ("Mara Linden", "2021-03-12")
    assert document.text.split("\n") == [
        "Health",
        "Cells 'could treat' lung failure",
        "A small trial suggests cells help.",
        "All 12 patients given them lived.",
        'Dr Lee said: "It\'s early."',
        "She said that bigger trials were needed.",
    ]


def test_the_same_words_twice_in_an_abstract_stay():
    text = "No effect was seen.\nNo effect was seen.\nPain score\nPain score\nNone.\nNone.\nEnd."
    assert document_of(text).text == text


def test_nothing_but_furniture_is_what_there_is_to_read():
    assert document_of("Share this article").text == "Share this article"


def test_the_door_opens_without_the_libraries_behind_it():
    late = ["trafilatura", "lxml", "pypdf", "docx", "lingua", "rapidfuzz", "polars"]
    code = f"import equipoise.documents.open, sys; print([m for m in {late} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@needs_shared
def test_the_shared_article():
    text = (SHARED / "article.txt").read_bytes().decode()
    gold = json.loads((SHARED / "gold_article.json").read_text("utf-8"))
    document = document_of(text)
    out = set()
    for region in document.left_out:
        out.update(range(region.start, region.end))
    for start, end in gold["document"]["nav_spans"]:
        assert out >= set(range(start, end))
    origin = set(document.origin)
    for claim in gold["claims"]:
        seen = (place for place in range(claim["span"]["start"], claim["span"]["end"]))
        assert all(place in origin for place in seen if not text[place].isspace())
    assert document.text.count(gold["document"]["original_title"]) == 1
    assert document.title == gold["document"]["original_title"]
    assert document.author == gold["document"]["original_author"]
    assert document.date == gold["document"]["original_date"]
    assert not any("가" <= letter <= "힣" for letter in document.text)


@needs_shared
@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("gold_dev.jsonl", None),
        ("evidence_inference/abstracts.jsonl.gz", 500),
        ("robotreviewer_rct/pubmed_test_labels.jsonl.gz", None),
    ],
)
def test_nothing_is_left_out_of_the_shared_abstracts(path, most):
    file = SHARED / path
    data = gzip.decompress(file.read_bytes()) if path.endswith("gz") else file.read_bytes()
    for row in list(map(json.loads, data.decode().splitlines()))[:most]:
        text = row["text"] if "text" in row else f"{row['title']}\n{row['abstract']}"
        assert document_of(text).left_out == ()
