"""What one warehouse has and expects at a moment, read for a plan: stock, what is under way, forecasts, pre-orders."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.product_ranges import is_sold_on, ranges_of
from data.frames.recovered_demand import highest_seen_quantiles
from data.frames.serving_forecasts import forecast_frame
from data.local_days import end_of_day, start_of_day, today_there
from data.tables import ProductRow, SupplierRow, WarehouseRow
from flows.ordering.under_way import lines_under_way
from flows.purchasing.planning.judged_demand import judged_demand
from flows.stock.expected_stock import ExpectedStock, expected_stock
from flows.stock.transfers.under_way import coming_to
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS
from warehouse.purchasing.need.judged_demand import with_judged_demand
from warehouse.purchasing.need.needs import WarehouseOutlook
from warehouse.purchasing.suppliers.offers import OnOrder
from warehouse.purchasing.suppliers.yields import Yields


def outlook_of(
    session: Session,
    place: WarehouseRow,
    origin: datetime,
    now: datetime,
    yields: Yields,
    overdue_counts: timedelta = OVERDUE_COUNTS,
    stock: ExpectedStock | None = None,
) -> WarehouseOutlook:
    """The outlook of a warehouse at `now` with the forecasts made at `origin`, where no buyer has judged otherwise;
    what is overdue for longer than `overdue_counts` is not counted on. `stock`: as expected then, where it is known."""
    today = today_there(now, place.timezone)
    judged = judged_demand(session, place.warehouse_id, now)
    forecasts = with_judged_demand(forecast_frame(session, place.warehouse_id, origin, today, now), judged)
    stock = stock or expected_stock(session, place, origin, now)
    preordered = _on_sale(session, place, stock.ahead, now)
    products = {*forecasts["product_id"], *(product_id for product_id, _ in preordered)}
    return WarehouseOutlook(
        warehouse_id=place.warehouse_id,
        forecasts=forecasts,
        lots=stock.lots,
        on_order=[
            *_on_order(session, place, now, yields, overdue_counts),
            *_carried_here(session, place, now, overdue_counts),
        ],
        highest_seen=highest_seen_quantiles(session, place.warehouse_id, origin),
        hour=hour_there(now, place.timezone),
        hourly_shares={product_id: stock.hours.of(product_id, today) for product_id in products},
        preordered=preordered,
        kept={product_id: yields.kept_after.of(product_id, None) for product_id in products},
    )


def _on_sale(
    session: Session, place: WarehouseRow, preordered: Mapping[tuple[str, date], float], now: datetime
) -> dict[tuple[str, date], float]:
    """What is ordered ahead for days on which it is sold: up to the last of its product, of its range here and of the
    warehouse."""
    query = select(ProductRow.product_id, ProductRow.delisted_on).where(ProductRow.delisted_on.is_not(None))
    if not preordered:
        return {}
    last_days = dict(session.execute(query).tuples().all())
    ranges = ranges_of(session, place.warehouse_id, now)
    return {
        (product_id, day): quantity
        for (product_id, day), quantity in preordered.items()
        if all(last is None or day <= last for last in (last_days.get(product_id), place.closed_on))
        and is_sold_on(ranges.get(product_id), day)
    }


def hour_there(moment: datetime, timezone: str) -> float:
    """How much of the local day has passed, in hours: 21.5 at 21:30. A day on which clocks change has 24 as well, a
    little shorter or longer."""
    today = today_there(moment, timezone)
    start, end = start_of_day(today, timezone), end_of_day(today, timezone)
    return 24 * ((moment - start) / (end - start))


def _on_order(
    session: Session, place: WarehouseRow, now: datetime, yields: Yields, overdue_counts: timedelta
) -> Iterable[OnOrder]:
    """What is under way, less what is likely to be rejected of it, at the hour from which its supplier delivers."""
    lines = lines_under_way(session, place.warehouse_id, now, overdue_counts)
    suppliers = {line.supplier_id for line in lines}
    query = select(SupplierRow.supplier_id, SupplierRow.delivers_from).where(SupplierRow.supplier_id.in_(suppliers))
    delivers_from = dict(session.execute(query).tuples().all())
    for line in lines:
        of_lots = line.product_id, line.supplier_id
        overdue = line.delivery_date < today_there(now, place.timezone)
        yield OnOrder(
            line.product_id,
            line.under_way * Decimal(yields.of(*of_lots)),
            line.delivery_date,
            _hour(delivers_from.get(line.supplier_id)),
            yields.late_lots_of(*of_lots) if overdue else yields.lots_of(*of_lots, line.delivery_date),
            line.supplier_id,
            line.purchase_order_id,
            failing=None if overdue else yields.failing.of(line.supplier_id, line.delivery_date),
        )


def _carried_here(session: Session, place: WarehouseRow, now: datetime, overdue_counts: timedelta) -> Iterable[OnOrder]:
    """What comes from other warehouses, with the life that it has left."""
    for one in coming_to(session, place, now, overdue_counts):
        day, hour = today_there(one.arrives_at, place.timezone), hour_there(one.arrives_at, place.timezone)
        yield OnOrder(one.product_id, one.quantity, day, hour, last_day=one.last_day)


def _hour(clock: str | None) -> float:
    """HH:MM in hours; 0 where nobody said."""
    if clock is None:
        return 0.0
    hours, minutes = clock.split(":")
    return int(hours) + int(minutes) / 60
