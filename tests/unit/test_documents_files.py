"""Files from outside: what they are, what they hold, and what is said of those that do not do."""

import zipfile
from io import BytesIO

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter

from equipoise.documents import open_document
from equipoise.errors import InputError

WORDS = "Thirty-one patients were given the cells, but there was no control group."


def pdf_of(pages, title=None):
    """A PDF of `pages`, each a list of lines in Helvetica, byte for byte by hand."""
    parts = ["<</Type/Catalog/Pages 2 0 R>>", ""]
    kids = []
    for lines in pages:
        number = len(parts) + 1
        kids.append(f"{number} 0 R")
        shown = " ".join(f"({line}) Tj T*" for line in lines)
        stream = f"BT /F 11 Tf 14 TL 72 720 Td {shown} ET"
        parts.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {number + 1} 0 R/Resources"
            "<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica"
            "/Encoding/WinAnsiEncoding>>>>>>>>"
        )
        parts.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream")
    parts[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    parts.append(f"<</Title({title or ''})>>")
    made, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += f"{number} 0 obj{part}endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    made += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}"
    made += f"trailer<</Size {len(parts) + 1}/Root 1 0 R/Info {len(parts)} 0 R>>\n"
    made += f"startxref\n{made.index('xref')}\n%%EOF\n"
    return made.encode("cp1252")


def written(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


def refused(path):
    """The four parts of the message with which `path` is refused."""
    with pytest.raises(InputError) as caught:
        open_document(path)
    assert caught.value.parts is not None
    assert caught.value.parts[0].endswith(path.name)
    assert len(str(caught.value)) < 500
    return " ".join(caught.value.parts[1:])


def test_a_text_file_is_its_characters(tmp_path):
    data = "\ufeffA “trial”\r\nof 31\xa0patients is under way.\r\n".encode()
    document = open_document(written(tmp_path, "clip.txt", data))
    assert document.name == "clip.txt"
    assert document.media == "text"
    assert document.original == "A “trial”\r\nof 31\xa0patients is under way.\r\n"
    assert document.text == 'A "trial" of 31 patients is under way.'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_in_any_width(tmp_path, encoding):
    document = open_document(written(tmp_path, "clip.txt", WORDS.encode(encoding)))
    assert document.original == document.text == WORDS


@pytest.mark.parametrize("declared", ["windows-1252", "ISO-8859-1", "euc-kr"])
def test_a_declared_character_set_of_a_page(tmp_path, declared):
    page = f"<html><meta charset='{declared}'><p>{WORDS} “So far”, they say.</p></html>"
    encoding = "cp949" if declared == "euc-kr" else "cp1252"
    document = open_document(written(tmp_path, "page.html", page.encode(encoding)))
    assert document.original == page
    assert document.text == WORDS + ' "So far", they say.'


def test_an_undeclared_byte_is_named_with_its_line(tmp_path):
    path = written(tmp_path, "clip.txt", b"One line.\nThe caf\xe9 is open.\n")
    assert "byte 0xe9 in line 2" in refused(path)
    assert "UTF-8" in refused(path)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\n", "empty"),
        ("blank.html", b"<html><body><script>let a = '31 patients'</script></body>", "no words"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "no text"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "DOCX"),
        ("nul.txt", b"words\nand\0more words to come", "no text"),
        ("broken.pdf", b"%PDF-1.7\nnothing of the kind", "broken"),
        ("half.docx", b"PK\x03\x04 and no more", "broken archive"),
    ],
)
def test_what_cannot_be_read(tmp_path, name, data, said):
    assert said in refused(written(tmp_path, name, data))


def test_no_file(tmp_path):
    assert "no file" in refused(tmp_path / "none.txt")
    assert "no file" in refused(tmp_path)


def test_a_huge_file_is_refused_unread(tmp_path):
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)  # takes no room on the disk
    assert "200,000,000 bytes" in refused(path)


def test_a_long_text_is_refused(tmp_path):
    assert "characters" in refused(written(tmp_path, "long.txt", b"word " * 900_000))
    assert "bytes" in refused(written(tmp_path, "longer.txt", b"word " * 4_000_000))
    assert "paragraphs" in refused(written(tmp_path, "verse.txt", b"word\n\n" * 60_000))


@pytest.mark.parametrize("unit", ["1234567890 ", "1", "“‘\"'", "(", "a" * 50 + " ", ". ", "\xad "])
def test_one_enormous_line_is_read(tmp_path, unit):
    text = WORDS + " " + unit * (600_000 // len(unit)) + " end"
    document = open_document(written(tmp_path, "line.txt", text.encode()))
    assert document.original == text
    assert document.text.startswith(WORDS)
    assert document.text.endswith("end")


# --- PDF


def test_a_pdf_unwrapped_without_its_frame(tmp_path):
    pages = [
        ["Journal of Made-up Trials 2021", "Cells for pneumonia", f"Page {1} of 3"],
        ["Journal of Made-up Trials 2021", "The doctors gave an infu-", "sion to thirty-one", "2"],
        ["Journal of Made-up Trials 2021", "patients of the Lakeside", "ward in a placebo-", "3"],
        ["Journal of Made-up Trials 2021", "controlled trial that", "ended in May.", "4"],
    ]
    document = open_document(written(tmp_path, "paper.pdf", pdf_of(pages, "Cells for pneumonia")))
    assert document.media == "pdf"
    assert document.title == "Cells for pneumonia"
    assert document.text == (
        "Cells for pneumonia\nThe doctors gave an infusion to thirty-one patients of the Lakeside"
        " ward in a placebo-controlled trial that ended in May."
    )
    left = [document.original[region.start : region.end] for region in document.left_out]
    assert left.count("Journal of Made-up Trials 2021") == 4
    assert [words.strip() for words in left if "Journal" not in words] == ["Page 1 of 3", *"234"]
    at = document.text.index("infusion")
    begin, end = document.origin[at], document.ends[at + len("infusion") - 1]
    assert document.original[begin:end] == "infu-\nsion"


def test_a_title_that_the_pages_do_not_hold_is_none(tmp_path):
    path = written(tmp_path, "paper.pdf", pdf_of([[WORDS]], "Microsoft Word - final2.doc"))
    assert open_document(path).title is None


def test_a_scanned_pdf(tmp_path):
    assert "OCR" in refused(written(tmp_path, "scan.pdf", pdf_of([[], []])))


def encrypted(password):
    writer = PdfWriter(BytesIO(pdf_of([[WORDS]])))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def test_an_encrypted_pdf(tmp_path):
    assert "password" in refused(written(tmp_path, "locked.pdf", encrypted("secret")))


def test_a_pdf_locked_against_changes_only(tmp_path):
    assert open_document(written(tmp_path, "open.pdf", encrypted(""))).text == WORDS


def test_a_pdf_of_too_many_pages(tmp_path):
    assert "301 pages" in refused(written(tmp_path, "book.pdf", pdf_of([["A line."]] * 301)))


def test_a_pdf_that_unpacks_to_too_much(tmp_path):
    writer = PdfWriter(BytesIO(pdf_of([["x" * 9_000_000]])))
    for page in writer.pages:
        page.compress_content_streams()
    made = BytesIO()
    writer.write(made)
    assert len(made.getvalue()) < 100_000
    assert "unpacks" in refused(written(tmp_path, "bomb.pdf", made.getvalue()))


# --- DOCX


def docx_of(build):
    document = docx.Document()
    build(document)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def test_a_docx(tmp_path):
    def build(document):
        document.add_heading("Cells for pneumonia", 1)
        paragraph = document.add_paragraph("Doctors gave the cells to ")
        paragraph.add_run("31").bold = True
        paragraph.add_run("\xa0patients.")
        secret = paragraph.add_run(" Not shown: 99 patients.")
        secret.font.hidden = True
        table = document.add_table(1, 2)
        table.cell(0, 0).text = "Discharged"
        table.cell(0, 1).text = "7 of 31"
        document.core_properties.title = "Cells for pneumonia"
        document.core_properties.author = "python-docx"

    document = open_document(written(tmp_path, "release.docx", docx_of(build)))
    assert document.media == "docx"
    assert document.title == "Cells for pneumonia"
    assert document.author is None
    assert document.text == (
        "Cells for pneumonia\nDoctors gave the cells to 31 patients.\nDischarged\n7 of 31"
    )
    at = document.text.index("31 patients")
    begin, end = document.origin[at], document.ends[at + len("31 patients") - 1]
    assert document.original[begin:end] == "31\xa0patients"


def test_a_docx_without_words(tmp_path):
    assert "without text" in refused(
        written(tmp_path, "blank.docx", docx_of(lambda document: None))
    )


def test_an_archive_that_is_no_docx(tmp_path):
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("notes.txt", WORDS)
    assert "without a document" in refused(written(tmp_path, "notes.zip", made.getvalue()))


@pytest.mark.parametrize(("part", "size"), [("media/a.bin", 70_000_000), ("a.xml", 13_000_000)])
def test_a_docx_that_unpacks_to_too_much(tmp_path, part, size):
    made = BytesIO(docx_of(lambda document: document.add_paragraph(WORDS)))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"word/{part}", bytes(size))
    assert len(made.getvalue()) < 200_000
    assert "unpacked" in refused(written(tmp_path, "bomb.docx", made.getvalue()))


def test_a_docx_whose_document_is_broken(tmp_path):
    made = BytesIO()
    sound = BytesIO(docx_of(lambda document: None))
    with zipfile.ZipFile(sound) as whole, zipfile.ZipFile(made, "w") as archive:
        for part in whole.namelist():
            data = whole.read(part)
            archive.writestr(part, data[:200] if part == "word/document.xml" else data)
    assert "cannot be read" in refused(written(tmp_path, "broken.docx", made.getvalue()))


@given(
    st.sampled_from(["pdf", "locked", "docx"]),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=9)), min_size=1, max_size=6),
)
def test_a_damaged_file_is_read_or_refused(tmp_path_factory, kind, damage):
    data = bytearray(SOUND[kind]())
    for place, put in damage:
        at = place % len(data)
        data[at : at + len(put) + 1] = put
    path = written(tmp_path_factory.getbasetemp(), f"damaged.{kind}", bytes(data))
    try:
        document = open_document(path)
    except InputError:
        return
    assert len(document.text) == len(document.origin) == len(document.ends)


SOUND = {
    "pdf": lambda: pdf_of([[WORDS], ["More words."]]),
    "locked": lambda: encrypted(""),
    "docx": lambda: docx_of(lambda document: document.add_paragraph(WORDS)),
}
