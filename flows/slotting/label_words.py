"""What the temperature band of a zone is called on a label, where there is room for a word."""

from collections.abc import Mapping
from typing import Final

from data.languages import worded

BANDS: Final[Mapping[str, str]] = {
    "label.leaf": "leaf",
    "label.chilled": "chilled",
    "label.tropical": "tropical",
    "label.ambient": "ambient",
    "label.frozen": "frozen",
}


def band_in_a_word(band: str) -> str:
    """A band, in the language read now."""
    return worded(f"label.{band}", BANDS[f"label.{band}"])
