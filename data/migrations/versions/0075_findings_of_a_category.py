"""findings of one category's forecasts"""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"

LOST_GOING_BACK = "of which category forecasts have drifted (findings)"


def upgrade() -> None:
    op.add_column("findings", sa.Column("category", sa.String()))


def downgrade() -> None:
    op.drop_column("findings", "category")
