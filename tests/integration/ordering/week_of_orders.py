"""A simulated week of three warehouses in any order of events: orders placed at once or entered later, sent, confirmed
in full or short, cancelled; deliveries that are partial, late, early, short, double, missing, without a supplier or
corrected. After every event the tables say what the naive orders say, and past moments stay what they were."""

import shutil
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from data.database import open_database, reading, writing
from data.tables import PurchaseOrderRow
from flows.errors import NotNow
from flows.importing.documented_kinds import import_documented_file
from flows.ordering.cancelling import cancel_purchase_order
from flows.ordering.confirming import confirm_purchase_order
from flows.ordering.looking_up import facts_of_line, purchase_order
from flows.ordering.marking_sent import mark_sent
from flows.ordering.placing import NewPurchaseOrderLine
from flows.ordering.placing_by_hand import place_by_hand
from flows.ordering.under_way import lines_under_way
from flows.stock.receiving import Received, ReceivedLine, receive
from flows.stock.receiving_purchase_orders import receive_purchase_order
from tests.integration.ordering.conftest import furnish
from tests.integration.ordering.naive_orders import SHANGHAI, Line, Lot, NaiveOrders

WAREHOUSES, SUPPLIERS, PRODUCTS = ("W1", "W2", "W3"), ("F1", "F2"), ("milk", "kefir")
BEGIN = datetime(2026, 3, 2, 8, tzinfo=SHANGHAI)
FEW = st.integers(1, 6)
SOME_HOURS = st.integers(0, 30)
KINDS = ("under_way", "received", "declined", "cancelled", "lapsed")
HEADER = "lot_id,warehouse_id,product_id,supplier_id,received_at,known_at,quantity_received,quantity_on_hand"


class WeekOfOrders(RuleBasedStateMachine):
    """The week; `empty` is a migrated SQLite file without rows."""

    empty: Path

    @initialize()
    def open_the_shop(self) -> None:
        self.folder = Path(mkdtemp(prefix="week"))
        shutil.copy(self.empty, self.folder / "week.sqlite")
        self.engine = open_database(f"sqlite:///{self.folder / 'week.sqlite'}")
        with writing(self.engine) as session:
            furnish(session, list(WAREHOUSES))
        self.now = BEGIN
        self.naive = NaiveOrders()
        self.numbers: dict[str, str] = {}  # by order id
        self.then: list[tuple[datetime, dict[str, dict[tuple[str, int], int]]]] = []

    def teardown(self) -> None:
        if not hasattr(self, "engine"):
            return
        with reading(self.engine) as session:
            for moment, expected in self.then[:: max(1, len(self.then) // 5)]:
                found = {place: lines_under_way(session, place, moment) for place in WAREHOUSES}
                assert {
                    place: {(line.purchase_order_id, line.line_no): int(line.under_way) for line in lines}
                    for place, lines in found.items()
                } == expected, f"what was known at {moment} is another now"
        self.engine.dispose()
        shutil.rmtree(self.folder)

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        warehouse=st.sampled_from(WAREHOUSES),
        supplier=st.sampled_from(SUPPLIERS),
        ordered=st.dictionaries(st.sampled_from(PRODUCTS), FEW, min_size=1),
        days=st.integers(0, 3),
        hours_ago=st.one_of(st.just(0), SOME_HOURS),
    )
    def an_order_is_placed(
        self, warehouse: str, supplier: str, ordered: dict[str, int], days: int, hours_ago: int
    ) -> None:
        self._tick()
        at = self.now - timedelta(hours=hours_ago)
        due = at.date() + timedelta(days=days)
        with writing(self.engine) as session:
            order = place_by_hand(
                session,
                [
                    NewPurchaseOrderLine(supplier, warehouse, due, product_id, Decimal(quantity))
                    for product_id, quantity in ordered.items()
                ],
                self.now,
                "buyer",
                ordered_at=at,
            )
            name, number = order.purchase_order_id, order.number
        assert number not in self.numbers.values()
        self.numbers[name] = number
        for line_no, (product_id, quantity) in enumerate(ordered.items(), start=1):
            line = Line(name, number, line_no, warehouse, supplier, product_id, due, at, quantity)
            self.naive.lines[line.name] = line
        if hours_ago:
            self.naive.look_again(warehouse, set(ordered), at)

    @rule(
        warehouse=st.sampled_from(WAREHOUSES),
        supplier=st.sampled_from((*SUPPLIERS, None)),
        product_id=st.sampled_from(PRODUCTS),
        quantity=st.integers(1, 9),
        hours_ago=st.one_of(st.just(0), SOME_HOURS),
        by_file=st.booleans(),
    )
    def something_comes(
        self, warehouse: str, supplier: str | None, product_id: str, quantity: int, hours_ago: int, by_file: bool
    ) -> None:
        self._tick()
        lot = Lot(f"L{len(self.naive.lots):03}", warehouse, supplier, product_id, self.now - timedelta(hours=hours_ago))
        self.naive.lots[lot.name] = lot
        self.naive.bring(lot, quantity)
        if by_file:
            self._import([lot])
            return
        with writing(self.engine) as session:
            line = ReceivedLine(product_id, Decimal(quantity), lot_id=lot.lot_id)
            came = Received(warehouse, supplier, lot.came_at, [line])
            receipt = receive(session, f"R-{lot.lot_id}", came, self.now, "staff")
            assert receipt.lines[0].without_order == self.naive.without_order(lot)

    @precondition(lambda self: self.naive.lines)
    @rule(data=st.data(), quantity=st.integers(1, 9))
    def what_was_ordered_is_taken_in_by_its_order(self, data: st.DataObject, quantity: int) -> None:
        self._tick()
        line = self._one_of(data, self.naive.lines)
        with writing(self.engine) as session:
            receipt = receive_purchase_order(
                session,
                self.numbers[line.order_id],
                {line.line_no: Decimal(quantity)},
                self.now,
                "staff",
                receipt_id=f"R{len(self.naive.lots):03}",
            )
            lot_id = receipt.lines[0].lot_id
        assert lot_id is not None
        lot = Lot(lot_id, line.warehouse, line.supplier, line.product, self.now)
        self.naive.lots[lot.name] = lot
        self.naive.bring(lot, quantity, first=line.order_id)

    @precondition(lambda self: self.naive.lots)
    @rule(data=st.data(), said=st.integers(0, 9))
    def a_lot_is_corrected(self, data: st.DataObject, said: int) -> None:
        self._tick()
        lot = self._one_of(data, self.naive.lots)
        if said < lot.said:
            self.naive.take_back(lot, lot.said - said)
        else:
            self.naive.bring(lot, said - lot.said)
        self._import([lot])

    @precondition(lambda self: self.naive.lots)
    @rule()
    def the_file_of_all_lots_comes_again(self) -> None:
        self._tick()
        self._import(list(self.naive.lots.values()))

    @precondition(lambda self: self.naive.lines)
    @rule(data=st.data(), part=st.integers(0, 6))
    def a_supplier_confirms(self, data: st.DataObject, part: int) -> None:
        self._tick()
        line = self._one_of(data, self.naive.lines)
        said = min(part, line.ordered)
        of_order = self._lines_of(line.order_id)
        ended = not any(one.promised() for one in of_order)
        open_again = not any(one.units for one in of_order) and any(one.room() for one in of_order)
        try:
            with writing(self.engine) as session:
                confirm_purchase_order(session, line.order_id, {line.line_no: Decimal(said)}, self.now, "farm")
        except NotNow:
            assert ended
            assert not open_again
            return
        assert said == line.confirmed or not ended or open_again
        line.confirmed = said

    @precondition(lambda self: self.naive.lines)
    @rule(data=st.data(), whole=st.booleans())
    def it_is_cancelled(self, data: st.DataObject, whole: bool) -> None:
        self._tick()
        line = self._one_of(data, self.naive.lines)
        lines = self._lines_of(line.order_id) if whole else [line]
        came_in_full = all(one.ordered == len(one.units) for one in lines)
        try:
            with writing(self.engine) as session:
                line_no = None if whole else line.line_no
                cancel_purchase_order(session, self.numbers[line.order_id], self.now, "buyer", line_no=line_no)
        except NotNow:
            assert came_in_full
            return
        self.naive.cancel(lines)

    @precondition(lambda self: self.naive.lines)
    @rule(data=st.data())
    def it_is_sent(self, data: st.DataObject) -> None:
        self._tick()
        line = self._one_of(data, self.naive.lines)
        try:
            with writing(self.engine) as session:
                mark_sent(session, line.order_id, self.now, "buyer")
        except NotNow:
            assert line.order_id in self.naive.ended

    @invariant()
    def the_tables_say_what_happened(self) -> None:
        if not hasattr(self, "naive"):
            return
        with reading(self.engine) as session:
            for name, number in self.numbers.items():
                seen = purchase_order(session, number, self.now)
                for shown in map(facts_of_line, seen.lines):
                    line = self.naive.lines[name, shown["line_no"]]
                    assert {kind: int(shown[kind]) for kind in KINDS} == line.became(self.now), (line, shown)
                    assert sum(shown[kind] for kind in KINDS) == shown["ordered"] == line.ordered
            came = sum(len(line.units) for line in self.naive.lines.values())
            spare = sum(map(self.naive.without_order, self.naive.lots.values()))
            assert came + spare == sum(lot.said for lot in self.naive.lots.values())
            for order in session.scalars(select(PurchaseOrderRow)):
                to_come = any(line.promised() for line in self._lines_of(order.purchase_order_id))
                assert (order.closed_at is None) == to_come
        self.then.append((self.now, {place: self._under_way(place) for place in WAREHOUSES}))

    def _under_way(self, warehouse: str) -> dict[tuple[str, int], int]:
        became = {name: line.became(self.now) for name, line in self.naive.lines.items() if line.warehouse == warehouse}
        return {name: sums["under_way"] for name, sums in became.items() if sums["under_way"]}

    def _tick(self) -> None:
        self.now += timedelta(minutes=1)

    def _one_of(self, data: st.DataObject, what: dict) -> object:  # type: ignore[type-arg]
        return data.draw(st.sampled_from(list(what.values())))

    def _lines_of(self, order_id: str) -> list[Line]:
        return [line for line in self.naive.lines.values() if line.order_id == order_id]

    def _import(self, lots: list[Lot]) -> None:
        rows = [
            f"{lot.lot_id},{lot.warehouse},{lot.product},{lot.supplier or ''},{lot.came_at.isoformat()},"
            f"{self.now.isoformat()},{lot.said},0"
            for lot in lots
        ]
        path = self.folder / "lots.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n")
        import_documented_file(self.engine, "lots", path, now=self.now)
