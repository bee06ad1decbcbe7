"""The shelves of all warehouses while days are played: customers buy from lots, and every midnight the sales and the
hours in stock are booked, the lots counted and what has had its last day written off, as a shop does it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

import numpy as np
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import DailyAvailabilityRow, DailySalesRow, LotRow
from flows.stock.counting import StockCount, count_stock
from flows.stock.writing_off import WriteOff, WriteOffReason, write_off
from warehouse.purchasing.simulation.played import Played
from warehouse.purchasing.simulation.shelf import DaySold, Lot, Shelf
from warehouse.purchasing.simulation.world import World

BY = "simulation"
SALES, AVAILABILITY = cast(Table, DailySalesRow.__table__), cast(Table, DailyAvailabilityRow.__table__)
SALES_COLUMNS = ("warehouse_id", "product_id", "date", "known_at", "sales", "hourly_sales")
AVAILABILITY_COLUMNS = ("warehouse_id", "product_id", "date", "known_at", "in_stock_hours")
HOUR_BITS = 1 << np.arange(24)


@dataclass
class Shelves:
    """By warehouse and product (numbers) a shelf; what the last day sold, until it is booked, and what it left of lots
    (warehouse number, number, product number) and threw away."""

    world: World
    played: Played
    shelves: dict[tuple[int, int], Shelf]
    sold: dict[tuple[int, int], DaySold] = field(default_factory=dict)
    there: list[tuple[int, int, Lot]] = field(default_factory=list)
    expired: list[tuple[int, int, Lot]] = field(default_factory=list)

    @classmethod
    def kept(cls, session: Session, world: World, played: Played) -> "Shelves":
        """As they are in a database."""
        shelves = {
            (warehouse, product): Shelf(freshest_first=world.goods[product].freshest_first)
            for warehouse in range(len(world.warehouse_ids))
            for product in range(len(world.goods))
        }
        warehouses = {name: at for at, name in enumerate(world.warehouse_ids)}
        products = {goods.product_id: at for at, goods in enumerate(world.goods)}
        query = select(LotRow).where(LotRow.quantity_on_hand > 0).order_by(LotRow.received_at, LotRow.lot_id)
        for lot in session.scalars(query):
            product = products[lot.product_id]
            goods = world.goods[product]
            last = goods.life_days if lot.expires_on is None else (lot.expires_on - world.days[0]).days
            cost = float((lot.unit_cost or Decimal(0)) * goods.portion)
            left = int(lot.quantity_on_hand / goods.portion)
            shelves[warehouses[lot.warehouse_id], product].put(Lot(lot.lot_id, left, last, cost))
        return cls(world, played, shelves)

    def sell(self, day: int, on_sale: np.ndarray) -> None:
        """Customers come; in the evening what was to be sold today at the latest is thrown away."""
        self.there, self.expired, self.sold = [], [], {}
        for (warehouse, product), shelf in self.shelves.items():
            goods, at = self.world.goods[product], (day, warehouse, product)
            wanted = self.world.wanted[at]
            sold = shelf.sell(wanted.tolist())
            there, expired = shelf.end_day(day)
            if on_sale[product]:
                self.sold[warehouse, product] = sold
            self.there += [(warehouse, product, lot) for lot in there]
            self.expired += [(warehouse, product, lot) for lot in expired]
            portion, price = float(goods.portion), float(goods.price)
            units = float(sold.sold.sum()) * portion
            self.played.wanted[at] = float(wanted.sum()) * portion
            self.played.sold[at] = units
            self.played.expired[at] = sum(lot.portions for lot in expired) * portion
            self.played.left[at] = shelf.portions * portion
            self.played.revenue[at] = units * price
            self.played.spent[at] += sold.cost + sum(lot.portions * lot.cost for lot in expired)

    def close(self, session: Session, day: int, midnight: datetime) -> None:
        """Books what a day sold at the midnight that ends it, counts the lots and writes off what has expired."""
        connection = session.connection()
        write_rows(connection, SALES, SALES_COLUMNS, self._sales(day, midnight), "fail")
        write_rows(connection, AVAILABILITY, AVAILABILITY_COLUMNS, self._availability(day, midnight), "fail")
        for warehouse, name in enumerate(self.world.warehouse_ids):
            key = f"{self.world.days[day]}-{name}"
            counted = self._quantities(self.there, warehouse)
            if counted:
                count_stock(session, f"count-{key}", StockCount(name, midnight, lots=counted), midnight, BY)
            if expired := self._quantities(self.expired, warehouse):
                after = midnight + timedelta(minutes=5)
                gone = WriteOff(name, expired, WriteOffReason.EXPIRED, after)
                write_off(session, f"expired-{key}", gone, after, BY)

    def _quantities(self, lots: list[tuple[int, int, Lot]], of_warehouse: int) -> list[tuple[str, Decimal]]:
        return [
            (lot.lot_id, lot.portions * self.world.goods[product].portion)
            for warehouse, product, lot in lots
            if warehouse == of_warehouse
        ]

    def _sales(self, day: int, midnight: datetime) -> Iterator[tuple[object, ...]]:
        for (warehouse, product), sold in self.sold.items():
            goods = self.world.goods[product]
            hourly = (sold.sold * float(goods.portion)).astype("<f4")
            ids = self.world.warehouse_ids[warehouse], goods.product_id
            yield *ids, self.world.days[day], midnight.astimezone(UTC), float(hourly.sum()), hourly.tobytes()

    def _availability(self, day: int, midnight: datetime) -> Iterator[tuple[object, ...]]:
        for (warehouse, product), sold in self.sold.items():
            ids = self.world.warehouse_ids[warehouse], self.world.goods[product].product_id
            yield *ids, self.world.days[day], midnight.astimezone(UTC), int(sold.in_stock @ HOUR_BITS)
