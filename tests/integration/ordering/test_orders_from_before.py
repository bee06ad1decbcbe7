"""Purchase orders that a database had before their life was written down stay what they were."""

from datetime import UTC, datetime

from alembic import command
from sqlalchemy import Engine, select, text

from data.database import _alembic, reading, upgrade_schema, writing
from data.tables import PurchaseOrderEventRow, PurchaseOrderRow
from flows.ordering.under_way import lines_under_way
from tests.integration.ordering.conftest import furnish

ORDERED, CAME = datetime(2026, 3, 1, 2, tzinfo=UTC), datetime(2026, 3, 2, 1, tzinfo=UTC)


def test_what_was_received_stays_received_and_what_was_not_stays_under_way(engine: Engine) -> None:
    with writing(engine) as session:
        furnish(session, ["W1"])
    command.downgrade(_alembic(engine), "0007")
    sqlite = engine.dialect.name == "sqlite"
    quantity = 40_000 if sqlite else 40
    moments = [moment.replace(tzinfo=None) if sqlite else moment for moment in (ORDERED, CAME)]
    ordered_at, came_at = (f"'{moment.isoformat(' ')}{'.000000' if sqlite else ''}'" for moment in moments)
    with writing(engine) as session:
        for name, due, received_at in (("A", "2026-03-02", came_at), ("B", "2026-03-03", "NULL")):
            session.execute(
                text(
                    "INSERT INTO purchase_orders (purchase_order_id, supplier_id, warehouse_id, delivery_date, "  # noqa: S608
                    f"ordered_at, received_at) VALUES ('{name}', 'F1', 'W1', '{due}', {ordered_at}, {received_at})"
                )
            )
            session.execute(
                text(
                    "INSERT INTO purchase_order_lines (purchase_order_id, line_no, product_id, quantity, unit_price) "  # noqa: S608
                    f"VALUES ('{name}', 1, 'milk', {quantity}, {quantity})"
                )
            )

    upgrade_schema(engine)

    with reading(engine) as session:
        orders = session.scalars(select(PurchaseOrderRow).order_by(PurchaseOrderRow.purchase_order_id)).all()
        assert [(row.number, row.closed_at, int(row.lines[0].received)) for row in orders] == [
            ("PO-20260301-001", CAME, 40),
            ("PO-20260301-002", None, 0),
        ]
        under_way = {moment: lines_under_way(session, "W1", moment) for moment in (ORDERED, CAME)}
        names = {at: [(of_it.purchase_order_id, int(of_it.under_way)) for of_it in under_way[at]] for at in under_way}
        assert names == {ORDERED: [("A", 40), ("B", 40)], CAME: [("B", 40)]}
        assert lines_under_way(session, "W1", datetime(2026, 3, 4, 15, 59, tzinfo=UTC)) == under_way[CAME]
        written = session.scalars(select(PurchaseOrderEventRow).order_by(PurchaseOrderEventRow.order_event_id))
        assert [(event.purchase_order_id, str(event.kind), event.known_at) for event in written] == [
            ("A", "ordered", ORDERED),
            ("A", "received", CAME),
            ("B", "ordered", ORDERED),
        ]
