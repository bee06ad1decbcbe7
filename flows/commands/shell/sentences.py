"""Sentences and things said together, as the language read now joins them."""

from collections.abc import Iterable, Sequence
from functools import reduce

from data.languages import say


def in_one_paragraph(sentences: Iterable[str]) -> str:
    """One after another: with a space between them where English is read, with none in Chinese."""
    return reduce(lambda before, then: say("{before} {then}", before=before, then=then), sentences)


def all_of(things: Sequence[str]) -> str:
    """`1,200.00 CNY and 80.00 EUR`; empty for nothing."""
    return reduce(lambda before, then: say("{before} and {then}", before=before, then=then), things) if things else ""
