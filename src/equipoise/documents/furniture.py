"""Lines of a page that are not its article: navigation, sharing, author's note, lists of posts.

A line is furniture only where the whole of it is of a known make; a sentence never is, but for an
author's note, an appeal for feedback and a copyright line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from equipoise.documents import page_words as words
from equipoise.documents.blocks import Block
from equipoise.documents.byline import Byline, byline_of, is_role
from equipoise.documents.language import foreign_script

if TYPE_CHECKING:
    from collections.abc import Sequence


_SYMBOLS = re.compile(r"[\W_]+")
_CRUMB = re.compile(r"[^<>»›\d.=]{1,40}(?: ?[>»›] ?[^<>»›\d.=]{1,40}){1,6}")
_PIPES = re.compile(r"[^|.]{1,30}(?: ?[|•·] ?[^|.•·]{1,30}){2,12}")
_ENDED = re.compile(r"[.!?][\"')\]]*$")

_PAGE_LINES = 6
_SHORT = 40
"""Words of a line that may go with the tail of a page; a longer one is prose and stays."""

_HEAD = 15
"""Lines among which a headline's second time is looked for."""

_CONTACT, _LINK, _ROWS = 15, 25, 4


def mark(blocks: Sequence[Block]) -> Byline:
    """Mark what is furniture among `blocks`; give the byline if there is one.

    A text of fewer than six lines without a button or a byline is no page: only lines without
    letters or figures are left out of it.
    """
    for block in blocks:
        if _SYMBOLS.fullmatch(block.text):
            block.leave_out("furniture")
    living = [block for block in blocks if block.why is None]
    if len(living) < 2:
        return Byline(author=None, date=None)
    found = _mark_bylines(living)
    _mark_lists(blocks)
    if len(blocks) < _PAGE_LINES:
        return found
    for block in living:
        if len(block.text) <= 200 and _is_button(block.text):
            block.leave_out("furniture")
    _mark_repeated(living, found.author)
    _mark_tail(living, found.author)
    return found


def _is_button(line: str) -> bool:
    return bool(
        words.BUTTON.fullmatch(line)
        or (_CRUMB.fullmatch(line) and words.NAVIGATION.match(line))
        or (_PIPES.fullmatch(line) and words.NAVIGATION.search(line))
        or (words.RIGHTS.fullmatch(line) and len(line.split()) < 40)
    )


def _mark_bylines(living: Sequence[Block]) -> Byline:
    author: str | None = None
    date: str | None = None
    after = False
    for block in living[:_SHORT]:
        line = byline_of(block.text)
        if line and (line.author or date is None):
            block.leave_out("furniture")
            author, date = author or line.author, date or line.date
        elif after and is_role(block.text):
            block.leave_out("furniture")
        after = line is not None and line.author is not None
    return Byline(author=author, date=date)


def _mark_lists(blocks: Sequence[Block]) -> None:
    """Rows of a board: four or more one after the other, dated, numbered from the newest down."""
    run: list[Block] = []
    last = 0
    for block in [*blocks, None]:
        found = words.POST.fullmatch(block.text) if block is not None else None
        number = int(found[1]) if found else 0
        if block is not None and found and (not run or number < last):
            run.append(block)
        else:
            _mark_list(run)
            run = [block] if block is not None and found else []
        last = number


def _mark_list(rows: Sequence[Block]) -> None:
    if len(rows) < _ROWS:
        return
    languages = [code for row in rows if (code := foreign_script(row.text))]
    language = max(set(languages), key=languages.count) if languages else None
    for row in rows:
        row.why, row.language = "list", language


def _mark_repeated(living: Sequence[Block], author: str | None) -> None:
    """A headline's second time, and the author's bare name; the kicker between them."""
    seen: set[str] = set()
    for number, block in enumerate(living):
        line = block.text.casefold().strip()
        if author and line == author.casefold():
            block.leave_out("furniture")
        elif number < _HEAD and line in seen and len(line.split()) > 2 and not _ENDED.search(line):
            block.leave_out("furniture")
            _mark_kickers(living[number + 1 : number + 4])
        seen.add(line)


def _mark_kickers(after: Sequence[Block]) -> None:
    """Lines in capitals between the headline's second time and the byline."""
    for number, block in enumerate(after):
        if block.why is not None and byline_of(block.text):
            for kicker in after[:number]:
                if kicker.text.isupper() and len(kicker.text.split()) < 7:
                    kicker.leave_out("furniture")


def _mark_tail(living: Sequence[Block], author: str | None) -> None:
    """What follows the article, in the last third of a page.

    From an author's note or an appeal for feedback on, all short lines; from a heading over links
    to other pages on, those that are no sentences.
    """
    size = sum(len(block.text) for block in living)
    at, tail, links = 0, False, False
    for number, block in enumerate(living):
        at += len(block.text)
        if at < 2 * size / 3:
            continue
        before = living[number - 1] if number else None
        length = len(block.text.split())
        appeal = bool(words.APPEAL.match(block.text))
        links = links or bool(words.OTHER_PAGES.fullmatch(block.text))
        if _is_note(block, before, author):
            block.leave_out("author's note")
            tail = True
        elif (
            (length <= _SHORT and (tail or appeal))
            or (length <= _CONTACT and words.CONTACT.match(block.text))
            or (length <= _LINK and links and not _ENDED.search(block.text))
        ):
            tail = tail or appeal
            block.leave_out("furniture")


def _is_note(block: Block, before: Block | None, author: str | None) -> bool:
    if len(block.text.split()) > 90:
        return False
    if before is not None and words.ABOUT_AUTHOR.fullmatch(before.text):
        before.leave_out("author's note")
        return True
    first = block.text.split(".", 1)[0] + "."
    if not words.WRITER.search(first):
        return False
    named = author is not None and block.text.casefold().startswith(author.casefold())
    alone = (
        before is not None and len(before.text) < 60 and block.text.startswith(before.text + " ")
    )
    return named or alone


def without_credits(blocks: Sequence[Block]) -> list[Block]:
    """`blocks` of a page with the credits at captions' ends as lines of their own, left out."""
    made: list[Block] = []
    for block in blocks:
        found = words.CREDIT.search(block.text) if len(blocks) >= _PAGE_LINES else None
        if found is None or block.why is not None:
            made.append(block)
            continue
        at = block.start + found.start()
        made.append(Block(block.start, at - 1, block.text[: found.start() - 1]))
        made.append(Block(at, block.end, found[0], "furniture"))
    return made
