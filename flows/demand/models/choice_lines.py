"""What serves, in lines of a terminal: the rung of the ladder, by how much it is better, and what it cannot see."""

from collections.abc import Mapping

from forecasting.model.choice import REACHES, Choice

NAMES = {"exponential_smoothing": "exponential smoothing", "regression": "regression", "lightgbm": "trees (LightGBM)"}
LEVEL_ALONE = "the level alone, since too few days are known to compare anything else with it"
WHEN = dict(zip(REACHES, ("tomorrow", "further days"), strict=True))


def choice_lines(choices: Mapping[str, Choice]) -> list[str]:
    """A line for each reach of horizons; one for both where the same serves."""
    told = {WHEN[reach]: _told(choice) for reach, choice in choices.items()}
    if len(told) > 1 and len(set(told.values())) == 1:
        return [f"every day: {next(iter(told.values()))}"]
    return [f"{when}: {what}" for when, what in told.items()]


def _told(choice: Choice) -> str:
    gains = ", ".join(f"{gain:+.0%} against {_name(rung)}" for rung, gain in choice.gains().items())
    told = f"{_name(choice.rung)}, on {choice.held_out_days} held-out days {gains}" if gains else LEVEL_ALONE
    for words, kinds in (
        ("takes no account of", choice.takes_no_account_of),
        ("has not learned of", choice.not_learned),
    ):
        told += f"; {words} {', '.join(kinds)}" if kinds else ""
    return told


def _name(rung: str) -> str:
    return NAMES.get(rung, rung)
