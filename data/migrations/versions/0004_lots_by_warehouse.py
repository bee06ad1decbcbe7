"""a lot number belongs to its warehouse"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0004"
down_revision = "0003"

LOST_GOING_BACK = "nothing but that lots whose number another warehouse has too carry their warehouse behind it: L1@W2"


def upgrade() -> None:
    _key_by("warehouse_id", "lot_id")


def downgrade() -> None:
    _name_after_their_warehouse()
    _key_by("lot_id")


def _name_after_their_warehouse() -> None:
    """Of lots of one number all but the first warehouse's."""
    others = (
        "EXISTS (SELECT 1 FROM lots AS other WHERE other.lot_id = {0}.lot_id AND other.warehouse_id < {0}.warehouse_id)"
    )
    renamed = "substr({0}.lot_id, 1, 31) || '@' || substr({0}.warehouse_id, 1, 32)"
    for table in ("inspections", "lots"):  # inspections name the lot, and look at the numbers that lots had
        op.execute(f"UPDATE {table} SET lot_id = {renamed.format(table)} WHERE {others.format(table)}")  # noqa: S608


def _key_by(*columns: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("pk_lots", "lots", type_="primary")
        op.create_primary_key("pk_lots", "lots", list(columns))
        return
    # SQLite cannot change a key: the rows move to a new table, which takes the name of the old one
    op.drop_index("ix_lots_warehouse_id_product_id", "lots")
    op.rename_table("lots", "lots_before")
    op.create_table(
        "lots",
        sa.Column("warehouse_id", sa.String(length=64), nullable=False),
        sa.Column("lot_id", sa.String(length=64), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("supplier_id", sa.String(length=64), nullable=True),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("quantity_received", types.Exact(3), nullable=False),
        sa.Column("quantity_on_hand", types.Exact(3), nullable=False),
        sa.Column("unit_cost", types.Exact(4), nullable=True),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.CheckConstraint("quantity_on_hand >= 0", name=op.f("ck_lots_on_hand_is_not_negative")),
        sa.ForeignKeyConstraint(["product_id"], ["products.product_id"], name=op.f("fk_lots_product_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["suppliers.supplier_id"], name=op.f("fk_lots_supplier_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_lots_warehouse_id")),
        sa.PrimaryKeyConstraint(*columns, name=op.f("pk_lots")),
    )
    kept = (
        "warehouse_id, lot_id, product_id, supplier_id, received_at, expires_on, quantity_received, quantity_on_hand, "
        "unit_cost, known_at"
    )
    op.execute(f"INSERT INTO lots ({kept}) SELECT {kept} FROM lots_before")  # noqa: S608 - our own names
    op.drop_table("lots_before")
    op.create_index("ix_lots_warehouse_id_product_id", "lots", ["warehouse_id", "product_id"])
