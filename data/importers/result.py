"""What became of an imported table."""

from dataclasses import dataclass
from pathlib import Path

from data.importers.problems import BadRow


@dataclass(frozen=True)
class ImportResult:
    """`rows` that are kept now; `bad_rows` were left out, the first of them are `left_out`, and where the table is a
    file all of them stand in `bad_rows_file` with the reason. `notes` are sentences about what else came of it."""

    rows: int
    bad_rows: int = 0
    bad_rows_file: Path | None = None
    notes: tuple[str, ...] = ()
    left_out: tuple[BadRow, ...] = ()
