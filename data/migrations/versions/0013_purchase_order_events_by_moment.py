"""what became known of purchase orders after a moment is found however much was known before"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_index(op.f("ix_purchase_order_events_known_at"), "purchase_order_events", ["known_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_purchase_order_events_known_at"), "purchase_order_events")
