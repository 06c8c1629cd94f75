"""Names, telephones and addresses of people, left out of a record wherever they stand."""

from __future__ import annotations

import re
from typing import Any

_PEOPLE = re.compile(
    r"(?:^|_)(?:e?mail|telephone|phone|fax|tel)(?:$|_|\d)|emailaddress$|telephone$|^phone|^email|"
    r"^(?:first|last|middle)_?name$|^person$|^functional|contactDetails|contactId|^contacts?$|"
    r"(?:public|scientific|central)Contacts?$|^overall_(?:contact|official)|^point_of_contact$|"
    r"^investigator|^responsible_party$|^b5[3-6]\d*_|^b52_|^g4_investigator",
    re.IGNORECASE,
)


def without_people(node: Any) -> Any:
    """A copy without the members whose names say that they are a person's or how to reach one."""
    if isinstance(node, dict):
        return {name: without_people(value) for name, value in node.items() if not is_people(name)}
    if isinstance(node, list):
        return [without_people(item) for item in node]
    return node


def is_people(name: str) -> bool:
    """Whether a member's name says that it holds a person or how to reach one."""
    return _PEOPLE.search(name) is not None
