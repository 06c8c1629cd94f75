"""What a text says of one feature of the claimed study, settled from all that it mentions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from equipoise.vocabulary.reading import Answer

    from .design_words import Mention


@dataclass(frozen=True, slots=True)
class Settled:
    """The answer for the claimed study, and the mentions that it rests on."""

    answer: Answer
    because: tuple[Mention, ...]
    implied: bool = False


def settle(found: list[Mention], feature: str) -> Settled:
    """What the text says of one feature of the claimed study.

    Only what is said to have been done counts; where every mention is of a plan and nothing is said
    to have been done, the plan is the study. A denial outweighs a weaker assertion.
    """
    mine = [mention for mention in found if mention.feature == feature]
    said = [mention for mention in mine if mention.status in ("stated", "denied")]
    spoken = [mention for mention in said if not mention.implied]
    yes = [mention for mention in spoken if mention.answer == "yes" and mention.status == "stated"]
    no = [mention for mention in spoken if mention.answer == "no" or mention.status == "denied"]
    if yes or no:
        if feature == "controlled" and no and not any(m.strength >= 3 for m in yes):
            return Settled("no", tuple(no))
        if yes and (not no or max(m.strength for m in yes) >= max(m.strength for m in no)):
            return Settled("yes", tuple(yes))
        return Settled("no", tuple(no))
    implied = [mention for mention in said if mention.implied]
    if implied:
        return Settled(implied[0].answer, tuple(implied), True)
    return Settled("silent", ())
