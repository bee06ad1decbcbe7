"""Deliveries while days are played: what was ordered for a day comes, in part, late or not at all, is inspected, and is
taken in as at any door (`flows/stock/receiving.py`)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

import numpy as np
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.local_days import moment_there
from data.tables import PurchaseOrderRow
from flows.simulating.shelves import BY, Shelves
from flows.stock.receiving import Received, ReceivedLine, receive
from warehouse.purchasing.simulation.shelf import Lot


@dataclass(frozen=True)
class Coming:
    """A product of a supplier on its way to a warehouse (numbers): portions, and what a portion costs."""

    warehouse: int
    supplier: int
    product: int
    portions: int
    price: float


@dataclass
class Door:
    """The door of every warehouse; `late` is what comes a day after it was due."""

    shelves: Shelves
    timezone: str
    late: list[Coming] = field(default_factory=list)

    def take_in(self, engine: Engine, day: int) -> None:
        """Takes in what comes on a day: what is due then, and what is late."""
        world = self.shelves.world
        coming, self.late = self.late, []
        with reading(engine) as session:
            due = list(self._due(session, world.days[day]))
        for one in due:
            if world.deliveries.fails[day, one.supplier]:
                continue
            if world.deliveries.late[day, one.supplier]:
                self.late.append(one)
            else:
                coming.append(one)
        together: defaultdict[tuple[int, int], list[Coming]] = defaultdict(list)
        for one in coming:
            together[one.warehouse, one.supplier].append(one)
        by_hour = sorted(together.items(), key=lambda item: (world.deliveries.hour[day, item[0][1]], item[0]))
        for (warehouse, supplier), lines in by_hour:
            self._receive(engine, day, warehouse, supplier, lines)

    def _due(self, session: Session, day: date) -> Iterable[Coming]:
        """What is ordered for a day, all packs of a product and supplier together."""
        world = self.shelves.world
        warehouses = {name: at for at, name in enumerate(world.warehouse_ids)}
        products = {goods.product_id: at for at, goods in enumerate(world.goods)}
        suppliers = {name: at for at, name in enumerate(world.deliveries.supplier_ids)}
        found: defaultdict[tuple[int, int, int], list[tuple[int, float]]] = defaultdict(list)
        orders = select(PurchaseOrderRow).where(
            PurchaseOrderRow.delivery_date == day, PurchaseOrderRow.cancelled_at.is_(None)
        )
        for order in session.scalars(orders.order_by(PurchaseOrderRow.purchase_order_id)):
            for line in order.lines:
                product = products[line.product_id]
                portion = world.goods[product].portion
                to_come = int((line.quantity - line.received - line.cancelled) / portion)
                key = warehouses[order.warehouse_id], suppliers[order.supplier_id], product
                found[key].append((to_come, float((line.unit_price or Decimal(0)) * portion)))
        for key, lines in sorted(found.items()):
            portions = sum(one for one, _ in lines)
            if portions > 0:
                yield Coming(*key, portions, sum(one * price for one, price in lines) / portions)

    def _receive(self, engine: Engine, day: int, warehouse: int, supplier: int, lines: list[Coming]) -> None:
        world, played = self.shelves.world, self.shelves.played
        deliveries = world.deliveries
        supplier_id = deliveries.supplier_ids[supplier]
        product = np.array([line.product for line in lines])
        came = np.array([int(line.portions * deliveries.brought[day, supplier]) for line in lines])
        share = np.array([deliveries.rejected[world.goods[at].product_id, supplier_id] for at in product])
        accepted = deliveries.accepted(day, warehouse, product, share, came)
        taken = [at for at in range(len(lines)) if came[at] > 0]
        if not taken:
            return
        hour = int(deliveries.hour[day, supplier])
        at_the_door = moment_there(world.days[day], time(hour), self.timezone)
        received = []
        for at in taken:
            goods = world.goods[product[at]]
            rejected = (int(came[at]) - int(accepted[at])) * goods.portion
            defect = "not as ordered" if rejected else None
            received.append(ReceivedLine(goods.product_id, int(accepted[at]) * goods.portion, rejected, defect))
        name = world.warehouse_ids[warehouse]
        receipt_id = f"{world.days[day]}-{name}-{supplier_id}"
        came_in = Received(name, supplier_id, at_the_door, received)
        with writing(engine) as session:
            receipt = receive(session, receipt_id, came_in, at_the_door, BY)
            lot_ids = [line.lot_id for line in receipt.lines]
        for at, lot_id in zip(taken, lot_ids, strict=True):
            goods, cell = world.goods[product[at]], (day, warehouse, int(product[at]))
            paid, portion = float(came[at]) * lines[at].price, float(goods.portion)
            played.came[cell] += float(came[at]) * portion
            played.rejected[cell] += float(came[at] - accepted[at]) * portion
            if lot_id is None:
                played.spent[cell] += paid
                continue
            last_day = day + goods.life_days - 1
            lot = Lot(lot_id, int(accepted[at]), last_day, paid / int(accepted[at]), hour)
            self.shelves.shelves[warehouse, int(product[at])].put(lot)
