"""from when until when each warehouse sells a product, how its products are classed, and what is proposed to change"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0064"
down_revision = "0061"

LOST_GOING_BACK = (
    "from when until when warehouses sell products (product_ranges), their classes (product_classes) and proposals"
    " (assortment_proposals)"
)
RANGES = sa.Enum("trial", "retired", "moved", "on_demand", "kept", name="rangekind", native_enum=False, length=24)
PROPOSALS = sa.Enum("retire", "try", "move", "on_demand", name="proposalkind", native_enum=False, length=24)
STATUSES = sa.Enum("waiting", "accepted", "refused", "lapsed", name="proposalstatus", native_enum=False, length=24)


def upgrade() -> None:
    op.create_table(
        "product_ranges",
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.Column("kind", RANGES, nullable=False),
        sa.Column("sold_from", sa.Date()),
        sa.Column("sold_until", sa.Date()),
        sa.Column("proposal_id", sa.String(64)),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'kept' OR sold_until IS NULL", name=op.f("ck_product_ranges_what_is_kept_has_no_end")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_product_ranges_warehouse_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.product_id"], name=op.f("fk_product_ranges_product_id")),
        sa.PrimaryKeyConstraint("warehouse_id", "product_id", "known_at", name=op.f("pk_product_ranges")),
    )
    op.create_table(
        "product_classes",
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column("worked_out_at", types.Moment(), nullable=False),
        sa.Column("abc", sa.String(), nullable=False),
        sa.Column("xyz", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_product_classes_warehouse_id")
        ),
        sa.PrimaryKeyConstraint("warehouse_id", "product_id", name=op.f("pk_product_classes")),
    )
    op.create_table(
        "assortment_proposals",
        sa.Column("proposal_id", sa.String(64), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column("to_warehouse_id", sa.String(64)),
        sa.Column("kind", PROPOSALS, nullable=False),
        sa.Column("proposed_at", types.Moment(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Double(), nullable=False)
            for name in ("money", "money_low", "money_high", "margin_lost", "margin_kept")
        ),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("waste_saved", "waste_saved_money")),
        sa.Column("held_by_baskets", sa.Boolean(), nullable=False),
        sa.Column("trial_until", sa.Date()),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("status", STATUSES, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_at", types.Moment()),
        sa.Column("decided_by", sa.String()),
        sa.Column("reason", sa.String()),
        sa.Column("day", sa.Date()),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_assortment_proposals_warehouse_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_assortment_proposals_to_warehouse_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.product_id"], name=op.f("fk_assortment_proposals_product_id")
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_assortment_proposals")),
    )
    op.create_index(
        op.f("ix_assortment_proposals_warehouse_id_status_proposed_at"),
        "assortment_proposals",
        ["warehouse_id", "status", "proposed_at"],
    )
    op.create_index(op.f("ix_assortment_proposals_product_id_status"), "assortment_proposals", ["product_id", "status"])


def downgrade() -> None:
    for table in ("assortment_proposals", "product_classes", "product_ranges"):
        op.drop_table(table)
