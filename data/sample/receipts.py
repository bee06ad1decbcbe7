"""What the simulated shelves leave on paper: lots with what is left of them, inspections, purchase orders under way."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import numpy as np

from data.sample.catalogue import Catalogue
from data.sample.extent import WARM_UP_DAYS, Extent
from data.sample.farms import Farms, as_price, in_units
from data.sample.replenishment import LONGEST_LEAD, Sourcing
from data.sample.shelves import Shelves
from data.sample.streams import stream
from data.tables import Stage

KEPT_DAYS = 28  # lots and inspections of the last four weeks; older lots only where something is left
ORDERED_AT_HOUR = 22
_DEFECTS = {
    "leaf vegetables": ("wilted", "yellow leaves", "residues above limit"),
    "other vegetables": ("bruised", "undersized", "residues above limit"),
    "fruit": ("bruised", "mould", "unripe"),
    "meat": ("off colour", "too warm on arrival"),
    "dairy": ("leaking pack", "short dated"),
    "frozen": ("thawed", "torn pack"),
    "dry goods": ("torn pack", "short dated"),
}


def lot_id(extent: Extent, warehouse: int, product_id: str, day: int) -> str:
    """The id of the lot of that product which that warehouse received on that day."""
    return f"L-{extent.warehouse_ids[warehouse]}-{product_id}-{extent.day(day):%Y%m%d}"


class Receipts:
    """Rows of the tables lots, inspections, purchase_orders and purchase_order_lines from a region's days."""

    def __init__(
        self, extent: Extent, catalogue: Catalogue, farms: Farms, sourcing: Sourcing, shelves: Shelves
    ) -> None:
        self._extent, self._catalogue, self._farms = extent, catalogue, farms
        self._sourcing, self._shelves = sourcing, shelves
        self._told_from = max(WARM_UP_DAYS, extent.simulated_days - KEPT_DAYS)
        self._days = extent.simulated_days
        # the share of what a farm showed that went through, by day and product; only good produce is shipped
        random = stream(extent.seed, "origin inspections")
        self._origin_scatter = random.gamma(3.0, 1 / 3, sourcing.offer[: self._days].shape)
        self._defect_choice = random.integers(0, 6, sourcing.offer[: self._days].shape)
        minutes = stream(extent.seed, "receipt times")
        self._minute = minutes.integers(5, 55, (self._days, len(farms.suppliers)))

    def lots(self) -> Iterator[tuple[object, ...]]:
        """The oldest is taken first, so what flowed out in all is missing from the first lots received."""
        received = self._shelves.received
        until = received.cumsum(0, dtype=np.int64)
        left = np.minimum(np.maximum(until - self._shelves.outflow, 0), received)
        recent = np.arange(self._days)[:, None, None] >= self._told_from
        told = (received > 0) & (recent | (left > 0))
        for warehouse, product_number, day in np.argwhere(told.transpose(1, 2, 0)).tolist():
            product = self._catalogue.products[product_number]
            offer = self._sourcing.offer[day, product_number]
            supplier = self._farms.supplier[offer]
            received_at = self._received_at(day, product_number)
            ordered = self._shelves.shipped[day, warehouse, product_number]
            yield (
                lot_id(self._extent, warehouse, product.product_id, day),
                self._extent.warehouse_ids[warehouse],
                product.product_id,
                self._farms.suppliers[supplier][0],
                received_at,
                self._extent.day(day + product.shelf_life_days - 1),
                in_units(int(received[day, warehouse, product_number]), product.portion),
                in_units(int(left[day, warehouse, product_number]), product.portion),
                self._price(offer, ordered),
                received_at,
            )

    def inspections(self) -> Iterator[tuple[object, ...]]:
        """At origin for the whole region, at receipt for each lot, before dispatch in samples."""
        for day in range(self._told_from, self._days):
            yield from self._origin_inspections(day)
            yield from self._warehouse_inspections(day, Stage.RECEIPT)
            yield from self._warehouse_inspections(day, Stage.DISPATCH)

    def _origin_inspections(self, day: int) -> Iterator[tuple[object, ...]]:
        shipped = self._shelves.shipped[day].sum(0)
        inspected_at = self._extent.moment(self._extent.day(day), 0, 30)
        for product_number in np.flatnonzero(shipped).tolist():
            product = self._catalogue.products[product_number]
            offer = self._sourcing.offer[day, product_number]
            share = min(float(self._shelves.wrong[offer] * self._origin_scatter[day, product_number]), 0.9)
            accepted = in_units(int(shipped[product_number]), product.portion)
            shown = in_units(round(int(shipped[product_number]) / (1 - share)), product.portion)
            yield (
                f"I-O-{product.product_id}-{self._extent.day(day):%Y%m%d}",
                Stage.ORIGIN,
                self._farms.suppliers[self._farms.supplier[offer]][0],
                product.product_id,
                None,
                None,
                inspected_at,
                shown,
                accepted,
                self._defect(day, product_number) if shown > accepted else None,
                inspected_at,
            )

    def _warehouse_inspections(self, day: int, stage: Stage) -> Iterator[tuple[object, ...]]:
        at_receipt = stage is Stage.RECEIPT
        shelves = self._shelves
        inspected = shelves.shipped[day] if at_receipt else shelves.sampled[day]
        accepted = shelves.received[day] if at_receipt else inspected - shelves.rejected[day]
        in_the_evening = self._extent.moment(self._extent.day(day), 21, 30)
        for warehouse, product_number in np.argwhere(inspected > 0).tolist():
            product = self._catalogue.products[product_number]
            supplier = None
            if at_receipt:
                supplier = self._farms.suppliers[self._farms.supplier[self._sourcing.offer[day, product_number]]][0]
            seen, good = int(inspected[warehouse, product_number]), int(accepted[warehouse, product_number])
            moment = self._received_at(day, product_number) if at_receipt else in_the_evening
            yield (
                f"I-{stage.value[0].upper()}-{lot_id(self._extent, warehouse, product.product_id, day)[2:]}",
                stage,
                supplier,
                product.product_id,
                self._extent.warehouse_ids[warehouse],
                lot_id(self._extent, warehouse, product.product_id, day) if at_receipt and good else None,
                moment,
                in_units(seen, product.portion),
                in_units(good, product.portion),
                self._defect(day, product_number) if good < seen else None,
                moment,
            )

    def orders_under_way(self) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        """Purchase orders for the days after `until`, and their lines."""
        orders: dict[str, tuple[object, ...]] = {}
        lines: list[tuple[object, ...]] = []
        for day in range(self._days, self._days + LONGEST_LEAD):
            ordered = self._shelves.ordered[day]
            delivery = self._extent.day(day)
            for warehouse, product_number in np.argwhere(ordered > 0).tolist():
                offer = self._sourcing.offer[day, product_number]
                supplier_id = self._farms.suppliers[self._farms.supplier[offer]][0]
                warehouse_id = self._extent.warehouse_ids[warehouse]
                order_id = f"PO-{warehouse_id}-{supplier_id}-{delivery:%Y%m%d}"
                ordered_on = self._extent.day(day - int(self._farms.lead[offer]))
                ordered_at = self._extent.moment(ordered_on, ORDERED_AT_HOUR)
                orders[order_id] = (order_id, None, supplier_id, warehouse_id, delivery, ordered_at, None)
                product = self._catalogue.products[product_number]
                quantity = int(ordered[warehouse, product_number])
                price = self._price(offer, quantity)
                lines.append((order_id, product.product_id, in_units(quantity, product.portion), price))
        return list(orders.values()), lines

    def _received_at(self, day: int, product_number: int) -> datetime:
        supplier = self._farms.supplier[self._sourcing.offer[day, product_number]]
        hour = int(self._shelves.arrived_at[day, product_number])
        return self._extent.moment(self._extent.day(day), hour, int(self._minute[day, supplier]))

    def _price(self, offer: int, portions: int) -> Decimal:
        return as_price(float(self._farms.unit_price(np.array([offer]), np.array([portions]))[0]))

    def _defect(self, day: int, product_number: int) -> str:
        known = _DEFECTS[self._catalogue.products[product_number].category]
        return known[int(self._defect_choice[day, product_number]) % len(known)]
