"""`freshfront report feeds`: looks for broken data now, as the night does, and prints what goes on."""

from functools import partial
from typing import Any, Final

from data.database import reading
from data.languages import say
from flows.commands.shell.code_words import spoken
from flows.commands.shell.moment import moment_of
from flows.commands.shell.options import Json, Warehouses
from flows.commands.shell.output import answer
from flows.commands.shell.prefect_or_here import over_warehouses
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.day.feeds import look_at_each_feed
from flows.reports.feeds.going_on import findings_going_on
from warehouse.worth.feeds.signs import Sign

SUMS: Final = (Sign.ROWS, Sign.TOTAL)  # what is seen of these is a number, of all others a share
SHOWN: Final = ("warehouse_id", "feed", "category", "what", "first_day", "last_day", "seen", "usual")


def feeds(warehouse: Warehouses = None, json: Json = False) -> None:
    """Look for broken data of every warehouse, and print what is wrong with them. Part of the daily flow."""
    with database() as engine:
        chosen, now = moment_of(engine, warehouse, "")
    names = list(chosen)
    summary = over_warehouses("feeds", (names, now), partial(look_at_each_feed, names, now))
    with database() as engine, reading(engine) as session:
        found = [
            {name: _as_text(getattr(row, name)) for name in SHOWN}
            for row in findings_going_on(session)
            if row.warehouse_id in chosen
        ]
    text = as_table(SHOWN, list(map(_row, found))) if found else say("Nothing is found wrong.")
    answer(summary.as_dict() | {"findings": found}, f"{summary}\n{text}", json)


def _row(found: dict[str, str]) -> list[str]:
    told = found | {"feed": spoken("feed", found["feed"]), "what": spoken("wrong", found["what"])}
    seen = ",.0f" if found["what"] in SUMS else ".0%"
    told |= {name: format(float(found[name]), seen) for name in ("seen", "usual") if found[name]}
    return [told[name] for name in SHOWN]


def _as_text(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
