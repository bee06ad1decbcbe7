"""A recall: from a lot to its farm, its purchase order, the warehouses it went to, and who may have got something."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Engine

from data.database import reading, writing
from data.tables import OrderLineRow
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.stock.blocking import block_lot
from flows.stock.moving import Transfer, move_to_warehouse
from flows.stock.receiving import Received, ReceivedLine, receive
from flows.stock.tracing import trace_lot

from .conftest import EVENING, MORNING, NOON, TODAY

HOUR = timedelta(hours=1)


def bought(order_id: str, warehouse_id: str, hours_after_noon: float, **more) -> OrderLineRow:
    at = NOON + hours_after_noon * HOUR
    line = {"line_no": 1, "product_id": "spinach", "quantity": Decimal(1), "known_at": at}
    return OrderLineRow(order_id=order_id, warehouse_id=warehouse_id, ordered_at=at, **line | more)


def test_a_lot_is_traced_to_its_farm_and_to_the_order_lines_of_the_hours_in_which_it_was_sold(shelves: Engine) -> None:
    with writing(shelves) as session:
        place_purchase_orders(
            session, [NewPurchaseOrderLine("F2", "W1", TODAY, "spinach", Decimal(30))], MORNING - 9 * HOUR, "Wu"
        )
        receive(
            session, "R1", Received("W1", "F2", NOON, [ReceivedLine("spinach", Decimal(30), lot_id="G9")]), NOON, "Li"
        )
    with writing(shelves) as session:
        move_to_warehouse(session, "M1", Transfer("W1", "G9", "W2", Decimal(10)), NOON + 2 * HOUR, "Li")
        block_lot(session, "W1", "G9", "recall", NOON + 4 * HOUR, "Li")
        session.add_all(
            [
                bought("before it came", "W1", -1),
                bought("ahead", "W1", -20, wanted_on=TODAY),
                bought("ahead for before", "W1", -30, wanted_on=TODAY - timedelta(days=1)),
                bought("in W1", "W1", 1),
                bought("once blocked", "W1", 5),
                bought("too early in W2", "W2", 1),
                bought("in W2", "W2", 3),
                bought("rice", "W2", 3, product_id="rice"),
                bought("brought back", "W2", 3.5, quantity=Decimal(-1)),
            ]
        )

    for warehouse in ("W1", "W2"):
        with reading(shelves) as session:
            trace = trace_lot(session, warehouse, "G9", EVENING)

            assert trace.supplier is not None
            assert trace.supplier.supplier_id == "F2"
            assert {part.lot.warehouse_id for part in trace.lots} == {"W1", "W2"}
            assert [receipt.receipt_id for receipt, _ in trace.receipts] == ["R1"]
            assert [(order.supplier_id, line.quantity) for order, line in trace.purchase_orders] == [("F2", 30)]
            assert [inspection.lot_id for inspection in trace.inspections] == ["G9"]
            assert [(row.kind, row.quantity) for row in trace.changes] == [
                ("received", 30), ("moved", -10), ("moved", 10),
            ]  # fmt: skip
            assert [line.order_id for line in trace.order_lines] == ["ahead", "in W1", "in W2"]
            assert trace.order_lines_in_all == 3
