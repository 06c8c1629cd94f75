"""Whether a registration says that it is randomised, controlled and blinded: yes, no or unclear.

The rules are about language and about the forms in which registries write a design; a rule that
answers names itself and the words it read. Fields that the registry fills from a list speak before
free text, and titles before interventions. Where nothing speaks, the answer is *unclear*.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

Answer = Literal["yes", "no", "unclear"]


@record
class Reading:
    """One answer with the words it rests on and the rule that read them."""

    value: Answer
    evidence: str = ""
    rule: str = ""


@record
class DesignReading:
    """Randomised, controlled and blinded, each with its evidence."""

    randomised: Reading
    controlled: Reading
    blinded: Reading


@record
class _Rule:
    name: str
    value: Answer
    pattern: re.Pattern[str]


UNCLEAR = Reading(value="unclear")


def _rule(name: str, value: Answer, pattern: str) -> _Rule:
    return _Rule(name=name, value=value, pattern=re.compile(pattern, re.IGNORECASE))


# A field's end: the next field's name, a separator or a break. EUCTR is sometimes run together.
_NO = r"(?:\bnon|\bnot|\bun|\bquasi|\bpseudo)[\s\-‐-―]*"

_SINGLE_ARM = (
    r"single[\s\-]*(?:arm|group)\b|\bone[\s\-]arm\b|\b(?:model|assignment)\s*:\s*single\b"
    r"|number of (?:treatment )?arms[^:]{0,20}:\s*1\b"
)

# Fields with a closed list of answers. The order is the order of trust.
_RANDOMISED_FIELD = (
    _rule("allocation field", "no", r"\ballocation\s*:\s*(?:non|not|quasi)[\s\-]*random\w*"),
    _rule("allocation field", "yes", r"\ballocation\s*:\s*(?:random\w*|rct)\b[^.;,|]{0,40}"),
    _rule(
        "randomised field",
        "no",
        r"random[ie][sz](?:ed|ation)\s*:\s*(?:no\b|non|not|n/a)[^,|<]{0,20}",
    ),
    _rule("randomised field", "yes", r"random[ie][sz](?:ed|ation)\s*:\s*(?:yes|randomi[sz]ed)"),
    _rule(
        "allocation field, one group",
        "no",
        r"\ballocation\s*:\s*(?:n/?a\b|not applicable|single arm)[^.;|]{0,30}",
    ),
)
_RANDOMISED_TEXT = (
    _rule("text says not randomised", "no", _NO + r"random\w*|\bnonrandom\w*|without random\w*"),
    _rule(
        "text says randomised",
        "yes",
        r"\brandom(?:i[sz]ed|i[sz]ation|i[sz]ing|ly|i[sz]e)?\b(?!\s*:|\s*(?:sampl|select|number|error|effect|blood|urine|donor|glucose))[^.;|<]{0,40}|\bRCTs?\b",
    ),
    _rule("text says one arm", "no", _SINGLE_ARM),
)

_CONTROLLED_FIELD = (
    _rule("controlled field", "yes", r"\bcontrolled\s*:\s*yes"),
    _rule("controlled field", "no", r"\bcontrolled\s*:\s*no\b"),
    _rule(
        "control field",
        "no",
        r"\bcontrol(?: group)?\s*:\s*(?:uncontrolled|single arm|none)[^.;|]{0,30}",
    ),
    _rule("control field", "no", r"\buncontrolled\b(?: control)?"),
    _rule("assignment field, one group", "no", _SINGLE_ARM),
    _rule(
        "assignment field, several groups",
        "yes",
        r"(?:\b(?:assignment|model|group)\s*:\s*)(?:parallel|cross[\s\-]?over|factorial)[^.;,|]{0,30}"
        r"|(?:parallel|cross[\s\-]?over|factorial)\s+assignment",
    ),
    _rule(
        "control field",
        "yes",
        r"\bcontrol(?: group)?\s*:\s*(?:active|placebo|dose|standard|sham|no[\s\-]treatment|other|historical)[^.;|]{0,40}",
    ),
    _rule(
        "control field",
        "yes",
        r"\b(?:active|placebo|no treatment|dose comparison|standard)\s+control\b",
    ),
)
_CONTROLLED_TEXT = (
    _rule("text says one arm", "no", _SINGLE_ARM),
    _rule(
        "text says no concurrent control",
        "no",
        r"\bno control\b|\bhistorical(?:ly)?\b[\w\s-]{0,20}\bcontrol",
    ),
    _rule(
        "text says uncontrolled",
        "no",
        r"\b(?:un|non[\s\-]*)controlled\b(?!\s+(?:diabet|hypert|asthma|pain|seiz))|\bwithout (?:a )?control\b",
    ),
    _rule(
        "text names a comparison",
        "yes",
        r"\b(?:placebo|active|sham|vehicle|standard[\w\- ]*)[\s\-]*(?:comparator[\s\-]*)?controlled\b|(?<!-)\bcontrolled\b(?!\s*:)[^.;|<]{0,20}(?:trial|study|$)|randomi[sz]ed[\s\-]+control(?:led)?\b"
        r"|\b(?:parallel|cross[\s\-]?over|factorial)(?:[\s\-]*(?:group|arm|assign|design|stud|trial)\w*|\b)"
        r"|\b(?:two|three|four|five|multi(?:ple)?|2|3|4|5)[\s\-]*(?:arm|group)s?\b|\bcontrol (?:group|arm)\b|\bplacebo\b|\bversus\b|\bvs\.?\s|\bcompar(?:ed|ing|ison|ative)\b",
    ),
)

_BLINDED_FIELD = (
    _rule("masking field", "yes", r"\b(?:double|single)[\s\-]*blind\s*:\s*yes"),
    _rule(
        "masking field",
        "no",
        r"\b(?:masking|blinding)(?:\s*(?:/|and)\s*(?:masking|blinding))?\s*:\s*(?:none|no\b|not\b|non\b|open)[^.;,|]{0,40}",
    ),
    _rule(
        "masking field",
        "yes",
        r"\b(?:masking|blinding)(?:\s*(?:/|and)\s*(?:masking|blinding))?\s*:\s*(?!n/?a\b|unspec|undefined|unknown|,|;|\.)[^.;|<]{0,50}?(?:blind\w*|mask\w*|single|double|triple|quadruple)[^.;|<]{0,40}",
    ),
    _rule("open field", "no", r"\bopen\s*:\s*yes"),
)
# Asked last: observer-blind trials answer *no* to both and say so in their description or title.
_NEITHER_BLIND = (
    _rule(
        "masking field, neither", "no", r"\bsingle blind\s*:\s*no\b[\s|]*double blind\s*:\s*no\b"
    ),
)
_BLINDED_TEXT = (
    _rule(
        "text says blinded",
        "yes",
        r"\b(?:single|double|triple|quadruple|observer|assessor|evaluator|investigator|participant|patient|subject|rater|outcome)s?[\s\-‐-―]*(?:partial(?:ly)?[\s\-]*)?(?:blind|bind\b|mask)\w*(?!\w*\s*:)",
    ),
    _rule(
        "text says open",
        "no",
        r"\bopen[\s\-‐-―]*(?:label|trial|study|\(masking)\w*|\bopen\b(?=[,;.)]|$)|"
        + _NO
        + r"(?:blind|mask)\w*|\bno (?:blinding|masking)\b|\bunmasked\b",
    ),
    _rule(
        "text says blinded",
        "yes",
        r"(?<!not )(?<!non)(?<!non-)(?<!un)\b(?:blind(?:ed)?|masked)\b(?!\s*:|\s*(?:people|person|patients with|ness))",
    ),
    _rule("text names a placebo", "yes", r"\bplacebo[\s\-]*control\w*|\bsham[\s\-]*control\w*"),
)
_BLINDED_ARMS = (
    _BLINDED_TEXT[0],
    _rule("an arm is given placebo", "yes", r"(?<!no )(?<!without )\bplacebo\b"),
)


def read_design(
    design: str, titles: Iterable[str] = (), interventions: str = "", phase: str = ""
) -> DesignReading:
    """Read the three answers from a registration's design field, titles and interventions.

    Parameters
    ----------
    design : str
        The registry's design field, or its parts joined as ``name: value. name: value.``
    titles, interventions : str
        Free text, asked only where the design field is silent.
    phase : str
        The phase field; only its arms' wording is used, never the phase itself.
    """
    title = " | ".join(text for text in titles if text)
    known = _from_field(_flat(design))
    randomised, controlled, blinded = known
    if randomised.value == "unclear":
        randomised = _first(_RANDOMISED_TEXT, ("title", title))
    if controlled.value == "unclear":
        controlled = _first(_CONTROLLED_TEXT, ("title", title))
    if controlled.value != "yes" and randomised.value == "yes":
        controlled = _compared(randomised, controlled)
    if randomised.value == "unclear" and controlled.value == "no":
        randomised = _follows("no", controlled, "not compared, so not randomised")
    if blinded.value == "unclear":
        blinded = _first(_BLINDED_TEXT, ("title", title))
    if blinded.value == "unclear":
        blinded = _first(_NEITHER_BLIND, ("design", _flat(design)))
    if blinded.value == "unclear":
        blinded = _first(_BLINDED_ARMS, ("interventions", interventions))
    return DesignReading(randomised=randomised, controlled=controlled, blinded=blinded)


@lru_cache(maxsize=16_384)
def _from_field(design: str) -> tuple[Reading, Reading, Reading]:
    where = ("design", design)
    randomised = _first(_RANDOMISED_FIELD + _RANDOMISED_TEXT, where)
    controlled = _first(_CONTROLLED_FIELD, where)
    blinded = _first(_BLINDED_FIELD + _BLINDED_TEXT, where)
    if controlled.value == "unclear":
        controlled = _first(_CONTROLLED_TEXT, where)
    return randomised, controlled, blinded


def _compared(randomised: Reading, controlled: Reading) -> Reading:
    """Nothing can be randomised without a second group; a field that says otherwise is shown."""
    against = f" (against {controlled.evidence})" if controlled.evidence else ""
    rule = "randomised, so compared"
    return Reading(value="yes", evidence=randomised.evidence + against, rule=rule)


def _follows(value: Answer, other: Reading, rule: str) -> Reading:
    return Reading(value=value, evidence=other.evidence, rule=rule)


def _first(rules: Iterable[_Rule], *places: tuple[str, str]) -> Reading:
    for place, text in places:
        if not text:
            continue
        for rule in rules:
            if found := rule.pattern.search(text):
                return Reading(
                    value=rule.value,
                    evidence=f"{place}: {found.group().strip()[:120]}",
                    rule=rule.name,
                )
    return UNCLEAR


_RUN_TOGETHER = re.compile(
    r"(?<=[a-z])(?=(?:Randomised|Open|Single blind|Double blind|Parallel group|Cross over|Other|"
    r"If controlled|Placebo|Number of treatment)[^:]{0,60}:)"
)
_QUESTION = re.compile(
    r"Method of (?:generating randomi[sz]ation sequence|allocation concealment)\s*:", re.I
)
_BREAK = re.compile(r"<br\s*/?\s*>|_x000D_|[\r\n]+", re.IGNORECASE)


def _flat(text: str) -> str:
    """One line: breaks as bars, EUCTR's run-together labels apart, CTRI's question left out."""
    text = _BREAK.sub(" | ", text)
    text = _RUN_TOGETHER.sub(" | ", text)
    return " ".join(_QUESTION.sub(" | ", text).split())
