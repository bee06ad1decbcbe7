"""how many orders are forecast for each half hour"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0067"
down_revision = "0066"

LOST_GOING_BACK = "the forecasts of orders by half hour, which the next forecast makes again"


def upgrade() -> None:
    op.create_table(
        "order_forecasts",
        sa.Column("warehouse_id", sa.String(length=64), nullable=False),
        sa.Column("half_hour", types.Moment(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("origin", types.Moment(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=False),
        sa.Column("dispersion", sa.Double(), nullable=False),
        sa.Column("day_dispersion", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("warehouse_id", "half_hour", name=op.f("pk_order_forecasts")),
    )


def downgrade() -> None:
    op.drop_table("order_forecasts")
