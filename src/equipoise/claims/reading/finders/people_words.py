"""The words around a number of people that say what part of a study it is of."""

from __future__ import annotations

import re

PEOPLE = (
    r"(?:patients?|participants?|subjects?|persons?|people|volunteers?|adults?|adolescents?"
    r"|child(?:ren)?"
    r"|men|women|males?|females?|boys?|girls?|individuals?|students?|infants?|neonates?|newborns?"
    r"|toddlers?|cases|residents|nurses|athletes|players|smokers|veterans|mothers|pregnancies"
    r"|parents"
    r"|asthmatics|diabetics|couples|survivors|recipients|outpatients|inpatients|respondents"
    r"|workers|employees|families"
    r"|households|runners|cyclists|teenagers|seniors|soldiers|Americans|enrolle?es|members"
    r"|dyads|controls|housewives|pupils|teachers|clients|caregivers|carers|elders|beneficiaries"
    r"|schoolchildren|preschoolers|preterms?|donors|learners|trainees|users|drinkers"
    r"|candidates|carriers|consumers|interns|physicians)"
)
ANIMALS = (
    r"(?:mice|rats|rabbits|sheep|pigs|piglets|dogs|cats|monkeys|macaques|hamsters|ferrets|horses"
    r"|cows|calves|goats|zebrafish|lambs|broilers|chickens|primates)"
)
STOP = (
    r"(?:of|in|with|and|or|were|was|are|is|had|has|have|who|whom|that|which|to|from|for|at|by"
    r"|on|into"
    r"|than|the|per|did|does|not|but|as|vs|versus|received|after|during|between|within|an?|weeks?"
    r"|months?|years|days?|hours?|minutes?|trials?|stud(?:y|ies)|groups?|times?|centers?|centres?"
    r"|hospitals?|sites?|sessions?|doses?|countries)"
)
NOUN = re.compile(
    rf"(?:\s\(\d[\d.]*\s?%\))?(?:\s|-)(?:\d+\s?-?\s?(?:to|–|and)?\s?-?\d*[\s-]?(?:year|month"
    rf"|week|day)s?[\s-]olds?\s)?(?:(?!{STOP}\b)[\w'/≥≤<>.+–-]+,?\s(?:(?:and|or)\s(?!\d"
    rf"|of\b))?){{0,7}}?(?P<noun>{PEOPLE}|{ANIMALS})\b",
    re.IGNORECASE,
)
N_EQUALS = re.compile(r"(?:\b[nN]\s?[=:]\s?)$|\bn's?\s?[=]\s?$")

RATIO_OF_ARMS = re.compile(r".{0,4}\d\s?:\s?\d")
COUNTED_AFTER = re.compile(rf"\b(?P<noun>{PEOPLE})\s\($", re.IGNORECASE)

PLANNED_BEFORE = re.compile(
    r"\b(?:will|aim(?:s|ed)? to|plan(?:s|ned|ning)? to|target(?: of)?|intend(?:s|ed)? to|powered"
    r"|at least|minimum of|at a minimum|up to|sample size (?:calculation|estimate)|seeks? to"
    r"|hop(?:es?|ing) to|goal of|expected to|to (?:enrol|recruit|include)l?|planned|in a trial of"
    r"|detect|estimated)\b[^.;]{0,60}$",
    re.IGNORECASE,
)
PLANNED_AFTER = re.compile(
    r"^[^.;,]{0,50}?\b(?:will|are needed|is needed|were needed|would be|required|are to be|planned"
    r"|to be (?:enrolled|recruited|randomi[sz]ed)|enrolment\b|enrollment\b)",
    re.IGNORECASE,
)
EACH = re.compile(
    r"^[^.;,]{0,25}?\b(?:(?:per|in each|in both|for each|in either)\s?(?:\w+\s){0,3}(?:groups?"
    r"|arms?|cohorts?)?|each (?:groups?|arms?)|each\s?(?=[,.;)]|$))",
    re.IGNORECASE,
)
EACH_BEFORE = re.compile(r"\b(?:groups?|arms?) (?:each )?(?:of|with) $", re.IGNORECASE)
SCREENED = re.compile(
    r"^[^.;,]{0,40}?\b(?:were |was )?(?:screened|assessed for|approached|invited|contacted"
    r"|identified"
    r"|were eligible|met (?:the )?(?:inclusion|eligib)|were referred|registered|evaluated for"
    r"|considered)\b",
    re.IGNORECASE,
)
EXCLUDED = re.compile(
    r"^[^.;]{0,40}?\b(?:excluded|withdr[ae]w|dropped out|drop(?:ped)?-?outs?|lost to follow"
    r"|discontinued|declined"
    r"|refused|did not (?:complete|finish|return)|failed to|left the study|were removed)",
    re.IGNORECASE,
)
RANDOMISED = re.compile(
    r"^[^.;]{0,190}?\b(?:randomi[sz]ed|randomly|randomi[sz]ation|at random"
    r"|enter(?:ed)? the (?:study|trial))\b",
    re.IGNORECASE,
)
RANDOMISED_BEFORE = re.compile(
    r"\b(?:randomi[sz]ed|randomly (?:assigned|allocated|divided|selected)|randomi[sz]ation of"
    r"|randomi[sz]e)\b[^.;]{0,70}$",
    re.IGNORECASE,
)
TO_ARM = re.compile(
    r"^(?:\s\([^)]{0,30}\))?\s?,?\s?(?:were |was |are )?(?:randomi[sz]ed |randomly |assigned "
    r"|allocated |given )?"
    r"(?:to (?:receive |the |an? |take |undergo )?|into |in (?:the |an? )?|received |receiv(?:e"
    r"|ing) |treated (?:with|by) "
    r"|on |got |took |taking |were given |underwent |assigned |allocated |had been given "
    r"|undergoing )",
    re.IGNORECASE,
)
ANALYSED = re.compile(
    r"^[^.;]{0,50}?\b(?:complet(?:ed|ing)|were analy[sz]ed|evaluable"
    r"|included in the (?:final )?analys|finished"
    r"|available for|were evaluated|remained|assessable|contributed|followed up|had follow-up)",
    re.IGNORECASE,
)
ENROLLED = re.compile(
    r"^[^.;]{0,210}?\b(?:enrol|recruited|were included|was included|participated|took part"
    r"|were studied|entered"
    r"|consented|were selected|underwent|comprised|gave informed|volunteered|were treated"
    r"|treated with)",
    re.IGNORECASE,
)
ENROLLED_BEFORE = re.compile(
    r"\b(?:enroll?(?:ed|ing|s)?|recruited|recruiting|includ(?:ed|es|ing)|involv(?:ed|es|ing)"
    r"|studied|study of|trial of|trial in"
    r"|trial involving|study in|study with|trial with|comprised|comprising|consist(?:ed|ing) of"
    r"|sample of|cohort of"
    r"|followed|tracked|examined|surveyed|tested|treated|interviewed|analy[sz]ed|assessed|evaluated"
    r"|experiment (?:with|on)|data (?:from|on|of|for)|total of|selected|expanded to"
    r"|performed (?:in|on)"
    r"|conducted (?:in|on|with|among)|carried out (?:in|on|with)|participants,|subjects,"
    r"|patients,|series of|sample size (?:was|of)"
    r"|random sample of|gave|asked|administered to|looked at|report(?:ed)? (?:on |the )?"
    r"|results (?:from|of|in)"
    r"|consecutive|currently enrolled)\s?(?:a total of |data from |about |around "
    r"|approximately |nearly |more than |over |some |only |just |the |all |overall |,)*$",
    re.IGNORECASE,
)
EVENT = re.compile(
    r"^\s?\(\d[\d.]*\s?%\)|^(?!\s?(?:who|that|which"
    r"|with)\b)[^.;,]{0,12}?\s?(?:\([^)]*\)\s)?(?:also |only |have |had |has |then |later "
    r"|subsequently )*(?!(?:been|were|was|had been|have been)\s(?:treated|enrolled|randomi[sz]ed"
    r"|recruited|included|given|studied))\b(?:died|die|had|have(?!\sbeen\s(?:treated|enrolled"
    r"|randomi))|has|developed?|experienced|reported|show(?:ed|n)|improved"
    r"|recovered|responded|(?:were|been|have been|have now been)\s(?:\w+\s)?(?:discharged|cured"
    r"|hospitali[sz]ed|intubated|readmitted|diagnosed|found)|relapsed|achieved|required|suffered"
    r"|became|become"
    r"|survived|needed|remained|felt|complained|tested|came off|come off|successfully|lost"
    r"|gained|gave birth|reached|met the|progressed|presented|attained|preferred)",
    re.IGNORECASE,
)
PART_BEFORE = re.compile(
    r"\b(?:including|of wh(?:om|ich)|among (?:them|these|whom)|of (?:these|them|those)"
    r"|comprising|with"
    r"|consisting of|and|plus|or|whom|additional|another|other|remaining|further|follow-up of"
    r"|in)\s?(?:were |was |the |only |, )*$",
    re.IGNORECASE,
)
FIRST_BEFORE = re.compile(
    r"\b(?:first|initial|interim)(?:\s(?!and\b|in\b)[a-z-]+){0,1}\s?$", re.IGNORECASE
)
CITED = re.compile(
    r"\b(?:previous|prior|earlier|past|other|separate|similar|larger?|another|recent)\b[^.;]{0,60}"
    r"\b(?:stud(?:y|ies)|trials?|research|work|reports?|review|meta-?analys[ei]s)\b"
    r"|\bpublished in (?:19|20)\d\d\b"
    r"|\b(?:worldwide|nationwide|each year|every year|annually|per year|in the United States"
    r"|Americans)\b",
    re.IGNORECASE,
)
UNIT_PEOPLE = re.compile(
    r"^\s?(?:1 in|one in|per)|\bper\s[\d, ]*$|\b(?:aged?|ages)\s(?:of\s)?$|\bdays?\s$"
    r"|\bgrade\s$|\bstage\s$|\bp\s?[<=>]\s?$|\b(?:type|phase|grade|stage|status|class"
    r"|level)\s(?:\w{1,3}\sor\s)?$",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"\b(?:level|group|arm|study|trial|cohort|table|figure|experiment|week|month|year|wave|part"
    r"|step)\s$",
    re.IGNORECASE,
)
