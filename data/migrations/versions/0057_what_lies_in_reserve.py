"""How much of a lot lies in which reserve slot.

Revision ID: 0057
"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0057"
down_revision = "0055"
branch_labels = None
depends_on = None

LOST_GOING_BACK = "how much of which lot lies in which reserve slot (reserve_stock)"


def upgrade() -> None:
    op.create_table(
        "reserve_stock",
        sa.Column("slot_id", sa.String(64), nullable=False),
        sa.Column("lot_id", sa.String(64), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("quantity", types.Exact(3), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reserve_stock_something_lies_there")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.slot_id"], name=op.f("fk_reserve_stock_slot_id_slots")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_reserve_stock_warehouse_id_warehouses")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id", "lot_id"],
            ["lots.warehouse_id", "lots.lot_id"],
            name=op.f("fk_reserve_stock_warehouse_id_lot_id_lots"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slot_id", "lot_id", name=op.f("pk_reserve_stock")),
    )
    op.create_index(op.f("ix_reserve_stock_warehouse_id_lot_id"), "reserve_stock", ["warehouse_id", "lot_id"])


def downgrade() -> None:
    op.drop_table("reserve_stock")
