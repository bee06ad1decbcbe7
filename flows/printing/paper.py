"""Texts and pages of a PDF document on A4: paragraphs in the one font, a foot with the number of each page."""

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from flows.printing.font import FONT, Printable

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
INK, QUIET, RULE, TINT = HexColor("#1d2b24"), HexColor("#5d6b64"), HexColor("#c9d2cd"), HexColor("#eef3f0")
UNPADDED = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
]
# A row goes on one page: what a name or an address of a thousand characters needs must fit there
LONG, SMALLEST, MOST_LINES = 200, 5.5, 12


def paragraph(
    text: str, printable: Printable, size: float = 9, colour: Color = INK, right: bool = False, leading: float = 1.4
) -> Paragraph:
    """A paragraph that breaks as its script does: between any two Chinese characters, else between words."""
    shown = printable(_in_few_lines(text))
    if len(shown) > LONG:
        size = min(size, SMALLEST)
    style = ParagraphStyle(
        "text",
        fontName=FONT,
        fontSize=size,
        leading=size * leading,
        textColor=colour,
        alignment=TA_RIGHT if right else 0,
        wordWrap="CJK" if any(character >= "\u2e80" for character in shown) else None,
        splitLongWords=1,
    )
    return Paragraph(escape(shown).replace("\n", "<br/>"), style)


def _in_few_lines(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return ("\n" if len(lines) <= MOST_LINES else " ").join(lines)


class NumberedPages(Canvas):
    """A canvas whose pages name the document and say which of how many they are; so they wait for the last one."""

    def __init__(self, *args: Any, name: str, page_of: Callable[[int, int], str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._name, self._page_of, self._pages = name, page_of, list[dict[str, Any]]()

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # what the stubs leave out

    def save(self) -> None:
        count = len(self._pages)
        for page, kept in enumerate(self._pages, 1):
            self.__dict__.update(kept)
            self.setFont(FONT, 8)
            self.setFillColor(QUIET)
            self.drawString(MARGIN, 10 * mm, self._name)
            self.drawRightString(A4[0] - MARGIN, 10 * mm, self._page_of(page, count))
            super().showPage()
        super().save()
