"""an outbox of what is to be told, recovery margins, excursions in sensor states"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0007"
down_revision = "0006"

LOST_GOING_BACK = "events that no webhook was told of, and the margins by which an alarm ends"

DELIVERY_EVENT = "fk_webhook_deliveries_event_id"
deliveries = sa.table(
    "webhook_deliveries",
    sa.column("delivery_id", sa.String()),
    sa.column("event_id", sa.String()),
    sa.column("payload", sa.JSON()),
)
sensor_states = sa.table("sensor_states", sa.column("sensor_id", sa.String()), sa.column("state", sa.JSON()))


def upgrade() -> None:
    op.add_column("limits", sa.Column("recovery_margin_c", sa.Double(), server_default="0", nullable=False))
    outbox = op.create_table(
        "outbox_events",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("happened_at", types.Moment(), nullable=False),
        sa.Column("written_at", types.Moment(), nullable=False),
        sa.Column("passed_on_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_outbox_events")),
    )
    op.create_index(
        op.f("ix_outbox_events_not_passed_on"),
        "outbox_events",
        ["happened_at", "event_id"],
        sqlite_where=sa.text("passed_on_at IS NULL"),
        postgresql_where=sa.text("passed_on_at IS NULL"),
    )
    _move_payloads_to(outbox)
    with op.batch_alter_table("webhook_deliveries") as batch_op:
        batch_op.drop_column("payload")
        batch_op.create_foreign_key(op.f(DELIVERY_EVENT), "outbox_events", ["event_id"], ["event_id"])
    _change_states(lambda state: {name if name != "outside" else "excursion": kept for name, kept in state.items()})


def downgrade() -> None:
    _change_states(lambda state: {name if name != "excursion" else "outside": kept for name, kept in state.items()})
    with op.batch_alter_table("webhook_deliveries") as batch_op:
        batch_op.drop_constraint(op.f(DELIVERY_EVENT), type_="foreignkey")
        batch_op.add_column(sa.Column("payload", sa.JSON(), nullable=True))
    _move_payloads_back()
    with op.batch_alter_table("webhook_deliveries") as batch_op:
        batch_op.alter_column("payload", existing_type=sa.JSON(), nullable=False)
    op.drop_table("outbox_events")
    with op.batch_alter_table("limits") as batch_op:
        batch_op.drop_column("recovery_margin_c")


def _move_payloads_to(outbox: sa.Table) -> None:
    """What was written for each webhook becomes one event each, passed on already."""
    connection = op.get_bind()
    events: dict[str, dict[str, Any]] = {}
    for event_id, payload in connection.execute(sa.select(deliveries.c.event_id, deliveries.c.payload)):
        happened_at = datetime.fromisoformat(payload["timestamp"]).astimezone(UTC)
        at = {"happened_at": happened_at, "written_at": happened_at, "passed_on_at": happened_at}
        events[event_id] = {"event_id": event_id, "type": payload["type"], "payload": payload["data"]} | at
    if events:
        connection.execute(outbox.insert(), list(events.values()))


def _move_payloads_back() -> None:
    connection = op.get_bind()
    events = sa.table(
        "outbox_events",
        *(sa.column(name, sa.String()) for name in ("event_id", "type")),
        sa.column("payload", sa.JSON()),
        sa.column("happened_at", types.Moment()),
    )
    for event_id, type, data, happened_at in connection.execute(sa.select(events)).all():
        payload = {"type": type, "timestamp": happened_at.isoformat().replace("+00:00", "Z"), "data": data}
        connection.execute(sa.update(deliveries).where(deliveries.c.event_id == event_id).values(payload=payload))


def _change_states(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    connection = op.get_bind()
    for sensor_id, state in connection.execute(sa.select(sensor_states)).all():
        of_it = sensor_states.c.sensor_id == sensor_id
        connection.execute(sa.update(sensor_states).where(of_it).values(state=change(state)))
