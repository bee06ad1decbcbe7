"""`freshfront db`: the database's schema, and warehouses removed from it."""

from typing import Annotated

import typer

from data.database import reading, require_current_schema, upgrade_schema, writing
from data.kept.removal import all_warehouses, remove_everything, remove_warehouses
from flows.commands.shell.cities import Cities, city_names, warehouses_in
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer
from flows.database import database
from flows.errors import Invalid, NotNow, Unknown


def upgrade() -> None:
    """Create the database's tables, or bring them to this version. Safe to repeat."""
    with database() as engine:
        upgrade_schema(engine)
        answer(None, f"{engine.url.render_as_string()} has the current schema.", as_json=False)


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
            raise Unknown(f"Warehouse {strange[0]!r} was not found.", field="warehouse")
        what = f"{len(chosen)} of {len(known)} warehouses with all that belongs to them ({', '.join(chosen) or 'none'})"
        what += ", and all products, suppliers, offers, models and plans" if everything else ""
        if not yes and not typer.confirm(f"Remove {what}?", err=True):
            raise NotNow("Nothing was removed.")
        with writing(engine) as session:
            rows = remove_everything(session) if everything else remove_warehouses(session, chosen)
    text = f"Removed {what}: {sum(rows.values()):,} rows."
    answer({"warehouses": chosen, "rows": rows}, text, json)
