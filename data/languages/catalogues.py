"""Sentences in the language that is read just now, from a catalogue a language below `locale/`.

The English text is the key; a word of a page also has its name there as context, since one English word may be several
in Chinese. Catalogues are read as they are edited (.po), so that an installation has nothing to compile.
"""

import io
from collections.abc import Iterable
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from data.languages.reading import Language, language_now

DOMAIN: Final = "freshfront"
LOCALE: Final = Path(__file__).parent / "locale"
COMMAS: Final = {Language.EN: ", ", Language.ZH: "、"}  # between things that are listed


def say(sentence: str, /, **values: object) -> str:
    """The English sentence in the language read now, {names} filled in; one without values is taken as it is."""
    found = translations(language_now()).gettext(sentence) if sentence else sentence
    return found.format(**{name: _listed(value) for name, value in values.items()}) if values else found


def counted(one: str, many: str, number: int, /, **values: object) -> str:
    """The sentence for so many, the number filled in at {n}: `1 line`, `1,200 lines`."""
    return (
        translations(language_now())
        .ngettext(one, many, number)
        .format(n=f"{number:,}", **{name: _listed(value) for name, value in values.items()})
    )


def listed(things: Iterable[object]) -> str:
    """Several things, one after another as the language lists them."""
    return COMMAS[language_now()].join(map(str, things))


def _listed(value: object) -> object:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return listed(value)
    return value


def worded(name: str, text: str) -> str:
    """A word of a page, by its name and its English text."""
    return translations(language_now()).pgettext(name, text)


def worded_by_number(name: str, one: str, many: str, number: int) -> str:
    """The same, where the text depends on how many there are."""
    return translations(language_now()).npgettext(name, one, many, number)


@cache
def translations(language: Language) -> NullTranslations:
    """The compiled catalogue of a language; English has none."""
    if language == Language.EN:
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def catalogue(language: Language) -> Catalog:
    """The catalogue of a language as it is kept."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def path_of(language: Language) -> Path:
    """The file of a language."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"
