"""what is found wrong with the days that data bring; promotions by the day they begin"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0070"
down_revision = "0071"

LOST_GOING_BACK = "what was found wrong with the days that data brought (findings)"
BY_DAY = "ix_promotions_warehouse_id_starts_on"


def upgrade() -> None:
    op.create_table(
        "findings",
        sa.Column("finding_id", sa.String(length=64), nullable=False),
        sa.Column("warehouse_id", sa.String(length=64), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("seen", sa.Double()),
        sa.Column("usual", sa.Double()),
        sa.Column("chance", sa.Double(), nullable=False),
        sa.Column("found_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment()),
        sa.Column("ended_because", sa.String(length=24)),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_findings_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_findings")),
    )
    op.create_index(op.f("ix_findings_warehouse_id_ended_at"), "findings", ["warehouse_id", "ended_at"])
    op.create_index(op.f("ix_findings_found_at_finding_id"), "findings", ["found_at", "finding_id"])
    op.create_index(op.f(BY_DAY), "promotions", ["warehouse_id", "starts_on"])


def downgrade() -> None:
    op.drop_index(op.f(BY_DAY), "promotions")
    op.drop_table("findings")
