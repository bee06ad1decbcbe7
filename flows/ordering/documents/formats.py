"""The formats that a purchase order can be had in, by the end of the file's name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flows.ordering.documents.csv_file import as_csv
from flows.ordering.documents.order_document import OrderDocument
from flows.ordering.documents.pdf import as_pdf
from flows.ordering.documents.spreadsheet import as_xlsx
from flows.ordering.documents.ubl import as_ubl


@dataclass(frozen=True)
class Writer:
    """How a document becomes a file of a media type."""

    media_type: str
    write: Callable[[OrderDocument], bytes]


WRITERS: Mapping[str, Writer] = {
    "pdf": Writer("application/pdf", as_pdf),
    "xlsx": Writer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "csv": Writer("text/csv; charset=utf-8", as_csv),
    "xml": Writer("application/xml", as_ubl),
}
