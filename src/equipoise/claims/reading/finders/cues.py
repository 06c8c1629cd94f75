"""The words that make a statement an argument, a caution, hype, a plan or regulatory standing.

One row a cue: kind and topic of the fact, and a pattern for the clause. Rows stand in order of
precedence: the first that matches names the clause. Readable and editable: add a row, add a test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from equipoise.vocabulary.reading import FactKind


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern, and what a clause that it matches is."""

    kind: FactKind
    topic: str
    pattern: re.Pattern[str]
    name: str


def _cue(kind: FactKind, topic: str, name: str, pattern: str) -> Cue:
    return Cue(kind, topic, re.compile(pattern, re.IGNORECASE), name)


_STUDY = (
    r"(?:stud(?:y|ies)|trials?|research|work|evidence|data|investigations?|experiments?"
    r"|proof|testing|tests|follow-?up|replication)"
)

CUES: tuple[Cue, ...] = (
    _cue(
        "context",
        "taken up",
        "that it is being taken up",
        r"\bgain(?:s|ed|ing) (?:[\w-]+\s){0,2}?(?:traction|popularity|ground|attention"
        r"|interest|momentum|steam)\b|\bsurge (?:in|of) interest\b",
    ),
    _cue(
        "argument",
        "popularity",
        "argued from its being taken up",
        r"\b(?:apparent |early |initial |reported )?success of\b[^.;]{0,60}\b(?:led|leads"
        r"|prompted|inspired|triggered)\b",
    ),
    _cue(
        "plan",
        "trial to come",
        "a study or use that is to come",
        r"\b(?:expect|hop|await|seek|wait)\w*\b[^.;]{0,50}\b(?:green light|approval|clearance"
        r"|permission|go-ahead)\b[^.;]{0,40}\b(?:trials?|stud(?:y|ies)|test\w*)\b",
    ),
    _cue(
        "caution",
        "more is needed",
        "asks for more evidence",
        rf"\b(?:further|more|larger|bigger|additional|future|longer|long-term|confirmatory"
        rf"|well-designed|rigorous|randomi[sz]ed|controlled"
        rf"|concrete)\s(?:[\w,-]+\s){{0,6}}?{_STUDY}\b[^.;]{{0,40}}?\b(?:needed|required"
        rf"|warranted|necessary|should|must|justified|before|confirm|to (?:confirm|test"
        rf"|determine|establish|see|clarify|assess|evaluate|verify))"
        rf"|\b(?:need(?:s|ed)?|required?|call(?:s|ed)? for|warrants?|await|merits?"
        rf"|deserves?)\s(?:for\s)?(?:[\w,-]+\s){{0,7}}?(?:{_STUDY})\b"
        rf"|\buntil (?:there is |there's |we have )?(?:more|better|further)\b|\b(?:should|must"
        rf"|needs? to|has to|have to|remains? to) be (?:confirmed|replicated|tested|validated"
        rf"|verified|studied|established|determined|evaluated|investigated|proven|seen)\b"
        rf"|\brigorous (?:science|{_STUDY})\b"
        r"|\bneeds? (?:more|further|to be (?:confirmed|replicated|tested))\b|\b(?:are"
        r"|is) warranted\b",
    ),
    _cue(
        "caution",
        "too little",
        "too few or too weak to conclude from",
        r"\b(?:too|very|relatively|quite|rather|fairly)\s(?:small|few|short|limited|early"
        r"|preliminary|soon|little)\b|\b(?:was|were|is|are) (?:small|preliminary|limited"
        r"|underpowered)\b|\bsmall (?:number|sample|study|trial|studies|trials|size|series"
        r"|group)s?\b|\bpreliminary\b|\bearly (?:days|stage|results|data|findings)\b"
        r"|\b(?:scant|little|limited|insufficient|inconclusive|weak|poor|low-quality"
        r"|no(?: (?:good|solid|convincing|reliable|conclusive|clear|real|hard|strong|clinical"
        r"|scientific|high-quality))?)\s(?:[\w-]+\s){0,1}?(?:evidence|proof|data)\b|\black(?:s"
        r"|ed|ing)? (?:of )?(?:\w+ )?(?:evidence|controls?|proof|power|data)\b"
        r"|\bimpossible to (?:[\w-]+ ){0,4}?(?:conclu|say|know|tell)|\bnot (?:enough"
        r"|sufficient(?:ly)?)\b|\bn['’]t (?:[\w-]+ ){0,1}?(?:enough|sufficient)"
        r"|\bcannot (?:be )?(?:rule|conclu|prove|establish|determin|draw|attribut|generali"
        r"|exclud|infer)\w*|\bcan(?:no|['’])t (?:say|prove|tell|be sure|know|draw|establish)\b"
        r"|\bunderpowered\b|\blimitations?\b|\blimited by\b",
    ),
    _cue(
        "caution",
        "doubt",
        "doubt or warning",
        r"\b(?:cautio(?:n|ns|ned|us|usly)|warn(?:s|ed|ing)?|s[ck]eptic(?:s|al|ism)?"
        r"|careful(?:ly)?|concern(?:s|ed)\b(?! with)|worr(?:y|ied|ies)|premature|beware|sober"
        r"|conservative(?:ly)?|doubt(?:s|ful)?|question(?:s|ed|able)?\b(?! (?:whether"
        r"|about whether|naire|was|were|is|of)))\b"
        r"|\bnot (?:everyone|all \w+|everybody) (?:is|are) (?:convinced|persuaded)"
        r"|\b(?:un(?:clear|known|certain|proven|tested|likely)|not (?:yet )?(?:clear|known"
        r"|proven|understood|established|certain|been (?:proven|shown|tested|established|peer)"
        r"|convinced|conclusive|possible to conclude|a cure|recommended|ready|prove|mean that"
        r"|imply))\b"
        r"|\b(?:do(?:es)?n['’]t|do(?:es)? not|did not|didn['’]t) (?:yet )?(?:know|prove|mean"
        r"|show that|establish|recommend|necessarily|address|rule out)\b|\bdon['’]t count on\b"
        r"|\bnot to count on\b|\byet to match\b|\bchance of benefit is low\b"
        r"|\btoo good to be true\b"
        r"|\bhype\b|\bcorrelation\b[^.;]{0,30}\bcausation\b|\bcause[\s-]and[\s-]effect\b"
        r"|\bassociation(?:s)?,? (?:does not|not|rather)|\btaken advantage of\b|\bfalse hope\b"
        r"|\bexploit(?:ed|ation|ing)?\b|\binterpreted with\b|\bjury is (?:still )?out\b"
        r"|\bnot yet (?:available|know|been|clear)|\bdo not yet\b|\bhas yet to\b|\bhave yet to\b"
        r"|\bproceed(?:ed)? cautiously\b"
        r"|\brisks? (?:that|of harm|involved|are)\b|\bnot likely to (?:meet|succeed|work)\b"
        r"|\bunlikely to\b|\bmay not (?:apply|generali[sz]e|be|reflect|work)\b|\bconfound(?:ed"
        r"|ing|ers?)\b|\bbias(?:ed|es)?\b(?! to treatment)",
    ),
    _cue(
        "harm",
        "feared",
        "a harm that might be",
        r"\bwhat if\b[^.;]{0,80}\b(?:impair|harm|worsen|damage|cause|kill|make)\w*|\b(?:could"
        r"|might|may) (?:also )?(?:harm|worsen|cause (?:serious |severe )?(?:harm|damage|side"
        r"|injur|bleed)|impair|endanger|be (?:dangerous|harmful|risky|unsafe))|\b(?:potential"
        r"|possible|unknown|serious|hidden) (?:risks?|harms?|dangers?|side[\s-]effects)\b",
    ),
    _cue(
        "standing",
        "for trials only",
        "allowed to be tried, not to be used",
        r"\b(?:approv|authori[sz]|clear|permi[ts]|green[\s-]?light"
        r"|licen[sc])\w*\b[^.;]{0,40}\b(?:for|to (?:begin|start|conduct|run|enter|proceed with"
        r"|initiate)|into)\s(?:[\w-]+\s){0,3}?(?:clinical )?(?:trials?|testing|stud(?:y"
        r"|ies))\b|\bIND (?:application|approval|clearance)\b|\binvestigational new drug\b",
    ),
    _cue(
        "standing",
        "hoped for",
        "approval hoped for or asked for",
        r"\b(?:could|may|might|would|will|hope(?:s|ful)?|expects?|seek(?:s|ing)?|apply(?:ing)?"
        r"|ask(?:s|ed|ing)?|plans?|if|considering|pending|await(?:s"
        r"|ing)?)\b[^.;]{0,90}\b(?:fast[\s-]track|approv(?:e|ed|al)|authori[sz](?:e|ed|ation)"
        r"|licen[sc]e|clearance|marketing)\b(?! by the (?:ethics|institutional|local|review"
        r"|hospital|university))",
    ),
    _cue(
        "standing",
        "guideline",
        "guidelines issued",
        r"\b(?:issued|published|released|updated|drafted|new|treatment|clinical|national"
        r"|official|current)\s(?:[\w-]+\s){0,3}?guidelines?\b|\bguidelines? (?:to|for|on"
        r"|recommend)|\brecommended by (?:the )?(?:WHO|CDC|NICE|FDA|guidelines)",
    ),
    _cue(
        "standing",
        "special access",
        "given outside a trial",
        r"\bcompassionate[\s-]use\b|\bexpanded[\s-]access\b|\bemergency (?:IND|use)\b"
        r"|\boff[\s-]label\b|\bright[\s-]to[\s-]try\b",
    ),
    _cue(
        "standing",
        "fast track",
        "a quicker way to approval",
        r"\bfast[\s-]track(?:ed|ing)?\b|\bbreakthrough (?:therapy )?designation\b"
        r"|\borphan drug\b|\bpriority review\b|\baccelerated approval\b|\bRMAT\b",
    ),
    _cue(
        "standing",
        "approved",
        "approved, licensed or cleared",
        r"\b(?:FDA|EMA|NICE|MHRA|Health Canada|U\.S\. Food and Drug Administration"
        r"|Food and Drug Administration|European Medicines Agency"
        r"|regulators?)\b[^.;]{0,50}\b(?:approv|authori[sz]|clear|licen[sc]|reject|refus)\w*"
        r"|\b(?:is|was|were|are|been|already) (?:approved|licensed|authori[sz]ed"
        r"|cleared)\b(?! by the (?:ethics|institutional|local|review|hospital|university"
        r"|committee))|\bFDA[\s-]approved\b|\bapproved (?:by the FDA|therapy|treatment|drug"
        r"|for)\b",
    ),
    _cue(
        "argument",
        "analogy",
        "argued from another disease or treatment",
        r"\b(?:very |strikingly |remarkably )?similar (?:\w+ ){0,2}(?:to|profile|disease"
        r"|mechanism|process)|\b(?:exact(?:ly)?(?: the)? same|same)\b[^.;]{0,110}\bas (?:in|with"
        r"|for|those)\b|\bought to (?:be able|work|help|also)|\bif (?:it|our|the|they"
        r"|these)\b[^.;]{0,60}\b(?:works?|worked|able to|help(?:s|ed)?)\b[^.;]{0,40}\b(?:should"
        r"|ought|will|could|may)\b|\bjust (?:like|as) (?:it|they|in)\b"
        r"|\b(?:has|have|had|already|recently)\s(?:\w+\s){0,2}(?:worked|helped|been effective"
        r"|been used successfully|proved effective|proven effective"
        r"|succeeded)\s(?:\w+\s){0,3}(?:in|for|against|with)\b"
        r"|\bsuccessfully completed\b[^.;]{0,40}\b(?:trials?|stud(?:y|ies))\b",
    ),
    _cue(
        "argument",
        "animals",
        "argued from animals or cells in a dish",
        r"\b(?:in|with|on|of|from)\s(?:[\w-]+\s){0,2}?(?:mice|rats|monkeys|rabbits|pigs|sheep"
        r"|dogs|macaques|ferrets|hamsters|primates|rodents|zebrafish)\b|\b(?:mouse|rat|animal"
        r"|murine|rodent|primate|preclinical|pre-clinical|laboratory|lab|in[\s-]vitro"
        r"|test[\s-]tube|cell culture|cultured cells?)\s(?:stud(?:y|ies)|models?|experiments?"
        r"|tests?|research|data|work)\b|\bin vitro\b|\bin a (?:dish|petri|test tube)",
    ),
    _cue(
        "argument",
        "mechanism",
        "argued from how it is said to work",
        r"\b(?:can|could|may|might|will|would|to|ability to|able to|helps?|works? by|acts? by"
        r"|thought to|believed to|appears? to|thereby|by)\s(?:[\w-]+\s){0,2}?(?:inhibit"
        r"|suppress|modulat|switch(?:ing)? off|block|reduc(?:e|ing) (?:the )?inflamm|dampen"
        r"|calm|boost(?:s|ing)? (?:the )?immun|stimulat|regenerat|repair|restor|activat|target"
        r"|bind|promot(?:e|ing) (?:repair|healing|growth|regenerat)|kill (?:cancer|tumou?r"
        r"|the virus)|prevent(?:ing)? (?:the )?virus|regulat|strengthen)\w*"
        r"|\bcytokine (?:storm|release|response|profile)|\b(?:storm of|overactiv|over-activ"
        r"|dysfunctional|overwhelming|excessive|runaway)\s?(?:[\w-]+\s){0,3}?(?:inflammat"
        r"|immune|cytokine|molecules)|\banti-inflammatory (?:properties|effects?|action)"
        r"|\bimmun(?:e|o)[\s-]?modulat\w+|\bmechanism(?:s)? (?:of action|by which|behind"
        r"|through which|may|could|is|involves)|\bdue to the nature of\b|\b(?:works?"
        r"|acts?) (?:by|on|through)\b",
    ),
    _cue(
        "argument",
        "unmet need",
        "argued from there being nothing else",
        r"\b(?:we|they|doctors|patients|there) (?:have|had|has|is|are"
        r"|was)\b(?:\s[\w'-]+){0,3}?\s(?:nothing|no (?:other |effective |good |proven |real "
        r"|specific )?(?:treatments?|cures?|drugs?|options?|therap(?:y|ies)|alternatives?"
        r"|vaccines?))\b|\bno (?:other |effective |approved |proven |known |existing "
        r"|specific )(?:treatments?|cures?|drugs?|options?|therap(?:y|ies)|alternatives?"
        r"|vaccines?)\b|\bno drugs or anything\b|\bnothing (?:else|for|left|to lose|works)\b"
        r"|\blast (?:resort|hope|chance)\b|\bdesperat(?:e|ely|ion)\b|\b(?:unmet"
        r"|urgent) (?:medical )?need\b",
    ),
    _cue(
        "argument",
        "popularity",
        "argued from its being taken up",
        r"\b(?:apparent |early |initial |reported )?success of\b|\b(?:nationwide|national"
        r"|worldwide|global) (?:initiative|programme|program|effort|campaign)\b|\b(?:widely"
        r"|increasingly|commonly|already being) (?:used|adopted|prescribed|popular)\b"
        r"|\b(?:thousands|millions|hundreds|dozens) of (?:people|patients|doctors|hospitals"
        r"|clinics)\b[^.;]{0,40}\b(?:have|use|take|are|swear)|\bused for (?:centuries"
        r"|decades|thousands of years|generations)\b|\bmore and more (?:people|patients"
        r"|doctors|hospitals|clinics|countries)\b|\bother (?:nations|countries) are\b"
        r"|\bexperts (?:agree|recommend)\b",
    ),
    _cue(
        "argument",
        "testimony",
        "one person's story",
        r"\bI (?:feel|felt|was cured|got better|am cured|could (?:walk|breathe|see)"
        r"|no longer)\b|\b(?:changed|saved|gave me back) my life\b|\bworked for me\b"
        r"|\bmiraculous(?:ly)? recover",
    ),
    _cue(
        "plan",
        "trial to come",
        "a study or use that is to come",
        r"\b(?:will|plan(?:s|ned|ning)?|intend(?:s|ed|ing)?|expect(?:s|ed|ing)?|hop(?:e|es"
        r"|ing)|looking|prepar(?:e|es|ing)|set|aim(?:s|ing)?|ready|going|due|about|scheduled"
        r"|seek(?:s|ing)?|proceed)\b[^.;]{0,90}\b(?:trials?|stud(?:y|ies)|test(?:s|ing)?"
        r"|enrol\w*|launch|recruit\w*|phase)\b|\btrials? (?:starting|beginning|to start"
        r"|set to)\b|\b(?:trials?|stud(?:y|ies)) (?:is|are) (?:planned|under way|underway"
        r"|being planned|expected)",
    ),
    _cue(
        "plan",
        "talks",
        "talks or work with others",
        r"\b(?:talking to|in talks with|discussions? with|negotiat\w+ with|in contact with"
        r"|working with (?:groups|governments|partners|regulators|health))\b",
    ),
)
"""Every cue, in order of precedence."""

HYPE = re.compile(
    r"\b(?:(?:could|may|might|is|are|was|were|be|been|as|a|an|the|appear(?:s|ed)?|seem(?:s|ed)?"
    r"|look(?:s|ed)?|has|have|truly|highly|very|extremely|most|so|hugely|incredibly"
    r"|really)\s){0,4}"
    r"(?:ground-?breaking|break-?throughs?|miracles?|miraculous|game[\s-]chang(?:er|ing)"
    r"|revolution(?:ary|i[sz]e[sd]?|i[sz]ing)|unprecedented|unparalleled|remarkabl[ey]"
    r"|astonishing(?:ly)?|amazing(?:ly)?|dramatic(?:ally)?|striking(?:ly)?|spectacular(?:ly)?"
    r"|promising|exciting|excited|thrilled|wonder drug|landmark|first[\s-]ever|holy grail"
    r"|stunning|incredible|panacea|magic bullet|fast-acting(?: and effective)?|bullish"
    r"|good chance|global leader|world leader|leading global|world's (?:first|best)|cutting-edge"
    r"|state-of-the-art|extraordinary|phenomenal|transformative|life-?saving|life-?changing"
    r"|cures?d?|gaining (?:steam|momentum|ground)|powerful new|huge(?:ly)?"
    r"|enormous(?:ly)? (?:promise|potential|benefit)|potent new|novel|outstanding|impressive"
    r"|tremendous|milestone|100% (?:effective|safe)|completely safe|no side effects|new hope"
    r"|great hope|highly effective)"
    r"(?:\s(?:and\s)?(?:[\w-]+\s){0,1}?(?:treatment|therapy|results?|outcomes?|drug|cure"
    r"|potential|improvements?|reductions?|approach|effects?|candidate|benefits?|discovery"
    r"|advance|findings?|response|leader|in [\w-]+|for [\w-]+))?",
    re.IGNORECASE,
)
"""Praise beyond what a measurement can say, with the words that carry it."""

NOT_HYPE = re.compile(
    r"\b(?:cured|cures?) (?:meat|resin|rate)|novel (?:coronavirus|corona|influenza|virus"
    r"|object)|\bdramatic(?:ally)? (?:play|arts)|\bpowerful(?:ly)? predictor|secure|accur|procur"
    r"|obscur",
    re.IGNORECASE,
)

CONTEXT = re.compile(
    r"\btrying everything\b|\bfrantic\b|\brace to\b|\bin the news\b|\bhopes? it might\b",
    re.IGNORECASE,
)
"""Why it is talked about: neither evidence nor argument."""
