"""The words by which lines of a page are known that are not its article."""

from __future__ import annotations

import re

_OTHER_PAGES = (
    r"(?:related|recommended|popular|trending|latest|most (?:read|popular|viewed)|top|more)"
    r"(?: (?:articles?|stories|posts?|news|topics?|content|links|reading|coverage"
    r"|from \D{0,40}|on this \D{0,20}|in \D{0,40}))?"
)
_BUTTONS = (
    # sharing
    r"share(?: (?:this|on|via|the)\b.{0,30})?",
    r"tweet|retweet|facebook|twitter|linkedin|whatsapp|reddit|pinterest|instagram|youtube|telegram",
    r"print(?: this)?(?: page| article)?|e-?mail(?: this)?(?: article)?|copy link|save|like",
    r"bookmark|follow(?: us)?(?: on \w+)?|permalink|cite(?: this)?|download(?: pdf)?|full screen",
    # author
    r"(?:show|view|see)(?: full| my| author'?s?)? profile",
    # going elsewhere
    r"read (?:more|next|also)|(?:more|see|show) (?:more|all)|load more|continue reading.{0,30}",
    r"skip (?:to|navigation).{0,40}|back to top|top|home|menu|search|close|next|previous|prev",
    r"(?:next|previous) (?:article|post|story)|site ?map|careers|jobs|archives?|rss(?: feeds?)?",
    r"about us|contact(?: us)?|privacy policy|terms (?:of|and) .{0,30}|table of contents",
    r"page \d+(?: of \d+)?|(?:news|press|media) releases?|peer-reviewed publication",
    r"email app|close panel|published|updated",
    # accounts and money
    r"log ?(?:in|out)|sign ?(?:in|up|out)|register|subscribe(?: now| today)?|my account",
    r"sign up (?:for|to) .{0,60}newsletters?.{0,30}|subscribe to .{0,60}|newsletters?",
    r"donate|support us|advertisement|advertising|sponsored(?: content)?|ad",
    r"cookie (?:policy|settings|preferences)|accept(?: all)?(?: cookies)?",
    # readers
    r"(?:leave|post|add|write) a (?:comment|reply).{0,20}|\d* ?comments?(?: ?\(\d+\))?",
    r"\d[\d,.]*k? (?:shares?|views?|likes?|comments?)|views?:? ?\d[\d,]*|what do you think\?",
    # other pages
    _OTHER_PAGES,
    r"you (?:may|might) also (?:like|be interested in).{0,20}",
    r"(?:tags?|filed under|topics?|categories):.{0,120}",
    # the article's own apparatus
    r"\d{1,3}[ -]min(?:ute)?s? read|listen(?: to this article)?|play audio|watch(?: video)?",
    r"(?:image|photo)s?(?: (?:credit|source|caption|by)\b|:).{0,60}",
)
BUTTON = re.compile(rf"(?:{'|'.join(_BUTTONS)})[\s:.>»›|]*", re.IGNORECASE)
"""Matches the whole of a line that is a button, a link or a label."""

OTHER_PAGES = re.compile(rf"(?:{_OTHER_PAGES})[\s:>»›|]*", re.IGNORECASE)
"""Matches the whole of a heading over links to other pages."""

NAVIGATION = re.compile(
    r"\b(?:you are here|home|about|contact|news|login|log in|menu|search|subscribe|topics"
    r"|sections?)\b",
    re.IGNORECASE,
)

RIGHTS = re.compile(
    r"(?:©|\(c\)|copyright\b).{0,200}|.{0,160}\ball rights reserved\b.{0,80}|disclaimer:.{0,400}",
    re.IGNORECASE,
)

_APPEALS = (
    r"we (?:welcome|want to hear|would love to hear|invite)\b",
    r"(?:send|email|share|tell) (?:us|your)\b",
    r"have (?:a|an) (?:tip|question|idea)|do you have\b|let us know",
    r"(?:a|our) (?:curated )?selection of (?:responses|comments|letters)",
    r"join the (?:conversation|discussion)|comments? (?:are|is) (?:closed|moderated)",
    r"follow (?:us|him|her|them|the author)\b",
    r"(?:to )?contact the (?:author|reporter|editor)",
)
APPEAL = re.compile("|".join(_APPEALS), re.IGNORECASE)
"""Begins a line that asks readers for something."""

WRITER = re.compile(
    r"\b(?:is|was|are) (?:an?|the|our)\b[^.]{0,80}\b(?:writer|journalist|reporter|editor|author"
    r"|correspondent|columnist|blogger|broadcaster|novelist)\b"
    r"|\b(?:writes|reports|blogs) (?:about|on|for)\b"
)
"""In the first sentence of a note on the author."""

ABOUT_AUTHOR = re.compile(
    r"about the (?:author|writer)s?:?|(?:author|writer)(?: bio)?:?|biography:?", re.IGNORECASE
)

CONTACT = re.compile(
    r"(?:media |press )?contacts?\b|tel(?:ephone)?\b|phone\b|e-?mail\b"
    r"|.{0,80}\b[\w.+-]{1,60}@[\w-]{1,60}\.\w",
    re.IGNORECASE,
)

_DAY = r"\d{1,2}[-./]\d{1,2}"
POST = re.compile(rf"(\d{{1,6}})\b.{{3,160}}?\b(?:\d{{4}}|\d{{2}})[-./]{_DAY}")
"""Matches the whole of a row of a board: number, heading, date."""

CREDIT = re.compile(r"(?<= )\((?:©|[Cc]redit|[Pp]hoto|[Ii]mage|[Ii]llustration)[^()]{0,80}\)$")
