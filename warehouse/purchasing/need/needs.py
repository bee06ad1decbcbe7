"""What a warehouse needs for a delivery: demand that older stock will not meet, scenario by scenario.

Stock by age, and what arrives up to the delivery, is run down first-expired first from the moment of the decision on;
what customers have ordered ahead is demand of its day in every scenario. What stays unmet in the days that the delivery
must cover can sell from it; what stays unmet over its whole life is all that ever can, and anything beyond expires.
Under FEFO neither depends on how much is bought, so the two decide every quantity (marginal outdating; design
decision 6).

Arrays have products (p) in the order of the covers, days (t) from the order date on, or (d) from the delivery on, and
scenarios (s).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.purchasing.need.cover import Cover, days_to_cover
from warehouse.purchasing.need.demand_to_come import DemandToCome, demand_to_come, preordered_by_day
from warehouse.purchasing.need.display import bought_for_display, display_minimums, left_at_closing
from warehouse.purchasing.need.forecast_days import ForecastDays, forecast_days
from warehouse.purchasing.need.freshest_first import freshest_first, short_of_expired
from warehouse.purchasing.need.later_orders_of import later_orders_of
from warehouse.purchasing.need.need_reasons import reasons_of_need
from warehouse.purchasing.need.periods import periods_from, shares_of
from warehouse.purchasing.need.rest_of_today import RestOfToday, rest_of_today
from warehouse.purchasing.need.scenarios import DrawDemand
from warehouse.purchasing.need.stock_to_come import Stock, StockToCome, stock_to_come
from warehouse.purchasing.need.unmet_demand import unmet_in_cover, unmet_in_life
from warehouse.purchasing.outcomes.failing import RUN_FOLLOWED
from warehouse.purchasing.outcomes.lack import NOTHING, Lack
from warehouse.purchasing.outcomes.later_orders import LaterOrders
from warehouse.purchasing.plan import DemandOverDays
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.suppliers.offers import Offer, OnOrder
from warehouse.reasons import Reason
from warehouse.stock.ageing import RunDown, run_down
from warehouse.stock.lots import StockLot

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

AT_ONCE: Final = 128  # products whose scenarios of all days the processor keeps at hand


@dataclass(frozen=True, eq=False)
class WarehouseOutlook:
    """What one warehouse has and expects at an hour of the order date.

    forecasts      product_id, date (day, no zone), quantiles (q05 .. q95), mean: from the order date on, of whole days
    lots           stock that is there at that hour, by age
    on_order       ordered before and not arrived yet; what is overdue counts as arriving now
    highest_seen   by product: the highest quantile (0..1) of a day's demand that its history has shown; absent: not
                   known
    hour           of the decision, 0 to 24 by the warehouse's clock: 21.5 is 21:30
    hourly_shares  by product: the share of a day's demand in each hour (24); absent: every hour alike
    preordered     by product and day, what customers have ordered for that whole day, in the product's unit
    kept           by product: the share (0..1] of stock that will be neither rejected before dispatch nor complained
                   about; absent: all of it
    """

    warehouse_id: str
    forecasts: pd.DataFrame
    lots: Sequence[StockLot]
    on_order: Sequence[OnOrder]
    highest_seen: Mapping[str, float] = field(default_factory=dict)
    hour: float = 0.0
    hourly_shares: Mapping[str, Floats] = field(default_factory=dict)
    preordered: Mapping[tuple[str, date], float] = field(default_factory=dict)
    kept: Mapping[str, float] = field(default_factory=dict)

    def products_from(self, day: date) -> list[str]:
        """The products that are forecast, or ordered ahead, for the day or a later one."""
        forecast = self.forecasts.loc[self.forecasts["date"] >= pd.Timestamp(day), "product_id"]
        ahead = (product_id for product_id, wanted_on in self.preordered if wanted_on >= day)
        return sorted({*forecast, *ahead})

    def of_products(self, product_ids: Set[str]) -> "WarehouseOutlook":
        """The same of some products alone."""
        return replace(
            self,
            forecasts=self.forecasts[self.forecasts["product_id"].isin(product_ids)],
            lots=[lot for lot in self.lots if lot.product_id in product_ids],
            on_order=[order for order in self.on_order if order.product_id in product_ids],
            preordered={key: wanted for key, wanted in self.preordered.items() if key[0] in product_ids},
        )


@dataclass(frozen=True, eq=False)
class Need:
    """What a warehouse lacks of a product, before packs, suppliers and prices; units of the product.

    unmet_in_cover  by scenario, ascending: demand of the covered days that other stock does not meet; the most
                    of this delivery that can sell before the next one comes
    unmet_if_next_fail  in the same scenarios, row by row: the same if the next one, two and more do not come, and this
                    has to last for their days as well
    unmet_in_life   in the same scenarios: demand over the whole life of this delivery that older stock does not meet;
                    what is bought beyond it expires (inf: it never does)
    outlives_cover  what is not sold in the covered days is still good when the next delivery comes
    later           the orders after it; None: nothing is left for them, or nothing expires
    category_id     whose terms of service hold for it; None: of no category
    highest_seen    the highest quantile of a day's demand that the history has shown; None: not known, or at least
                    the highest that forecasts tell
    preordered      of what customers have ordered for the covered days, what other stock is not expected to cover: no
                    plan buys less
    for_display     of this delivery, what is bought so that enough lies on display when the days covered end
    short_before    demand of the days up to the delivery that is expected to stay unmet, whatever is bought
    expires         by last day, what is expected to expire of stock, and of what arrives up to the delivery
    fails           by supplier of whom something is under way, in the same scenarios: the chance that this fails
    deliveries_outlived  for how many deliveries' days, beyond its own, this can be sold if they do not come
    """

    warehouse_id: str
    product_id: str
    list_price: Decimal | None
    covers_from: date
    covers_until: date
    usable_stock: float
    on_order: float
    forecast: DemandOverDays
    unmet_in_cover: Floats
    unmet_if_next_fail: Floats
    unmet_in_life: Floats
    outlives_cover: bool
    reasons: tuple[Reason, ...]
    highest_seen: float | None = None
    preordered: float = 0.0
    for_display: float = 0.0
    later: LaterOrders | None = None
    category_id: str | None = None
    short_before: float = 0.0
    expires: Mapping[date, float] = field(default_factory=dict)
    fails: Mapping[str, Floats] = field(default_factory=dict)
    deliveries_outlived: float = 0.0

    @property
    def lack(self) -> Lack:
        """What is still to be bought, before anything is."""
        unmet = self.unmet_in_cover, self.unmet_in_life
        turn = crc32(f"{self.warehouse_id} {self.product_id} {self.covers_from}".encode())
        return Lack(*unmet, self.outlives_cover, self.later, self.unmet_if_next_fail, fails=self.fails, turn=turn)

    @property
    def at_least(self) -> float:
        """Accepted units that are bought whatever they earn."""
        return max(self.preordered, self.for_display)

    @property
    def days_covered(self) -> int:
        """How many days this delivery must last for."""
        return (self.covers_until - self.covers_from).days + 1


def estimate_needs(
    outlook: WarehouseOutlook,
    products: pd.DataFrame,
    offers: Sequence[Offer],
    *,
    order_date: date,
    delivery_date: date,
    draw: DrawDemand,
    settings: PlanSettings = USUAL,
) -> tuple[Need, ...]:
    """The need of every product in `products`, in its order.

    products  product_id, in_wholes (bool: demand comes in whole units; without the column it is divisible),
              shelf_life_days (NaN: does not expire; the day of receipt is the first), list_price (Decimal or
              None), last_day (on sale, from the delivery date on; None or without the column: none), category_id
              (None or without the column: none)
    offers    of any product and supplier; they tell when the next delivery is possible
    draw      how the days' demand is drawn together

    Raises ValueError for missing columns and for a delivery date before the order date.
    """
    if delivery_date < order_date:
        raise ValueError(f"delivery date {delivery_date} lies before order date {order_date}")
    covers = days_to_cover(products, offers, order_date, delivery_date)
    if not covers:
        return ()
    known = _known(outlook, covers, order_date, settings)
    needs: list[Need] = []
    for start in range(0, len(covers), AT_ONCE):
        here = slice(start, start + AT_ONCE)
        needs += _needs_of(known.only(here), covers[here], outlook, delivery_date, draw, settings)
    return tuple(needs)


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of products (p): their forecasts, what customers have ordered ahead (p x t), stock there and on
    order, and shares of a day's demand (p x 24); by product, the lots there are."""

    order_date: date
    forecast: ForecastDays
    preordered: Floats
    stock: StockToCome
    shares: Floats
    lots: Mapping[str, list[StockLot]]

    def only(self, rows: slice) -> "_Known":
        """Of these products."""
        return replace(
            self,
            forecast=self.forecast.only(rows),
            preordered=self.preordered[rows],
            stock=self.stock.only(rows),
            shares=self.shares[rows],
        )


def _known(outlook: WarehouseOutlook, covers: Sequence[Cover], order_date: date, settings: PlanSettings) -> _Known:
    ids = [cover.product_id for cover in covers]
    forecast = forecast_days(outlook.forecasts, ids, order_date, max(cover.until for cover in covers))
    periods = periods_from(outlook.hour, outlook.on_order, order_date, forecast.mean.shape[1])
    preordered = preordered_by_day(outlook.preordered, covers, order_date, periods.days)
    there = Stock(outlook.lots, outlook.on_order, outlook.kept)
    stock = stock_to_come(there, covers, order_date, periods, settings)
    lots: defaultdict[str, list[StockLot]] = defaultdict(list)
    for lot in outlook.lots:
        lots[lot.product_id].append(lot)
    return _Known(order_date, forecast, preordered, stock, shares_of(outlook.hourly_shares, ids), lots)


def _needs_of(
    known: _Known,
    covers: Sequence[Cover],
    outlook: WarehouseOutlook,
    delivery_date: date,
    draw: DrawDemand,
    settings: PlanSettings,
) -> list[Need]:
    """The needs of as many products as are worked out at once."""
    demand = demand_to_come(known.forecast, covers, known.preordered, draw, settings)
    rest = rest_of_today(known.stock.there, demand.mean_today, known.shares, outlook.hour)
    to_come = _ToCome(known.forecast, known.preordered, demand, known.stock, rest, freshest_first(covers, settings))
    on_display = display_minimums(covers, ~known.forecast.missing, settings)
    left = _left_to_delivery(to_come, covers, (delivery_date - known.order_date).days, on_display)

    def reasons(row: int, cover: Cover) -> tuple[Reason, ...]:
        here = known.lots.get(cover.product_id, []), left.expired[row], float(left.preordered[row])
        return reasons_of_need(row, cover, known.forecast, known.order_date, *here)

    return [
        Need(
            warehouse_id=outlook.warehouse_id,
            product_id=cover.product_id,
            list_price=cover.list_price,
            covers_from=delivery_date,
            covers_until=cover.until,
            usable_stock=float(left.usable_stock[row]),
            on_order=float(left.on_order[row]),
            forecast=left.wanted[row],
            unmet_in_cover=left.in_cover[row],
            unmet_if_next_fail=left.if_next_fail[row],
            unmet_in_life=left.in_life[row],
            outlives_cover=cover.outlived,
            reasons=reasons(row, cover),
            highest_seen=_highest_seen(cover, outlook, known.forecast),
            preordered=float(left.uncovered[row]),
            for_display=float(left.for_display[row]),
            later=left.later[row],
            category_id=cover.category_id,
            short_before=float(left.short_before[row]),
            expires=_expires(left.expired[row], known.order_date),
            fails=left.fails[row],
            deliveries_outlived=cover.deliveries_outlived,
        )
        for row, cover in enumerate(covers)
    ]


@dataclass(frozen=True, eq=False)
class _LeftToDelivery:
    """What is left to a delivery by product: as in `Need`, of arrays p, p x s and p x r x s; `expired` (p x t), what of
    older stock is expected to expire; `preordered` by customers for the covered days, of which `uncovered` by other
    stock."""

    usable_stock: Floats
    on_order: Floats
    wanted: list[DemandOverDays]
    in_cover: Floats
    if_next_fail: Floats
    in_life: Floats
    later: list[LaterOrders | None]
    short_before: Floats
    expired: Floats
    preordered: Floats
    uncovered: Floats
    for_display: Floats
    fails: list[dict[str, Floats]]


def _left_to_delivery(to_come: "_ToCome", covers: Sequence[Cover], lead: int, on_display: Floats) -> _LeftToDelivery:
    """What comes `lead` days after the order date is left that demand which other stock does not meet, and so much (p)
    is to lie `on_display` when the days that it covers end."""
    ran = to_come.run_down(to_come.demand, lead)
    picky = to_come.freshest_first
    beside = to_come.run_down(to_come.demand, lead, fresher=True) if picky.any() else ran
    days = np.arange(to_come.stock.periods.days - lead)
    covered = days < np.array([cover.days for cover in covers])[:, None]  # p x d
    arriving = to_come.stock.arriving[:, lead:]  # p x d x s
    in_cover = unmet_in_cover(ran.unmet[:, lead:], arriving, covered)
    beyond = np.stack(
        [_beyond(count, covers, ran.unmet[:, lead:], arriving) for count in range(1, RUN_FOLLOWED + 1)], 1
    )
    beyond -= in_cover[:, None]
    last_week, left_to_it = to_come.demand.by_day[:, -7:], beside.unmet[:, lead:]
    for_display = np.zeros(len(covers))
    if picky.any() or on_display.any():
        at_closing = left_at_closing(ran, in_cover, arriving, covered, lead)
        in_cover += short_of_expired(ran, beside, at_closing, covered, lead)
        for_display = bought_for_display(on_display, at_closing, in_cover)
    if picky.any():
        of_others = (1 - picky)[:, None, None]
        left_to_it = left_to_it + to_come.wanted_by_day[:, lead:] * (1 - of_others) * covered[:, :, None]
        last_week = last_week * of_others
    in_life = unmet_in_life(left_to_it, beside.left, last_week, covers, to_come.demand.later_dice)
    ran = replace(ran, expired=beside.expired)
    if_next_fail = in_cover[:, None] + beyond
    order = np.lexsort((in_life, in_cover))
    return _LeftToDelivery(
        usable_stock=ran.usable[:, lead].mean(axis=1),
        on_order=(arriving[:, 1:].mean(axis=2) * covered[:, 1:]).sum(axis=1),
        wanted=to_come.demand_over(covered, lead),
        in_cover=np.take_along_axis(in_cover, order, axis=1),
        if_next_fail=np.take_along_axis(if_next_fail, order[:, None], axis=2),
        in_life=np.take_along_axis(in_life, order, axis=1),
        later=later_orders_of(covers, to_come.demand.by_day, ran, (in_cover, if_next_fail, in_life), lead),
        short_before=ran.unmet[:, :lead].sum(axis=1).mean(axis=1),
        expired=ran.expired.mean(axis=2),
        preordered=to_come.preordered_over(covered, lead),
        uncovered=to_come.preordered_beyond_stock(covered, lead),
        for_display=for_display,
        fails=[to_come.stock.fails_on(lead, row, own) for row, own in enumerate(order)],
    )


def _beyond(deliveries: int, covers: Sequence[Cover], unmet: Floats, arriving: Floats) -> Floats:
    """Unmet demand (p x s) of the days that this delivery must last for if so many after it do not come."""
    last_for = np.array([cover.days_if_next_fail(deliveries) for cover in covers])[:, None]
    return unmet_in_cover(unmet, arriving, np.arange(unmet.shape[1]) < last_for)


@dataclass(frozen=True, eq=False)
class _ToCome:
    """Demand and stock of the days looked at; `preordered` (p x t) is what customers have ordered for each, and the
    share `freshest_first` (p) of units is taken of what is freshest."""

    forecast: ForecastDays
    preordered: Floats
    demand: DemandToCome
    stock: StockToCome
    rest: RestOfToday
    freshest_first: Floats

    def run_down(self, demand: DemandToCome, lead: int, *, fresher: bool = False) -> RunDown:
        """What becomes of the stock there is, and of what arrives up to day `lead`; from that day on first-expired
        first, by all, or if something `fresher` has come by those alone who do not take that."""
        periods, rest = self.stock.periods, replace(self.rest, mean=demand.mean_today)
        there, by_period = rest.stock(self.stock.there), demand.by_period(rest, periods)
        arrivals = self.stock.arrivals_up_to(lead)
        picky = None
        if self.freshest_first.any():
            before = periods.day_of < lead
            picky = self.freshest_first[:, None] * before
            if fresher:
                by_period = by_period * (1 - self.freshest_first[:, None, None] * ~before[:, None])
        ran = run_down(there, arrivals, by_period, periods.day_of, self.stock.comes, picky)
        ran.usable[:, 0] -= (rest.put_back * rest.mean)[:, None]
        return ran

    @property
    def wanted_by_day(self) -> Floats:
        """p x t x s: demand, of today only what is planned of it."""
        by_period = self.demand.by_period(self.rest, self.stock.periods)
        today = by_period[:, self.stock.periods.day_of == 0].sum(axis=1, keepdims=True)
        return np.concatenate([today, self.demand.by_day[:, 1:]], axis=1)

    def demand_over(self, covered: Flags, lead: int) -> list[DemandOverDays]:
        """By product, the distribution of demand over the covered days (p x d), of today only over what is left."""
        mean = np.maximum(np.nan_to_num(self.forecast.mean), self.preordered)[:, lead:]
        return _demand_over(self.demand.by_day[:, lead:], mean, self._planned(covered, lead))

    def preordered_over(self, covered: Flags, lead: int) -> Floats:
        """By product, what customers have ordered for the covered days (p x d)."""
        total: Floats = (self.preordered[:, lead:] * self._planned(covered, lead)).sum(axis=1)
        return total

    def preordered_beyond_stock(self, covered: Flags, lead: int) -> Floats:
        """By product, what other stock is not expected to cover of what customers have ordered for the covered days
        (p x d), if nobody else bought from their first on."""
        if not self.preordered_over(covered, lead).any():
            return np.zeros(len(covered))
        ran = self.run_down(self.demand.only(self.preordered, lead), lead)
        beyond: Floats = unmet_in_cover(ran.unmet[:, lead:], self.stock.arriving[:, lead:], covered).mean(axis=1)
        return beyond

    def _planned(self, covered: Flags, lead: int) -> Floats:
        """The share of each of the days from `lead` on that is covered (p x d)."""
        share = covered.astype(float)
        if lead == 0:
            share[:, 0] *= self.rest.left
        return share


def _demand_over(demand: Floats, mean: Floats, covered: Floats) -> list[DemandOverDays]:
    """By product, the distribution of demand (p x d x s; its mean by day p x d) over the shares of days that are
    covered (p x d)."""
    sums = (demand * covered[:, :, None]).sum(axis=1)
    means = (mean * covered).sum(axis=1)
    quantiles = np.quantile(sums, [0.1, 0.5, 0.9], axis=1)
    return [DemandOverDays(*(float(value) for value in values)) for values in zip(means, *quantiles, strict=True)]


def _expires(expired: Floats, order_date: date) -> dict[date, float]:
    """What expires by day (t), of the days on which anything does."""
    return {order_date + timedelta(days=int(day)): float(expired[day]) for day in np.flatnonzero(expired > NOTHING)}


def _highest_seen(cover: Cover, outlook: WarehouseOutlook, forecast: ForecastDays) -> float | None:
    """Above the highest quantile that forecasts tell, every order is extrapolated; that sets no product apart."""
    seen = outlook.highest_seen.get(cover.product_id)
    return None if seen is None or seen >= forecast.probabilities[-1] else seen
