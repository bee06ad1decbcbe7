"""What suppliers read: the catalogue has every sentence that the code says, and no other."""

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from data.tables import Language, Unit
from flows.ordering.words import CATALOGUES, UNIT_WORDS, words_in

HOUSE = Path(__file__).parents[4]
ROOMS = [HOUSE / "flows" / "ordering", HOUSE / "api" / "pages" / "supplier_confirmation"]
FILES = [("**.py", "python"), ("**.html", "jinja2")]


def said_by_the_code() -> Iterator[str]:
    for room in ROOMS:
        for _, _, message, _, _ in extract_from_dir(room, FILES, keywords={"say": None}):
            assert isinstance(message, str)
            yield message


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_sentence_is_translated_with_the_same_names_to_fill_in() -> None:
    with (CATALOGUES / "zh" / "LC_MESSAGES" / "ordering.po").open("rb") as file:
        catalogue = {str(message.id): str(message.string) for message in read_po(file) if message.id}

    assert set(catalogue) == {*said_by_the_code(), *chain.from_iterable(UNIT_WORDS.values())}
    assert all(catalogue.values())
    assert [key for key, text in catalogue.items() if names_in(key) != names_in(text)] == []


@pytest.mark.parametrize(
    ("language", "day", "hours", "after", "before", "quantity", "money"),
    [
        (Language.ZH, "2026年11月28日星期六", "05:00–07:30", "05:00 起", "07:30 前", "1,250.5 公斤", "¥1,250.50"),
        (Language.EN, "Saturday 28 November 2026", "05:00–07:30", "from 05:00", "until 07:30", "1,250.5 kg",
         "CN¥1,250.50"),
    ],
)  # fmt: skip
def test_days_times_and_numbers_as_they_are_written_there(
    language: Language, day: str, hours: str, after: str, before: str, quantity: str, money: str
) -> None:
    words = words_in(language)

    assert words.day(date(2026, 11, 28)).replace(",", "") == day
    assert words.hours(time(5), time(7, 30)) == hours
    assert (words.hours(time(5), None), words.hours(None, time(7, 30)), words.hours(None, None)) == (after, before, "")
    assert words.quantity(Decimal("1250.500"), Unit.KG).replace("\N{NO-BREAK SPACE}", " ") == quantity
    assert words.money(Decimal("1250.5"), "CNY") == money
    assert [words.price(Decimal(price), "CNY") for price in ("6.5", "0.7125", "1200")] == ["6.50", "0.7125", "1,200.00"]


def test_a_quantity_is_written_in_the_unit_that_goes_with_its_number() -> None:
    english, chinese = words_in(Language.EN), words_in(Language.ZH)

    assert [english.quantity(Decimal(n), Unit.BOX) for n in ("1.000", "12")] == ["1\u00a0box", "12\u00a0boxes"]
    assert [chinese.quantity(Decimal(n), Unit.BOX) for n in ("1.000", "12")] == ["1\u00a0箱", "12\u00a0箱"]
    assert english.quantity(Decimal("2.5"), Unit.LITRE) == "2.5\u00a0l"
    assert (english.unit(Unit.BUNCH), chinese.unit(Unit.BUNCH)) == ("bunch", "把")
