"""`freshfront stock`: what a warehouse has and will need, counted, taken out, blocked and traced."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from uuid import uuid4

import typer

from data.database import reading, require_current_schema, writing
from data.languages import say
from data.tables import LotRow, StockChangeRow, WarehouseRow
from flows.commands.shell.code_words import spoken
from flows.commands.shell.moment import moment
from flows.commands.shell.options import AsOf, Json, Warehouses
from flows.commands.shell.output import answer
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.day.scope import chosen_warehouses, moment_named
from flows.errors import Invalid
from flows.purchasing.shelves.stock_outlook import ProductStock, WarehouseStock, stock_of_warehouse
from flows.settings import Settings
from flows.stock.blocking import block_lot, unblock_lot
from flows.stock.counting import StockCount, count_stock
from flows.stock.tracing import Trace, trace_lot
from flows.stock.writing_off import WriteOff, WriteOffReason, write_off

BY = "command line"
WORTH_SAYING_DAYS = 0.05  # of life lost: what one decimal shows
Warehouse = Annotated[str, typer.Argument(metavar="WAREHOUSE", help="a warehouse id")]
Lot = Annotated[str, typer.Argument(metavar="LOT", help="the lot's number in that warehouse")]
Lots = Annotated[list[str] | None, typer.Option("--lot", metavar="LOT=QUANTITY", help="of a lot; repeat for several")]
ActionId = Annotated[str, typer.Option("--id", help="an id of your own, under which this is safe to repeat")]


def show(warehouse: Warehouses = None, as_of: AsOf = "", lots: bool = False, json: Json = False) -> None:
    """Print the stock of warehouses as expected: on the shelf, arriving, sold until the next delivery, what runs out
    and what will expire; with --lots each lot too."""
    settings = Settings()
    with database() as engine:
        require_current_schema(engine)
        now = moment(engine, as_of, warehouse)
        chosen = chosen_warehouses(engine, warehouse, now)
        found = []
        for name in chosen:
            with reading(engine) as session:
                place = session.get_one(WarehouseRow, name)
                found.append(stock_of_warehouse(session, place, now, settings.purchasing))
    data = [_facts(stock) for stock in found]
    answer(data, "\n\n".join(_in_words(facts, lots) for facts in data), json)


def count(
    warehouse: Warehouse,
    lot: Lots = None,
    product: Annotated[
        list[str] | None,
        typer.Option("--product", metavar="PRODUCT=QUANTITY", help="of a product whose lots were not told apart"),
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="there is nothing else in the warehouse")] = False,
    counted_at: Annotated[str, typer.Option(metavar="MOMENT", help="YYYY-MM-DDTHH:MM; now if not given")] = "",
    note: Annotated[str, typer.Option(help="what is to be said about it")] = "",
    id: ActionId = "",
    json: Json = False,
) -> None:
    """Keep what was counted in a warehouse: of lots, of products, or all there is."""
    lots, products = _quantities(lot, "--lot"), _quantities(product, "--product")
    with database() as engine:
        require_current_schema(engine)
        now = datetime.now(UTC)
        at = moment_named(engine, counted_at, [warehouse]) if counted_at else now
        asked = StockCount(warehouse, at, lots, products, whole, note or None)
        with writing(engine) as session:
            changes = _changes(count_stock(session, id or uuid4().hex, asked, now, BY))
    answer(changes, _changes_in_words(changes), json)


def take_out(
    warehouse: Warehouse,
    reason: Annotated[WriteOffReason, typer.Option(help="why")],
    lot: Lots = None,
    note: Annotated[str, typer.Option(help="what is to be said about it; needed for the reason other")] = "",
    id: ActionId = "",
    json: Json = False,
) -> None:
    """Take quantities out of lots: expired, damaged, for another reason, marked down or given away."""
    lots = _quantities(lot, "--lot")
    with database() as engine:
        require_current_schema(engine)
        now = datetime.now(UTC)
        asked = WriteOff(warehouse, lots, reason, now, note or None)
        with writing(engine) as session:
            changes = _changes(write_off(session, id or uuid4().hex, asked, now, BY))
    answer(changes, _changes_in_words(changes), json)


def block(
    warehouse: Warehouse,
    lot: Lot,
    because: Annotated[str, typer.Option(help="why nothing may be dispatched from it")],
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="also its parts in other warehouses, for a recall")
    ] = False,
    json: Json = False,
) -> None:
    """Block a lot: nothing is dispatched from it, and no plan counts it."""
    with database() as engine:
        require_current_schema(engine)
        now = datetime.now(UTC)
        with writing(engine) as session:
            trace = trace_lot(session, warehouse, lot, now)
            parts = [part.lot for part in trace.lots] if everywhere else [trace.lot]
            names = sorted((part.warehouse_id, part.lot_id) for part in parts)
            states = [_state(block_lot(session, *name, because, now, BY)) for name in names]
    answer(states, "\n".join(say("Lot {lot_id} of {warehouse_id} is blocked.", **_named(one)) for one in states), json)


def unblock(warehouse: Warehouse, lot: Lot, json: Json = False) -> None:
    """Let a lot be dispatched again."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            state = _state(unblock_lot(session, warehouse, lot))
    answer(state, say("Lot {lot_id} of {warehouse_id} may be dispatched again.", **_named(state)), json)


def trace(warehouse: Warehouse, lot: Lot, json: Json = False) -> None:
    """Print where a lot came from and where it went: farm, receipts, purchase orders, warehouses, and the customers'
    order lines of its product while it may have been sold from."""
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            found = trace_lot(session, warehouse, lot, datetime.now(UTC))
            data = _trace_facts(found)
    answer(data, _trace_in_words(data), json)


def _quantities(said: Sequence[str] | None, option: str) -> list[tuple[str, Decimal]]:
    found = []
    for text in said or ():
        name, _, quantity = text.rpartition("=")
        try:
            found.append((name, Decimal(quantity)))
        except InvalidOperation:
            name = ""
        if not name:
            raise Invalid(
                "{option} {text!r}: write the name, = and a quantity, as L-0412=12.5.",
                option=option,
                text=text,
                field=option,
            )
    return found


def _facts(stock: WarehouseStock) -> dict[str, Any]:
    return {
        "warehouse_id": stock.warehouse.warehouse_id,
        "warehouse_name": stock.warehouse.name,
        "as_of": stock.moment,
        "counted_at": stock.counted_at,
        "forecast_origin": stock.origin,
        "products": [_product_facts(one) for one in stock.products],
    }


def _product_facts(one: ProductStock) -> dict[str, Any]:
    outlook = one.outlook
    names = ("on_shelf", "expired", "next_delivery", "sold_until", "missing", "on_morning", "days_of_cover")
    return {
        "product_id": one.product.product_id,
        "product_name": one.product.name,
        "unit": one.product.unit,
        **{name: getattr(outlook, name) for name in (*names, "runs_out_on")},
        "arriving": [{"day": day, "quantity": quantity} for day, quantity in outlook.arriving],
        "unsold": [{"day": day, "quantity": quantity} for day, quantity in outlook.unsold],
        "unsold_value": None if one.unsold_value is None else float(one.unsold_value),
        "lots": [
            {
                "lot_id": seen.lot.lot_id,
                "supplier_id": seen.lot.supplier_id,
                "expires_on": seen.lot.expires_on,
                "last_day": seen.life.last_day,
                "days_left": seen.life.days_left,
                "days_lost": seen.life.ageing.days_lost,
                "ages_by": seen.life.ageing.ages_by,
                "counted": float(seen.lot.on_hand),
                "counted_at": seen.lot.counted_at,
                "expected": float(seen.expected),
                "blocked_because": seen.lot.blocked_because,
            }
            for seen in one.lots
        ],
    }


def _in_words(stock: Mapping[str, Any], lots: bool) -> str:
    counted = (
        say("never counted")
        if stock["counted_at"] is None
        else say("last counted {at:%Y-%m-%d %H:%M} UTC", at=stock["counted_at"])
    )
    head = say(
        "{name} ({warehouse_id}), {as_of:%Y-%m-%d %H:%M} UTC, {counted}.",
        name=stock["warehouse_name"],
        warehouse_id=stock["warehouse_id"],
        as_of=stock["as_of"],
        counted=counted,
    )
    columns = ("product", "on the shelf", "arriving", "next delivery", "left on its morning", "cover", "worth knowing")
    rows = []
    for one in stock["products"]:
        arriving = sum(came["quantity"] for came in one["arriving"])
        cover = "-" if one["days_of_cover"] is None else say("{days:.1f} d", days=one["days_of_cover"])
        delivery = "-" if one["next_delivery"] is None else one["next_delivery"].isoformat()
        figures = (
            f"{one['on_shelf']:.1f} {spoken('unit', one['unit'])}",
            f"{arriving:.1f}",
            delivery,
            f"{one['on_morning']:.1f}",
            cover,
        )
        rows.append((one["product_name"], *figures, _worth_knowing(one)))
        if lots:
            rows += [(f"  {_lot_in_words(lot)}", "", "", "", "", "", "") for lot in one["lots"]]
    table = as_table(columns, rows, numbers={1, 2, 4, 5}) if rows else say("Nothing is there or expected.")
    return f"{head}\n{table}"


def _lot_in_words(lot: Mapping[str, Any]) -> str:
    last = say("keeps") if lot["last_day"] is None else say("up to {day}", day=lot["last_day"])
    told = say(
        "{lot_id}: {expected:.1f} ({counted:g} counted), {last}",
        lot_id=lot["lot_id"],
        expected=lot["expected"],
        counted=lot["counted"],
        last=last,
    )
    if lot["days_lost"] >= WORTH_SAYING_DAYS:
        told += say(", {days:.1f} days of life lost", days=lot["days_lost"])
    return told + ("" if lot["blocked_because"] is None else say(", blocked: {why}", why=lot["blocked_because"]))


def _worth_knowing(one: Mapping[str, Any]) -> str:
    told = []
    if one["expired"] > 0:
        told.append(say("{quantity:.1f} past its last day", quantity=one["expired"]))
    if one["runs_out_on"] is not None:
        told.append(say("runs out {day}, {missing:.1f} short", day=one["runs_out_on"], missing=one["missing"]))
    told += [say("{quantity:.1f} unsold by {day}", **part) for part in one["unsold"]]
    return "; ".join(told)


def _changes(changes: Sequence[StockChangeRow]) -> list[dict[str, Any]]:
    names = ("action_id", "warehouse_id", "lot_id", "kind", "quantity", "left", "happened_at", "reason", "note")
    return [_numbers({name: getattr(change, name) for name in names}) for change in changes]


def _numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def _changes_in_words(changes: Sequence[Mapping[str, Any]]) -> str:
    if not changes:
        return say("Nothing has changed.")
    return "\n".join(
        say(
            "{lot_id}: {quantity:+g}, {left:g} left.",
            lot_id=change["lot_id"],
            quantity=change["quantity"],
            left=change["left"],
        )
        for change in changes
    )


def _named(lot: Mapping[str, Any]) -> dict[str, Any]:
    return {name: lot[name] for name in ("lot_id", "warehouse_id")}


def _state(lot: LotRow) -> dict[str, Any]:
    names = ("warehouse_id", "lot_id", "product_id", "blocked_at", "blocked_by", "blocked_because")
    return {name: getattr(lot, name) for name in names}


def _trace_facts(found: Trace) -> dict[str, Any]:
    return {
        "warehouse_id": found.lot.warehouse_id,
        "lot_id": found.lot.lot_id,
        "product_id": found.lot.product_id,
        "supplier": None if found.supplier is None else found.supplier.name,
        "receipts": [
            {"receipt_id": receipt.receipt_id, "received_at": receipt.received_at, "accepted": float(line.accepted)}
            for receipt, line in found.receipts
        ],
        "purchase_orders": [
            {"number": order.number, "line_no": line.line_no, "quantity": float(line.quantity)}
            for order, line in found.purchase_orders
        ],
        "parts": [
            {
                "warehouse_id": part.lot.warehouse_id,
                "lot_id": part.lot.lot_id,
                "first": part.first,
                "last": part.last,
                "left": float(part.lot.quantity_on_hand),
            }
            for part in found.lots
        ],
        "order_lines_in_all": found.order_lines_in_all,
        "order_lines": [
            {
                "warehouse_id": line.warehouse_id,
                "order_id": line.order_id,
                "line_no": line.line_no,
                "ordered_at": line.ordered_at,
                "quantity": float(line.quantity),
            }
            for line in found.order_lines
        ],
    }


def _trace_in_words(data: Mapping[str, Any]) -> str:
    text = [
        say(
            "Lot {lot_id} of product {product_id}, from {supplier}.",
            lot_id=data["lot_id"],
            product_id=data["product_id"],
            supplier=data["supplier"] or say("nobody knows whom"),
        )
    ]
    text += [
        say("Receipt {receipt_id}, {at:%Y-%m-%d %H:%M} UTC.", receipt_id=one["receipt_id"], at=one["received_at"])
        for one in data["receipts"]
    ]
    text += [
        say("Purchase order {number}, line {line_no}.", number=one["number"], line_no=one["line_no"])
        for one in data["purchase_orders"]
    ]
    text += [
        say(
            "In {warehouse_id} as {lot_id}: sold from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC, {left:g} "
            "left.",
            **part,
        )
        for part in data["parts"]
    ]
    text.append(
        say(
            "{n:,} customers' order lines of the product in that time; which lot went into which bag is not known. "
            "--json lists them.",
            n=data["order_lines_in_all"],
        )
    )
    return "\n".join(text)
