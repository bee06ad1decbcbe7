"""what suppliers ask for a whole order: the cost of a delivery, the least value and number of packs"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0041"
down_revision = "0039"

LOST_GOING_BACK = "what suppliers ask for whole orders (supplier_terms)"


def upgrade() -> None:
    op.create_table(
        "supplier_terms",
        sa.Column("supplier_id", sa.String(64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date()),
        sa.Column("delivery_cost", types.Exact(4), nullable=False),
        sa.Column("min_order_value", types.Exact(4), nullable=False),
        sa.Column("min_order_packs", sa.Integer(), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.CheckConstraint("delivery_cost >= 0", name=op.f("ck_supplier_terms_delivery_cost_is_not_negative")),
        sa.CheckConstraint("min_order_value >= 0", name=op.f("ck_supplier_terms_least_value_is_not_negative")),
        sa.CheckConstraint("min_order_packs >= 0", name=op.f("ck_supplier_terms_least_packs_are_not_negative")),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["suppliers.supplier_id"], name=op.f("fk_supplier_terms_supplier_id_suppliers")
        ),
        sa.PrimaryKeyConstraint("supplier_id", "valid_from", name=op.f("pk_supplier_terms")),
    )


def downgrade() -> None:
    op.drop_table("supplier_terms")
