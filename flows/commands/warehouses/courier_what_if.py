"""`freshfront couriers what-if`: what a day's couriers keep as things are, beside what they would keep."""

from datetime import UTC, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from data.database import reading, require_current_schema
from data.languages import say
from data.local_days import today_there
from data.tables import WarehouseRow
from flows.commands.shell.options import Json, day
from flows.commands.shell.output import answer
from flows.commands.shell.tables import as_table
from flows.couriers.supposing import CourierComparison, CouriersSupposed, Span, what_if
from flows.database import database
from flows.errors import Invalid, Unknown
from warehouse.couriers.supposed import Kept


def courier_what_if(
    warehouse: Annotated[str, typer.Argument(help="a warehouse id", metavar="WAREHOUSE")],
    date: Annotated[str, typer.Option(help="YYYY-MM-DD, a day that is planned; today if not given")] = "",
    rain: Annotated[str, typer.Option(help="HH:MM-HH:MM: it rains then, on the warehouse's clock")] = "",
    more_orders: Annotated[float, typer.Option(help="percent more orders: 30; -20 for fewer")] = 0.0,
    surge: Annotated[str, typer.Option(help="HH:MM-HH:MM: --more-orders then alone; all day if not given")] = "",
    ill: Annotated[int, typer.Option(help="how many of the employed are ill")] = 0,
    json: Json = False,
) -> None:
    """Compare what a day's planned couriers keep of the promise as things are with what they would if it rained, more
    were ordered or some of them were ill.

    Options may be given together. Writes nothing."""
    supposed = CouriersSupposed(_span(rain, "--rain"), more_orders / 100, _span(surge, "--surge"), ill)
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            place = session.get(WarehouseRow, warehouse)
            if place is None:
                raise Unknown("There is no warehouse {warehouse}.", warehouse=warehouse, field="WAREHOUSE")
            today = today_there(datetime.now(UTC), place.timezone)
        compared = what_if(engine, warehouse, day(date, "--date") if date else today, supposed)
    answer(_as_data(compared), _told(compared, place), json)


def _span(text: str, option: str) -> Span | None:
    if not text:
        return None
    try:
        since, until = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        raise Invalid(
            "{option} {text!r} is no span of a day; write HH:MM-HH:MM.", option=option, text=text, field=option
        ) from None
    return Span(since, until)


def _as_data(compared: CourierComparison) -> dict[str, Any]:
    sides = {"before": compared.before, "after": compared.after}
    return {
        "warehouse_id": compared.day.warehouse_id,
        "date": compared.day.date,
        **{
            name: {"share": kept.lateness.share, "held_minutes": kept.held_minutes, "cost": kept.cost}
            for name, kept in sides.items()
        },
        "half_hours": [
            {
                "begins": begins,
                **{
                    name: {"orders": kept.orders[at], "there": kept.there[at], "needed": int(kept.needed[at]),
                           "share": kept.lateness.shares[at]}
                    for name, kept in sides.items()
                },
            }
            for at, begins in enumerate(compared.begins)
        ],
    }  # fmt: skip


def _told(compared: CourierComparison, place: WarehouseRow) -> str:
    """In words; half hours are those of the warehouse's clock, in which rain and surge are asked too."""
    minutes, before, after = compared.terms.promise.minutes, compared.before, compared.after
    clock = ZoneInfo(place.timezone)
    said = [
        say("As things are: {what}.", what=_side(before, minutes, place.currency)),
        say("As supposed:   {what}.", what=_side(after, minutes, place.currency)),
    ]
    short = [at for at, more in enumerate(after.short) if more > before.short[at]]
    if not short:
        return "\n".join([*said, say("Couriers are short in no further half hour.")])
    rows = [
        (f"{compared.begins[at].astimezone(clock):%H:%M}", f"{before.orders[at]:.1f} -> {after.orders[at]:.1f}",
         f"{before.there[at]:.1f} -> {after.there[at]:.1f}", f"{before.needed[at]} -> {after.needed[at]}",
         f"{before.lateness.shares[at]:.1%} -> {after.lateness.shares[at]:.1%}")
        for at in short
    ]  # fmt: skip
    columns = ("begins", "orders", "couriers", "needed", "in time")
    table = as_table(columns, rows, numbers={1, 2, 3, 4})
    return "\n".join([*said, say("Couriers are shorter in:"), "", table])


def _side(kept: Kept, minutes: int, currency: str) -> str:
    held = kept.held_minutes
    return say(
        "{share} within {minutes} minutes, {held} can be promised, {short} courier hours short, {cost}",
        share=f"{kept.lateness.share:.1%}",
        minutes=minutes,
        held=say("not even three hours") if held is None else say("{n} minutes", n=held),
        short=f"{kept.short.sum() / 2:.1f}",
        cost=f"{kept.cost:,.2f} {currency}",
    )
