"""`freshfront db`: the database's schema, forwards and back, and warehouses removed from it."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import Engine

from data.database import downgrade_schema, reading, require_current_schema, upgrade_schema, writing
from data.kept.removal import all_warehouses, remove_everything, remove_warehouses
from data.languages import Sentence, reworded, say
from flows.commands.shell.asking import refuse_unless_agreed
from flows.commands.shell.cities import Cities, city_names, warehouses_in
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer
from flows.database import database
from flows.errors import Invalid, Unknown
from flows.keeping.backing_up import back_up_before_change
from flows.keeping.schema_changes import Holds, downgrade_asked, upgrade_needed
from flows.settings import Settings

WithoutBackup = Annotated[bool, typer.Option("--without-backup", help="make no backup of what is there first")]


def upgrade(without_backup: WithoutBackup = False) -> None:
    """Create the database's tables, or bring them to this version. Safe to repeat.

    Data that are there are backed up first, into FRESHFRONT_BACKUP_FOLDER or var/backups."""
    with database() as engine:
        upgrade_with_backup(engine, without_backup)
        answer(None, say("{database} has the current schema.", database=engine.url.render_as_string()), as_json=False)


def upgrade_with_backup(engine: Engine, without_backup: bool = False) -> None:
    """Upgrades the schema where it is older, what is there backed up first."""
    change = upgrade_needed(engine)
    if change.is_any and change.holds is not Holds.NOTHING and not without_backup:
        _back_up_first(engine)
    upgrade_schema(engine)


def downgrade(
    revision: Annotated[
        str | None, typer.Argument(help="a schema before, as 0026; the one before if not given")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    without_backup: WithoutBackup = False,
) -> None:
    """Take the database's tables back to an older version's, and say before what that loses.

    Data that are there are backed up first, into FRESHFRONT_BACKUP_FOLDER or var/backups. Then run that version: this
    one would want to upgrade again."""
    with database() as engine:
        change, losses = downgrade_asked(engine, revision)
        lost = "".join(f"\n- {reworded(loss)}" for loss in losses) or say(" nothing.")
        what = say(
            "Going back from schema {found} to {to} loses:{lost}\nGo back?", found=change.found, to=change.to, lost=lost
        )
        if not yes:
            refuse_unless_agreed(what, Sentence("Nothing was changed."))
        if change.holds is not Holds.NOTHING and not without_backup:
            _back_up_first(engine)
        downgrade_schema(engine, change.to)
        answer(
            None,
            say("{database} has schema {to}.", database=engine.url.render_as_string(), to=change.to),
            as_json=False,
        )


def _back_up_first(engine: Engine) -> None:
    """Says where it is: should the change go wrong, `freshfront restore` takes it."""
    file = back_up_before_change(engine, datetime.now(UTC), Settings())
    typer.echo(say("What is there is in {file}.", file=file), err=True)


def remove(
    warehouse: Annotated[list[str] | None, typer.Argument(metavar="[WAREHOUSE]...", help="warehouse ids")] = None,
    cities: Cities = "",
    everything: Annotated[
        bool, typer.Option("--all", help="all warehouses, and products, suppliers, offers, models and plans too")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    json: Json = False,
) -> None:
    """Remove warehouses with all that belongs to them.

    Products, suppliers and offers stay, unless --all removes them too; API keys and webhooks always stay."""
    names = city_names(cities)
    if bool(warehouse) + (names is not None) + everything != 1:
        raise Invalid("Name warehouses, or --cities, or --all: one of the three.", field="warehouse")
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            known = all_warehouses(session)
            chosen = known if everything else warehouses_in(session, names) if names else sorted(set(warehouse or []))
        if strange := [warehouse_id for warehouse_id in chosen if warehouse_id not in known]:
            raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=strange[0], field="warehouse")
        what = say(
            "{n} of {known} warehouses with all that belongs to them ({chosen})",
            n=len(chosen),
            known=len(known),
            chosen=chosen or say("none"),
        )
        what += say(", and all products, suppliers, offers, models and plans") if everything else ""
        if not yes:
            refuse_unless_agreed(say("Remove {what}?", what=what), Sentence("Nothing was removed."))
        with writing(engine) as session:
            rows = remove_everything(session) if everything else remove_warehouses(session, chosen)
    text = say("Removed {what}: {rows:,} rows.", what=what, rows=sum(rows.values()))
    answer({"warehouses": chosen, "rows": rows}, text, json)
