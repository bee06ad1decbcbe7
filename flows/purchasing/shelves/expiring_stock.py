"""Stock to take out or to sell first: lots whose last day has passed, is today or tomorrow, by the warehouse's day,
less what is kept aside to be carried to another; what of it will be lost, at what it cost, and the draft's line that
orders more of it.

The last day comes earlier by the life that a lot lost to warmth. That is worked out for warehouses with an alarm of the
last days only, so that one look at all warehouses does not cost all their readings."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from data.frames.serving_forecasts import forecast_means, latest_origins
from data.local_days import today_there
from data.tables import AlarmRow, LotRow, PlanLineRow, PlanStatus, ProductRow, PurchasePlanRow, WarehouseRow
from flows.purchasing.shelves.stock_outlook import unit_cost_of
from flows.stock.lots_ageing import lives_of_lots
from flows.stock.transfers.under_way import kept_aside
from warehouse.coldchain.alarms import AlarmKind
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.stock.expiring import Expiry, expected_to_be_lost, expiry_soon

LotLeft = tuple[LotRow, Decimal]
ONE_DAY: Final = timedelta(days=1)
MOST_LOST: Final = timedelta(days=7)  # of life that is looked for, and how long ago it was too warm


@dataclass(frozen=True)
class DraftLine:
    """A line of a draft that orders something."""

    plan_id: str
    line_no: int


@dataclass(frozen=True)
class ExpiringProduct:
    """What a warehouse must sell or throw away of one product by the end of a day, in the product's unit: its lots,
    what is expected to be lost of it and what that cost, in the warehouse's currency (None: no cost is known), and the
    draft's line that orders more of it."""

    warehouse: WarehouseRow
    product: ProductRow
    expires_on: date
    expiry: Expiry
    on_hand: Decimal
    lot_ids: Sequence[str] = ()
    expected_loss: Decimal = Decimal(0)
    loss: Decimal | None = None
    ordered_in: DraftLine | None = None


def expiring_products(
    session: Session, warehouses: Sequence[WarehouseRow], now: datetime, settings: PlanSettings = USUAL
) -> list[ExpiringProduct]:
    """What expires by tomorrow in these warehouses, one row per warehouse, product and day: by currency, what loses
    most money first; then the earliest, then the most."""
    if not warehouses:
        return []
    days = {place.warehouse_id: today_there(now, place.timezone) for place in warehouses}
    by_id = {place.warehouse_id: place for place in warehouses}
    warm = _too_warm_lately(session, by_id, now)
    lots = _lots_left(session, days, warm, now)
    last_days = {
        (name, lot_id): life.last_day
        for name in warm
        for lot_id, life in lives_of_lots(
            session, by_id[name], [lot for lot, *_ in lots if lot.warehouse_id == name], now
        ).items()
    }
    expiring: defaultdict[tuple[str, ProductRow], defaultdict[date, list[LotLeft]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for lot, product, left in lots:
        last_day = last_days.get((lot.warehouse_id, lot.lot_id), lot.expires_on)
        if last_day is not None and expiry_soon(last_day, days[lot.warehouse_id]):
            expiring[lot.warehouse_id, product][last_day].append((lot, left))
    wanted = _wanted(session, expiring.keys(), days, now)
    orders = _ordered_in_drafts(session, expiring.keys(), now)
    found: list[ExpiringProduct] = []
    for (name, product), by_day in expiring.items():
        key = name, product.product_id
        rows = _of_product(by_id[name], product, by_day, wanted.get(key, {}), days[name], settings)
        found += [replace(row, ordered_in=orders.get(key)) for row in rows]
    return sorted(found, key=_by_money)


def _lots_left(
    session: Session, days: Mapping[str, date], warm: Collection[str], now: datetime
) -> list[tuple[LotRow, ProductRow, Decimal]]:
    """The lots whose last day may be near, and what is left of each beside what is to be carried away; in warm
    warehouses more of them may be near than say so."""
    soon = max(days.values()) + ONE_DAY
    query = (
        select(LotRow, ProductRow)
        .join(ProductRow, ProductRow.product_id == LotRow.product_id)
        .where(LotRow.warehouse_id.in_(days), LotRow.quantity_on_hand > 0)
        .where(
            or_(LotRow.expires_on <= soon, LotRow.warehouse_id.in_(warm) & (LotRow.expires_on <= soon + MOST_LOST)),
        )
        .order_by(LotRow.lot_id)
    )
    aside = kept_aside(session, days, now)
    found = [
        (lot, product, lot.quantity_on_hand - aside.get((lot.warehouse_id, lot.lot_id), Decimal(0)))
        for lot, product in session.execute(query).tuples()
    ]
    return [one for one in found if one[2] > 0]


def _too_warm_lately(session: Session, warehouses: Collection[str], now: datetime) -> list[str]:
    """The warehouses with an alarm of warmth that goes on, or ended in the last days."""
    lately = or_(AlarmRow.ended_at.is_(None), AlarmRow.ended_at >= now - MOST_LOST)
    query = select(AlarmRow.warehouse_id).where(AlarmRow.kind == AlarmKind.TOO_WARM, lately).distinct()
    return sorted(name for name in session.scalars(query) if name in warehouses)


def _of_product(
    place: WarehouseRow,
    product: ProductRow,
    by_day: Mapping[date, Sequence[LotLeft]],
    demand: Mapping[date, float],
    today: date,
    settings: PlanSettings,
) -> Iterator[ExpiringProduct]:
    on_hand = {day: sum((left for _, left in lots), Decimal(0)) for day, lots in by_day.items()}
    lost = expected_to_be_lost({day: float(quantity) for day, quantity in on_hand.items()}, demand, today)
    for day, lots in by_day.items():
        expiry = expiry_soon(day, today)
        if expiry is None:
            continue
        cost = unit_cost_of(product, [lot.unit_cost for lot, _ in lots if lot.unit_cost is not None], settings)
        loss = round(Decimal(str(lost[day])), 3)
        yield ExpiringProduct(
            place,
            product,
            day,
            expiry,
            on_hand[day],
            [lot.lot_id for lot, _ in lots],
            loss,
            None if cost is None else round(cost * loss, 2),
        )


def _wanted(
    session: Session, products: Collection[tuple[str, ProductRow]], days: Mapping[str, date], now: datetime
) -> dict[tuple[str, str], dict[date, float]]:
    """By warehouse and product, the mean of what is expected to be wanted by day, from today there on."""
    names = sorted({name for name, _ in products})
    if not names:
        return {}
    origins = latest_origins(session, names, now)
    product_ids = {product.product_id for _, product in products}
    return forecast_means(session, origins, product_ids, min(days[name] for name in names))


def _ordered_in_drafts(
    session: Session, products: Collection[tuple[str, ProductRow]], now: datetime
) -> dict[tuple[str, str], DraftLine]:
    """By warehouse and product, the first line of a draft that is still to be delivered and orders more of it."""
    line, plan = PlanLineRow, PurchasePlanRow
    query = (
        select(line.warehouse_id, line.product_id, line.plan_id, line.line_no)
        .join(plan, plan.plan_id == line.plan_id)
        .where(plan.status == PlanStatus.DRAFT, plan.last_delivery_date >= now.date())
        .where(line.quantity > 0, line.approved_at.is_(None))
        .where(line.product_id.in_({product.product_id for _, product in products}))
        .order_by(line.delivery_date.desc(), line.line_no.desc())
    )
    return {(name, product_id): DraftLine(*of) for name, product_id, *of in session.execute(query)}


def _by_money(row: ExpiringProduct) -> tuple[object, ...]:
    """Amounts of several currencies are not compared."""
    return row.warehouse.currency, -(row.loss or 0), row.expires_on, -row.on_hand, row.warehouse.warehouse_id
