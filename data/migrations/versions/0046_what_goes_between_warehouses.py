"""what may be carried between warehouses, at what cost, and what a plan carries"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0046"
down_revision = "0050"

LOST_GOING_BACK = (
    "how goods are carried between warehouses (transfer_terms), and what plans carried (plan_transfers); changes of "
    "stock stay"
)


def upgrade() -> None:
    op.create_table(
        "transfer_terms",
        sa.Column("from_warehouse_id", sa.String(64), nullable=False),
        sa.Column("to_warehouse_id", sa.String(64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date()),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.Column("drive_cost", types.Exact(4), nullable=False),
        sa.Column("cost_per_unit", types.Exact(4), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.CheckConstraint("from_warehouse_id <> to_warehouse_id", name=op.f("ck_transfer_terms_leads_elsewhere")),
        sa.CheckConstraint("hours >= 0", name=op.f("ck_transfer_terms_hours_are_not_negative")),
        sa.CheckConstraint("drive_cost >= 0", name=op.f("ck_transfer_terms_drive_cost_is_not_negative")),
        sa.CheckConstraint("cost_per_unit >= 0", name=op.f("ck_transfer_terms_cost_per_unit_is_not_negative")),
        *(
            sa.ForeignKeyConstraint(
                [name], ["warehouses.warehouse_id"], name=op.f(f"fk_transfer_terms_{name}_warehouses")
            )
            for name in ("from_warehouse_id", "to_warehouse_id")
        ),
        sa.PrimaryKeyConstraint("from_warehouse_id", "to_warehouse_id", "valid_from", name=op.f("pk_transfer_terms")),
    )
    op.create_table(
        "plan_transfers",
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("transfer_no", sa.Integer(), nullable=False),
        sa.Column("from_warehouse_id", sa.String(64), nullable=False),
        sa.Column("to_warehouse_id", sa.String(64), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column("quantity", types.Exact(3), nullable=False),
        sa.Column("lots", sa.JSON(), nullable=False),
        sa.Column("arrives_at", types.Moment(), nullable=False),
        sa.Column("waste_avoided", sa.Double(), nullable=False),
        sa.Column("shortage_avoided", sa.Double(), nullable=False),
        sa.Column("bought_less", sa.Double(), nullable=False),
        sa.Column("cost", types.Exact(4), nullable=False),
        sa.Column("earns", types.Exact(4), nullable=False),
        sa.Column("approved_at", types.Moment()),
        sa.Column("approved_by", sa.String()),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_plan_transfers_something_is_carried")),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["purchase_plans.plan_id"],
            name=op.f("fk_plan_transfers_plan_id_purchase_plans"),
            ondelete="CASCADE",
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], ["warehouses.warehouse_id"], name=op.f(f"fk_plan_transfers_{name}_warehouses")
            )
            for name in ("from_warehouse_id", "to_warehouse_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.product_id"], name=op.f("fk_plan_transfers_product_id_products")
        ),
        sa.PrimaryKeyConstraint("plan_id", "transfer_no", name=op.f("pk_plan_transfers")),
    )


def downgrade() -> None:
    op.drop_table("plan_transfers")
    op.drop_table("transfer_terms")
