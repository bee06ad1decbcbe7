"""when customers' orders were at the door, and what of each day's promise was kept"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0073"
down_revision = "0072"

LOST_GOING_BACK = "when customers' orders were at the door (handovers), to be imported again, and the promise kept"
SUMS = ("orders_due", "orders_told", "orders_in_time", "minutes_waited", "orders_planned", "planned_in_time")


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("warehouse_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("delivered_at", types.Moment(), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("warehouse_id", "order_id", name=op.f("pk_handovers")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_handovers_warehouse_id_delivered_at"), "handovers", ["warehouse_id", "delivered_at"])
    for name in SUMS:
        op.add_column("warehouse_days", sa.Column(name, sa.Double(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in SUMS:
        op.drop_column("warehouse_days", name)
    op.drop_table("handovers")
