"""A purchase order on A4: number, delivery and parties on top, then the lines under a head that every page repeats."""

import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from flows.ordering.documents.order_document import DocumentLine, OrderDocument, Party
from flows.ordering.words import Words, words_in
from flows.printing.font import GETA, Printable, shapes
from flows.printing.paper import INK, MARGIN, QUIET, RULE, TINT, UNPADDED, WIDTH, NumberedPages, paragraph

# No., product no., product, pack, packs, quantity, unit price, amount
COLUMNS = [WIDTH * part for part in (0.05, 0.13, 0.28, 0.12, 0.07, 0.12, 0.10, 0.13)]
FIRST_OF_NUMBERS = 3


def as_pdf(document: OrderDocument) -> bytes:
    """The document as PDF. The same document gives the same bytes."""
    shapes()
    words, printable = words_in(document.language), Printable()
    story = [
        *_heading(document, words, printable),
        _delivery(document, words, printable),
        Spacer(0, 5 * mm),
        _parties(document, words, printable),
        Spacer(0, 6 * mm),
        _lines(document, words, printable),
        *_footnote(words, printable),
    ]
    file = io.BytesIO()
    SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=f"{words.say('Purchase order')} {document.number}",
        author=document.shop_name,
        lang=str(words.locale).replace("_", "-"),
        invariant=1,
    ).build(story, canvasmaker=partial(NumberedPages, name=printable(document.number), page_of=_page_of(words)))
    return file.getvalue()


def _page_of(words: Words) -> Callable[[int, int], str]:
    return lambda page, count: words.say("Page {page} of {count}", page=page, count=count)


def _heading(document: OrderDocument, words: Words, printable: Printable) -> Sequence[Flowable]:
    shop = [
        paragraph(document.shop_name, printable, 12, right=True),
        paragraph(f"{words.say('Order date')}  {words.day(document.order_date)}", printable, colour=QUIET, right=True),
    ]
    number = [
        paragraph(words.say("Purchase order"), printable, 11, QUIET),
        paragraph(document.number, printable, 24, leading=1.25),
    ]
    table = Table([[number, shop]], [WIDTH * 0.55, WIDTH * 0.45])
    table.setStyle(TableStyle([*UNPADDED, ("VALIGN", (0, 0), (-1, -1), "BOTTOM")]))
    return [table, Spacer(0, 5 * mm)]


def _delivery(document: OrderDocument, words: Words, printable: Printable) -> Flowable:
    when = "  ".join(
        filter(None, [words.day(document.delivery_date), words.hours(document.delivery_from, document.delivery_until)])
    )
    when_and_where: list[list[Any]] = [
        [_label(words.say("Delivery"), printable), paragraph(when, printable, 14)],
        [_label(words.say("Deliver to"), printable), _party(document.warehouse, printable)],
    ]
    if document.note:
        when_and_where.append([_label(words.say("Note"), printable), paragraph(document.note, printable)])
    table = Table(when_and_where, [WIDTH * 0.15, WIDTH * 0.85])
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), TINT),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("VALIGN", (0, 0), (0, 0), "MIDDLE"),
                ("LEFTPADDING", (0, 0), (0, -1), 3 * mm),
                ("TOPPADDING", (0, 0), (-1, 0), 2.5 * mm),
                ("BOTTOMPADDING", (0, -1), (-1, -1), 3 * mm),
            ]
        )
    )
    return table


def _parties(document: OrderDocument, words: Words, printable: Printable) -> Flowable:
    buyer = Party(document.warehouse.party_id, document.shop_name, document.warehouse.name, document.warehouse.contact)
    sides = [(words.say("Supplier"), document.supplier), (words.say("Buyer"), buyer)]
    cells = [[_label(label, printable), *_party(party, printable)] for label, party in sides]
    table = Table([cells], [WIDTH / 2, WIDTH / 2])
    table.setStyle(TableStyle([*UNPADDED, ("VALIGN", (0, 0), (-1, -1), "TOP"), ("RIGHTPADDING", (0, 0), (0, 0), 12)]))
    return table


def _party(party: Party, printable: Printable) -> list[Flowable]:
    more = [paragraph(text, printable, colour=QUIET) for text in (party.address, party.contact) if text]
    return [paragraph(party.name, printable, 11), *more]


def _label(text: str, printable: Printable) -> Paragraph:
    return paragraph(text, printable, 8, QUIET)


def _lines(document: OrderDocument, words: Words, printable: Printable) -> Flowable:
    head = [
        words.say("No."),
        words.say("Product no."),
        words.say("Product"),
        words.say("Pack"),
        words.say("Packs"),
        words.say("Quantity"),
        words.say("Unit price"),
        words.say("Amount"),
    ]
    rows = [
        [paragraph(text, printable, 8, QUIET, right=column >= FIRST_OF_NUMBERS) for column, text in enumerate(head)],
        *(_line(line, document.currency, words, printable) for line in document.lines),
        _total(document, words, printable),
    ]
    table = Table(rows, COLUMNS, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
                ("VALIGN", (0, 1), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 1.2 * mm),
                ("RIGHTPADDING", (0, 0), (-1, -1), 1.2 * mm),
                ("TOPPADDING", (0, 0), (-1, -1), 1.5 * mm),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5 * mm),
                ("LINEBELOW", (0, 0), (-1, 0), 0.9, INK),
                ("LINEBELOW", (0, 1), (-1, -2), 0.4, RULE),
                ("SPAN", (0, -1), (2, -1)),
                ("SPAN", (3, -1), (-1, -1)),
                ("VALIGN", (0, -1), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, -1), (-1, -1), 3 * mm),
                ("NOSPLIT", (0, -2), (-1, -1)),  # the total never stands alone on a page
            ]
        )
    )
    return table


def _line(line: DocumentLine, currency: str, words: Words, printable: Printable) -> list[Any]:
    numbers = [
        "" if line.pack_size is None else words.quantity(line.pack_size, line.unit),
        "" if line.packs is None else words.number(line.packs),
        words.quantity(line.quantity, line.unit),
        "" if line.unit_price is None else words.price(line.unit_price, currency),
        "" if line.amount is None else words.price(line.amount, currency),
    ]
    return [
        paragraph(str(line.line_no), printable, colour=QUIET),
        paragraph(line.product_id, printable, colour=QUIET),
        paragraph(line.product_name, printable),
        *(paragraph(number, printable, right=True) for number in numbers),
    ]


def _total(document: OrderDocument, words: Words, printable: Printable) -> list[Any]:
    lines = words.say("Lines: {count}", count=len(document.lines))
    total = f"{words.say('Total')}  {words.total(document.total, document.currency)}"
    rest = [""] * (len(COLUMNS) - FIRST_OF_NUMBERS - 1)
    return [paragraph(lines, printable, colour=QUIET), "", "", paragraph(total, printable, 14, right=True), *rest]


def _footnote(words: Words, printable: Printable) -> Sequence[Flowable]:
    """What the marks for characters that the font lacks stand for."""
    if not printable.lacking:
        return []
    codes = ", ".join(f"U+{ord(character):04X}" for character in sorted(printable.lacking))
    footnote = words.say("{mark} stands for a character that cannot be printed here: {codes}", mark=GETA, codes=codes)
    return [Spacer(0, 4 * mm), _label(footnote, printable)]
