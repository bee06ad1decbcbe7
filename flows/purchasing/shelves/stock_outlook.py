"""A warehouse's stock as its staff and buyers look at it: lots as they are expected now, what comes, what will run out
before the next delivery, and what will expire before it sells."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.lots_as_of import LotAsOf, last_counts, lots_as_of
from data.frames.purchase_terms import closures_known_at, offers_known_at
from data.frames.serving_forecasts import forecast_frame, latest_origins
from data.local_days import time_there, today_there
from data.tables import ProductRow, WarehouseRow
from flows.ordering.under_way import lines_under_way
from flows.purchasing.planning.offers import as_offer
from flows.purchasing.planning.outlook import hour_there
from flows.stock.expected_stock import ExpectedStock, expected_stock
from flows.stock.transfers.under_way import coming_to
from warehouse.purchasing.need.forecast_days import forecast_days
from warehouse.purchasing.need.periods import HOURS, share_between, shares_of
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.suppliers.delivery import next_delivery_of
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.stock.lot_ageing import LotLife, lot_life
from warehouse.stock.lots import StockLot, last_dispatch_day, life_left_key
from warehouse.stock.outlook import Arriving, StockOutlook, stock_outlook

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LotExpected:
    """A lot as it was counted and as it is expected now, and how it aged; nothing is expected to be sold of a blocked
    one, nor of what is `kept_aside` to be carried to another warehouse, which `expected` is without."""

    lot: LotAsOf
    expected: Decimal
    life: LotLife
    kept_aside: Decimal


@dataclass(frozen=True)
class ProductStock:
    """A product in a warehouse; `unsold_value` is what will expire before it sells, at what it cost."""

    product: ProductRow
    outlook: StockOutlook
    lots: Sequence[LotExpected]
    unsold_value: Decimal | None

    @property
    def counted_at(self) -> datetime | None:
        """When the lot that was not counted for longest was counted last."""
        return min((one.lot.counted_at for one in self.lots), default=None)


@dataclass(frozen=True)
class WarehouseStock:
    """The stock of a warehouse at a moment; `counted_at` is when it was counted last, None: never."""

    warehouse: WarehouseRow
    moment: datetime
    origin: datetime | None
    counted_at: datetime | None
    products: Sequence[ProductStock]


def stock_of_warehouse(
    session: Session, place: WarehouseRow, now: datetime, settings: PlanSettings = USUAL
) -> WarehouseStock:
    """The stock of a warehouse as known and expected at `now`: every product that is there, comes or is forecast, those
    that need a decision first: what expires unsold by money, then what runs out, then by name."""
    today = today_there(now, place.timezone)
    origin = latest_origins(session, [place.warehouse_id], now).get(place.warehouse_id)
    stock = expected_stock(session, place, origin, now)
    known = lots_as_of(session, [place.warehouse_id], now, something_left=True)
    arriving = _arriving(session, place, now, settings)
    forecasts = None if origin is None else forecast_frame(session, place.warehouse_id, origin, today, now)
    names = {lot.product_id for lot in known} | arriving.keys()
    names |= set() if forecasts is None else set(forecasts["product_id"])
    product_ids = sorted(names)
    products = {
        row.product_id: row
        for row in session.scalars(select(ProductRow).order_by(ProductRow.product_id))
        if row.product_id in names
    }
    demand = _demand(product_ids, forecasts, stock, today, hour_there(now, place.timezone))
    deliveries = _next_deliveries(session, place, now, today)
    lots = _by_product(stock.lots)
    told: defaultdict[str, list[LotAsOf]] = defaultdict(list)
    for lot in known:
        told[lot.product_id].append(lot)
    shown = [
        _product_stock(
            products[product_id],
            stock_outlook(
                product_id,
                lots[product_id],
                arriving.get(product_id, []),
                demand[product_id],
                today,
                deliveries.get(product_id),
            ),
            told[product_id],
            lots[product_id],
            stock,
            today,
            settings,
        )
        for product_id in product_ids
    ]
    counted_at = last_counts(session, [place.warehouse_id], now).get(place.warehouse_id)
    return WarehouseStock(place, now, origin, counted_at, sorted(shown, key=_urgency))


def _urgency(stock: ProductStock) -> tuple[Decimal, bool, str]:
    return -(stock.unsold_value or Decimal(0)), stock.outlook.runs_out_on is None, stock.product.name


def _by_product(lots: Sequence[StockLot]) -> defaultdict[str, list[StockLot]]:
    found: defaultdict[str, list[StockLot]] = defaultdict(list)
    for lot in lots:
        found[lot.product_id].append(lot)
    return found


def _arriving(
    session: Session, place: WarehouseRow, now: datetime, settings: PlanSettings
) -> dict[str, list[Arriving]]:
    """What is under way: as ordered, for how long it will keep follows from the product's shelf life; and from other
    warehouses, with the life that it has left."""
    lives = dict(session.execute(select(ProductRow.product_id, ProductRow.shelf_life_days)).tuples().all())
    today = today_there(now, place.timezone)
    found: defaultdict[str, list[Arriving]] = defaultdict(list)
    for line in lines_under_way(session, place.warehouse_id, now, settings.overdue_counts):
        life = lives.get(line.product_id)
        comes = max(line.delivery_date, today)
        last_day = None if life is None else last_dispatch_day(comes, life)
        found[line.product_id].append(Arriving(comes, float(line.under_way), last_day))
    for one in coming_to(session, place, now, settings.overdue_counts):
        comes = max(today_there(one.arrives_at, place.timezone), today)
        found[one.product_id].append(Arriving(comes, float(one.quantity), one.last_day))
    return dict(found)


def _demand(
    product_ids: Sequence[str], forecasts: pd.DataFrame | None, stock: ExpectedStock, today: date, hour: float
) -> dict[str, list[float]]:
    """By product, what is expected to be sold of today from now on, and of each day that is forecast; never less than
    what customers have ordered ahead."""
    if forecasts is None or not product_ids:
        return {product_id: [] for product_id in product_ids}
    means = forecast_days(forecasts, product_ids, today, today).mean.copy()
    for row, product_id in enumerate(product_ids):
        for ahead in range(means.shape[1]):
            ordered = stock.ahead.get((product_id, (pd.Timestamp(today) + pd.Timedelta(days=ahead)).date()), 0.0)
            means[row, ahead] = max(means[row, ahead], ordered)
    shares = shares_of({product_id: stock.hours.of(product_id, today) for product_id in product_ids}, product_ids)
    means[:, 0] *= share_between(shares, hour, HOURS)
    return {product_id: means[row].tolist() for row, product_id in enumerate(product_ids)}


def _next_deliveries(session: Session, place: WarehouseRow, now: datetime, today: date) -> Mapping[str, date]:
    """By product, the next delivery that an order placed now could still reach."""
    closures = closures_known_at(session, now, today)
    at = time_there(now, place.timezone)
    offers: defaultdict[str, list[Offer]] = defaultdict(list)
    for row in offers_known_at(session, now, today):
        offers[row.product_id].append(as_offer(row, closures.get(row.supplier_id, ())).seen_at(at))
    found = {product_id: next_delivery_of(of_it, today) for product_id, of_it in offers.items()}
    return {product_id: next_one.day for product_id, next_one in found.items() if next_one is not None}


def _product_stock(
    product: ProductRow,
    outlook: StockOutlook,
    known: Sequence[LotAsOf],
    expected: Sequence[StockLot],
    stock: ExpectedStock,
    today: date,
    settings: PlanSettings,
) -> ProductStock:
    ageing = stock.ageing
    left = {lot.lot_id: lot.quantity for lot in expected}
    lots = [
        LotExpected(
            lot,
            lot.on_hand if lot.blocked_because is not None else left.get(lot.lot_id, Decimal(0)),
            lot_life(lot.expires_on, ageing[lot.lot_id], today),
            stock.kept_aside.get(lot.lot_id, Decimal(0)),
        )
        for lot in sorted(
            known, key=lambda lot: life_left_key(lot.expires_on, ageing[lot.lot_id].days_lost, lot.lot_id)
        )
    ]
    cost = unit_cost_of(product, [lot.unit_cost for lot in known if lot.unit_cost is not None], settings)
    unsold = Decimal(str(round(outlook.unsold_quantity, 3)))
    return ProductStock(product, outlook, lots, None if cost is None else round(cost * unsold, 2))


def unit_cost_of(product: ProductRow, costs: Sequence[Decimal], settings: PlanSettings) -> Decimal | None:
    """What a unit in stock cost: the dearest of what its lots say, else what the list price suggests."""
    if costs:
        return max(costs)
    return None if product.list_price is None else product.list_price / Decimal(str(settings.assumed_markup))
