"""Backups as they are asked for: to a file that somebody names, into the folder of the settings by the schedule, or
before the schema is changed. The built-in broker's file goes with the database: it holds readings that a sensor was
told are safe.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from data.backups.archives import manifest_of, remove_left_over
from data.backups.backing_up import back_up
from data.backups.manifest import Manifest
from data.backups.restoring import Restored, restore
from flows.errors import NotNow
from flows.keeping.kept_backups import KeptFor, backup_before_change_named, backup_named, last_backup, old_backups
from flows.settings import Settings

BROKER_FILE = Path("var/broker.sqlite")  # of the built-in broker: messages that the watcher has not taken yet
BEFORE_CHANGES = Path("var/backups")  # where the settings name no folder
LEFT_OVER_AFTER = timedelta(days=1)  # no backup takes so long: whoever wrote it was killed

log = logging.getLogger(__name__)


def files_beside(settings: Settings) -> dict[str, Path]:
    """What belongs to an installation beside its database: nothing where another broker is named."""
    return {} if settings.mqtt_url else {"broker.sqlite": BROKER_FILE}


def back_up_to(engine: Engine, to: Path, now: datetime, settings: Settings) -> Manifest:
    """A backup in a new file. Raises BackupProblem."""
    there = {name: path for name, path in files_beside(settings).items() if path.exists()}
    return back_up(engine, to, now, there, settings.postgres_bin)


def restore_from(engine: Engine, backup: Path, settings: Settings) -> Restored:
    """The database, and what was beside it, from a backup. Raises BackupProblem."""
    return restore(engine, backup, files_beside(settings), settings.postgres_bin)


def back_up_before_change(engine: Engine, now: datetime, settings: Settings) -> Path:
    """A backup of what is there before the schema is changed. Raises BackupProblem."""
    to = backup_before_change_named(Path(settings.backup_folder or BEFORE_CHANGES), now)
    back_up_to(engine, to, now, settings)
    return to


@dataclass(frozen=True)
class ScheduledBackup:
    """What a scheduled backup came to: the new file, and those that were too old to be kept."""

    made: Path
    manifest: Manifest
    removed: list[Path]


def back_up_by_schedule(engine: Engine, now: datetime, settings: Settings) -> ScheduledBackup:
    """A backup into the folder of the settings; then the old ones are removed, and what killed ones left. Raises
    NotNow where no folder is set, BackupProblem; then nothing was removed."""
    if settings.backup_folder is None:
        raise NotNow("No folder for backups is set: set FRESHFRONT_BACKUP_FOLDER.")
    folder = Path(settings.backup_folder)
    made = backup_named(folder, now)
    manifest = back_up_to(engine, made, now, settings)
    manifest_of(made)  # a file that cannot be opened again is no reason to remove another
    kept_for = KeptFor(settings.backups_kept_days, settings.backups_kept_weeks, settings.backups_kept_months)
    removed = old_backups(folder, now, kept_for)
    for old in removed:
        old.unlink(missing_ok=True)
    remove_left_over(folder, now - LEFT_OVER_AFTER)
    log.info("backed up to %s; removed %s", made, ", ".join(path.name for path in removed) or "none")
    return ScheduledBackup(made, manifest, removed)


@dataclass(frozen=True)
class OldBackup:
    """The last backup was begun at `made_at` (None: there is none), which is too long ago."""

    made_at: datetime | None


def old_backup(now: datetime, settings: Settings) -> OldBackup | None:
    """Whether the last backup by the schedule is too old; None where it is not, or where none is scheduled."""
    if settings.backup_folder is None:
        return None
    made_at = last_backup(Path(settings.backup_folder))
    fresh = made_at is not None and now - made_at <= timedelta(hours=settings.backup_old_after_hours)
    return None if fresh else OldBackup(made_at)
