"""Past moves and inspections are found by what is asked of them, however many there are.

Revision ID: 0066
"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0060"
branch_labels = None
depends_on = None

WHERE_SAID = ("exchange_id", "depended_on")  # of few moves


def upgrade() -> None:
    op.drop_index(op.f("ix_moves_warehouse_id_status"), "moves")
    op.create_index(op.f("ix_moves_warehouse_id_status_decided_at"), "moves", ["warehouse_id", "status", "decided_at"])
    op.create_index(op.f("ix_moves_to_slot_id_product_id"), "moves", ["to_slot_id", "product_id"])
    for column in WHERE_SAID:
        said = sa.text(f"{column} IS NOT NULL")
        op.create_index(op.f(f"ix_moves_{column}"), "moves", [column], sqlite_where=said, postgresql_where=said)
    op.create_index(op.f("ix_inspections_stage_known_at"), "inspections", ["stage", "known_at"])
    op.create_index(op.f("ix_inspections_warehouse_id_lot_id"), "inspections", ["warehouse_id", "lot_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_inspections_warehouse_id_lot_id"), "inspections")
    op.drop_index(op.f("ix_inspections_stage_known_at"), "inspections")
    for column in WHERE_SAID:
        op.drop_index(op.f(f"ix_moves_{column}"), "moves")
    op.drop_index(op.f("ix_moves_to_slot_id_product_id"), "moves")
    op.drop_index(op.f("ix_moves_warehouse_id_status_decided_at"), "moves")
    op.create_index(op.f("ix_moves_warehouse_id_status"), "moves", ["warehouse_id", "status"])
