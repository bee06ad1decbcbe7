"""Which backups are kept, by age."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.keeping.backing_up import OldBackup, old_backup
from flows.keeping.kept_backups import KeptFor, backup_before_change_named, backup_named, old_backups, to_keep
from flows.settings import Settings

NOW = datetime(2026, 11, 27, 3, 30, tzinfo=UTC)  # a Friday


def days_ago(*days: int) -> list[datetime]:
    return [NOW - timedelta(days=n) for n in days]


def test_the_last_backup_of_a_day_a_week_and_a_month_is_kept_for_its_time() -> None:
    made = days_ago(*range(400))

    kept = to_keep(made, NOW, KeptFor(days=3, weeks=2, months=3))

    # the days 27, 26 and 25; the week that ended on Sunday 22; the months that ended on 31 October and 30 September
    assert kept == {*days_ago(0, 1, 2), *days_ago(5), *days_ago(27, 58)}


def test_of_two_backups_of_a_day_the_later_is_kept() -> None:
    made = [NOW - timedelta(hours=2), NOW - timedelta(hours=1)]

    assert to_keep(made, NOW, KeptFor(1, 0, 0)) == {made[1]}


def test_the_last_one_is_kept_however_old_it_is() -> None:
    assert to_keep(days_ago(900, 800), NOW, KeptFor(14, 8, 12)) == set(days_ago(800))


def test_only_files_that_were_named_by_a_backup_are_removed(tmp_path: Path) -> None:
    names = [backup_named(tmp_path, moment) for moment in days_ago(0, 40)]
    for path in (*names, tmp_path / "freshfront-mine.backup", tmp_path / "notes"):
        path.touch()

    assert old_backups(tmp_path, NOW, KeptFor(14, 2, 1)) == [names[1]]


def test_what_was_backed_up_before_a_change_outlives_the_backups_of_its_day(tmp_path: Path) -> None:
    before = backup_before_change_named(tmp_path, NOW - timedelta(hours=1))  # then the change, then the schedule's
    for path in (before, backup_named(tmp_path, NOW)):
        path.touch()

    assert before not in old_backups(tmp_path, NOW, KeptFor(14, 8, 12))
    assert before not in old_backups(tmp_path, NOW + timedelta(days=900), KeptFor(14, 8, 12))


def test_a_backup_is_too_old_once_one_was_missed(tmp_path: Path) -> None:
    settings = Settings(backup_folder=str(tmp_path))
    assert old_backup(NOW, settings) == OldBackup(None)
    backup_named(tmp_path, NOW - timedelta(hours=31)).touch()
    assert old_backup(NOW, settings) == OldBackup(NOW - timedelta(hours=31))
    backup_named(tmp_path, NOW - timedelta(hours=29)).touch()
    assert old_backup(NOW, settings) is None
    assert old_backup(NOW, Settings(backup_folder=None)) is None
