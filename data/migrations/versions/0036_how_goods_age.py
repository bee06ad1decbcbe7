"""how much faster goods use their life where it is warmer, by class"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

LOST_GOING_BACK = "the shop's own shelf-life classes (shelf_life_classes)"
BANDS = ("leaf", "chilled", "tropical", "ambient", "frozen")


def upgrade() -> None:
    op.create_table(
        "shelf_life_classes",
        sa.Column("class_id", sa.String(64), nullable=False),
        sa.Column("band", sa.Enum(*BANDS, name="band", native_enum=False, length=24)),
        sa.Column("category", sa.String()),
        sa.Column("subcategory", sa.String()),
        sa.Column("q10", sa.Double(), nullable=False),
        sa.Column("reference_c", sa.Double(), nullable=False),
        sa.Column("valid_from_c", sa.Double(), nullable=False),
        sa.Column("valid_until_c", sa.Double(), nullable=False),
        sa.Column("chilling_below_c", sa.Double()),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("class_id", name=op.f("pk_shelf_life_classes")),
    )


def downgrade() -> None:
    op.drop_table("shelf_life_classes")
