"""Reads and checks a CSV file by columns, where every row of it is plain: a tenth of the time that its rows take.

It takes or leaves a file whole and says of no row what is wrong: what is not plain, were it only an empty cell or a
quote, is read row by row (importing.py), which reads the same where both can.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing

import pyarrow as pa
from pyarrow import csv

from data.importers.checked_rows import CheckedColumns
from data.importers.kind import ByColumns, Once
from data.importers.repeats import Repeats
from data.importers.rows.files import CsvTable
from data.importers.rows.known import Known
from data.importers.rows.tables import Table

BYTES_AT_ONCE = 1 << 20
LONGEST_HEADER = 10_000  # bytes


def checked_columns(table: Table, how: ByColumns, once: Once, known: Known) -> tuple[CheckedColumns, int] | None:
    """The columns of a table of which all rows are good, and how many rows there are; None: it has to be read row by
    row."""
    if not isinstance(table, CsvTable) or sorted(table.header) != sorted(how.types):
        return None
    rows = 0
    with ExitStack() as stack:
        kept = stack.enter_context(ExitStack())
        columns = kept.enter_context(closing(CheckedColumns()))
        repeats = stack.enter_context(Repeats(once))
        try:
            for batch in _plain(table, how.types):
                checked = how.checked(batch, known)
                if checked is None:
                    return None
                columns.add(checked)
                repeats.add_keys(how.key(checked), first_line=rows)
                rows += len(checked)
        except pa.ArrowInvalid:
            return None
        if not rows or any(True for _ in repeats.contradictions()):
            return None
        kept.pop_all()  # they wait for who keeps them
        return columns, rows


def _plain(table: CsvTable, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    with table.open() as file:
        if file.readline(LONGEST_HEADER).decode("utf-8-sig").strip() != ",".join(table.header):
            raise pa.ArrowInvalid("the header is not plain")
        reader = csv.open_csv(
            file,
            csv.ReadOptions(column_names=table.header, block_size=BYTES_AT_ONCE),
            csv.ParseOptions(quote_char=False),
            csv.ConvertOptions(column_types=types, null_values=[], timestamp_parsers=[csv.ISO8601]),
        )
        yield from reader
