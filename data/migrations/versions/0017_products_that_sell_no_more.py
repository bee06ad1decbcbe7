"""products that may be sold no more are kept with the forecasts"""

import sqlalchemy as sa
from alembic import op

from data.tables.types import Moment

revision = "0017"
down_revision = "0015"

LOST_GOING_BACK = "which products may be sold no more, until the next forecast"


def upgrade() -> None:
    op.create_table(
        "silent_products",
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column("origin", Moment(), nullable=False),
        sa.Column("last_sold_on", sa.Date(), nullable=False),
        sa.Column("silent_days", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("warehouse_id", "product_id", "origin", name=op.f("pk_silent_products")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("silent_products")
