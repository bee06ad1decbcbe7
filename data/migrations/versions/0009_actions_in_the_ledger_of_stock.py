"""which request a change of stock belongs to, and its place in the ledger of its lot"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

LOST_GOING_BACK = "which request a change of stock belongs to"

PLACES = (
    "SELECT count(*) FROM stock_changes AS earlier WHERE earlier.warehouse_id = stock_changes.warehouse_id "
    "AND earlier.lot_id = stock_changes.lot_id AND (earlier.known_at < stock_changes.known_at "
    "OR (earlier.known_at = stock_changes.known_at AND earlier.change_id <= stock_changes.change_id))"
)


def upgrade() -> None:
    with op.batch_alter_table("stock_changes") as changes:
        changes.add_column(sa.Column("change_no", sa.Integer()))
        changes.add_column(sa.Column("action_id", sa.String(64)))
    op.execute(f"UPDATE stock_changes SET action_id = change_id, change_no = ({PLACES})")  # noqa: S608 - our own text
    with op.batch_alter_table("stock_changes") as changes:
        changes.alter_column("change_no", existing_type=sa.Integer(), nullable=False)
        changes.alter_column("action_id", existing_type=sa.String(64), nullable=False)
        changes.create_unique_constraint(
            op.f("uq_stock_changes_warehouse_id_lot_id_change_no"), ["warehouse_id", "lot_id", "change_no"]
        )
        changes.create_index(op.f("ix_stock_changes_action_id"), ["action_id"])


def downgrade() -> None:
    with op.batch_alter_table("stock_changes") as changes:
        changes.drop_index(op.f("ix_stock_changes_action_id"))
        changes.drop_constraint(op.f("uq_stock_changes_warehouse_id_lot_id_change_no"), type_="unique")
        changes.drop_column("action_id")
        changes.drop_column("change_no")
