"""The formats that a log can be had in, by the end of the file's name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO

from flows.coldchain.zone_log.csv_file import write_csv
from flows.coldchain.zone_log.pdf import write_pdf
from warehouse.coldchain.zone_log.log import ZoneLog


@dataclass(frozen=True)
class Writer:
    """How a log becomes a file of a media type."""

    media_type: str
    write: Callable[[ZoneLog, IO[bytes]], None]


WRITERS: Mapping[str, Writer] = {
    "pdf": Writer("application/pdf", write_pdf),
    "csv": Writer("text/csv; charset=utf-8", write_csv),
}


def file_name(log: ZoneLog, file_format: str) -> str:
    """What the file of a log is called, in letters that every system takes."""
    zone = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in log.zone_id)
    return f"temperature-log-{zone}-{log.period.days[0]}-{log.period.days[-1]}.{file_format}"
