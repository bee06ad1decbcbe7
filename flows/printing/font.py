"""The one font of PDF documents, and what becomes of characters that it lacks: never nothing, never an error.

A character that the font has no shape for is printed as the geta mark, as Chinese and Japanese printers did, and the
document names it in a footnote.
"""

import unicodedata
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONT = "NotoSansSC"
FILE = Path(__file__).parent / "fonts" / "NotoSansSC-Regular-subset.ttf"
GETA = "〓"
# joiners, marks of direction and variants of shape: there is nothing to see of them where the character is lacking
INVISIBLE = {"Cf", "Mn", "Me"}


@cache
def shapes() -> frozenset[int]:
    """The code points that the font can show. The font is there for documents from the first call on."""
    font = TTFont(FONT, str(FILE))
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


@dataclass
class Printable:
    """Texts as the font can show them; `lacking` are the characters, met so far, that it has no shape for."""

    lacking: set[str] = field(default_factory=set)

    def __call__(self, text: str) -> str:
        return "".join(map(self._shown, unicodedata.normalize("NFC", text)))

    def _shown(self, character: str) -> str:
        if character == "\n" or ord(character) in shapes():
            return character
        category = unicodedata.category(character)
        if category in INVISIBLE:
            return ""
        if category in ("Cc", "Zs"):
            return " "
        self.lacking.add(character)
        return GETA
