"""the last day of a product and of a warehouse, and what a plan says beside its lines"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

LOST_GOING_BACK = "last days of products and of warehouses, and the notes of plans"


def upgrade() -> None:
    # ADD COLUMN keeps rows on both databases, where batch mode would copy the tables
    op.add_column("products", sa.Column("delisted_on", sa.Date()))
    op.add_column("warehouses", sa.Column("closed_on", sa.Date()))
    op.add_column("purchase_plans", sa.Column("notes", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("purchase_plans", "notes")
    op.drop_column("warehouses", "closed_on")
    op.drop_column("products", "delisted_on")
