"""Which backups in a folder are kept, by age: the last of each day, of each week and of each month, for so long; and
when the last one was made. Told from the files alone, which have their name only when they are whole.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PREFIX, END = "freshfront-", ".backup"
NAMED = f"{PREFIX}%Y%m%dT%H%M%SZ{END}"
NAMED_BEFORE_A_CHANGE = f"before-change-%Y%m%dT%H%M%SZ{END}"


@dataclass(frozen=True)
class KeptFor:
    """For how many days, weeks and months the last backup of each is kept, the one of today included."""

    days: int
    weeks: int
    months: int


def backup_named(folder: Path, now: datetime) -> Path:
    """The file of a backup that is made now."""
    return folder / now.astimezone(UTC).strftime(NAMED)


def backup_before_change_named(folder: Path, now: datetime) -> Path:
    """The file of a backup that is made before the schema is changed: whoever finds out later that the change went
    wrong needs it, so it stays until somebody removes it."""
    return folder / now.astimezone(UTC).strftime(NAMED_BEFORE_A_CHANGE)


def backups_in(folder: Path) -> dict[datetime, Path]:
    """The backups of a folder that were named by `backup_named`, by when they were begun."""
    found = {}
    for path in folder.glob(f"{PREFIX}*{END}"):
        try:
            found[datetime.strptime(path.name, NAMED).replace(tzinfo=UTC)] = path
        except ValueError:  # somebody's own name: not ours to remove
            continue
    return found


def last_backup(folder: Path) -> datetime | None:
    """When the last backup of a folder was begun; None: there is none."""
    return max(backups_in(folder), default=None)


def to_keep(made_at: Collection[datetime], now: datetime, kept_for: KeptFor) -> set[datetime]:
    """Those of the backups that are kept; the last one always is."""
    month = now.year * 12 + now.month
    last_of: dict[tuple[str, int], datetime] = {}
    for moment in sorted(made_at):
        periods = (
            ("day", (now.date() - moment.date()).days, kept_for.days),
            ("week", (now.date().toordinal() - 1) // 7 - (moment.date().toordinal() - 1) // 7, kept_for.weeks),
            ("month", month - moment.year * 12 - moment.month, kept_for.months),
        )
        last_of |= {(period, ago): moment for period, ago, at_most in periods if ago < at_most}
    return {*last_of.values(), *sorted(made_at)[-1:]}


def old_backups(folder: Path, now: datetime, kept_for: KeptFor) -> list[Path]:
    """The backups of a folder that are not kept any more."""
    there = backups_in(folder)
    kept = to_keep(there, now, kept_for)
    return [path for moment, path in sorted(there.items()) if moment not in kept]
