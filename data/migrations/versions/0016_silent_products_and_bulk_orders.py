"""what a forecast found of products that may be sold no more, and of bulk orders, is kept beside it"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from data.tables.types import Moment

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    _create(
        "silent_products",
        sa.Column("last_sold_on", sa.Date(), nullable=False),
        sa.Column("silent_days", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
    )
    _create(
        "bulk_orders",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("sales", sa.Double(), nullable=False),
        of_a_day=True,
    )


def _create(name: str, *columns: sa.Column[Any], of_a_day: bool = False) -> None:
    """A table of products by the forecast that found them: what one forecast found lies together."""
    key = ["warehouse_id", "origin", "product_id", *(["date"] if of_a_day else [])]
    op.create_table(
        name,
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("origin", Moment(), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("bulk_orders")
    op.drop_table("silent_products")
