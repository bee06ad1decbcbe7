"""What became of an imported file."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ImportResult:
    """`rows` of the file that are kept now; `bad_rows` were left out and stand in `bad_rows_file` with the reason.
    `notes` are sentences about what else came of it."""

    rows: int
    bad_rows: int = 0
    bad_rows_file: Path | None = None
    notes: tuple[str, ...] = ()
