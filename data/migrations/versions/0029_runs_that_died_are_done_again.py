"""until when a run of the day is held, which attempt it is, and what its steps came to"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0029"
down_revision = "0026"

LOST_GOING_BACK = "how far unfinished runs of the day have come"


def upgrade() -> None:
    # what a run before this left unfinished is not held, which says that it died
    op.add_column("day_runs", sa.Column("held_until", types.Moment()))
    op.add_column("day_runs", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
    op.add_column("day_runs", sa.Column("steps", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("day_runs") as batch:
        for name in ("steps", "attempts", "held_until"):
            batch.drop_column(name)
