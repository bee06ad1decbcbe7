"""A move has a quantity and the minutes that it takes, and says how much of it was carried where that is a part, and
which other move's settlement made it impossible.

Revision ID: 0054
"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0054"
down_revision = "0052"
branch_labels = None
depends_on = None

LOST_GOING_BACK = (
    "quantity and minutes of moves, how much of one was carried (moves.carried) and why it was withdrawn "
    "(moves.depended_on); a move of which a part was carried is to be made again"
)


def upgrade() -> None:
    op.add_column("moves", sa.Column("quantity", types.Exact(3)))
    op.add_column("moves", sa.Column("minutes", sa.Double()))
    op.add_column("moves", sa.Column("carried", types.Exact(3)))
    op.add_column("moves", sa.Column("depended_on", sa.String(length=64)))


def downgrade() -> None:
    op.execute("UPDATE moves SET status = 'suggested' WHERE status = 'partly_done'")
    for name in ("depended_on", "carried", "minutes", "quantity"):
        op.drop_column("moves", name)
