"""How the figures of the morning report are written, and which way they go."""

from collections.abc import Mapping

from api.pages.texts.formats import NOTHING, metres, money, number, signed_quantity
from api.pages.texts.words import say
from warehouse.worth.morning_figures import Better, Kind

ARROWS: Mapping[str, str] = {"up": "▲", "down": "▼", "same": "="}


def figure_words(value: float | None, kind: Kind, currency: str | None = None) -> str:
    """`92.4%`, `1,234.50 CNY`, `1.4 days`; a dash for what is not known."""
    if value is None:
        return NOTHING
    if kind is Kind.MONEY:
        return money(value, currency)
    if kind is Kind.SHARE:
        return f"{number(value * 100, 1)}%"
    if kind is Kind.UNITS:
        return signed_quantity(round(value, 1))
    if kind is Kind.COUNT:
        return number(value)
    if kind is Kind.METRES:
        return metres(value)
    if kind is Kind.MINUTES:
        return say("format.minutes", n=number(value))
    return number(value, 1)


def is_better(value: float, other: float, better: Better) -> bool | None:
    """Whether a figure is better than another; None where neither is."""
    if better is Better.NEITHER or value == other:
        return None
    if better is Better.NEAR_ZERO:
        return abs(value) < abs(other)
    return (value > other) == (better is Better.HIGHER)
