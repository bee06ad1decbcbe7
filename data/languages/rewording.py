"""What was worded in English where no language is known - by a pure rule, an importer, a backup - said in the language
read now: it is known again by its pattern in the catalogue, and what stands in it is put into the other sentence.

It is said when it is read, so that what is kept (the reason of a message in the quarantine) has a language too."""

import re
from functools import cache
from string import Formatter
from typing import Final

from data.languages.catalogues import catalogue
from data.languages.reading import Language, language_now

CONTEXT: Final = "reason"  # of these sentences in the catalogue


def reworded(english: str) -> str:
    """The sentence in the language read now; as it is where it is none of those known."""
    for pattern, sentence in _sentences(language_now()):
        if found := pattern.fullmatch(english):
            return sentence.format(*(reworded(value) for value in found.groups()))
    return english


class Reworded:
    """A reason that stands in a sentence, and is said anew when that is read."""

    def __init__(self, english: object) -> None:
        self.english = str(english)

    def __str__(self) -> str:
        return reworded(self.english)


@cache
def _sentences(language: Language) -> list[tuple[re.Pattern[str], str]]:
    """How each begins to be known, those that say most by themselves first, and what it is in a language."""
    if language == Language.EN:
        return []
    kept = [(str(one.id), str(one.string)) for one in catalogue(language) if one.context == CONTEXT and one.string]
    kept.sort(key=lambda one: -len("".join(text for text, *_ in Formatter().parse(one[0]))))
    return [(pattern_of(english), sentence) for english, sentence in kept]


def pattern_of(sentence: str) -> re.Pattern[str]:
    """What a sentence looks like with anything at its {places}; a place with a name has it as a group's."""
    parts = (
        re.escape(text) + ("" if name is None else f"(?P<{name}>.+)" if name and not name.isdigit() else "(.*)")
        for text, name, *_ in Formatter().parse(sentence)
    )
    return re.compile("".join(parts), re.DOTALL)
