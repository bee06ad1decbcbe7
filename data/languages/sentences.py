"""A sentence with what stands in it, said when somebody reads it: whoever made it need not know who that will be."""

from collections.abc import Iterable, Sequence
from functools import reduce

from data.languages.catalogues import say


class Sentence:
    """An English sentence of the catalogue with {names}, and their values: words among them are sentences themselves,
    several things are listed as the language lists them."""

    def __init__(self, english: str, /, **values: object) -> None:
        self.english, self.values = english, values

    def with_values(self, **more: object) -> "Sentence":
        """The sentence with the values of other places too."""
        return Sentence(self.english, **self.values, **more)

    def __str__(self) -> str:
        return say(self.english, **self.values)


def in_one_paragraph(sentences: Iterable[str]) -> str:
    """One after another: with a space between them where English is read, with none in Chinese."""
    return reduce(lambda before, then: say("{before} {then}", before=before, then=then), sentences)


def all_of(things: Sequence[str]) -> str:
    """`1,200.00 CNY and 80.00 EUR`; empty for nothing."""
    return reduce(lambda before, then: say("{before} and {then}", before=before, then=then), things) if things else ""
