"""beside a region's model stands which rung of the ladder serves, why, and what it cannot see"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"

LOST_GOING_BACK = "why a model serves, until the next training"


def upgrade() -> None:
    op.add_column("demand_models", sa.Column("choices", sa.JSON()))


def downgrade() -> None:
    op.drop_column("demand_models", "choices")
