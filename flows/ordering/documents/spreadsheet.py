"""A purchase order as XLSX: a sheet of its lines with filters and the total, and a sheet of what else it says."""

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from flows.ordering.documents.order_document import DocumentLine, OrderDocument
from flows.ordering.words import Words, words_in
from flows.spreadsheet_cells import Value, column_letter, header_in_xlsx, in_xlsx

WIDTHS = (6, 16, 34, 12, 9, 12, 8, 12, 14)
TITLE_ROW, HEAD_ROW = 1, 2
AMOUNT = 8  # its column, counted from 0
TINT = PatternFill("solid", fgColor="EEF3F0")
ABOVE_TOTAL = Border(top=Side("thin", color="1D2B24"))


def as_xlsx(document: OrderDocument) -> bytes:
    """The document as a workbook: numbers with formats, the head frozen, a filter on the lines."""
    words, book = words_in(document.language), Workbook()
    book.properties.creator = document.shop_name
    _write_lines(book.active, document, words)
    _write_facts(book.create_sheet(words.say("Details")), document, words)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _write_lines(sheet: Any, document: OrderDocument, words: Words) -> None:
    sheet.title = words.say("Purchase order")
    head = _head(words)
    for column, width in enumerate(WIDTHS):
        sheet.column_dimensions[column_letter(column)].width = width
    sheet.append([in_xlsx(sheet, f"{words.say('Purchase order')} {document.number}   {_delivery(document, words)}")])
    sheet.append([header_in_xlsx(sheet, name) for name in head])
    for line in document.lines:
        sheet.append(_line(sheet, line, document.currency, words))
    total = in_xlsx(sheet, document.total, _amounts(document.currency))
    sheet.append([*[None] * (AMOUNT - 1), words.say("Total"), total])

    last = column_letter(len(head) - 1)
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{last}{HEAD_ROW + len(document.lines)}"
    sheet.freeze_panes = f"A{HEAD_ROW + 1}"
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight = True, 0
    sheet.cell(TITLE_ROW, 1).font = Font(bold=True, size=14)
    for cell in sheet[HEAD_ROW]:
        cell.fill = TINT
    for cell in sheet[sheet.max_row]:
        cell.font, cell.border = Font(bold=True), ABOVE_TOTAL


def _head(words: Words) -> Sequence[str]:
    return [
        words.say("No."),
        words.say("Product no."),
        words.say("Product"),
        words.say("Pack"),
        words.say("Packs"),
        words.say("Quantity"),
        words.say("Unit"),
        words.say("Unit price"),
        words.say("Amount"),
    ]


def _line(sheet: Any, line: DocumentLine, currency: str, words: Words) -> Sequence[Any]:
    return [
        line.line_no,
        in_xlsx(sheet, line.product_id),
        in_xlsx(sheet, line.product_name),
        _quantity(sheet, line.pack_size),
        _quantity(sheet, line.packs),
        _quantity(sheet, line.quantity),
        words.unit(line.unit),
        in_xlsx(sheet, line.unit_price, _amounts(currency, "##")),
        in_xlsx(sheet, line.amount, _amounts(currency)),
    ]


def _quantity(sheet: Any, value: Decimal | None) -> Any:
    # "#,##0.###" would leave a point behind whole numbers
    return in_xlsx(sheet, value, "#,##0.0##" if value and value % 1 else "#,##0")


def _amounts(currency: str, more_places: str = "") -> str:
    places = "0" * get_currency_precision(currency) + more_places
    return f"#,##0.{places}" if places else "#,##0"


def _delivery(document: OrderDocument, words: Words) -> str:
    hours = words.hours(document.delivery_from, document.delivery_until)
    return "  ".join(filter(None, [words.day(document.delivery_date), hours, document.warehouse.name]))


def _write_facts(sheet: Any, document: OrderDocument, words: Words) -> None:
    for name, value in _facts(document, words):
        number_format = "yyyy-mm-dd" if isinstance(value, date) else None
        sheet.append([header_in_xlsx(sheet, name), in_xlsx(sheet, value, number_format)])
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 60
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(vertical="top", horizontal="left", wrap_text=True)


def _facts(document: OrderDocument, words: Words) -> Sequence[tuple[str, Value]]:
    supplier, warehouse = document.supplier, document.warehouse
    return [
        (words.say("Purchase order"), document.number),
        (words.say("Order date"), document.order_date),
        (words.say("Delivery date"), document.delivery_date),
        (words.say("Delivery window"), words.hours(document.delivery_from, document.delivery_until)),
        (words.say("Buyer"), document.shop_name),
        (words.say("Warehouse"), f"{warehouse.name} ({warehouse.party_id})"),
        (words.say("Deliver to"), warehouse.address),
        (words.say("Contact"), warehouse.contact),
        (words.say("Supplier"), f"{supplier.name} ({supplier.party_id})"),
        (words.say("Supplier's address"), supplier.address),
        (words.say("Supplier's contact"), supplier.contact),
        (words.say("Currency"), document.currency),
        (words.say("Total"), words.total(document.total, document.currency)),
        (words.say("Note"), document.note),
    ]
