"""A slot may say why it cannot be used.

Revision ID: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0040"
branch_labels = None
depends_on = None

LOST_GOING_BACK = "why slots cannot be used (slots.unusable_because)"


def upgrade() -> None:
    op.add_column("slots", sa.Column("unusable_because", sa.String()))


def downgrade() -> None:
    op.drop_column("slots", "unusable_because")
