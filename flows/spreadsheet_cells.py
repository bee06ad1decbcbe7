"""What a value becomes in a file for a spreadsheet, CSV or XLSX.

Names come from outside. In CSV a text that a spreadsheet would take for a formula gets an apostrophe before it; in
XLSX it is marked as text. Characters that an XLSX file cannot hold are left out of it.
"""

import re
from datetime import date, time
from decimal import Decimal
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

# some programs take the full-width forms, as they are typed among Chinese characters, for the same
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Value = str | int | float | Decimal | date | time | None


def in_csv(value: Value) -> Value:
    """The value as the csv module writes it: decimals in digits without needless zeros."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value


def in_xlsx(sheet: Any, value: Value, number_format: str | None = None) -> Any:
    """A cell for `sheet.append`: numbers, days and times as such, a text as text also where it begins with "="."""
    if isinstance(value, str):
        cell: Any = WriteOnlyCell(sheet, NOT_IN_XML.sub("", value))
        cell.data_type = "s"
        return cell
    if value is None or number_format is None:
        return value
    cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]  # stubs know no Decimal
    cell.number_format = number_format
    return cell


def header_in_xlsx(sheet: Any, name: str) -> Any:
    """A cell of the first row."""
    cell = in_xlsx(sheet, name)
    cell.font = Font(bold=True)
    return cell


def column_letter(number: int) -> str:
    """The letter of one of the first 26 columns, counted from 0."""
    return chr(ord("A") + number)
