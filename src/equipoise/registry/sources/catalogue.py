"""The sources that are known, by name, and the one that a file belongs to."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from equipoise.errors import InputError, SourceError

if TYPE_CHECKING:
    from equipoise.registry.sources.opened import Opened
    from equipoise.registry.sources.protocols import Source

GROUP = "equipoise.registry_sources"


def sources() -> dict[str, Source]:
    """Every source by name: those built in, then those that other packages bring."""
    from equipoise.registry.sources.ctgov import CtGov
    from equipoise.registry.sources.ctgov_classic import CtGovClassic
    from equipoise.registry.sources.ctis import Ctis
    from equipoise.registry.sources.ctrdata import CtrData
    from equipoise.registry.sources.euctr import Euctr
    from equipoise.registry.sources.ictrp import Ictrp
    from equipoise.registry.sources.isrctn import Isrctn

    built_in: list[Source] = [
        CtrData(),
        CtGov(),
        CtGovClassic(),
        Isrctn(),
        Euctr(),
        Ctis(),
        Ictrp(),
    ]
    known = {source.name: source for source in built_in}
    for entry in entry_points(group=GROUP):
        known.setdefault(entry.name, entry.load()())
    return known


def source_named(name: str) -> Source:
    """The source of that name.

    Raises
    ------
    InputError
        Listing the names that are known.
    """
    known = sources()
    if name not in known:
        raise InputError.of("source", name, f"must be one of {', '.join(known)}", "Choose one")
    return known[name]


def source_of(opened: Opened) -> Source:
    """The source whose export a file looks like.

    Raises
    ------
    SourceError
        Where none recognises it.
    """
    for source in sources().values():
        if source.recognises(opened.head, opened.name):
            return source
    seen = repr(opened.head[:40].decode("utf-8", "replace"))
    known = ", ".join(sources())
    raise SourceError.of(opened.name, seen, f"is no export of {known}", "Name its `source`")
