"""Moves that were suggested together, and what was expected of them.

Revision ID: 0055
"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0055"
down_revision = "0053"
branch_labels = None
depends_on = None

LOST_GOING_BACK = "which moves were suggested together, and what was expected of them (move_batches, moves.batch_id)"


def upgrade() -> None:
    op.create_table(
        "move_batches",
        sa.Column("batch_id", sa.String(64), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("metres_before", sa.Double()),
        sa.Column("metres_after", sa.Double()),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_move_batches_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_move_batches")),
    )
    op.create_index(
        op.f("ix_move_batches_warehouse_id_created_at_batch_id"),
        "move_batches",
        ["warehouse_id", "created_at", "batch_id"],
    )
    with op.batch_alter_table("moves") as batch:
        batch.add_column(sa.Column("batch_id", sa.String(64)))
        batch.create_foreign_key(op.f("fk_moves_batch_id_move_batches"), "move_batches", ["batch_id"], ["batch_id"])
        batch.create_index(op.f("ix_moves_batch_id"), ["batch_id"])


def downgrade() -> None:
    with op.batch_alter_table("moves") as batch:
        batch.drop_index(op.f("ix_moves_batch_id"))
        batch.drop_constraint(op.f("fk_moves_batch_id_move_batches"), type_="foreignkey")
        batch.drop_column("batch_id")
    op.drop_table("move_batches")
