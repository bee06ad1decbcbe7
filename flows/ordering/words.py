"""What suppliers read, in their language: sentences from Babel catalogues, days, times and numbers as they are written
there.

The English sentence is the key and the English text; another language is a catalogue below `locale/`. Catalogues are
read as they are edited (.po), so that an installation has nothing to compile.
"""

import io
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_precision
from babel.support import Translations

from data.tables import Language, Unit

CATALOGUES = Path(__file__).parent / "locale"


UNIT_WORDS = {  # of one, and of any other number
    Unit.KG: ("kg", "kg"),
    Unit.LITRE: ("l", "l"),
    Unit.MONEY: ("in money", "in money"),
    Unit.PIECE: ("pcs", "pcs"),
    Unit.BUNCH: ("bunch", "bunches"),
    Unit.BOX: ("box", "boxes"),
    Unit.BAG: ("bag", "bags"),
    Unit.BOTTLE: ("bottle", "bottles"),
    Unit.TRAY: ("tray", "trays"),
}
LOCALES = {Language.ZH: Locale("zh", "CN", "Hans"), Language.EN: Locale("en", "GB")}


@dataclass(frozen=True)
class Words:
    """A language: `say` gives its sentences, the others its way to write days and numbers."""

    locale: Locale
    sentences: NullTranslations

    def say(self, sentence: str, **values: object) -> str:
        """The English sentence in this language, {names} filled in."""
        return self.sentences.gettext(sentence).format(**values)

    def day(self, day: date) -> str:
        """`Saturday, 28 November 2026`, `2026年11月28日星期六`."""
        return format_date(day, "full", locale=self.locale)

    def hours(self, begin: time | None, end: time | None) -> str:
        """`06:00–09:00`; with one of the two in words, with none nothing."""
        first, last = (at and f"{at:%H:%M}" for at in (begin, end))
        if first and last:
            return f"{first}–{last}"
        if first:
            return self.say("from {time}", time=first)
        return self.say("until {time}", time=last) if last else ""

    def number(self, value: Decimal) -> str:
        """A quantity or count with all its places: `1,250.5`."""
        return format_decimal(value, "#,##0.######", locale=self.locale)

    def unit(self, unit: Unit) -> str:
        """`kg`, `公斤`."""
        return self.say(UNIT_WORDS[unit][0])

    def quantity(self, value: Decimal, unit: Unit) -> str:
        """`1,250.5 kg`; a line never ends between number and unit."""
        one, many = UNIT_WORDS[unit]
        return f"{self.number(value)}\N{NO-BREAK SPACE}{self.say(one if value == 1 else many)}"

    def price(self, value: Decimal, currency: str) -> str:
        """A price of a unit with all its places, at least those of the currency's coins, without its sign."""
        coins = get_currency_precision(currency)
        return format_decimal(value, "#,##0." + "0" * coins + "#" * (6 - coins), locale=self.locale)

    def money(self, value: Decimal, currency: str) -> str:
        """An amount with the sign of its currency: `¥1,250.50`."""
        return format_currency(value, currency, locale=self.locale)

    def total(self, value: Decimal | None, currency: str) -> str:
        """What an order comes to, where all its prices are known."""
        return self.say("as agreed") if value is None else self.money(value, currency)


@cache
def words_in(language: Language) -> Words:
    """The words of a language."""
    return Words(LOCALES[language], _sentences(language))


def _sentences(language: Language) -> NullTranslations:
    if language == Language.EN:
        return NullTranslations()
    path = CATALOGUES / language / "LC_MESSAGES" / "ordering.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, domain="ordering")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain="ordering")
