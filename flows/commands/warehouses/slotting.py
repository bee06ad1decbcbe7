"""`freshfront slots`: where a product should lie, and what to carry there."""

from functools import partial

from flows.commands.shell.moment import moment_of
from flows.commands.shell.options import AsOf, Json, Warehouses
from flows.commands.shell.output import answer
from flows.commands.shell.prefect_or_here import over_warehouses
from flows.database import database
from flows.day.slotting import suggest_slots


def suggest(warehouse: Warehouses = None, as_of: AsOf = "", json: Json = False) -> None:
    """Suggest a slot for every product, and the moves that are worth making."""
    with database() as engine:
        chosen, now = moment_of(engine, warehouse, as_of)
    names = list(chosen)
    summary = over_warehouses("slots", (names, now), partial(suggest_slots, names, now))
    answer(summary.as_dict(), str(summary), json)
