"""Which kind a file is of, by its name, and in which order files are imported.

A file's kind is the first word of its name, up to `-`, `_`, a space or the point: orders-HQ.csv, lots_2026-11-26.csv.
Files are imported in the order of KINDS, in which whatever a kind refers to comes before it; files of one kind in the
order of their names."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from data.importers.bad_rows import BAD_ROWS_SUFFIX
from data.importers.importing import KINDS

ENDS_A_KIND = "-_. "
READ = (".csv", ".parquet")


@dataclass(frozen=True)
class FilesByKind:
    """`files` to import, each with its kind, in order; `left_out` are those whose kind the name does not say."""

    files: list[tuple[str, Path]]
    left_out: list[Path]


def kind_of(path: Path) -> str | None:
    """The kind that a file's name begins with; None for no kind, and for a file of bad rows, which was not mended."""
    name = path.name.lower()
    if not name.endswith(READ) or name.endswith(BAD_ROWS_SUFFIX):
        return None
    fitting = [kind for kind in KINDS if name.startswith(kind) and name[len(kind)] in ENDS_A_KIND]
    return max(fitting, key=len, default=None)


def in_order(paths: Iterable[Path]) -> FilesByKind:
    """Files sorted for their import. Hidden files do not count."""
    kinds = {path: kind_of(path) for path in paths if not path.name.startswith(".")}
    place = {kind: number for number, kind in enumerate(KINDS)}
    known = [(kind, path) for path, kind in kinds.items() if kind is not None]
    return FilesByKind(
        files=sorted(known, key=lambda found: (place[found[0]], found[1].name)),
        left_out=sorted(path for path, kind in kinds.items() if kind is None),
    )
