"""trials may be lengthened: how many periods one was to take by each look, which so far was what was stated"""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"

LOST_GOING_BACK = "how many periods a trial was to take by each of its looks; one that was lengthened ends as stated"

trials = sa.table("trials", sa.column("trial_id", sa.String()), sa.column("design", sa.JSON()))
looks = sa.table("trial_looks", sa.column("trial_id", sa.String()), sa.column("periods", sa.Integer()))


def upgrade() -> None:
    op.add_column("trial_looks", sa.Column("periods", sa.Integer(), nullable=False, server_default="1"))
    connection = op.get_bind()
    for trial_id, design in connection.execute(sa.select(trials.c.trial_id, trials.c.design)).all():
        stated = sa.update(looks).where(looks.c.trial_id == trial_id).values(periods=design.get("periods", 1))
        connection.execute(stated)


def downgrade() -> None:
    op.drop_column("trial_looks", "periods")
