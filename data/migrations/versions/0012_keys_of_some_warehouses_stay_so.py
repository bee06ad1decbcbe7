"""a key that is limited to warehouses says so itself, and stays limited when they are removed"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"

LOST_GOING_BACK = "that keys are limited whose warehouses were all removed: these keys are revoked"


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("limited", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE api_keys SET limited = true WHERE key_id IN (SELECT key_id FROM api_key_warehouses)")


def downgrade() -> None:
    op.execute(
        "UPDATE api_keys SET revoked_at = CURRENT_TIMESTAMP WHERE limited AND key_id NOT IN "
        "(SELECT key_id FROM api_key_warehouses)"
    )
    with op.batch_alter_table("api_keys") as keys:
        keys.drop_column("limited")
