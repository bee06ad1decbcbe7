"""in which form and by which route a webhook is told, what waits for what, a row an attempt, silences"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0034"
down_revision = "0036"

LOST_GOING_BACK = (
    "silences, attempts to send messages, and the routes of webhooks; webhooks of other kinds than Standard Webhooks "
    "are removed (silences, delivery_attempts, notifier, webhooks.kind, webhooks.route)"
)
webhooks = sa.table("webhooks", sa.column("webhook_id", sa.String()), sa.column("kind", sa.String()))
deliveries = sa.table(
    "webhook_deliveries",
    *(sa.column(name, sa.String()) for name in ("webhook_id", "event_id", "status", "last_error")),
    *(sa.column(name, types.Moment()) for name in ("created_at", "planned_at")),
)
events = sa.table("outbox_events", sa.column("event_id", sa.String()), sa.column("written_at", types.Moment()))


def upgrade() -> None:
    with op.batch_alter_table("webhooks") as batch:
        batch.add_column(sa.Column("kind", sa.String(24), server_default="standard", nullable=False))
        batch.add_column(sa.Column("route", sa.JSON(), server_default="{}", nullable=False))
        batch.add_column(sa.Column("disabled_by", sa.String()))
    with op.batch_alter_table("webhooks") as batch:
        batch.alter_column("kind", existing_type=sa.String(24), server_default=None)
        batch.alter_column("route", existing_type=sa.JSON(), server_default=None)
    with op.batch_alter_table("webhook_deliveries") as batch:
        batch.add_column(sa.Column("created_at", types.Moment()))
        batch.add_column(sa.Column("planned_at", types.Moment()))
        batch.add_column(sa.Column("about_alarm", sa.String(64)))
        batch.add_column(sa.Column("group_key", sa.String()))
        batch.add_column(sa.Column("held", sa.String(24)))
        batch.add_column(sa.Column("told_with", sa.String(64)))
    written = sa.select(events.c.written_at).where(events.c.event_id == deliveries.c.event_id).scalar_subquery()
    op.execute(sa.update(deliveries).values(created_at=written, planned_at=written))
    with op.batch_alter_table("webhook_deliveries") as batch:
        batch.alter_column("created_at", existing_type=types.Moment(), nullable=False)
        batch.alter_column("planned_at", existing_type=types.Moment(), nullable=False)
    for columns in INDEXES:
        op.create_index(f"ix_webhook_deliveries_{'_'.join(columns)}", "webhook_deliveries", columns)
    op.create_table(
        "delivery_attempts",
        sa.Column("delivery_id", sa.String(64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("began_at", types.Moment(), nullable=False),
        sa.Column("took_seconds", sa.Double(), nullable=False),
        sa.Column("status_code", sa.Integer()),
        sa.Column("error", sa.String()),
        sa.Column("answer", sa.String()),
        sa.PrimaryKeyConstraint("delivery_id", "attempt", name=op.f("pk_delivery_attempts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "silences",
        sa.Column("silence_id", sa.String(64), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("zone_id", sa.String(64)),
        sa.Column("sensor_id", sa.String(64)),
        sa.Column("kinds", sa.JSON()),
        sa.Column("starts_at", types.Moment(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("silence_id", name=op.f("pk_silences")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_silences_warehouse_id")),
    )
    op.create_index("ix_silences_ends_at", "silences", ["ends_at"])
    op.create_index("ix_silences_warehouse_id_ends_at", "silences", ["warehouse_id", "ends_at"])
    op.create_table(
        "notifier",
        sa.Column("only_row", sa.Integer(), nullable=False),
        sa.Column("looked_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_notifier")),
    )


INDEXES = (
    ["webhook_id", "status", "next_attempt_at"],
    ["webhook_id", "created_at", "delivery_id"],
    ["about_alarm", "webhook_id"],
    ["told_with"],
)


def downgrade() -> None:
    op.drop_table("notifier")
    op.drop_table("silences")
    op.drop_table("delivery_attempts")
    # an older version would post ours to an address that takes something else, and tell what is held back
    others = sa.select(webhooks.c.webhook_id).where(webhooks.c.kind != "standard")
    op.execute(sa.delete(deliveries).where(deliveries.c.webhook_id.in_(others)))
    op.execute(sa.delete(webhooks).where(webhooks.c.kind != "standard"))
    over = deliveries.c.status == "not_needed"
    op.execute(sa.update(deliveries).where(over).values(status="given_up", last_error="not needed any more"))
    for columns in INDEXES:
        op.drop_index(f"ix_webhook_deliveries_{'_'.join(columns)}", "webhook_deliveries")
    with op.batch_alter_table("webhook_deliveries") as batch:
        for name in ("told_with", "held", "group_key", "about_alarm", "planned_at", "created_at"):
            batch.drop_column(name)
    with op.batch_alter_table("webhooks") as batch:
        for name in ("disabled_by", "route", "kind"):
            batch.drop_column(name)
