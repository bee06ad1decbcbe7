"""what promotions that are over did in each warehouse"""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0070"

LOST_GOING_BACK = (
    "what promotions did (promotion_reviews), which `freshfront report days` works out again of those that ended in "
    "the last eight weeks"
)
COUNTED = ("days", "known_days", "days_after", "demand", "sold", "alike", "planned_days")
NOT_ALWAYS_KNOWN = (
    *("usual", "usual_error", "planned", "planned_usual", "ahead", "ahead_error", "siblings", "siblings_error"),
    *("wasted", "margin", "usual_margin", "ahead_money", "own_error", "sibling_money", "sibling_money_error"),
    *("waste_money", "waste_error"),
)


def upgrade() -> None:
    op.create_table(
        "promotion_reviews",
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("discount", sa.Double(), nullable=False),
        sa.Column("promoted", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in COUNTED),
        *(sa.Column(name, sa.Double(), nullable=True) for name in NOT_ALWAYS_KNOWN),
        sa.PrimaryKeyConstraint("product_id", "starts_on", "warehouse_id", name=op.f("pk_promotion_reviews")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_promotion_reviews_ends_on"), "promotion_reviews", ["ends_on"])


def downgrade() -> None:
    op.drop_table("promotion_reviews")
