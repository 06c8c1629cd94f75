"""Randomised, controlled, blinded: said of the claimed study, denied of it, or not said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from equipoise.vocabulary.reading import Answer, FactStatus

    from .sentences import Clause, Script


@dataclass(frozen=True, slots=True)
class Mention:
    """Words on one feature of a design: what they say (`yes` or `no`) and how they are meant."""

    feature: str
    answer: Answer
    status: FactStatus
    start: int
    end: int
    clause: Clause
    rule: str
    strength: int
    implied: bool = False


_NEGATION = re.compile(
    r"\b(?:no|not|without|lack(?:s|ed)?|never)\s(?:an?\s|the\s|yet\s|been\s)?$", re.IGNORECASE
)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_RANDOM_NOT = _any(
    r"\b(?:non|un|quasi|pseudo)-?\s?randomi[sz]ed\b",
    r"\bnot (?:been |be )?(?:a )?randomi[sz]ed\b|\bnot (?:been )?randomly (?:assigned|allocated)\b",
    r"\bwithout randomi[sz]ation\b|\bno randomi[sz]ation\b|\bnot (?:a )?randomi[sz]ed\b"
    r"|\black(?:s|ed|ing)?(?: of)? randomi[sz]ation\b",
    r"\b\w+n['’]t (?:been |be )?(?:an? )?(?:[\w-]+ )?randomi[sz]ed\b",
)
_RANDOM = _any(
    r"\brandomi[sz](?:ed|ation|ing|es?)\b",
    r"\brandomly[\s-](?:[\w-]+\s)?(?:assign|allocat|divid|distribut|split|receiv|put|plac"
    r"|separat|group|designat|given|administer|into|to\b|assort|categori|treated|ordered|order"
    r"|select\w+ to (?:receive|take)|chosen to (?:receive|take|get))\w*",
    r"\b(?:assigned|allocated|divided|distributed|split|separated|grouped|enrolled|treated"
    r"|placed|put|received|administered|given)\b(?:\s[\w'-]+){0,6}?\s(?:randomly|at random)\b",
    r"\brandom(?:[\s-](?:order|sequence|assignment|allocation|numbers?))\b",
    r"\bRCTs?\b",
    r"\bby (?:the )?(?:coin toss|(?:flip|toss)(?:ing)? of a coin|(?:drawing|casting) lots"
    r"|lottery)\b",
)
_RANDOM_OTHER = _any(
    r"\brandom[\s-](?:effects?|samples?|sampling|selection|forest|walk|error|digit|dot"
    r"|intercept|variation|glucose|blood)",
    r"\brandomly (?:selected|chosen|sampled|picked|drawn|recruited)\b(?!\sto\s(?:receive|take"
    r"|get|the)\b)",
    r"\bmendelian randomi[sz]ation\b",
    r"\b(?:cluster|simple|stratified)?\s?random sampling\b",
)
_ENTAILS_NOT_RANDOM = _any(
    r"\b(?:case series|case reports?(?!\sforms?)|case[\s-]control|retrospective(?:ly)?"
    r"|observational|chart review|single[\s-]arm|one[\s-]arm|uncontrolled)\b",
    r"\bcompassionate[\s-]use\b|\bexpanded[\s-]access\b|\bemergency IND\b",
    r"\b(?:cohort|cross-sectional|registry|epidemiologic(?:al)?) (?:stud(?:y|ies)|analysis)\b",
)

_BLIND_NOT = _any(
    r"\bopen[\s-]?label(?:led|ed)?\b|\bun-?(?:blinded|masked)\b|\bnon-?blind(?:ed)?\b",
    r"\bnot (?:been |be )?(?:blind(?:ed)?|masked)\b|\bno (?:blinding|masking)\b"
    r"|\bwithout (?:blinding|masking)\b|\bnot (?:a )?(?:double|single)[\s–-]blind",
    r"\bopen (?:randomi[sz]ed|trial|study|controlled|parallel|prospective|comparative|clinical)\b",
)
_BLIND = _any(
    r"\b(?:double|single|triple|observer|assessor|evaluator|investigator|patient|rater|examiner"
    r"|participant|outcome|physician|subject|partial(?:ly)?)[\s–-]?(?:blind(?:ed|ing)?|mask(?:ed"
    r"|ing)?)\b",
    r"\bblind(?:ed|ing|ly)?\b(?!\s(?:people|patients|children|adults|persons|spot|individuals"
    r"|in one|eye|students|trust|belief|mice|users|man|woman|loop))(?<!go blind)(?<!color blind)",
    r"\bmask(?:ed|ing) (?:to|from|of|assess|evaluat|observ|rater|investigator|fashion|manner)\w*",
    r"\b(?:was|were|are|is) (?:all )?masked\b",
    r"\bneither (?:the )?[\w\s,-]{3,60}?\bnor (?:the |their )?[\w\s,-]{3,60}?\b(?:knew|know"
    r"|were aware|was aware)\b",
    r"\b(?:did not know|didn't know|not knowing|unaware of|without knowing|not aware of"
    r"|kept unaware|not told) (?:which|whether|what|who|the (?:treatment|allocation|group"
    r"|assignment)|of which|if they)",
)
_BLIND_OTHER = _any(
    r"\b(?:night|colou?r|legally|river|go|going|went|become|became|partially) blind\b"
    r"|\bblind(?:ness)\b|\bmasked (?:hypertension|depression|facies)\b|\bface ?masks?\b"
    r"|\bmasking (?:noise|level)"
)

_NO_CONTROL = _any(
    r"\bno (?:[\w-]+\s){0,2}?(?:control|comparison|comparator|placebo)[\s-](?:group|arm|cohort"
    r"|subjects|patients|participants)?\b",
    r"\b(?:lack(?:s|ed|ing)?|without|absence of)(?: of)? (?:an? |any |the |proper "
    r"|adequate )?(?:[\w-]+\s){0,1}?(?:controls?|control (?:group|arm)|comparison (?:group|arm)"
    r"|comparators?|placebo)\b",
    r"\bnot (?:have|include|use|contain|involve|been compared with|compared? (?:with|to)"
    r"|controlled)\b(?:\s(?:an?|any|the|with|to)){0,2}\s?(?:[\w-]+\s){0,1}?(?:control|comparison"
    r"|comparator|placebo)(?:\s(?:group|arm))?\b",
    r"\b(?:didn't|did not|doesn't|does not|don't) (?:have|include|use) (?:an? |any )?(?:control"
    r"|comparison|placebo)",
    r"\b(?:un|non-?)controlled (?:study|trial|case|series|pilot|prospective|open|design"
    r"|observation\w*|data|before)\b",
    r"\b(?:single|one)[\s-]arm\b",
    r"\bwas (?:un|not )controlled\b|\bwere (?:un|not )controlled\b",
    r"\bcase series\b|\bcase report\b(?!\sforms?)",
    r"\bno one (?:was|were) given (?:an? )?placebo\b|\bnot placebo[\s-]controlled\b",
)
_HISTORICAL = _any(
    r"\b(?:historical(?:ly)?|external|literature|registry|synthetic)[\s-](?:controls?"
    r"|control (?:group|arm|data)|comparison|comparators?|cohort|controlled)\b"
)
_CONTROL = _any(
    r"\bplacebo\b(?!\seffect)|\bsham\b",
    r"\b(?:dummy|sugar|inactive|fake) (?:pills?|treatments?|injections?|tablets?|procedures?)\b",
    r"\bcompar(?:ed|es|ing) (?:the |an? )?(?:[\w-]+\s){1,4}(?:with|to|against) (?!baseline"
    r"|the effect|before)",
    r"\b(?:control|comparison|comparator|untreated|no[\s-]treatment|wait(?:ing)?[\s-]?list"
    r"|usual[\s-]care|standard[\s-]care)[\s-](?:groups?|arms?|cohorts?|conditions?|subjects"
    r"|patients|participants|diets?|animals|mice|rats|intervention|treatment|meal|period|phase"
    r"|session|sites?|schools?|drinks?)\b",
    r"\bwell[\s-]controlled (?:trial|study|clinical|experiment)",
    r"\b(?:randomi[sz]ed,?|placebo|active|sham|wait-?list"
    r"|case)[\s–-](?:and )?controll?ed\b|\bcontrolled[\s,]+(?:[\w-]+[\s,]+){0,3}?(?:trial|study"
    r"|experiment)s?\b|\bplacebocontrolled\b",
    r"\b(?:in|than|with|to|among|between|for|versus|vs\.?|and|as|from) (?:the |age-matched "
    r"|healthy |matched )?controls\b|\bcontrols (?:did|had|were|showed|received)\b"
    r"|\bcontrol (?:\()?n\s?=",
    r"\bcase[\s-]control(?:led)?\b",
    r"\b(?:treated with|given|receiv(?:ed|ing)|on|taking) (?:an? |the )?other (?:regimens?"
    r"|treatments?"
    r"|drugs?|therap(?:y|ies)|medications?)\b",
    r"\bcross[\s-]?over\b",
    r"\b(?:both|two|three|four|five|2|3|4|treatment|parallel|study|intervention|other"
    r"|between[\s-]?) ?(?:[\w-]+\s){0,1}?(?:groups|arms)\b",
    r"(?<!graft[ -])\b(?:versus|vs\.?)\s(?!host)",
    r"\b(?:compared? (?:with|to|against)|in comparison (?:with|to)|compar(?:ing|ison of"
    r"|isons? between|ative)|relative to)\b",
    r"\b(?:or|and) (?:to )?(?:receive )?(?:usual|standard|conventional|routine|regular"
    r"|no) (?:care|treatment|therapy|intervention)\b",
    r"\b(?:to|into) (?:receive |either )[^.;]{3,80}\bor\b",
    r"\bthan (?:those|patients|people|participants|women|men|children|subjects|the other"
    r"|individuals|the others|in the) (?:who|given|receiving|treated|on|in|with|group|taking|not"
    r"|assigned|in)?\b",
    r"\bthose (?:who (?:did not|didn't|weren't|were not|took|received|got|had not)|not (?:given"
    r"|treated|receiving)|given|receiving|in the|on|assigned|taking)\b",
    r"\b(?:other|remaining) half\b|\b(?:while|and) (?:the )?(?:others|rest|other \w+"
    r"|another \w+|half) (?:received|were|got|took|had|maintained|did|was|served)\b",
    r"\b(?:receiv\w+|given|with|of|into|on|used?|to|by|took)\seither\s(?:[\w,'-]+\s){1,12}?or\b",
)
_STRONG_CONTROL = _any(
    r"placebo|sham|(?:control|comparison|comparator|untreated|usual[\s-]care"
    r"|wait(?:ing)?[\s-]?list)[\s-](?:group|arm|condition|cohort)|controll?ed[\s,]|controlled$"
    r"|versus|other half|or no treatment|cross[\s-]?over|than those|both groups|two groups"
    r"|three groups|in controls|to controls|than controls|treatment groups|case[\s-]control"
)
_CONTROL_OTHER = _any(
    r"\b(?:well|poorly|badly) controlled\b(?! (?:trial|study))",
    r"\b(?:well|poorly|self|un|better|badly)[\s-]?controlled (?:diabetes|asthma|hypertension"
    r"|pain|blood|type|by|for|with|at)\b|\bcontrolled[\s-](?:release|substance|ventilation"
    r"|ovarian|for|by|breathing|drug|hypotension)\b",
    r"\b(?:compared? (?:with|to)|relative to|versus|vs\.?) (?:the )?(?:baseline|before"
    r"|pre-?treatment|last year|previous year|20\d\d|19\d\d)\b",
)
_ENTAILS_NO_CONTROL = _any(
    r"\bcompassionate[\s-]use\b|\bexpanded[\s-]access\b|\bemergency IND\b",
)


def mentions(script: Script) -> list[Mention]:
    """Everything said of randomisation, comparison and blinding, in reading order."""
    found: list[Mention] = []
    for clause in script.clauses:
        text = script.text[clause.start : clause.end]
        low = text.lower()
        if "random" in low or "rct" in low or " lots" in low or "coin" in low or "lottery" in low:
            found += _random(script, clause, text)
        found += _entailed(script, clause, text)
        if any(cue in low for cue in ("blind", "mask", "open", "knew", "know", "aware", "told")):
            found += _blind(script, clause, text)
        found += _control(script, clause, text)
    return found


def _random(script: Script, clause: Clause, text: str) -> list[Mention]:
    denied = _RANDOM_NOT.search(text)
    if denied:
        return [
            _mention(script, "randomised", "no", clause, denied, "said not to be randomised", 3)
        ]
    other = [match.span() for match in _RANDOM_OTHER.finditer(text)]
    for match in _RANDOM.finditer(text):
        if any(start <= match.start() < end for start, end in other):
            continue
        return [_mention(script, "randomised", "yes", clause, match, "said to be randomised", 3)]
    return []


def _blind(script: Script, clause: Clause, text: str) -> list[Mention]:
    found = []
    denied = _BLIND_NOT.search(text)
    if denied and not re.match(r"[\s-]*extension", text[denied.end() :]):
        found.append(_mention(script, "blinded", "no", clause, denied, "said not to be blinded", 2))
    other = [match.span() for match in _BLIND_OTHER.finditer(text)]
    taken = [match.span() for match in _BLIND_NOT.finditer(text)]
    for match in _BLIND.finditer(text):
        if any(start <= match.start() < end for start, end in other + taken):
            continue
        found.append(_mention(script, "blinded", "yes", clause, match, "said to be blinded", 3))
        break
    return found


def _control(script: Script, clause: Clause, text: str) -> list[Mention]:
    denied = _NO_CONTROL.search(text)
    if denied:
        strength = 2 if "placebo" in denied[0].lower() else 4
        return [
            _mention(
                script, "controlled", "no", clause, denied, "said to have no control", strength
            )
        ]
    historical = _HISTORICAL.search(text)
    if historical:
        return [
            _mention(
                script,
                "controlled",
                "no",
                clause,
                historical,
                "compared with earlier or other patients",
                3,
            )
        ]
    other = [match.span() for match in _CONTROL_OTHER.finditer(text)]
    for match in _CONTROL.finditer(text):
        if any(start <= match.start() < end for start, end in other):
            continue
        strong = _STRONG_CONTROL.search(text[match.start() : match.end() + 1])
        return [
            _mention(
                script,
                "controlled",
                "yes",
                clause,
                match,
                "compared with others",
                3 if strong else 1,
            )
        ]
    return []


def _entailed(script: Script, clause: Clause, text: str) -> list[Mention]:
    found = []
    match = _ENTAILS_NOT_RANDOM.search(text)
    if match:
        found.append(
            _mention(
                script,
                "randomised",
                "no",
                clause,
                match,
                "a kind of study that is not randomised",
                1,
                True,
            )
        )
    match = _ENTAILS_NO_CONTROL.search(text)
    if match:
        found.append(
            _mention(script, "controlled", "no", clause, match, "treated outside a trial", 1, True)
        )
    return found


_PLAN = re.compile(
    r"\b(?:will|plan(?:s|ned|ning)? (?:to|a|an|for|on)|intends?|intend(?:ed|ing) to|aims? to"
    r"|hopes? to|expects? to|looking to|preparing to|upcoming|forthcoming"
    r"|future (?:stud|trial|research|work)\w*|next step|going to|to (?:initiate|begin|launch"
    r"|start)|under ?way to|set to|is being planned|are being planned|would like to)\b|['’]ll\b",
    re.IGNORECASE,
)
_NEED = re.compile(
    r"\b(?:is|are|be|still|also|urgently|now|clearly|more|further) (?:\w+ )?(?:needed|required"
    r"|warranted|necessary|desirable|lacking|awaited)\b"
    r"|\b(?:needs? (?:for|to be)|(?:we|there is an?|there remains an?|you|they) (?:\w+ )?need"
    r"|call(?:s|ed|ing)? for|in the absence of|should (?:now |also |next |therefore )?(?:be"
    r"|confirm|test|examine|investigate|evaluate|include|focus|use)|warrants?|deserves?"
    r"|must be (?:confirmed|tested|replicated)|recommend(?:s|ed)? (?:that|further|a|larger)"
    r"|would be (?:needed|required|helpful|useful|ideal)|until (?:\w+ ){0,3}(?:trials?|stud))\b"
    r"|\b(?:further|larger|additional|future|more|long-term|confirmatory|well-designed"
    r"|high-quality|bigger) (?:[\w,-]+\s){0,4}?(?:trials?|studies|research)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:previous|prior|earlier|past|other|several|many|numerous|most|few|some|subsequent"
    r"|recent|existing|published|two|three|four|only|no|large|larger|similar|available"
    r"|large-scale|high-quality|evidence from|data from)\s(?:[\w,-]+\s){0,5}?"
    r"(?:studies|trials|RCTs|reports|meta-analyses|evidence)\b"
    r"|\b(?:previous|prior|earlier|past|other|recent)\s(?:[\w-]+\s){0,3}?(?:study|trial|report"
    r"|research|meta-analysis)\b"
    r"|\bin (?:an? )?(?:earlier|previous|prior|separate|another"
    r"|different) (?:[\w-]+\s){0,3}?(?:study|trial)\b|\bhas (?:not|never) been\b|\bhave (?:not"
    r"|never) been\b"
    r"|\b(?:trials|studies) (?:have|had) (?:been|shown|found|failed)\b|\bthe most (?:powerful"
    r"|reliable)|\bgold standard\b",
    re.IGNORECASE,
)
_REVIEW = re.compile(
    r"\b(?:meta-?analys[ei]s|systematic(?:ally)? review(?:ed)?|review(?:ed)? of|pooled"
    r"|analy[sz]ed (?:data from )?\d+|combined (?:data|results) from|searched)\b"
    r"|\b\d+ (?:[\w-]+\s){0,4}?(?:trials|RCTs)\b",
    re.IGNORECASE,
)


def _mention(
    script: Script,
    feature: str,
    answer: Answer,
    clause: Clause,
    match: re.Match[str],
    rule: str,
    strength: int,
    implied: bool = False,
) -> Mention:
    start, end = clause.start + match.start(), clause.start + match.end()
    return Mention(
        feature=feature,
        answer=answer,
        status=_status(script, clause, start, answer),
        start=start,
        end=end,
        clause=clause,
        rule=rule,
        strength=strength,
        implied=implied,
    )


def _status(script: Script, clause: Clause, at: int, answer: Answer) -> FactStatus:
    left, right = script.sentences[clause.sentence]
    sentence = script.text[left:right]
    words = script.text[clause.start : clause.end]
    if _NEED.search(words):
        return "needed"
    if _PLAN.search(words):
        return "planned"
    if _OTHERS.search(words) and not _REVIEW.search(sentence):
        return "cited"
    if answer == "yes" and _NEGATION.search(script.text[max(clause.start, at - 30) : at]):
        return "denied"
    return "denied" if answer == "no" else "stated"


def plan_or_stated(script: Script, clause: Clause, at: int) -> FactStatus:
    """Whether what stands at `at` is of the claimed study, of one to come, or of another."""
    status = _status(script, clause, at, "yes")
    words = script.text[clause.start : clause.end]
    if status == "stated" and re.search(
        r"\bcompleted\b[^.;]{0,40}\btrials? (?:for|in|of)\b", words
    ):
        return "cited"
    return status
