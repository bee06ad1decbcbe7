"""The floor as data: aisles, bays and levels of slots, humidity of zones, points and walkways, the routing rule; what
products ask of a place; several suggested slots a product.

Revision ID: 0053
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0053"
down_revision = "0054"
branch_labels = None
depends_on = None

LOST_GOING_BACK = (
    "the floor as data (floor_points, walkways, warehouses.routing, the aisles, bays, levels, weight limits and pick "
    "faces of slots, the humidity of zones), what products ask of a place (their weight, humidity, ethylene, odour, "
    "allergens, raw_meat), and of the slots suggested for a product all but the first (slot_suggestions.number)"
)


def upgrade() -> None:
    for table, columns in _new_columns().items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "floor_points",
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("point", sa.String(24), nullable=False),
        sa.Column("x_m", sa.Double(), nullable=False),
        sa.Column("y_m", sa.Double(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_floor_points_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("warehouse_id", "point", name=op.f("pk_floor_points")),
    )
    op.create_table(
        "walkways",
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("from_x_m", "from_y_m", "to_x_m", "to_y_m")),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_walkways_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("warehouse_id", "number", name=op.f("pk_walkways")),
    )
    op.add_column("slot_suggestions", sa.Column("number", sa.Integer(), nullable=False, server_default="1"))
    _key_suggestions("warehouse_id", "product_id", "number")


def downgrade() -> None:
    op.execute("DELETE FROM slot_suggestions WHERE number > 1")
    _key_suggestions("warehouse_id", "product_id")
    op.drop_column("slot_suggestions", "number")
    op.drop_table("walkways")
    op.drop_table("floor_points")
    for table, columns in _new_columns().items():
        for column in columns:
            op.drop_column(table, column.name)


def _key_suggestions(*columns: str) -> None:
    with op.batch_alter_table("slot_suggestions") as batch:  # which SQLite makes anew
        batch.drop_constraint("pk_slot_suggestions", type_="primary")
        batch.create_primary_key("pk_slot_suggestions", list(columns))


def _new_columns() -> dict[str, tuple[sa.Column[Any], ...]]:
    return {
        "warehouses": (sa.Column("routing", sa.String(24), nullable=False, server_default="combined"),),
        "zones": (sa.Column("humidity_low_pct", sa.Double()), sa.Column("humidity_high_pct", sa.Double())),
        "slots": (
            sa.Column("aisle", sa.String(64)),
            sa.Column("bay", sa.Integer()),
            sa.Column("level", sa.Integer()),
            sa.Column("max_weight_kg", types.Exact(3)),
            sa.Column("pick_face", sa.Boolean(), nullable=False, server_default=sa.true()),
        ),
        "products": (
            sa.Column("weight_kg", types.Exact(3)),
            sa.Column("humidity_low_pct", sa.Double()),
            sa.Column("humidity_high_pct", sa.Double()),
            sa.Column("ethylene", sa.String(24)),
            sa.Column("odour", sa.String(24)),
            sa.Column("allergens", sa.String()),
            sa.Column("raw_meat", sa.Boolean(), nullable=False, server_default=sa.false()),
        ),
    }
