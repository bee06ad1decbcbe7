"""What rungs, reaches and kinds of influence are called in a terminal."""

from collections.abc import Mapping
from typing import Final

from data.languages import worded

WORDS: Final[Mapping[str, str]] = {
    "rung.exponential_smoothing": "exponential smoothing",
    "rung.regression": "regression",
    "rung.lightgbm": "trees (LightGBM)",
    "reach.near": "tomorrow",
    "reach.far": "further days",
    "kind.prices": "prices",
    "kind.promotions": "promotions",
    "kind.weather": "weather",
    "kind.holidays": "holidays",
    "kind.events": "events",
    "kind.season": "season",
}


def choice_word(name: str) -> str:
    """A word, in the language read now."""
    return worded(name, WORDS[name])
