"""rows say when they changed; events are numbered as they are passed on; webhooks say what they are told of"""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from data.tables.types import Moment

revision = "0024"
down_revision = "0022"

LOST_GOING_BACK = (
    "when rows changed last, the numbers of events, and of which events webhooks are told; webhooks for some "
    "warehouses are disabled, since the older version tells them of all"
)

CHANGING = (
    *("warehouses", "zones", "limits", "sensors", "products", "suppliers", "supplier_closures", "offers"),
    *("lots", "receipts", "purchase_orders", "daily_sales", "promotions", "events"),
)
INDEXES: dict[str, list[tuple[str, ...]]] = {
    "daily_sales": [
        ("warehouse_id", "date", "product_id"),
        ("updated_at", "warehouse_id", "date", "product_id"),
    ],
    "promotions": [("updated_at", "warehouse_id", "product_id", "starts_on")],
    "lots": [(first, "warehouse_id", "lot_id") for first in ("received_at", "expires_on", "updated_at")],
    "receipts": [("supplier_id", "received_at"), ("received_at", "receipt_id"), ("updated_at", "receipt_id")],
    "purchase_orders": [("updated_at", "delivery_date", "number")],
    "outbox_events": [("type", "event_no")],
}
# what there was to be told of when the webhooks that are there were registered
TOLD_BEFORE = (
    *("alarm.raised", "alarm.ended", "alarm.acknowledged"),
    *("plan.late", "plan.fallback", "purchase_order.confirmed"),
)
AT_ONCE = 10_000


def upgrade() -> None:
    # nobody knows when the rows that are there changed: they count as changed now, which costs a reader one more look
    now = f"{datetime.now(UTC).replace(tzinfo=None).isoformat(' ', 'microseconds')}"
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in CHANGING:
        default = sa.text(f"'{now}'" if sqlite else f"'{now}+00'")
        op.add_column(table, sa.Column("updated_at", Moment(), nullable=False, server_default=default))
        if not sqlite:  # which would copy the table, and nothing writes a row without the moment
            op.alter_column(table, "updated_at", server_default=None)
    op.add_column("outbox_events", sa.Column("event_no", sa.BigInteger()))
    op.create_table(
        "outbox_event_warehouses",
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("event_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("warehouse_id", "event_no", name=op.f("pk_outbox_event_warehouses")),
        sqlite_with_rowid=False,
    )
    for name in ("types", "warehouse_ids"):
        op.add_column("webhooks", sa.Column(name, sa.JSON()))
    op.execute(
        sa.update(sa.table("webhooks", sa.column("types", sa.JSON))).values(
            types=sa.literal(list(TOLD_BEFORE), sa.JSON)
        )
    )
    _number_what_was_passed_on(op.get_bind())
    op.create_index("ix_outbox_events_event_no", "outbox_events", ["event_no"], unique=True)
    op.create_index(op.f("ix_outbox_event_warehouses_event_no"), "outbox_event_warehouses", ["event_no"])
    on_hand = sa.text("quantity_on_hand > 0")
    op.create_index(
        "ix_lots_on_hand", "lots", ["warehouse_id", "lot_id"], postgresql_where=on_hand, sqlite_where=on_hand
    )
    for table, indexes in INDEXES.items():
        for columns in indexes:
            op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def _number_what_was_passed_on(connection: sa.Connection) -> None:
    """In the order in which it was passed on, with the warehouses that it was about."""
    passed_on = sa.text(
        "SELECT event_id, payload FROM outbox_events WHERE passed_on_at IS NOT NULL "
        "ORDER BY passed_on_at, happened_at, event_id"
    )
    numbered: list[dict[str, Any]] = []
    about: list[dict[str, Any]] = []
    for number, (event_id, payload) in enumerate(connection.execute(passed_on).all(), start=1):
        told = json.loads(payload) if isinstance(payload, str) else payload
        of_one = [told["warehouse_id"]] if told.get("warehouse_id") else []
        numbered.append({"number": number, "id": event_id})
        about += [{"id": id, "number": number} for id in {*of_one, *told.get("warehouse_ids", ())}]
    set_number = sa.text("UPDATE outbox_events SET event_no = :number WHERE event_id = :id")
    add = sa.text("INSERT INTO outbox_event_warehouses (warehouse_id, event_no) VALUES (:id, :number)")
    for statement, rows in ((set_number, numbered), (add, about)):
        for first in range(0, len(rows), AT_ONCE):
            connection.execute(statement, rows[first : first + AT_ONCE])


def downgrade() -> None:
    for table, indexes in INDEXES.items():
        for columns in indexes:
            op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
    op.drop_index("ix_lots_on_hand", "lots")
    op.drop_index("ix_outbox_events_event_no", "outbox_events")
    webhooks = sa.table(
        "webhooks", *map(sa.column, ("disabled_at", "disabled_reason")), sa.column("warehouse_ids", sa.JSON)
    )
    op.execute(
        sa.update(webhooks)
        .where(sa.cast(webhooks.c.warehouse_ids, sa.String) != "null", webhooks.c.disabled_at.is_(None))
        .values(disabled_at=sa.text("CURRENT_TIMESTAMP"), disabled_reason="it was for some warehouses only")
    )
    for name in ("types", "warehouse_ids"):
        op.execute(f"ALTER TABLE webhooks DROP COLUMN {name}")
    op.drop_table("outbox_event_warehouses")
    op.execute("ALTER TABLE outbox_events DROP COLUMN event_no")
    for table in CHANGING:
        op.execute(f"ALTER TABLE {table} DROP COLUMN updated_at")
