"""`freshfront plan`: a purchase plan made, looked at, approved and exported."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.orm import Session

from data.database import reading, require_current_schema, writing
from data.languages import all_of, counted, say
from data.tables import PurchasePlanRow
from flows.commands.shell.code_words import spoken
from flows.commands.shell.moment import moment, moment_of
from flows.commands.shell.options import AsOf, Json, Warehouses, day
from flows.commands.shell.output import answer
from flows.commands.shell.prefect_or_here import prefect_server
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.day.buying import plan_purchase
from flows.errors import Invalid, Unknown
from flows.for_each_warehouse import RunSummary, SomeWarehousesFailed
from flows.purchasing.deciding.approving import approve_plan
from flows.purchasing.notes.not_ordered import asked_about, not_ordered
from flows.purchasing.notes.plan_notes import in_words, without_forecast
from flows.purchasing.planning.purchase_plans import discard_plan, note_export
from flows.purchasing.showing.named_lines import NamedLine, named_lines
from flows.purchasing.showing.names import Names, names_in
from flows.purchasing.showing.plan_exports import as_csv, as_xlsx, chunks
from flows.purchasing.showing.plan_totals import SupplierTotals, plan_zone, totals_by_supplier, totals_of_plans
from flows.settings import Settings

PlanId = Annotated[str, typer.Argument(metavar="ID", help="a plan id, as `plan make` prints it")]
WRITERS = {".csv": lambda lines, _: as_csv(lines), ".xlsx": as_xlsx}


def make(
    delivery_date: Annotated[
        str, typer.Option(help="YYYY-MM-DD; if not given, for each product the delivery that must be ordered now")
    ] = "",
    warehouse: Warehouses = None,
    replace: Annotated[bool, typer.Option("--replace", help="also drafts of today that were edited")] = False,
    as_of: AsOf = "",
    json: Json = False,
) -> None:
    """Make a draft purchase plan of what must be ordered now, over all warehouses together.

    It takes the place of what other drafts of today hold for these warehouses."""
    with database() as engine:
        chosen, now = moment_of(engine, warehouse, as_of)
        wanted = day(delivery_date, "--delivery-date") if delivery_date else None
        if prefect_server():
            from flows.day import prefect_flows  # slow to import, and only wanted here

            plan_id = prefect_flows.plan(list(chosen), now, wanted.isoformat() if wanted else None, replace)
        else:
            plan_id = plan_purchase(list(chosen), now, "command line", asked_for=wanted, replace_edited=replace)
        with reading(engine) as session:
            found = _summary(session, plan_id)
            names = names_in(session, found["notes"])
    answer(found, _in_words(found, names), json)
    if failed := without_forecast(found["notes"], names):
        raise SomeWarehousesFailed(RunSummary("plan", dict.fromkeys(chosen.keys() - failed.keys(), plan_id), failed))


def show(
    plan_id: PlanId,
    all_lines: Annotated[bool, typer.Option("--all", help="also lines that buy nothing")] = False,
    json: Json = False,
) -> None:
    """Print what a plan comes to, and its lines."""
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            found = _summary(session, plan_id)
            names = names_in(session, found["notes"])
            suppliers = totals_by_supplier(session, plan_id)
            zone = plan_zone(session, plan_id)
            lines = list(named_lines(session, plan_id, only_bought=not all_lines))
    data = found | {"suppliers": list(map(asdict, suppliers)), "lines": list(map(asdict, lines))}
    answer(data, f"{_in_words(found, names)}\n\n{_suppliers(suppliers, zone)}{_table(lines)}", json)


def approve(plan_id: PlanId, as_of: AsOf = "", json: Json = False) -> None:
    """Turn a draft into purchase orders, one a supplier, warehouse and delivery date. Safe to repeat.

    Where something has changed since the draft was made, it is worked out anew and nothing is ordered."""
    with database() as engine:
        require_current_schema(engine)
        orders = approve_plan(engine, plan_id, moment(engine, as_of), "command line", Settings().purchasing)
    numbers = [order.number for order in orders]
    text = counted(
        "Purchase plan {plan_id} is approved: {n} purchase order{which}.",
        "Purchase plan {plan_id} is approved: {n} purchase orders{which}.",
        len(orders),
        plan_id=plan_id,
        which=say(", {first} to {last}", first=numbers[0], last=numbers[-1]) if len(numbers) > 1 else "",
    )
    data = {
        "plan_id": plan_id,
        "purchase_order_ids": [order.purchase_order_id for order in orders],
        "purchase_order_numbers": numbers,
    }
    answer(data, text, json)


def discard(plan_id: PlanId, json: Json = False) -> None:
    """Put a draft away: nothing of it is ordered. Safe to repeat."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            discard_plan(session, plan_id, datetime.now(UTC), "command line")
    text = say("Purchase plan {plan_id} is discarded.", plan_id=plan_id)
    answer({"plan_id": plan_id, "status": "discarded"}, text, json)


def export(
    plan_id: PlanId,
    out: Annotated[Path, typer.Option(help="the file to write; its name ends in .csv or .xlsx")],
    json: Json = False,
) -> None:
    """Write a plan's lines to a file for a spreadsheet. It is the file that the API exports."""
    write = WRITERS.get(out.suffix.lower())
    if write is None:
        raise Invalid("--out {out} must end in {writers}.", out=out, writers=WRITERS, field="out")
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            plan = _plan(session, plan_id)
            file = write(named_lines(session, plan_id), say("plan {day}", day=plan.delivery_date))
        with writing(engine) as session:
            note_export(session, plan_id, datetime.now(UTC), "command line")
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as target:
        target.writelines(chunks(file))
    answer(
        {"plan_id": plan_id, "file": str(out)},
        say("Purchase plan {plan_id} is in {file}.", plan_id=plan_id, file=out),
        json,
    )


def _plan(session: Session, plan_id: str) -> PurchasePlanRow:
    plan = session.get(PurchasePlanRow, plan_id)
    if plan is None:
        raise Unknown("Purchase plan {plan_id} was not found.", plan_id=plan_id, field="plan_id")
    return plan


def _summary(session: Session, plan_id: str) -> dict[str, Any]:
    """The plan and its totals, what could not be ordered by reason, and what concerns more than a line."""
    plan = _plan(session, plan_id)
    totals = totals_of_plans(session, [plan_id])[plan_id]
    return {
        "plan_id": plan_id,
        "asked_for": plan.asked_for,
        "delivery_date": plan.delivery_date,
        "last_delivery_date": plan.last_delivery_date,
        "status": plan.status,
        **asdict(totals),
        "cost": totals.cost,
        "not_ordered": not_ordered(session, plan_id),
        "asked_about": asked_about(session, plan_id),
        "notes": plan.notes,
    }


def _sums(money: Iterable[Mapping[str, Any]]) -> str:
    return all_of([f"{part['cost']:,.2f} {part['currency']}" for part in money]) or "0.00"


def _in_words(found: dict[str, Any], names: Names) -> str:
    bought = say(
        "{lines} to buy from {suppliers} for {warehouses}, {money} in all",
        lines=_lines(found["lines_to_buy"]),
        suppliers=counted("{n} supplier", "{n} suppliers", found["suppliers"]),
        warehouses=counted("{n} warehouse", "{n} warehouses", found["warehouses"]),
        money=_sums(found["money"]),
    )
    first, last = found["delivery_date"], found["last_delivery_date"]
    days = f"{first}" if first == last else say("{first} to {last}", first=first, last=last)
    told = {"plan_id": found["plan_id"], "days": days, "state": spoken("plan", found["status"]), "bought": bought}
    text = [say("Purchase plan {plan_id} for {days} is {state}: {bought}.", **told)]
    if missing := found["not_ordered"]:
        lines, reasons = _lines(sum(missing.values())), _by_code(missing)
        text.append(say("{lines} could not be ordered: {reasons}.", lines=lines, reasons=reasons))
    if asked := found["asked_about"]:
        lines, reasons = _lines(sum(asked.values())), _by_code(asked)
        text.append(say("{lines} to look at: {reasons}.", lines=lines, reasons=reasons))
    return "\n".join([*text, *(in_words(note, names) for note in found["notes"])])


def _by_code(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {spoken('reason', code)}" for code, count in counts.items())


def _table(lines: Iterable[NamedLine]) -> str:
    rows = [
        (
            str(line.line_no),
            line.warehouse_id,
            line.product_name,
            f"{line.quantity.normalize():f}",
            spoken("unit", line.unit),
            "" if line.cost is None else f"{line.cost:,.2f} {line.currency}",
            line.delivery_date.isoformat(),
            line.supplier_name or "",
        )
        for line in lines
    ]
    names = ("line", "warehouse", "product", "quantity", "unit", "cost", "delivery", "supplier")
    return as_table(names, rows, numbers={0, 3, 5})


def _suppliers(suppliers: Iterable[SupplierTotals], timezone: str) -> str:
    """By when each supplier must have its orders, in the time of the plan's first warehouse; nothing without any."""
    rows = [
        (
            supplier.name,
            f"{supplier.cost:,.2f} {supplier.currency}",
            f"{supplier.order_by.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}",
        )
        for supplier in suppliers
        if supplier.order_by is not None
    ]
    return "" if not rows else as_table(("supplier", "cost", "order must be out by"), rows, numbers={1}) + "\n\n"


def _lines(number: int) -> str:
    return counted("{n} line", "{n} lines", number)
