"""who decided what, and the secret that a webhook's messages are signed with too until a moment"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0031"
down_revision = "0030"

LOST_GOING_BACK = "who decided what (audit_entries), and the secrets that webhooks had before they were rotated"


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(64)),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("written", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_at_entry_id", "audit_entries", ["at", "entry_id"])
    op.create_index("ix_audit_entries_by_at_entry_id", "audit_entries", ["by", "at", "entry_id"])
    with op.batch_alter_table("webhooks") as webhooks:
        webhooks.add_column(sa.Column("previous_secret", sa.String()))
        webhooks.add_column(sa.Column("previous_secret_until", types.Moment()))


def downgrade() -> None:
    with op.batch_alter_table("webhooks") as webhooks:
        webhooks.drop_column("previous_secret_until")
        webhooks.drop_column("previous_secret")
    op.drop_table("audit_entries")
