"""`freshfront backup`, `restore` and `prune`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from data.backups.archives import manifest_of
from data.backups.manifest import Manifest
from data.database import require_current_schema
from data.languages import say
from flows.commands.shell.code_words import spoken
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer
from flows.database import database
from flows.keeping.backing_up import back_up_by_schedule, back_up_to, restore_from
from flows.keeping.pruning import prune as prune_now
from flows.settings import Settings

REMOVED: Final = "{kind}: {rows:,} rows from before {before:%Y-%m-%d} removed"
WOULD_BE_REMOVED: Final = "{kind}: {rows:,} rows from before {before:%Y-%m-%d} would be removed"


def backup(
    file: Annotated[
        Path | None, typer.Argument(help="a new file; without it, one in FRESHFRONT_BACKUP_FOLDER, as scheduled")
    ] = None,
    json: Json = False,
) -> None:
    """Back up the database, while others use it, to one file.

    It is one state of the database, with what the built-in broker holds for it. Settings and secrets (.env) are not in
    it: keep these elsewhere."""
    settings, now = Settings(), datetime.now(UTC)
    with database() as engine:
        if file is None:
            done = back_up_by_schedule(engine, now, settings)
            file, manifest, removed = done.made, done.manifest, [path.name for path in done.removed]
        else:
            manifest, removed = back_up_to(engine, file, now, settings), []
    text = f"{file}: {_told(manifest)}"
    text += "\n" + say("Removed, being older than they are kept: {files}", files=removed) if removed else ""
    answer({"file": str(file), "removed": removed} | _as_data(manifest), text, json)


def restore(
    file: Annotated[Path, typer.Argument(help="a backup")],
    check: Annotated[bool, typer.Option("--check", help="only say what is in it, and whether it is whole")] = False,
    json: Json = False,
) -> None:
    """Make the database that the settings name from a backup. It must be empty, or not be there yet.

    What comes back is checked: every file's SHA-256, the schema, the rows of every table."""
    if check:
        from data.backups.archives import check_whole  # only wanted here

        manifest = manifest_of(file)
        check_whole(file, manifest)
        answer(_as_data(manifest), say("{file} is whole: {what}", file=file, what=_told(manifest)), json)
        return
    with database() as engine:
        restored = restore_from(engine, file, Settings())
    schema = restored.manifest.schema
    text = [say("Restored and checked: {what}", what=_told(restored.manifest))]
    if restored.is_older:
        text.append(say("Its schema {schema} is an older one. Run: freshfront db upgrade", schema=schema))
    text.append(
        say(
            "What was done after the backup is not known here: look for purchase orders that suppliers have and it has "
            "not, and for keys that were revoked since (freshfront key list)."
        )
    )
    answer(_as_data(restored.manifest), "\n".join(text), json)


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say how many rows would be removed")] = False,
    json: Json = False,
) -> None:
    """Remove what is older than FRESHFRONT_RETENTION_... keeps it.

    That is done in short transactions, while others use the database."""
    with database() as engine:
        require_current_schema(engine)
        pruning = prune_now(engine, datetime.now(UTC), Settings(), dry_run)
    lines = [
        say(WOULD_BE_REMOVED if dry_run else REMOVED, kind=spoken("kept", one.kind), rows=one.rows, before=one.before)
        for one in pruning.done
    ]
    lines += [
        say("{kind}: failed, the rest goes on: {why}", kind=spoken("kept", kind), why=why)
        for kind, why in pruning.failed.items()
    ]
    answer({"rows": {one.kind: one.rows for one in pruning.done}, "failed": pruning.failed}, "\n".join(lines), json)
    if pruning.failed:
        raise typer.Exit(3)


def _told(manifest: Manifest) -> str:
    rows = sum(manifest.rows.values())
    told = say(
        "{rows:,} rows in {tables} tables, schema {schema}, as of {made_at:%Y-%m-%d %H:%M:%S} UTC, from {database} "
        "{version}",
        rows=rows,
        tables=len(manifest.rows),
        schema=manifest.schema,
        made_at=manifest.made_at,
        database=manifest.database,
        version=manifest.version,
    )
    return told + (say(", with the messages of the built-in broker") if "broker.sqlite" in manifest.files else "")


def _as_data(manifest: Manifest) -> dict[str, object]:
    return {
        "made_at": manifest.made_at.isoformat(),
        "database": manifest.database,
        "schema": manifest.schema,
        "rows": dict(manifest.rows),
        "files": {name: {"bytes": one.bytes, "sha256": one.sha256} for name, one in manifest.files.items()},
    }
