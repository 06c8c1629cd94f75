"""Collections made by ctrdata: each record goes to the source of its own register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from equipoise.registry.sources import ctgov_classic, ctis, euctr, isrctn
from equipoise.registry.sources.ctgov import CtGov
from equipoise.registry.sources.nested import dig, nested_records
from equipoise.registry.sources.protocols import BadRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.registry.sources.opened import Opened
    from equipoise.registry.sources.protocols import Raw, Source
    from equipoise.vocabulary.registry import RegistryRecord

NAME = "ctrdata"
# The collection's own list of the queries that filled it: no trial.
_BOOKKEEPING = "meta-info"


class CtrData:
    """A collection of several registers, told apart by ``ctrname``."""

    name = NAME

    def recognises(self, head: bytes, name: str) -> bool:
        """JSON whose records name their register."""
        return b'"ctrname"' in head

    def records(self, opened: Opened, *, contacts: bool) -> Iterator[Raw | BadRecord]:
        """Records of every register."""
        for record in nested_records(opened, "trials", accept, contacts=contacts):
            if isinstance(record, BadRecord) and record.seen == _BOOKKEEPING:
                continue
            yield record

    def map(self, payload: bytes) -> RegistryRecord:
        """One record, mapped by its register's source."""
        return register_of(orjson.loads(payload)).map(payload)


def register_of(record: dict[str, Any]) -> Source:
    """The source of the register that a record comes from."""
    if dig(record, "protocolSection.identificationModule.nctId"):
        return CtGov()
    if record.get("isrctn"):
        return isrctn.Isrctn()
    if record.get("a2_eudract_number"):
        return euctr.Euctr()
    if record.get("ctNumber"):
        return ctis.Ctis()
    return ctgov_classic.CtGovClassic()


def accept(record: dict[str, Any]) -> str | None:
    """Why a record is of no register that is known; None where it is of one."""
    if dig(record, "protocolSection.identificationModule.nctId") or record.get("ctNumber"):
        return None
    if record.get("isrctn") or record.get("a2_eudract_number") or dig(record, "id_info.nct_id"):
        return None
    if record.get("_id") == _BOOKKEEPING:
        return _BOOKKEEPING
    return f"{record.get('ctrname') or record.get('_id') or 'no ctrname'}"
