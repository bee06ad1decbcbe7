"""The language that is read just now: the one chosen for a request, else the one of this installation.

It is kept in a context variable, so that requests beside each other have their own, on threads too.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import lru_cache, wraps
from typing import Final, ParamSpec, TypeVar

from babel import Locale


class Language(StrEnum):
    """What a person reads, and a supplier is written to in."""

    ZH = "zh"
    EN = "en"


Given = ParamSpec("Given")
Made = TypeVar("Made")
KEPT: Final = 256  # of what differs by language and arguments

LOCALES: Final = {Language.ZH: Locale("zh", "CN", "Hans"), Language.EN: Locale("en", "GB")}

_chosen: ContextVar[Language | None] = ContextVar("language", default=None)
_usual = [Language.EN]  # of this process


def language_now() -> Language:
    """The language to write in."""
    return _chosen.get() or _usual[0]


def locale_now() -> Locale:
    """How days, numbers and money are written in it."""
    return LOCALES[language_now()]


def usually_read_in(language: Language) -> None:
    """What this process writes in where nobody chose."""
    _usual[0] = language


def read_in(language: Language) -> None:
    """From now on, for whoever is answered just now."""
    _chosen.set(language)


@contextmanager
def reading_in(language: Language) -> Iterator[None]:
    """While somebody is answered; then as before."""
    before = _chosen.set(language)
    try:
        yield
    finally:
        _chosen.reset(before)


def kept_by_language(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """What a function of hashable arguments makes of words, kept for each language."""

    @lru_cache(maxsize=KEPT)
    def kept(_: Language, *given: Hashable, **named: Hashable) -> Made:
        return make(*given, **named)  # type: ignore[arg-type]  # the very arguments

    @wraps(make)
    def in_language_now(*given: Given.args, **named: Given.kwargs) -> Made:
        return kept(language_now(), *given, **named)  # type: ignore[arg-type]  # hashable, as said

    return in_language_now


def best_of(accepted: str) -> Language | None:
    """The language of ours that an `Accept-Language` likes best; None where it names none of them."""
    wanted = []
    for place, one in enumerate(accepted.split(",")):
        name, _, weight = one.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        language = name.strip().lower().partition("-")[0]
        if quality > 0 and language in set(Language):
            wanted.append((-quality, place, Language(language)))
    return min(wanted)[2] if wanted else None
