"""events by type and when they happened: who looks for those of a day reads no history"""

from alembic import op

revision = "0072"
down_revision = "0069"

INDEX = "ix_outbox_events_type_happened_at"


def upgrade() -> None:
    op.create_index(op.f(INDEX), "outbox_events", ["type", "happened_at"])


def downgrade() -> None:
    op.drop_index(op.f(INDEX), table_name="outbox_events")
