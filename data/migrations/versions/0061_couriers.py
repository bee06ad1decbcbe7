"""on what terms couriers deliver, and how days are staffed"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0061"
down_revision = "0062"

LOST_GOING_BACK = "the terms of couriers that were set, and how days were staffed (courier_terms, courier_days)"


def upgrade() -> None:
    op.create_table(
        "courier_terms",
        sa.Column("warehouse_id", sa.String(length=64), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_courier_terms_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("warehouse_id", name=op.f("pk_courier_terms")),
    )
    op.create_table(
        "courier_days",
        sa.Column("warehouse_id", sa.String(length=64), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("origin", types.Moment(), nullable=False),
        sa.Column("planned_at", types.Moment(), nullable=False),
        sa.Column("promise_minutes", sa.Integer(), nullable=False),
        sa.Column("promised_share", sa.Double(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.Column("held_minutes", sa.Integer()),
        sa.Column("rain", sa.Boolean(), nullable=False),
        sa.Column("half_hours", sa.JSON(), nullable=False),
        sa.Column("shifts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_courier_days_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("warehouse_id", "date", name=op.f("pk_courier_days")),
    )


def downgrade() -> None:
    op.drop_table("courier_days")
    op.drop_table("courier_terms")
