"""a key that is limited to warehouses says so itself, and stays limited when they are removed"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("limited", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE api_keys SET limited = true WHERE key_id IN (SELECT key_id FROM api_key_warehouses)")


def downgrade() -> None:
    with op.batch_alter_table("api_keys") as keys:
        keys.drop_column("limited")
