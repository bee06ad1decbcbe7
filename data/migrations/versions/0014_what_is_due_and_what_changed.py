"""purchase orders are found by the day they are due, changes of stock by when they became known"""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_index(op.f("ix_purchase_orders_delivery_date"), "purchase_orders", ["delivery_date"])
    op.create_index(op.f("ix_stock_changes_warehouse_id_known_at"), "stock_changes", ["warehouse_id", "known_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_stock_changes_warehouse_id_known_at"), "stock_changes")
    op.drop_index(op.f("ix_purchase_orders_delivery_date"), "purchase_orders")
