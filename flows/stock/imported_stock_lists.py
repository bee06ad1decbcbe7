"""Imports a stock list of a shop that does not know its lots."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from data.importers.importing import import_file
from data.importers.kinds.stock_kinds import STOCK
from data.importers.kinds.whole_stock import CountedFile
from data.importers.result import ImportResult


def import_stock_list(
    engine: Engine,
    path: Path,
    *,
    skip_bad_rows: bool = False,
    now: datetime,
    progress: Callable[[int], None] | None = None,
    counted_at: datetime | None = None,
    whole: bool = False,
) -> ImportResult:
    """Imports a stock list; `counted_at` and `whole` are those of `CountedFile`, the other parameters and errors those
    of `data.importers.importing.import_file`."""
    count = CountedFile(STOCK, counted_at, whole)
    result = import_file(engine, count.kind(), path, skip_bad_rows=skip_bad_rows, now=now, progress=progress)
    return replace(result, notes=(*result.notes, *count.notes()))
