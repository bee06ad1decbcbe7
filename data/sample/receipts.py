"""What the simulated shelves leave on paper: lots with what is left of them, inspections, purchase orders under way."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.sample.catalogue import Catalogue
from data.sample.extent import WARM_UP_DAYS, Extent
from data.sample.farms import Farms, as_price
from data.sample.replenishment import LONGEST_LEAD, Sourcing
from data.sample.shelves import Shelves
from data.sample.streams import stream
from data.tables import PurchaseOrderEventKind, Stage

KEPT_DAYS = 28  # lots and inspections of the last four weeks; older lots only where something is left
ORDERED_AT_HOUR = 22
BUYER = "sample region"
_DEFECTS = {
    "leaf vegetables": ("wilted", "yellow leaves", "residues above limit"),
    "other vegetables": ("bruised", "undersized", "residues above limit"),
    "fruit": ("bruised", "mould", "unripe"),
    "meat": ("off colour", "too warm on arrival"),
    "dairy": ("leaking pack", "short dated"),
    "frozen": ("thawed", "torn pack"),
    "dry goods": ("torn pack", "short dated"),
}


Numbers = NDArray[np.integer[Any]]


class Receipts:
    """Rows of the tables lots, inspections, purchase_orders, their lines and events from a region's days."""

    def __init__(
        self, extent: Extent, catalogue: Catalogue, farms: Farms, sourcing: Sourcing, shelves: Shelves
    ) -> None:
        self._extent, self._catalogue, self._farms = extent, catalogue, farms
        self._sourcing, self._shelves = sourcing, shelves
        self._days = extent.simulated_days
        self._told_from = max(WARM_UP_DAYS, self._days - KEPT_DAYS)
        self._product_ids = [product.product_id for product in catalogue.products]
        self._midnights = [extent.moment(day) for day in extent.all_days]
        minutes = stream(extent.seed, "receipt times").integers(5, 55, (self._days, len(farms.suppliers)))
        supplier = farms.supplier[np.maximum(sourcing.offer[: self._days], 0)]
        self._minute = shelves.arrived_at * 60 + np.take_along_axis(minutes, supplier, axis=1)
        random = stream(extent.seed, "origin inspections")
        self._origin_scatter = random.gamma(3.0, 1 / 3, self._minute.shape)
        self._defect_choice = random.integers(0, 6, self._minute.shape)

    def lots(self) -> Iterator[tuple[object, ...]]:
        """As they were left at the end of the last day. The oldest is taken first, so what flowed out in all is missing
        from the first lots received."""
        received = self._shelves.received
        left = np.clip(received.cumsum(0, dtype=np.int64) - self._shelves.outflow, 0, received)
        recent = np.arange(self._days)[:, None, None] >= self._told_from
        warehouse, product, day = np.nonzero(((received > 0) & (recent | (left > 0))).transpose(1, 2, 0))
        at = (day, warehouse, product)
        received_at = self._received_at(day, product)
        life = self._catalogue.life[product]
        return zip(
            (f"L-{key}" for key in self._keys(*at)),
            self._warehouse_ids(warehouse),
            (self._product_ids[number] for number in product),
            self._supplier_ids(day, product),
            received_at,
            (self._extent.day(int(number)) for number in day + life - 1),
            self._in_units(received[at], product),
            self._in_units(left[at], product),
            self._prices(day, product, self._shelves.shipped[at]),
            received_at,
            [self._midnights[self._days]] * len(received_at),
            strict=True,
        )

    def inspections(self) -> Iterator[tuple[object, ...]]:
        """At origin for the whole region, at receipt for each lot, before dispatch in samples."""
        return chain(self._origin_inspections(), self._receipt_inspections(), self._dispatch_inspections())

    def _origin_inspections(self) -> Iterator[tuple[object, ...]]:
        """Farms show more than they ship: only what passes is loaded, at night."""
        shipped = self._shelves.shipped.sum(1)
        day, product = self._told(np.nonzero(shipped))
        usual = self._shelves.wrong[self._sourcing.offer[day, product]]
        share = np.minimum(usual * self._origin_scatter[day, product], 0.9)
        accepted = shipped[day, product]
        shown = np.rint(accepted / (1 - share)).astype(int)
        inspected_at = [self._midnights[number] + timedelta(minutes=30) for number in day.tolist()]
        return zip(
            (
                f"I-O-{self._product_ids[p]}-{self._extent.all_days[d]:%Y%m%d}"
                for d, p in zip(day.tolist(), product.tolist(), strict=True)
            ),
            repeat(Stage.ORIGIN),
            self._supplier_ids(day, product),
            (self._product_ids[number] for number in product),
            repeat(None),
            repeat(None),
            inspected_at,
            self._in_units(shown, product),
            self._in_units(accepted, product),
            self._defects(day, product, shown > accepted),
            inspected_at,
        )

    def _receipt_inspections(self) -> Iterator[tuple[object, ...]]:
        at = self._told(np.nonzero(self._shelves.shipped))
        day, warehouse, product = at
        shipped, received = self._shelves.shipped[at], self._shelves.received[at]
        received_at = self._received_at(day, product)
        keys = list(self._keys(*at))
        return zip(
            (f"I-R-{key}" for key in keys),
            repeat(Stage.RECEIPT),
            self._supplier_ids(day, product),
            (self._product_ids[number] for number in product),
            self._warehouse_ids(warehouse),
            (f"L-{key}" if kept else None for key, kept in zip(keys, received, strict=True)),
            received_at,
            self._in_units(shipped, product),
            self._in_units(received, product),
            self._defects(day, product, shipped > received),
            received_at,
        )

    def _dispatch_inspections(self) -> Iterator[tuple[object, ...]]:
        at = self._told(np.nonzero(self._shelves.sampled))
        day, warehouse, product = at
        sampled, rejected = self._shelves.sampled[at], self._shelves.rejected[at]
        inspected_at = [self._midnights[number] + timedelta(hours=21, minutes=30) for number in day]
        return zip(
            (f"I-D-{key}" for key in self._keys(*at)),
            repeat(Stage.DISPATCH),
            repeat(None),
            (self._product_ids[number] for number in product),
            self._warehouse_ids(warehouse),
            repeat(None),
            inspected_at,
            self._in_units(sampled, product),
            self._in_units(sampled - rejected, product),
            self._defects(day, product, rejected > 0),
            inspected_at,
        )

    def orders_under_way(self) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        """Purchase orders for the days after `until`, numbered by the day of the order, and their lines."""
        ordered = self._shelves.ordered[: self._days + LONGEST_LEAD]
        under_way = np.arange(len(ordered))[:, None, None] >= self._days
        day, warehouse, product = at = np.nonzero((ordered > 0) & under_way)
        order_ids: list[str] = []
        line_nos: list[int] = []
        lines_of: Counter[str] = Counter()
        highest: Counter[date] = Counter()
        orders: dict[str, tuple[object, ...]] = {}
        leads = self._farms.lead[self._sourcing.offer[day, product]]
        columns = zip(
            day.tolist(), self._warehouse_ids(warehouse), self._supplier_ids(day, product), leads.tolist(), strict=True
        )
        for number, warehouse_id, supplier_id, lead in columns:
            delivery = self._extent.all_days[number]
            order_id = f"PO-{warehouse_id}-{supplier_id}-{delivery:%Y%m%d}"
            ordered_at = self._midnights[number - lead] + timedelta(hours=ORDERED_AT_HOUR)
            lines_of[order_id] += 1
            order_ids.append(order_id)
            line_nos.append(lines_of[order_id])
            if order_id not in orders:
                day_of_order = self._extent.all_days[number - lead]
                highest[day_of_order] += 1
                name = f"PO-{day_of_order:%Y%m%d}-{highest[day_of_order]:03}"
                terms = (supplier_id, warehouse_id, delivery, ordered_at, BUYER, ordered_at)
                orders[order_id] = (order_id, name, None, *terms)
        lines = zip(
            order_ids,
            line_nos,
            (self._product_ids[number] for number in product),
            self._in_units(ordered[at], product),
            self._prices(day, product, ordered[at]),
            strict=True,
        )
        return list(orders.values()), list(lines)

    def placed_and_sent(self, orders: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        """What happened to the purchase orders so far: each was sent as soon as it was placed."""
        for order_id, *_, ordered_at, by, sent_at in orders:
            yield f"{order_id}:0001", order_id, PurchaseOrderEventKind.ORDERED, ordered_at, ordered_at, by
            yield f"{order_id}:0002", order_id, PurchaseOrderEventKind.SENT, sent_at, sent_at, by

    def _told(self, at: tuple[Numbers, ...]) -> tuple[Numbers, ...]:
        """Only the cells, whose first number is the day, of the days whose papers are kept."""
        kept = at[0] >= self._told_from
        return tuple(numbers[kept] for numbers in at)

    def _keys(self, day: Numbers, warehouse: Numbers, product: Numbers) -> Iterator[str]:
        stamps = [f"{date_of:%Y%m%d}" for date_of in self._extent.all_days]
        ids = self._extent.warehouse_ids
        for d, w, p in zip(day.tolist(), warehouse.tolist(), product.tolist(), strict=True):
            yield f"{ids[w]}-{self._product_ids[p]}-{stamps[d]}"

    def _warehouse_ids(self, warehouse: Numbers) -> Iterator[str]:
        return (self._extent.warehouse_ids[number] for number in warehouse)

    def _supplier_ids(self, day: Numbers, product: Numbers) -> Iterator[str]:
        supplier = self._farms.supplier[self._sourcing.offer[day, product]]
        return (self._farms.suppliers[number][0] for number in supplier)

    def _received_at(self, day: Numbers, product: Numbers) -> list[datetime]:
        minutes = self._minute[day, product]
        return [
            self._midnights[number] + timedelta(minutes=minute)
            for number, minute in zip(day.tolist(), minutes.tolist(), strict=True)
        ]

    def _in_units(self, portions: Numbers, product: Numbers) -> Iterator[Decimal]:
        portion = [listed.portion for listed in self._catalogue.products]
        return (count * portion[number] for count, number in zip(portions.tolist(), product.tolist(), strict=True))

    def _prices(self, day: Numbers, product: Numbers, portions: Numbers) -> Iterator[Decimal]:
        offer = self._sourcing.offer[day, product]
        return (as_price(price) for price in self._farms.unit_price(offer, portions).tolist())

    def _defects(self, day: Numbers, product: Numbers, found: NDArray[np.bool_]) -> Iterator[str | None]:
        choices = self._defect_choice[day, product]
        for number, choice, has_defect in zip(product.tolist(), choices.tolist(), found.tolist(), strict=True):
            known = _DEFECTS[self._catalogue.products[number].category]
            yield known[choice % len(known)] if has_defect else None
