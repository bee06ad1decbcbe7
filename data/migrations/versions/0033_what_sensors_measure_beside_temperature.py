"""what sensors measure beside temperature, and how payloads of devices are read"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0033"
down_revision = "0037"

LOST_GOING_BACK = (
    "what sensors measured beside temperature, and how payloads of devices are read (measurements, payload_mappings)"
)


def upgrade() -> None:
    op.create_table(
        "measurements",
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("quantity", sa.String(24), nullable=False),
        sa.Column("taken_at", types.Moment(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "quantity", "taken_at", name=op.f("pk_measurements")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "payload_mappings",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("kept_at", types.Moment(), nullable=False),
        sa.Column("kept_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_payload_mappings")),
    )


def downgrade() -> None:
    op.drop_table("payload_mappings")
    op.drop_table("measurements")
