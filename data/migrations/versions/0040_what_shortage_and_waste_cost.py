"""what a shortage and waste cost beyond margin and price, and floors on the fill rate, by category"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0040"
down_revision = "0041"

LOST_GOING_BACK = "what shortage and waste cost beyond margin and price, and floors on the fill rate (category_terms)"


def upgrade() -> None:
    op.create_table(
        "category_terms",
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.Column("goodwill", types.Exact(4)),
        sa.Column("disposal", types.Exact(4)),
        sa.Column("fill_rate_floor", sa.Double()),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.CheckConstraint("goodwill >= 0", name=op.f("ck_category_terms_goodwill_is_not_negative")),
        sa.CheckConstraint("disposal >= 0", name=op.f("ck_category_terms_disposal_is_not_negative")),
        sa.CheckConstraint("fill_rate_floor BETWEEN 0 AND 0.999", name=op.f("ck_category_terms_floor_is_a_share")),
        sa.PrimaryKeyConstraint("category", "known_at", name=op.f("pk_category_terms")),
    )


def downgrade() -> None:
    op.drop_table("category_terms")
