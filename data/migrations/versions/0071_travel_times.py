"""how long couriers ride between the places that a warehouse delivers to"""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0068"

LOST_GOING_BACK = "matrices of travel times (travel_times), which can be imported again"


def upgrade() -> None:
    op.create_table(
        "travel_times",
        sa.Column("warehouse_id", sa.String(length=64), nullable=False),
        sa.Column("from_place", sa.String(length=64), nullable=False),
        sa.Column("to_place", sa.String(length=64), nullable=False),
        sa.Column("minutes", sa.Double(), nullable=False),
        sa.Column("orders", sa.Double()),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_travel_times_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("warehouse_id", "from_place", "to_place", name=op.f("pk_travel_times")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("travel_times")
