"""A purchase plan as a file for a spreadsheet: CSV, or XLSX with numbers as numbers and days as days. XLSX is for
people: its heads, sheets and units are in the language read now; CSV has the names of the columns, and codes.

CSV begins with a byte-order mark, without which Excel shows Chinese names as noise.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO

from openpyxl import Workbook

from data.languages import language_now, say
from data.tables import Unit
from flows.ordering.words import Words, words_in
from flows.purchasing.showing.column_words import head_of
from flows.spreadsheet_cells import Value, column_letter, header_in_xlsx, in_csv, in_xlsx

COLUMNS = (
    "line_no",
    "warehouse_id",
    "supplier_id",
    "supplier_name",
    "product_id",
    "product_name",
    "unit",
    "quantity",
    "pack_size",
    "unit_price",
    "cost",
    "currency",
    "planned_quantity",
    "delivery_date",
    "covers_from",
    "covers_until",
    "forecast_mean",
    "forecast_q10",
    "forecast_q90",
    "usable_stock",
    "on_order",
    "expected_shortage",
    "expected_waste",
    "edit_reason",
    "edited_by",
)
OF_TRANSFERS = (
    "transfer_no",
    "from_warehouse_id",
    "to_warehouse_id",
    "product_id",
    "product_name",
    "unit",
    "quantity",
    "lot_ids",
    "waste_avoided",
    "shortage_avoided",
    "bought_less",
    "cost",
    "earns",
    "currency",
)
KEPT_IN_MEMORY = 1_000_000
CHUNK = 65_536


def as_csv(lines: Iterable[object]) -> IO[bytes]:
    """Lines, objects with COLUMNS as attributes, as CSV in UTF-8, in a temporary file at its beginning."""
    file = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - whoever sends it closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([in_csv(value) for value in _values(line)] for line in lines)
    text.flush()
    text.detach()
    file.seek(0)
    return file


def as_xlsx(lines: Iterable[object], title: str, transfers: Sequence[object] = ()) -> IO[bytes]:
    """Lines, objects with COLUMNS as attributes, as a sheet, and transfers, with OF_TRANSFERS, as another where there
    are any; in a temporary file at its beginning."""
    book = Workbook(write_only=True)
    _add_sheet(book, title, COLUMNS, lines)
    if transfers:
        _add_sheet(book, say("between warehouses"), OF_TRANSFERS, transfers)
    file = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - whoever sends it closes it
    book.save(file)
    file.seek(0)
    return file


def _add_sheet(book: Workbook, title: str, columns: Sequence[str], rows: Iterable[object]) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, name in enumerate(columns):
        sheet.column_dimensions[column_letter(number)].width = 28 if name.endswith(("_name", "_reason")) else 14
    sheet.append([header_in_xlsx(sheet, head_of(name)) for name in columns])
    words = words_in(language_now())
    for row in rows:
        sheet.append([in_xlsx(sheet, _for_people(value, words)) for value in _values(row, columns)])


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The file piece by piece; closed at the end."""
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def _for_people(value: Value, words: Words) -> Value:
    return words.unit(value) if isinstance(value, Unit) else value


def _values(row: object, columns: Sequence[str] = COLUMNS) -> Sequence[Value]:
    return [getattr(row, name) for name in columns]
