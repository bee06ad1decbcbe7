"""demand behind the latest sales, and what promotions did"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0002"
down_revision = "0001"

LOST_GOING_BACK = (
    "demand behind the latest sales and what promotions did, which the next run of the day works out again"
)


def upgrade() -> None:
    op.create_table(
        "promotion_effects",
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("origin", types.Moment(), nullable=False),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("depth_from", sa.Double(), nullable=True),
        sa.Column("depth_to", sa.Double(), nullable=True),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("ratio", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("products", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("row_no", name=op.f("pk_promotion_effects")),
    )
    op.create_table(
        "recovered_demand",
        sa.Column("warehouse_id", sa.String(length=64), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("origin", types.Moment(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("demand", sa.LargeBinary(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("days_seen_whole", sa.Integer(), nullable=False),
        sa.Column("highest_seen_quantile", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("warehouse_id", "product_id", name=op.f("pk_recovered_demand")),
    )


def downgrade() -> None:
    op.drop_table("recovered_demand")
    op.drop_table("promotion_effects")
