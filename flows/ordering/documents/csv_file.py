"""A purchase order as CSV: one row a line, the order's own facts on each, heads in the supplier's language.

It begins with a byte-order mark, without which spreadsheets show Chinese names as noise. Days, times and numbers are
written for programs: 2026-11-28, 06:00, 1250.5.
"""

import csv
import io
from collections.abc import Mapping

from flows.ordering.documents.order_document import DocumentLine, OrderDocument
from flows.ordering.words import Words, words_in
from flows.spreadsheet_cells import Value, in_csv


def as_csv(document: OrderDocument) -> bytes:
    """The document as CSV in UTF-8."""
    words = words_in(document.language)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    rows = [_row(document, line, words) for line in document.lines]
    if rows:
        writer.writerow(rows[0])
    writer.writerows([in_csv(value) for value in row.values()] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _row(document: OrderDocument, line: DocumentLine, words: Words) -> Mapping[str, Value]:
    begin, end = document.delivery_from, document.delivery_until
    return {
        words.say("Purchase order"): document.number,
        words.say("Order date"): document.order_date,
        words.say("Buyer"): document.shop_name,
        words.say("Supplier no."): document.supplier.party_id,
        words.say("Supplier"): document.supplier.name,
        words.say("Warehouse no."): document.warehouse.party_id,
        words.say("Warehouse"): document.warehouse.name,
        words.say("Delivery date"): document.delivery_date,
        words.say("Deliver from"): begin and f"{begin:%H:%M}",
        words.say("Deliver until"): end and f"{end:%H:%M}",
        words.say("No."): line.line_no,
        words.say("Product no."): line.product_id,
        words.say("Product"): line.product_name,
        words.say("Pack"): line.pack_size,
        words.say("Packs"): line.packs,
        words.say("Quantity"): line.quantity,
        words.say("Unit"): words.unit(line.unit),
        words.say("Unit price"): line.unit_price,
        words.say("Amount"): line.amount,
        words.say("Currency"): document.currency,
        words.say("Note"): document.note,
    }
