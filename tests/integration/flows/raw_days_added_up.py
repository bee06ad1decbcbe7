"""The figures of the morning report worked out slowly, from docs/morning.md: every row of every table read, a loop over
warehouses, products and days, no sums kept. What is found is compared with what the report tells."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Engine, select

from data.database import reading
from data.tables import (
    AlarmRow,
    CategoryTermsRow,
    CourierDayRow,
    CourierTermsRow,
    DailySalesRow,
    ForecastRow,
    HandoverRow,
    InspectionRow,
    LotRow,
    OrderLineRow,
    PlanLineRow,
    ProductRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    RecoveredDemandRow,
    StockChangeRow,
    TransferRow,
    WarehouseRow,
)

DAY = timedelta(days=1)
MARKUP = 1.63
LATEST_COVER = 14
COST_DAYS = 28


@dataclass
class Line:
    """A product's day in a warehouse, as it was."""

    warehouse: Any
    product: Any
    day: date
    sold: float
    demand: float | None
    forecast: tuple[float, float] | None  # mean, median
    accepted: float
    deliveries: list[tuple[float, float]]  # bought, demanded
    rejected: dict[str, float]
    out: dict[str, float]
    thrown_money: float
    cost: float
    price: float
    goodwill: float
    disposal: float
    lines: list[tuple[bool, float | None]]  # edited, how much nearer to demand (None: not judged)
    stock: float | None


class Raw:
    """Every row, read once."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        with reading(engine) as session:
            session.expire_on_commit = False

            def all_of(row: type[Any]) -> list[Any]:
                return list(session.scalars(select(row)).unique())

            self.now = now
            self.warehouses = {one.warehouse_id: one for one in all_of(WarehouseRow)}
            self.products = {one.product_id: one for one in all_of(ProductRow)}
            self.sales, self.recovered, self.forecasts = (
                all_of(DailySalesRow),
                all_of(RecoveredDemandRow),
                all_of(ForecastRow),
            )
            self.lots, self.inspections, self.changes = all_of(LotRow), all_of(InspectionRow), all_of(StockChangeRow)
            self.plans = {one.plan_id: one for one in all_of(PurchasePlanRow)}
            self.plan_lines, self.alarms = all_of(PlanLineRow), all_of(AlarmRow)
            self.orders = [(one, list(one.lines)) for one in all_of(PurchaseOrderRow)]
            self.carried = {(one.to_warehouse_id, lot.to_lot_id) for one in all_of(TransferRow) for lot in one.lots}
            self.terms = all_of(CategoryTermsRow)
            self.order_lines, self.handovers = all_of(OrderLineRow), all_of(HandoverRow)
            self.courier_days, self.courier_terms = all_of(CourierDayRow), all_of(CourierTermsRow)
        self.latest_sales: dict[Any, Any] = {}
        for one in sorted(self.sales, key=lambda one: one.known_at):
            self.latest_sales[one.warehouse_id, one.product_id, one.date] = one.sales
        self.came: defaultdict[Any, list[Any]] = defaultdict(list)
        for lot in self.lots:
            if lot.lot_id != lot.product_id and (lot.warehouse_id, lot.lot_id) not in self.carried:
                day = self.day_of(lot.received_at, lot.warehouse_id)
                self.came[lot.warehouse_id, lot.product_id, day].append(lot)
        self.behind = {(one.warehouse_id, one.product_id): one for one in self.recovered}

    def day_of(self, moment: datetime, warehouse_id: str) -> date:
        return moment.astimezone(ZoneInfo(self.warehouses[warehouse_id].timezone)).date()

    def begin(self, day: date, warehouse_id: str) -> datetime:
        zone = ZoneInfo(self.warehouses[warehouse_id].timezone)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

    def sold(self, warehouse_id: str, product_id: str, day: date) -> float | None:
        return self.latest_sales.get((warehouse_id, product_id, day))

    def demand(self, warehouse_id: str, product_id: str, day: date) -> float | None:
        row = self.behind[warehouse_id, product_id]
        place = 27 - (row.last_day - day).days
        if not 0 <= place < 28 or row.how[place] == "-":
            return None
        return max(float(np.frombuffer(row.demand, "<f4")[place]), self.sold(warehouse_id, product_id, day) or 0.0)

    def forecast(self, warehouse_id: str, product_id: str, day: date) -> tuple[float, float] | None:
        mine = [one for one in self.forecasts if one.warehouse_id == warehouse_id]
        before = [one.origin for one in mine if one.origin <= self.begin(day, warehouse_id)]
        for one in mine:
            if before and (one.origin, one.product_id, one.date) == (max(before), product_id, day):
                return one.mean, one.q50
        return None

    def delivered(self, warehouse_id: str, product_id: str, day: date) -> list[Any]:
        return self.came[warehouse_id, product_id, day]

    def is_delivery(self, warehouse_id: str, product_id: str, day: date) -> bool:
        ordered = any(
            line.product_id == product_id and line.quantity > line.cancelled
            for order, lines in self.orders
            if (order.warehouse_id, order.delivery_date) == (warehouse_id, day) and order.cancelled_at is None
            for line in lines
        )
        return ordered or any(lot.quantity_received > 0 for lot in self.delivered(warehouse_id, product_id, day))

    def wanted(self, warehouse_id: str, product_id: str, first: date, last: date) -> float | None:
        """None where of any day nothing is known of the warehouse."""
        total, day = 0.0, first
        while day <= last:
            if all(self.demand(warehouse_id, name, day) is None for name in self.products):
                return None
            total += self.demand(warehouse_id, product_id, day) or 0.0
            day += DAY
        return total

    def deliveries(self, warehouse_id: str, product_id: str, day: date) -> list[tuple[float, float]]:
        if not self.is_delivery(warehouse_id, product_id, day):
            return []
        last = day
        while (last - day).days < LATEST_COVER - 1 and not self.is_delivery(warehouse_id, product_id, last + DAY):
            last += DAY
        wanted = self.wanted(warehouse_id, product_id, day, last)
        accepted = sum(float(lot.quantity_received) for lot in self.delivered(warehouse_id, product_id, day))
        return [] if wanted is None else [(accepted, wanted)]

    def last_paid(self, warehouse_id: str, product_id: str, day: date) -> float | None:
        for ago in range(COST_DAYS):
            lots = [
                lot
                for lot in self.delivered(warehouse_id, product_id, day - ago * DAY)
                if lot.unit_cost is not None and lot.quantity_received > 0
            ]
            if lots:
                units = sum(float(lot.quantity_received) for lot in lots)
                return sum(float(lot.quantity_received) * float(lot.unit_cost) for lot in lots) / units
        return None

    def terms_of(self, category: str, moment: datetime, name: str) -> float:
        for which in (category, ""):
            known = [one for one in self.terms if one.category == which and one.known_at <= moment]
            if known and (said := getattr(max(known, key=lambda one: one.known_at), name)) is not None:
                return float(said)
        return 0.0

    def edits(self, warehouse_id: str, product_id: str, day: date) -> list[tuple[bool, float | None]]:
        lines = [
            line
            for line in self.plan_lines
            if (line.warehouse_id, line.product_id, line.delivery_date) == (warehouse_id, product_id, day)
            and (self.plans[line.plan_id].status == "approved" or line.approved_at is not None)
            and (line.planned_quantity > 0 or line.quantity > 0)
        ]
        if not lines:
            return []
        ordered, suggested = (sum(getattr(line, name) for line in lines) for name in ("quantity", "planned_quantity"))
        if ordered == suggested:
            return [(False, None)]
        last = min(lines[0].covers_until, day + (LATEST_COVER - 1) * DAY)
        wanted = self.wanted(warehouse_id, product_id, day, last)
        if wanted is None:
            return [(True, None)]
        beside = float(lines[0].usable_stock + lines[0].on_order)
        there = [
            beside + sum(float(getattr(line, name)) * line.share_accepted for line in lines)
            for name in ("planned_quantity", "quantity")
        ]
        return [(True, abs(there[0] - wanted) - abs(there[1] - wanted))]

    def stock(self, warehouse_id: str, product_id: str, day: date) -> float | None:
        """Of a product whose one lot was counted as a day began and whose sales drew on nothing else."""
        lots = [
            lot
            for lot in self.lots
            if (lot.warehouse_id, lot.product_id) == (warehouse_id, product_id) and lot.quantity_on_hand > 0
        ]
        if not lots or self.day_of(lots[0].counted_at, warehouse_id) > day:
            return None
        left, since = float(lots[0].quantity_on_hand), self.day_of(lots[0].counted_at, warehouse_id)
        while since <= day:
            left -= self.sold(warehouse_id, product_id, since) or 0.0
            since += DAY
        return left if left > 0 else None

    def line(self, warehouse_id: str, product_id: str, day: date) -> Line:
        goods, place = self.products[product_id], self.warehouses[warehouse_id]
        paid = self.last_paid(warehouse_id, product_id, day)
        listed = None if goods.list_price is None else float(goods.list_price)
        cost = paid if paid is not None else listed / MARKUP if listed is not None else 0.0
        price = listed if listed is not None else paid * MARKUP if paid is not None else 0.0
        rejected: defaultdict[str, float] = defaultdict(float)
        for one in self.inspections:
            mine = (one.warehouse_id, one.product_id) == (warehouse_id, product_id)
            if mine and self.day_of(one.inspected_at, warehouse_id) == day:
                rejected[one.stage.value] += float(one.inspected_quantity - one.accepted_quantity)
        out: defaultdict[str, float] = defaultdict(float)
        thrown_money = 0.0
        of_lot = {(lot.warehouse_id, lot.lot_id): lot for lot in self.lots}
        for one in self.changes:
            lot = of_lot[one.warehouse_id, one.lot_id]
            mine = (one.warehouse_id, lot.product_id) == (warehouse_id, product_id)
            if not mine or self.day_of(one.happened_at, warehouse_id) != day:
                continue
            if one.kind == "written_off":
                out[one.reason if one.reason in ("expired", "damaged") else "other"] -= float(one.quantity)
                thrown_money -= float(one.quantity) * (cost if lot.unit_cost is None else float(lot.unit_cost))
            elif one.kind in ("marked_down", "given_away"):
                out[one.kind.value] -= float(one.quantity)
        end = self.begin(day + DAY, warehouse_id)
        return Line(
            place, goods, day,
            self.sold(warehouse_id, product_id, day) or 0.0,
            self.demand(warehouse_id, product_id, day),
            self.forecast(warehouse_id, product_id, day),
            sum(float(lot.quantity_received) for lot in self.delivered(warehouse_id, product_id, day)),
            self.deliveries(warehouse_id, product_id, day),
            rejected, out, thrown_money, cost, price,
            self.terms_of(goods.category, end, "goodwill"),
            self.terms_of(goods.category, end, "disposal"),
            self.edits(warehouse_id, product_id, day),
            self.stock(warehouse_id, product_id, day),
        )  # fmt: skip

    def of_alarms(self, warehouse_id: str, day: date) -> tuple[int, float]:
        """Alarms raised on a day, and minutes outside."""
        begin, end = self.begin(day, warehouse_id), self.begin(day + DAY, warehouse_id)
        mine = [one for one in self.alarms if one.warehouse_id == warehouse_id]
        raised = sum(self.day_of(one.raised_at, warehouse_id) == day for one in mine)
        outside = 0.0
        for one in mine:
            if one.kind in ("too_warm", "too_cold"):
                until = min(one.ended_at or self.now, end)
                outside += max((until - max(one.began_at, begin)).total_seconds(), 0) / 60
        return raised, outside

    def of_orders(self, warehouse_id: str, day: date) -> tuple[int, list[float], int, float | None]:
        """Orders of a day, the minutes that those took of which anything is told, what was promised and what of it
        was planned."""
        orders: defaultdict[str, list[Any]] = defaultdict(list)
        for line in self.order_lines:
            if line.warehouse_id == warehouse_id and line.quantity > 0 and line.known_at <= self.now:
                orders[line.order_id].append(line)
        due, took = 0, []
        for order_id, lines in orders.items():
            first = min(line.ordered_at for line in lines)
            ahead = [line.wanted_on for line in lines if line.wanted_on is not None]
            if self.day_of(first, warehouse_id) != day or (ahead and min(ahead) != day):
                continue
            due += 1
            for done in self.handovers:
                minutes = (done.delivered_at - first).total_seconds() / 60
                told_of = (done.warehouse_id, done.order_id) == (warehouse_id, order_id) and done.known_at <= self.now
                if told_of and minutes >= 0:  # at the door before it was ordered: nothing is known of it
                    took.append(minutes)
        for plan in self.courier_days:
            if (plan.warehouse_id, plan.date) == (warehouse_id, day):
                return due if took else 0, took, plan.promise_minutes, plan.share
        terms = [one.terms for one in self.courier_terms if one.warehouse_id == warehouse_id]
        promised = terms[0].get("promise", {}).get("minutes", 45) if terms else 45
        return due if took else 0, took, promised, None


def figures(lines: Sequence[Line], raw: Raw, together: bool, of_days: Sequence[tuple[str, date]]) -> dict[Any, Any]:
    """Every figure of some lines, by name and currency (None: of all), None where it is not known. `together`: all
    warehouses of a currency buy as one."""

    def share(part: float, whole: float) -> float | None:
        return part / whole if whole > 0 else None

    def total(of: Callable[[Line], float], which: Iterable[Line] = lines) -> float:
        return sum(of(line) for line in which)

    known = [line for line in lines if line.demand is not None]
    told = [line for line in known if line.forecast is not None]
    bought: defaultdict[Any, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for line in lines:
        for units, wanted in line.deliveries:
            whose = line.warehouse.currency if together else line.warehouse.warehouse_id
            bought[whose, line.product.product_id, line.day][0] += units
            bought[whose, line.product.product_id, line.day][1] += wanted
    off = share(sum(abs(one - other) for one, other in bought.values()), sum(other for _, other in bought.values()))
    came = total(lambda line: line.accepted + line.rejected["receipt"])
    shelf = total(lambda line: line.out["expired"] + line.out["damaged"] + line.out["other"])
    at_door, before_leaving = (total(lambda line, s=stage: line.rejected[s]) for stage in ("receipt", "dispatch"))
    wanted = total(lambda line: line.demand or 0.0, told)
    lines_ordered = [one for line in lines for one in line.lines]
    judged = [nearer for edited, nearer in lines_ordered if edited and nearer is not None]
    found: dict[Any, Any] = {
        ("fill_rate", None): share(total(lambda line: line.sold, known), total(lambda line: line.demand or 0.0, known)),
        ("purchase_accuracy", None): None if off is None else 1 - off,
        ("wape", None): share(total(lambda line: abs(line.forecast[1] - line.demand), told), wanted),  # type: ignore[index,operator]
        ("wpe", None): share(total(lambda line: line.forecast[0] - line.demand, told), wanted),  # type: ignore[index,operator]
        ("waste", None): share(at_door + before_leaving + shelf, came),
        ("waste_receipt", None): share(at_door, came),
        ("waste_shelf", None): share(shelf, came),
        ("waste_dispatch", None): share(before_leaving, came),
        ("complained", None): share(total(lambda line: line.rejected["complaint"]), came),
        ("expired", None): share(total(lambda line: line.out["expired"]), came),
        ("damaged", None): share(total(lambda line: line.out["damaged"]), came),
        ("thrown_otherwise", None): share(total(lambda line: line.out["other"]), came),
        ("marked_down", None): share(total(lambda line: line.out["marked_down"]), came),
        ("given_away", None): share(total(lambda line: line.out["given_away"]), came),
        ("edited", None): share(sum(edited for edited, _ in lines_ordered), len(lines_ordered)),
        ("edits_nearer", None): share(sum(nearer > 0 for nearer in judged), len(judged)),
        ("units_nearer", None): sum(judged) if judged else None,
    }
    for currency in {line.warehouse.currency for line in lines}:
        mine = [line for line in lines if line.warehouse.currency == currency]
        found["short_money", currency] = total(
            lambda line: (
                0.0
                if line.demand is None
                else (line.demand - line.sold) * (max(line.price - line.cost, 0.0) + line.goodwill)
            ),
            mine,
        )
        could = total(lambda line: (line.demand or 0.0) * max(line.price - line.cost, 0.0), mine)
        found["waste_money", currency] = total(
            lambda line: (
                line.thrown_money
                + (line.rejected["receipt"] + line.rejected["dispatch"]) * (line.cost + line.disposal)
                + (line.out["expired"] + line.out["damaged"] + line.out["other"]) * line.disposal
            ),
            mine,
        )
        lost = share(found["short_money", currency] + found["waste_money", currency], could)
        found["earned", currency] = None if lost is None else 1 - lost
        stocked = [line for line in mine if line.stock is not None]
        lay = total(lambda line: (line.stock or 0.0) * line.cost, stocked)
        left = total(lambda line: line.sold * line.cost, stocked)
        found["stock_turns", currency] = 365 * left / lay if lay else None
        found["days_of_supply", currency] = share(lay, left)
    raised = [raw.of_alarms(*one) for one in of_days]
    found["alarms", None], found["minutes_outside", None] = (
        (sum(one) for one in zip(*raised, strict=True)) if raised else (0, 0)
    )
    waited = [raw.of_orders(*one) for one in of_days]
    told = [(minutes, promised, planned) for _, took, promised, planned in waited for minutes in took]
    planned = [share for *_, share in told if share is not None]
    found["handovers_told", None] = share(len(told), sum(due for due, *_ in waited))
    found["promise_kept", None] = share(sum(minutes <= promised for minutes, promised, _ in told), len(told))
    found["minutes_to_door", None] = share(sum(minutes for minutes, *_ in told), len(told))
    found["promise_planned", None] = share(sum(planned), len(planned))
    return found


def days_between(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY
