"""What serves, in lines of a terminal: the rung of the ladder, by how much it is better, and what it cannot see."""

from collections.abc import Mapping
from typing import Final

from data.languages import say
from flows.demand.models.choice_words import WORDS, choice_word
from forecasting.model.choice import REACHES, Choice

LEVEL_ALONE: Final = "the level alone, since too few days are known to compare anything else with it"


def choice_lines(choices: Mapping[str, Choice]) -> list[str]:
    """A line for each reach of horizons; one for both where the same serves."""
    told = {choice_word(f"reach.{reach}"): _told(choice) for reach, choice in choices.items() if reach in REACHES}
    if len(told) > 1 and len(set(told.values())) == 1:
        return [say("{when}: {what}", when=say("every day"), what=next(iter(told.values())))]
    return [say("{when}: {what}", when=when, what=what) for when, what in told.items()]


def _told(choice: Choice) -> str:
    gains = [say("{gain:+.0%} against {rung}", gain=gain, rung=_name(rung)) for rung, gain in choice.gains().items()]
    told = say(LEVEL_ALONE)
    if gains:
        days = choice.held_out_days
        told = say("{rung}, on {days} held-out days {gains}", rung=_name(choice.rung), days=days, gains=gains)
    if choice.takes_no_account_of:
        told += say("; takes no account of {kinds}", kinds=_kinds(choice.takes_no_account_of))
    return told + (say("; has not learned of {kinds}", kinds=_kinds(choice.not_learned)) if choice.not_learned else "")


def _kinds(kinds: tuple[str, ...] | list[str]) -> list[str]:
    return [choice_word(f"kind.{kind}") for kind in kinds]


def _name(rung: str) -> str:
    return choice_word(f"rung.{rung}") if f"rung.{rung}" in WORDS else rung
