"""messages that could not be kept, and clocks that differ"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0027"
down_revision = "0029"

LOST_GOING_BACK = "messages in quarantine, and clocks that differ"


def upgrade() -> None:
    op.create_table(
        "quarantined_messages",
        sa.Column("message_id", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("payload_bytes", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_tried_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_quarantined_messages")),
    )
    op.create_index(
        "ix_quarantined_messages_received_at_message_id", "quarantined_messages", ["received_at", "message_id"]
    )
    op.create_table(
        "clock_differences",
        sa.Column("clock_difference_id", sa.String(64), nullable=False),
        sa.Column("whose", sa.String(), nullable=False),
        sa.Column("sensor_id", sa.String(64)),
        sa.Column("ahead_seconds", sa.Double(), nullable=False),
        sa.Column("began_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment()),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.sensor_id"],
                                name=op.f("fk_clock_differences_sensor_id_sensors")),
        sa.PrimaryKeyConstraint("clock_difference_id", name=op.f("pk_clock_differences")),
    )  # fmt: skip
    op.create_index(
        "ix_clock_differences_not_ended",
        "clock_differences",
        ["clock_difference_id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("clock_differences")
    op.drop_table("quarantined_messages")
