"""trials of a challenger beside what serves; what could have been earned of the demand that was known"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0065"
down_revision = "0064"

LOST_GOING_BACK = "trials with their days and looks, and what could have been earned on each day (wanted_money)"
SUMS = ("line_days", "product_days", "warehouse_days")


def upgrade() -> None:
    for table in SUMS:
        op.add_column(table, sa.Column("wanted_money", sa.Double(), nullable=False, server_default="0"))
    op.create_table(
        "trials",
        sa.Column("trial_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("compares", sa.String(), nullable=False),
        sa.Column("category", sa.String()),
        sa.Column("challenger", sa.JSON(), nullable=False),
        sa.Column("champion", sa.JSON(), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("effect", sa.Double(), nullable=False),
        sa.Column("design", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("winner", sa.String()),
        sa.Column("started_at", types.Moment(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("ended_at", types.Moment()),
        sa.Column("ended_by", sa.String()),
        sa.Column("because", sa.String()),
        sa.Column("promoted_at", types.Moment()),
        sa.Column("promoted_by", sa.String()),
        sa.PrimaryKeyConstraint("trial_id", name=op.f("pk_trials")),
    )
    op.create_table(
        "trial_days",
        sa.Column("trial_id", sa.String(64), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["trial_id"], ["trials.trial_id"], name=op.f("fk_trial_days_trial_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_trial_days_warehouse_id")),
        sa.PrimaryKeyConstraint("trial_id", "warehouse_id", "date", name=op.f("pk_trial_days")),
    )
    op.create_index(op.f("ix_trial_days_warehouse_id_date"), "trial_days", ["warehouse_id", "date"])
    op.create_table(
        "trial_looks",
        sa.Column("trial_id", sa.String(64), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("looked_at", types.Moment(), nullable=False),
        sa.Column("effect", sa.Double()),
        sa.Column("lowest", sa.Double()),
        sa.Column("highest", sa.Double()),
        sa.Column("decided", sa.Boolean(), nullable=False),
        sa.Column("contrasts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["trial_id"], ["trials.trial_id"], name=op.f("fk_trial_looks_trial_id")),
        sa.PrimaryKeyConstraint("trial_id", "period", name=op.f("pk_trial_looks")),
    )


def downgrade() -> None:
    for table in ("trial_looks", "trial_days", "trials"):
        op.drop_table(table)
    for table in SUMS:
        op.drop_column(table, "wanted_money")
