"""The figures of suppliers' scorecards worked out slowly, from docs/suppliers.md: every row of every table read, a loop
over order lines, lots and inspections, no sums kept. What is found is compared with what the scorecards tell."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from statistics import fmean, pstdev
from typing import Any

from sqlalchemy import Engine, select

from data.database import reading
from data.tables import OfferRow, PurchaseOrderEventRow, WarehouseRow

from .raw_days_added_up import DAY, LATEST_COVER, MARKUP, Raw

SILENT_DAYS = 28


class RawSuppliers(Raw):
    """Every row, and what is told of a supplier by them."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        super().__init__(engine, now)
        with reading(engine) as session:
            session.expire_on_commit = False
            self.tiers = {one.offer_id: list(one.tiers) for one in session.scalars(select(OfferRow))}
            self.events = list(session.scalars(select(PurchaseOrderEventRow)))
            self.currency = {one.warehouse_id: one.currency for one in session.scalars(select(WarehouseRow))}
        self.lot = {(one.warehouse_id, one.lot_id): one for one in self.lots}
        self._not_there = {name: self._all_not_there(name) for name in self.warehouses}

    def heard(self, order: Any) -> bool:
        """Whether something of an order of the supplier came to the warehouse on a day due shortly before."""
        return any(
            line.received > 0
            for other, lines in self.orders
            if (other.supplier_id, other.warehouse_id) == (order.supplier_id, order.warehouse_id)
            and other.cancelled_at is None
            and order.delivery_date - SILENT_DAYS * DAY < other.delivery_date <= order.delivery_date
            for line in lines
            if line.quantity > line.cancelled
        )

    def due(self) -> Iterator[tuple[Any, Any]]:
        """Order lines that count, of all days that are over."""
        for order, lines in self.orders:
            if order.cancelled_at is None and self.begin(order.delivery_date + DAY, order.warehouse_id) <= self.now:
                for line in lines:
                    if line.quantity > line.cancelled and self.heard(order):
                        yield order, line

    def late(self, order: Any, line: Any) -> float:
        end = self.begin(order.delivery_date + DAY, order.warehouse_id)
        return float(
            sum(
                event.quantity
                for event in self.events
                if (event.purchase_order_id, event.line_no) == (order.purchase_order_id, line.line_no)
                and event.kind == "received" and event.happened_at >= end
            )
        )  # fmt: skip

    def supplier_of(self, inspection: Any) -> str | None:
        lot = self.lot.get((inspection.warehouse_id, inspection.lot_id))
        return inspection.supplier_id or (lot.supplier_id if lot else None)

    def unit(self, warehouse_id: str, product_id: str, day: date) -> tuple[float, float, float]:
        """cost, lost where it is short, disposal."""
        goods, paid = self.products[product_id], self.last_paid(warehouse_id, product_id, day)
        listed = None if goods.list_price is None else float(goods.list_price)
        cost = paid if paid is not None else listed / MARKUP if listed is not None else 0.0
        price = listed if listed is not None else paid * MARKUP if paid is not None else 0.0
        end = self.begin(day + DAY, warehouse_id)
        goodwill, disposal = (self.terms_of(goods.category, end, name) for name in ("goodwill", "disposal"))
        return cost, max(price - cost, 0.0) + goodwill, disposal

    def ran_out(self, warehouse_id: str, product_id: str, day: date) -> float:
        total, last = 0.0, day
        while True:
            demand = self.demand(warehouse_id, product_id, last)
            total += 0.0 if demand is None else demand - (self.sold(warehouse_id, product_id, last) or 0.0)
            last += DAY
            if (last - day).days >= LATEST_COVER or self.is_delivery(warehouse_id, product_id, last) or (
                (product_id, last) in self._any_not_there[warehouse_id]
            ):  # fmt: skip
                return total

    def _all_not_there(self, warehouse_id: str) -> dict[tuple[str, date], dict[tuple[str, str], float]]:
        """By product and day, units by supplier and why."""
        found: defaultdict[tuple[str, date], defaultdict[tuple[str, str], float]] = defaultdict(
            lambda: defaultdict(float)
        )
        for order, line in self.due():
            if order.warehouse_id == warehouse_id:
                units = found[line.product_id, order.delivery_date]
                units[order.supplier_id, "missing"] += float(line.quantity - line.cancelled - line.received)
                units[order.supplier_id, "late"] += self.late(order, line)
        for one in self.inspections:
            if one.warehouse_id == warehouse_id and one.stage == "receipt":
                day = self.day_of(one.inspected_at, warehouse_id)
                whose = self.supplier_of(one) or ""
                rejected = float(one.inspected_quantity - one.accepted_quantity)
                found[one.product_id, day][whose, "rejected"] += rejected
        there = {key: dict(units) for key, units in found.items() if sum(units.values()) > 0}
        self._any_not_there = getattr(self, "_any_not_there", {}) | {warehouse_id: there}
        return there

    def lost(self, supplier: str, warehouses: Collection[str], first: date, last: date) -> dict[str, float]:
        money: defaultdict[str, float] = defaultdict(float)
        for name in warehouses:
            for (product_id, day), units in self._not_there[name].items():
                if first <= day <= last:
                    whole = sum(units.values())
                    lost = min(whole, self.ran_out(name, product_id, day)) * self.unit(name, product_id, day)[1]
                    for (whose, why), part in units.items():
                        money[why] += lost * part / whole if whose == supplier else 0.0
        return money

    def became_of(
        self, supplier: str, warehouses: Collection[str], first: date, last: date
    ) -> dict[tuple[str, str | None], float | None]:
        """What became of what it brought, as the morning report tells it: by figure and currency (None: of all)."""
        units: defaultdict[str, float] = defaultdict(float)
        money: defaultdict[str, float] = defaultdict(float)
        whole = sum(
            float(lot.quantity_received)
            for (name, _, day), lots in self.came.items()
            if name in warehouses and first <= day <= last
            for lot in lots
            if (lot.supplier_id or "") == supplier
        )
        for one in self.inspections:
            name, goods = one.warehouse_id, one.product_id
            if name in warehouses and (self.supplier_of(one) or "") == supplier:
                day, gone = self.day_of(one.inspected_at, name), float(one.inspected_quantity - one.accepted_quantity)
                if first <= day <= last:
                    units[one.stage.value] += gone
                    if one.stage in ("receipt", "dispatch"):
                        cost, _, disposal = self.unit(name, goods, day)
                        money[self.currency[name]] += gone * (cost + disposal)
        for one in self.changes:
            name, lot = one.warehouse_id, self.lot[one.warehouse_id, one.lot_id]
            day = self.day_of(one.happened_at, name)
            if name in warehouses and (lot.supplier_id or "") == supplier and first <= day <= last:
                thrown = one.kind == "written_off"
                units[(one.reason or "other") if thrown else one.kind.value] -= float(one.quantity)
                if thrown:
                    cost, _, disposal = self.unit(name, lot.product_id, day)
                    each = cost if lot.unit_cost is None else float(lot.unit_cost)
                    money[self.currency[name]] -= float(one.quantity) * (each + disposal)
        whole += units["receipt"]
        shelf = units["expired"] + units["damaged"] + units["other"]
        parts = {
            "waste": shelf + units["receipt"] + units["dispatch"], "waste_shelf": shelf,
            "waste_receipt": units["receipt"], "waste_dispatch": units["dispatch"], "complained": units["complaint"],
            "expired": units["expired"], "damaged": units["damaged"], "thrown_otherwise": units["other"],
            "marked_down": units["marked_down"], "given_away": units["given_away"],
        }  # fmt: skip
        shares = {(name, None): part / whole if whole > 0 else None for name, part in parts.items()}
        return shares | {("waste_money", self.currency[name]): money[self.currency[name]] for name in warehouses}

    def figures(self, supplier: str, warehouses: Collection[str], first: date, last: date) -> dict[str, float | None]:
        """Every figure of a supplier over some warehouses and days; None where it is not known."""

        def share(part: float, whole: float) -> float | None:
            return part / whole if whole > 0 else None

        def here(name: str, moment: datetime) -> bool:
            return name in warehouses and first <= self.day_of(moment, name) <= last

        due = [
            (order, line, self.late(order, line))
            for order, line in self.due()
            if order.supplier_id == supplier and order.warehouse_id in warehouses
            and first <= order.delivery_date <= last
        ]  # fmt: skip
        wanted = sum(float(line.quantity - line.cancelled) for _, line, _ in due)
        arrived = sum(float(line.received) for _, line, _ in due)
        came = [one for one in due if one[1].received > 0]
        full = [one for one in due if one[1].received >= one[1].quantity - one[1].cancelled]
        declined = late = bought = paid = of_tier = of_best = 0.0
        for _, line, after in due:
            late += after
            if line.confirmed is not None:
                said = max(line.confirmed, line.received)
                declined += max(float(line.quantity - line.cancelled - said), 0.0)
            if line.unit_price is not None:
                bought += float(line.received * line.unit_price)
                if tiers := self.tiers.get(line.offer_id):
                    reached = [one for one in tiers if one.min_quantity <= line.quantity] or tiers[:1]
                    paid += float(line.received * line.unit_price)
                    of_tier += float(line.received * max(reached, key=lambda one: one.min_quantity).unit_price)
                    of_best += float(line.received * min(one.unit_price for one in tiers))
        shown: defaultdict[str, float] = defaultdict(float)
        refused: defaultdict[str, float] = defaultdict(float)
        yields, rejected_money = [], 0.0
        for one in self.inspections:
            if self.supplier_of(one) != supplier:
                continue
            if one.warehouse_id is None:
                day = one.inspected_at.astimezone(UTC).date()
                if set(warehouses) != set(self.warehouses) or not first <= day <= last:
                    continue
            elif not here(one.warehouse_id, one.inspected_at):
                continue
            gone = float(one.inspected_quantity - one.accepted_quantity)
            shown[one.stage] += float(one.inspected_quantity)
            refused[one.stage] += gone
            if one.stage == "receipt" and one.inspected_quantity:
                yields.append(float(one.accepted_quantity / one.inspected_quantity))
            if one.stage in ("receipt", "dispatch"):
                day = self.day_of(one.inspected_at, one.warehouse_id)
                cost, _, disposal = self.unit(one.warehouse_id, one.product_id, day)
                rejected_money += gone * (cost + disposal)
        units = dated = life = 0.0
        for (name, _, day), lots in self.came.items():
            for lot in lots:
                if lot.supplier_id == supplier and name in warehouses and first <= day <= last:
                    units += float(lot.quantity_received)
                    lasts = self.products[lot.product_id].shelf_life_days
                    if lasts and lot.expires_on:
                        dated += float(lot.quantity_received)
                        life += float(lot.quantity_received) * max((lot.expires_on - day).days + 1, 0) / lasts
        lost = self.lost(supplier, warehouses, first, last)
        money = lost["missing"], lost["late"], lost["rejected"] + rejected_money
        gone = refused["receipt"] + refused["dispatch"]
        taken = units + refused["receipt"]
        accepted = {stage: share(shown[stage] - refused[stage], shown[stage]) for stage in shown}

        def each_percent(of: float, part: float, whole: float) -> float | None:
            return share(of, 100 * part / whole if whole else 0.0)

        return {
            "cost": sum(money), "cost_share": share(sum(money), bought), "bought_money": bought,
            "on_time": share(sum(not after for _, _, after in came), len(came)),
            "in_full": share(len(full), len(due)),
            "on_time_in_full": share(sum(not after for _, _, after in full), len(due)),
            "missing": share(wanted - arrived, wanted), "declined": share(declined, wanted),
            "late": share(late, wanted),
            "accepted_origin": accepted.get("origin"), "accepted_receipt": accepted.get("receipt"),
            "accepted_dispatch": accepted.get("dispatch"), "complained": share(refused["complaint"], taken),
            "yield_mean": fmean(yields) if yields else None, "yield_spread": pstdev(yields) if yields else None,
            "life_left": share(life, dated),
            "price_over_tier": share(paid - of_tier, of_tier), "price_over_best": share(paid - of_best, of_best),
            "missing_money": money[0], "late_money": money[1], "rejected_money": money[2],
            "missing_percent_money": each_percent(money[0], wanted - arrived, wanted),
            "late_percent_money": each_percent(money[1], late, wanted),
            "rejected_percent_money": each_percent(money[2], gone, taken),
        }  # fmt: skip
