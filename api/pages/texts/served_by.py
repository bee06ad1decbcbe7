"""Which model made a forecast, in a few sentences: by how much it was the best, and what it cannot see."""

from collections.abc import Sequence

from api.pages.texts.formats import paragraph, percent
from api.pages.texts.words import say
from flows.demand.models.served_by import ServedBy

LEAST_GAIN = 0.005  # less rounds to nothing


def served_by_words(served: ServedBy) -> str:
    """`Forecast by a regression on calendar, price, weather and latest sales: on 40 held-out days 18% better than
    smoothing. It has not learned yet, for want of examples: promotions.`"""
    choice = served.choice
    if served.by_last_level:
        return say("model.last_level")
    gains = [_gain_words(other, gain) for other, gain in choice.gains().items()]
    sentences = [
        say(
            "model.best",
            model=say(f"model.{choice.rung}"),
            n=choice.held_out_days,
            gains=_listed(gains, "model.and_better"),
        )
        if gains
        else say("model.level_alone")
    ]
    for key, kinds in (
        ("model.takes_no_account", choice.takes_no_account_of),
        ("model.not_learned", choice.not_learned),
    ):
        if kinds:
            sentences.append(say(key, kinds=_listed([say(f"model.kind.{kind}") for kind in kinds])))
    return paragraph(sentences)


def _gain_words(other: str, gain: float) -> str:
    name = say(f"model.other.{other}")
    return say("model.gain", gain=percent(gain), other=name) if gain >= LEAST_GAIN else say("model.no_gain", other=name)


def _listed(parts: Sequence[str], last_two: str = "model.and") -> str:
    """`a, b and c`."""
    first, last = say("mark.listed").join(parts[:-1]), parts[-1]
    return say(last_two, first=first, last=last) if first else last
