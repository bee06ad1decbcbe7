"""`freshfront plan what-if`: the plan as things are beside the plan as it would be."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

import typer
from sqlalchemy.orm import Session

from data.database import reading
from data.languages import all_of, counted, say
from data.tables import SupplierRow
from flows.commands.shell.code_words import spoken
from flows.commands.shell.moment import moment_of
from flows.commands.shell.options import AsOf, Json, Warehouses, day
from flows.commands.shell.output import answer
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.errors import Invalid
from flows.purchasing.notes.plan_notes import in_words
from flows.purchasing.showing.names import Names, names_in
from flows.purchasing.showing.plan_totals import PlanTotals
from flows.purchasing.supposing import what_if as comparing
from flows.purchasing.supposing.supposed import (
    BudgetCut,
    DeliveryLate,
    FarmFails,
    HarvestStopped,
    PromotionAdded,
    Supposed,
)
from flows.settings import Settings

TOLD = 30  # products; all of them with --json
AS_THINGS_ARE: Final = "As things are: {what}"
AS_SUPPOSED: Final = "As supposed:   {what}"


def what_if(
    farm_fails: Annotated[
        list[str] | None, typer.Option(help="a supplier id: it brings nothing from --from on, or up to --to")
    ] = None,
    late: Annotated[
        list[str] | None, typer.Option(help="a supplier id, or a purchase order: what is under way comes later")
    ] = None,
    days: Annotated[int, typer.Option(help="how many days --late is")] = 1,
    rain: Annotated[
        list[str] | None, typer.Option(help="a supplier id, or a city: its harvest stops from --from to --to")
    ] = None,
    product: Annotated[
        list[str] | None, typer.Option(help="a product id: only its harvest stops; all if not given")
    ] = None,
    promotion: Annotated[
        list[str] | None, typer.Option(help="a product id: it sells at --discount from --from to --to")
    ] = None,
    discount: Annotated[float, typer.Option(help="price / list price: 0.8 is a fifth off")] = 0.8,
    budget: Annotated[float | None, typer.Option(help="the most that may be spent on the order day")] = None,
    first: Annotated[str, typer.Option("--from", help="YYYY-MM-DD, the first day of what is supposed")] = "",
    last: Annotated[str, typer.Option("--to", help="YYYY-MM-DD, its last day; the first if not given")] = "",
    delivery_date: Annotated[str, typer.Option(help="YYYY-MM-DD; as in `plan make`")] = "",
    warehouse: Warehouses = None,
    as_of: AsOf = "",
    json: Json = False,
) -> None:
    """Compare the plan as things are with the plan if a farm failed, a delivery came late, rain stopped a harvest, a
    promotion were added or the budget cut.

    Options may be given together and repeated. Products that put most money more at risk come first. Writes nothing."""
    with database() as engine:
        chosen, now = moment_of(engine, warehouse, as_of)
        with reading(engine) as session:
            supposed: list[Supposed] = [*_late(session, late or (), days)]
            supposed += [] if budget is None else [BudgetCut(budget)]
            if farm_fails or rain or promotion:
                since = day(_given(first), "--from")
                until = day(last, "--to") if last else None
                supposed += [FarmFails(name, since, until) for name in farm_fails or ()]
                supposed += _rain(session, rain or (), since, until or since, product or ())
                supposed += [PromotionAdded(name, since, until or since, discount) for name in promotion or ()]
        wanted = day(delivery_date, "--delivery-date") if delivery_date else None
        compared = comparing.what_if(engine, list(chosen), supposed, now, Settings().purchasing, wanted)
        with reading(engine) as session:
            names = names_in(session, [*compared.notes, *compared.notes_after])
    answer(_as_data(compared), "\n".join([_told(compared), *_notes(compared, names)]), json)


def _given(first: str) -> str:
    if not first:
        raise Invalid("Say from which day on, with --from YYYY-MM-DD.", field="--from")
    return first


def _late(session: Session, named: Iterable[str], days: int) -> Iterable[DeliveryLate]:
    """What is under way from each that is a supplier, else of the purchase order of that name."""
    for name in named:
        if session.get(SupplierRow, name) is not None:
            yield DeliveryLate(days, supplier_id=name)
        else:
            yield DeliveryLate(days, purchase_order_id=name)


def _rain(
    session: Session, named: Iterable[str], first: date, last: date, product_ids: Iterable[str]
) -> Iterable[HarvestStopped]:
    """Over each that is a supplier, else over the city of that name."""
    for name in named:
        if session.get(SupplierRow, name) is not None:
            yield HarvestStopped(first, last, supplier_id=name, product_ids=tuple(product_ids))
        else:
            yield HarvestStopped(first, last, city=name, product_ids=tuple(product_ids))


def _as_data(compared: comparing.Comparison) -> dict[str, Any]:
    changes = [
        {**asdict(one), "more_at_risk": one.more_at_risk, "more_cost": one.more_cost} for one in compared.changes
    ]
    return asdict(compared) | {"changes": changes}


def _told(compared: comparing.Comparison) -> str:
    text = [say(AS_THINGS_ARE, what=f"{_sums(compared.before)}."), say(AS_SUPPOSED, what=f"{_sums(compared.after)}.")]
    if not compared.changes:
        return "\n".join([*text, say("No product is ordered otherwise.")])
    count = len(compared.changes)
    text.append(counted("{n} product of warehouses differs:\n", "{n} products of warehouses differ:\n", count))
    return "\n".join([*text, _table(compared.changes[:TOLD])])


def _notes(compared: comparing.Comparison, names: Names) -> list[str]:
    """What both plans say beside their lines, then what one of them does."""
    before, after = ([in_words(note, names) for note in of_it] for of_it in (compared.notes, compared.notes_after))
    return [
        *(note for note in before if note in after),
        *(say(AS_THINGS_ARE, what=note) for note in before if note not in after),
        *(say(AS_SUPPOSED, what=note) for note in after if note not in before),
    ]


def _sums(totals: PlanTotals) -> str:
    money = [
        say(
            "{cost:,.2f} {currency}, {at_risk:,.2f} at risk",
            cost=part.cost,
            currency=part.currency,
            at_risk=part.short + part.wasted,
        )
        for part in totals.money
    ]
    return say(
        "{lines:,} lines to buy from {suppliers:,} suppliers, {money}",
        lines=totals.lines_to_buy,
        suppliers=totals.suppliers,
        money=all_of(money) or "0.00",
    )


def _table(changes: Iterable[comparing.ProductChange]) -> str:
    rows = [
        (
            one.warehouse_id,
            one.product_name,
            f"{_quantity(one.before)} -> {_quantity(one.after)}",
            spoken("unit", one.unit),
            f"{one.more_cost:+,.2f}",
            f"{one.more_at_risk:+,.2f}",
            one.currency,
            f"{_suppliers(one.before)} -> {_suppliers(one.after)}",
        )
        for one in changes
    ]
    columns = ("warehouse", "product", "quantity", "unit", "cost", "at risk", "currency", "suppliers")
    return as_table(columns, rows, numbers={2, 4, 5})


def _quantity(ordered: comparing.Ordered | None) -> str:
    quantity: Decimal | None = None if ordered is None else ordered.quantity
    return "?" if quantity is None else f"{quantity.normalize():f}"


def _suppliers(ordered: comparing.Ordered | None) -> str:
    return say("nobody") if ordered is None or not ordered.suppliers else ", ".join(ordered.suppliers)
