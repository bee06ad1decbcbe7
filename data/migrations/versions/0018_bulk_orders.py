"""days that hold a bulk order are kept with the forecasts that left them out"""

import sqlalchemy as sa
from alembic import op

from data.tables.types import Moment

revision = "0018"
down_revision = "0017"

LOST_GOING_BACK = "which days hold a bulk order, until the next forecast"


def upgrade() -> None:
    op.create_table(
        "bulk_orders",
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column("origin", Moment(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("sales", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("warehouse_id", "product_id", "origin", "date", name=op.f("pk_bulk_orders")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("bulk_orders")
