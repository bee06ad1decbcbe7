"""what buyers expect to be wanted instead of the forecast"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0026"
down_revision = "0025"

LOST_GOING_BACK = "what buyers expect to be wanted instead of the forecast"


def upgrade() -> None:
    op.create_table(
        "demand_judgements",
        sa.Column("judgement_id", sa.String(64), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("quantity", types.Exact(3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("judged_by", sa.String(), nullable=False),
        sa.Column("judged_at", types.Moment(), nullable=False),
        sa.Column("withdrawn_at", types.Moment()),
        sa.Column("withdrawn_by", sa.String()),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouses.warehouse_id"],
                                name=op.f("fk_demand_judgements_warehouse_id_warehouses")),
        sa.ForeignKeyConstraint(["product_id"], ["products.product_id"],
                                name=op.f("fk_demand_judgements_product_id_products")),
        sa.PrimaryKeyConstraint("judgement_id", name=op.f("pk_demand_judgements")),
    )  # fmt: skip
    op.create_index("ix_demand_judgements_warehouse_id_last_day", "demand_judgements", ["warehouse_id", "last_day"])
    op.create_index("ix_demand_judgements_product_id", "demand_judgements", ["product_id"])


def downgrade() -> None:
    op.drop_table("demand_judgements")
