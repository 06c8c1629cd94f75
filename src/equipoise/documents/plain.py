"""A text with its places to a document: cleaned, parted into lines, the article kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.documents import furniture
from equipoise.documents.blocks import Block, blocks_of, joined, kept, regions_of
from equipoise.documents.byline import Byline
from equipoise.documents.clean import characters
from equipoise.documents.language import ENGLISH, NAMES, language_of
from equipoise.documents.lines import unwrapped
from equipoise.errors import InputError
from equipoise.vocabulary.reading import Document
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from equipoise.documents.mapped import Mapped
    from equipoise.vocabulary.reading import Media, Region

_HEAD = 600
"""Characters of a line by which its language is told."""

_FEW_WORDS = 25

_LABELS = 4
"""Lines among which the headline is: labels of one or two words may stand before it."""

MAX_READ = 1_000_000
"""Characters of an article, once markup and blanks are gone: a long book's."""

MAX_LINES = 50_000


@record
class Said:
    """What a file says of itself, apart from its text."""

    title: str | None = None
    author: str | None = None
    date: str | None = None

    def where_in(self, text: str) -> Said:
        """What of this the beginning of `text` says too; a file's own records are often stale."""
        head = " ".join(text[:3000].split()).casefold()

        def held(words: str | None) -> str | None:
            words = " ".join((words or "").split())
            return words if len(words) > 3 and words.casefold() in head else None

        return Said(title=held(self.title), author=held(self.author), date=self.date)


def document(
    name: str,
    media: Media,
    original: str,
    mapped: Mapped,
    said: Said | None = None,
    leave_out: Callable[[Mapped, Sequence[Block]], None] | None = None,
    removed: Sequence[Region] = (),
) -> Document:
    """The document of `original`, whose words so far are `mapped`.

    `leave_out` may mark lines first that the medium knows not to be the article; `removed` are
    those that are no longer among the words.
    """
    said = said or Said()
    mapped = unwrapped(characters(mapped))
    blocks = blocks_of(mapped.text)
    _refuse_size(name, len(mapped.text), len(blocks))
    if leave_out is not None:
        leave_out(mapped, blocks)
    _mark_languages(blocks)
    byline = furniture.mark(blocks)
    _refuse_if_foreign(name, blocks)
    if all(block.why is not None for block in blocks):
        _keep_all(blocks)
        byline = Byline(author=None, date=None)
    blocks = furniture.without_credits(blocks)
    text = kept(mapped, blocks)
    if not text.text:
        raise InputError.of(
            name, "no words", "there must be a text to read", "Give the article's words"
        )
    return Document(
        name=name,
        media=media,
        original=original,
        text=text.text,
        origin=text.origin,
        ends=text.ends,
        title=said.title or _title(blocks),
        author=byline.author or said.author,
        date=byline.date or said.date,
        left_out=joined(regions_of(mapped, blocks, len(original)), removed),
    )


def _refuse_size(name: str, characters: int, lines: int) -> None:
    if characters > MAX_READ or lines > MAX_LINES:
        raise InputError.of(
            name,
            f"a text of {characters:,} characters in {lines:,} paragraphs",
            f"at most {MAX_READ:,} characters in {MAX_LINES:,} paragraphs are read",
            "Give the article alone",
        )


def _mark_languages(blocks: Sequence[Block]) -> None:
    for block in blocks:
        code = language_of(block.text[:_HEAD]) if block.why is None else ENGLISH
        if code != ENGLISH:
            block.leave_out("another language", code)
    for before, block, after in zip(blocks, blocks[1:], blocks[2:], strict=False):
        if (
            before.language
            and before.language == after.language
            and len(block.text.split()) < 6
            and not block.text.endswith((".", "!", "?", '"'))
        ):
            block.leave_out("another language", before.language)


def _refuse_if_foreign(name: str, blocks: Sequence[Block]) -> None:
    """Decline a text that is in another language, but for a few words."""
    read = [block.text for block in blocks if block.why is None]
    foreign: dict[str, int] = {}
    for block in blocks:
        if block.language:
            foreign[block.language] = foreign.get(block.language, 0) + len(block.text)
    if not foreign or sum(len(text.split()) for text in read) >= _FEW_WORDS:
        return
    if sum(foreign.values()) > 2 * sum(map(len, read)):
        code = max(foreign, key=lambda each: foreign[each])
        raise InputError.of(
            name,
            f"a text in {NAMES.get(code, code)}",
            "only English is read in full; Korean is recognised and kept apart, other languages"
            " are not read",
            "Give the English text, or a translation that you trust",
        )


def _keep_all(blocks: Sequence[Block]) -> None:
    """Nothing but furniture: then it is what there is to read."""
    for block in blocks:
        if block.language is None:
            block.why = None


def _title(blocks: Sequence[Block]) -> str | None:
    """The first line of three words or more, where it is no sentence and something follows."""
    lines = [block.text for block in blocks if block.why is None]
    if lines and lines[0].casefold().strip(": ") == "title":
        return lines[1] if len(lines) > 1 else None
    for line in lines[:_LABELS]:
        words = len(line.split())
        if words > 2:
            ended = line.endswith((".", ":", ";", ",", '"')) or line is lines[-1]
            return None if ended or words > 30 else line
    return None
