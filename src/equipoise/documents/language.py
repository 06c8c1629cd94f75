"""Which language a line is in: by script, by small English words, and only then by a model."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

ENGLISH = "en"
NAMES = {
    "ko": "Korean",
    "ja": "Japanese",
    "zh": "Chinese",
    "ru": "Russian or another language in Cyrillic script",
    "el": "Greek",
    "ar": "Arabic or another language in its script",
    "he": "Hebrew",
    "hi": "Hindi or another language of India",
    "th": "Thai",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "sv": "Swedish",
    "da": "Danish",
    "nb": "Norwegian",
    "fi": "Finnish",
    "pl": "Polish",
    "cs": "Czech",
    "hu": "Hungarian",
    "ro": "Romanian",
    "tr": "Turkish",
    "id": "Indonesian",
    "vi": "Vietnamese",
}

_SCRIPTS = (
    ("ko", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3"),
    ("ja", "\u3041-\u30ff"),
    ("zh", "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"),
    ("ru", "\u0400-\u052f"),
    ("ar", "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc"),
    ("he", "\u0590-\u05ff"),
    ("hi", "\u0900-\u0dff"),
    ("th", "\u0e00-\u0e7f"),
)
_FOREIGN = re.compile(f"[{''.join(letters for _, letters in _SCRIPTS)}]")
_OF_SCRIPT = tuple((code, re.compile(f"[{letters}]")) for code, letters in _SCRIPTS)
_GREEK_WORD = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]{3,}")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_ANY_WORD = re.compile(r"[^\W\d_]+")
_SMALL = frozenset(
    str.split(
        "the of and in to with for was were is are that this by as on at from or be been an it"
        " its not no we our their they have has had which than after before between during who"
        " but he she his her you your will would can could may also all both more most less"
        " these those there when where while what how into over under about up out other said"
        " per did do does if so such only each among against because using without within"
        " through i'm"
    )
)
_SMALL_OF = {
    code: frozenset(words.split())
    for code, words in {
        "de": "der die das und ist nicht mit bei auf den dem ein eine einer zu im hat wurde sind",
        "fr": "le la les des et est une un dans pour par sur avec du au que qui pas sont ont selon",
        "es": "el la los las de del y en un una con por para que no se fue hubo son al pero",
        "it": "il la le gli di del della e in un una con per che non si sono è nel dei ma",
        "pt": "o os as de do da dos das e em um uma com por para que não foi são no na mas",
        "nl": "de het een en van in is dat met voor niet op zijn werd bij naar maar aan ook geen",
        "sv": "och att det som en ett är av för med på den inte till har var men hos",
        "da": "og at det som en et er af for med på den ikke til har var men hos",
        "nb": "og at det som en et er av for med på den ikke til har var men hos",
        "fi": "ja on ei että se oli myös mutta kun hän ovat tai joka sekä",
        "pl": "i w na z się nie do jest to że po dla od przez oraz u był",
        "cs": "a v na se je že s z do pro byl to které po při nebo bylo",
        "hu": "a az és egy nem hogy is volt meg de csak után vagy el",
        "ro": "și de la în cu a o un nu pe pentru din care au fost este dar",
        "tr": "ve bir bu için ile da de olarak ancak olan sonra daha gibi değil",
        "id": "dan yang di dengan untuk pada dari tidak ini itu telah adalah tetapi ada",
        "vi": "và của là có không được cho các trong với này một người đã nhưng",
    }.items()
}
_LITTLE = 0.12
_ENOUGH_WORDS = 8
_SURE = 0.6
_NO_CHANCE = 0.02


def language_of(line: str) -> str:
    """A two-letter code; English wherever there is no good sign of another language.

    A line of Latin script is put to a language model (lingua, low accuracy mode) only where fewer
    than one in eight of its words are among the small words of English and two or more among those
    of another language; the model is believed only where it leaves English next to no chance.
    """
    if not line.isascii():
        code = _by_script(line)
        if code:
            return code
    lower = line.lower()
    words = _WORD.findall(lower)
    if len(words) < _ENOUGH_WORDS or sum(w in _SMALL for w in words) >= _LITTLE * len(words):
        return ENGLISH
    likely = _by_small_words(lower)
    return _by_model(line, likely) if likely else ENGLISH


def foreign_script(line: str) -> str | None:
    """The language of the letters of `line` that are neither Latin nor Greek; None without any."""
    return None if line.isascii() or not _FOREIGN.search(line) else _most(line)


def _by_script(line: str) -> str | None:
    latin = len(_LATIN.findall(line))
    foreign = len(_FOREIGN.findall(line))
    if foreign and 3 * foreign > latin:
        return _most(line)
    greek = sum(map(len, _GREEK_WORD.findall(line)))
    return "el" if greek > max(latin, 12) else None


def _most(line: str) -> str:
    counts = [(len(pattern.findall(line)), code) for code, pattern in _OF_SCRIPT]
    by_code = {code: count for count, code in counts}
    if by_code["ja"] and by_code["ja"] * 10 > by_code["zh"] and by_code["ja"] >= by_code["ko"]:
        return "ja"
    return max(counts, key=lambda pair: pair[0])[1]


def _by_small_words(lower: str) -> frozenset[str]:
    """The languages with two small words or more in a line, and twice as many as English."""
    words = _ANY_WORD.findall(lower)
    likely = []
    for code, small in _SMALL_OF.items():
        own = sum(word in small for word in words)
        if own >= 2 and own > 2 * sum(word in _SMALL and word not in small for word in words):
            likely.append(code)
    return frozenset(likely)


def _by_model(line: str, likely: frozenset[str]) -> str:
    values = _detector().compute_language_confidence_values(line)
    english = next((v.value for v in values if v.language.name == "ENGLISH"), 0.0)
    best = values[0]
    code = best.language.iso_code_639_1.name.lower()
    return code if code in likely and best.value >= _SURE and english <= _NO_CHANCE else ENGLISH


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, code.upper()) for code in (ENGLISH, *_SMALL_OF)]
    builder = LanguageDetectorBuilder.from_iso_codes_639_1(*codes)
    return builder.with_low_accuracy_mode().build()
