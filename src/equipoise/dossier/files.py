"""Bytes to text: sizes and encodings of files that are not trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.errors import Problem

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 16 * 1024 * 1024
"""Largest file read; a dossier's tables are a few hundred kilobytes."""


def read_text(path: Path, problems: list[Problem]) -> str | None:
    """The file's text without a byte-order mark; None, with a problem added, if it has none."""

    def refuse(seen: str, rule: str, mend: str) -> None:
        problems.append(
            Problem(file=path.name, line=None, name="file", seen=seen, rule=rule, mend=mend)
        )

    if not path.is_file():
        refuse("no such file", "a dossier needs it", f"Create {path.name}")
        return None
    size = path.stat().st_size
    if size > MAX_BYTES:
        refuse(
            f"{size:,} bytes",
            f"a file may have at most {MAX_BYTES:,} bytes",
            "Keep only the rows that bear on the question",
        )
        return None
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.append(
            Problem(
                file=path.name,
                line=line,
                name="encoding",
                seen=f"byte 0x{data[error.start]:02x}",
                rule="files are UTF-8",
                mend="Save the file as UTF-8",
            )
        )
        return None
    if not text.strip():
        refuse("an empty file", "it must have content", f"Fill {path.name}, or delete it")
        return None
    if "\0" in text:
        refuse("a NUL character", "files are text", "Save the file as UTF-8 text")
        return None
    return text
