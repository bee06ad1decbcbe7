"""what happened to the purchase orders that were there before it was written down"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0010"
down_revision = "0009"

LOST_GOING_BACK = "nothing but what was written down of orders from before"

COLUMNS = ("order_event_id", "purchase_order_id", "kind", "by")
NOTE = "before 0010"


def upgrade() -> None:
    for column in ("lot_id", "receipt_id"):
        known = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            op.f(f"ix_purchase_order_events_{column}"),
            "purchase_order_events",
            [column],
            sqlite_where=known,
            postgresql_where=known,
        )
    op.create_index(op.f("ix_purchase_orders_delivery_date_number"), "purchase_orders", ["delivery_date", "number"])
    moments = {"happened_at": types.Moment(), "known_at": types.Moment()}
    events = _table("purchase_order_events", *COLUMNS, "note", "line_no", quantity=types.Exact(3), **moments)
    connection = op.get_bind()
    if found := list(_events(connection)):
        connection.execute(events.insert(), found)


def downgrade() -> None:
    op.execute(f"DELETE FROM purchase_order_events WHERE note = '{NOTE}'")  # noqa: S608 - our own text
    op.drop_index(op.f("ix_purchase_orders_delivery_date_number"), "purchase_orders")
    for column in ("lot_id", "receipt_id"):
        op.drop_index(op.f(f"ix_purchase_order_events_{column}"), "purchase_order_events")


def _table(name: str, *columns: str, **typed: Any) -> Any:
    return sa.table(name, *map(sa.column, columns), *(sa.column(column, type_) for column, type_ in typed.items()))


def _events(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """That each order was ordered and, where it is closed, that its lines came in full."""
    moment = types.Moment()
    orders = _table("purchase_orders", "purchase_order_id", "ordered_by", ordered_at=moment, closed_at=moment)
    lines = _table("purchase_order_lines", "purchase_order_id", "line_no", received=types.Exact(3))
    written = _table("purchase_order_events", "purchase_order_id")
    without = orders.c.purchase_order_id.not_in(sa.select(written.c.purchase_order_id))
    came = (
        sa.select(lines.c.purchase_order_id, lines.c.line_no, lines.c.received)
        .where(lines.c.received > 0)
        .order_by(lines.c.line_no)
    )
    lines_of: dict[str, list[Any]] = {}
    for line in connection.execute(came):
        lines_of.setdefault(line.purchase_order_id, []).append(line)
    for order in connection.execute(sa.select(orders).where(without).order_by(orders.c.purchase_order_id)).all():
        of_it = {"purchase_order_id": order.purchase_order_id, "by": order.ordered_by, "note": NOTE}
        at = {"happened_at": order.ordered_at, "known_at": order.ordered_at}
        name = f"{order.purchase_order_id}:0001"
        yield of_it | at | {"order_event_id": name, "kind": "ordered", "line_no": None, "quantity": None}
        received = lines_of.get(order.purchase_order_id, []) if order.closed_at else []
        for number, line in enumerate(received, start=2):
            at = {"happened_at": order.closed_at, "known_at": order.closed_at}
            what = {"kind": "received", "line_no": line.line_no, "quantity": line.received}
            yield of_it | at | what | {"order_event_id": f"{order.purchase_order_id}:{number:04}"}
