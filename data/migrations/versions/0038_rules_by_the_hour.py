"""rules of zones by the hour, delays of their own and how fast a temperature changes: only going back changes rows"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0038"
down_revision = "0033"

NEW = ("high_delay", "low_delay", "changes_by_c", "changes_within", "schedule")  # an older version refuses them

LOST_GOING_BACK = (
    "what rules of zones say by the hour, of delays and of how fast a temperature changes (in zone_rules.rules)"
)


def upgrade() -> None:
    """Rules that were kept before say nothing of these, and are read as they are."""


def downgrade() -> None:
    columns = ("zone_id", sa.Text()), ("valid_from", types.Moment()), ("rules", sa.JSON())
    kept = sa.table("zone_rules", *(sa.column(name, kind) for name, kind in columns))
    connection = op.get_bind()
    for zone_id, valid_from, rules in connection.execute(sa.select(kept.c.zone_id, kept.c.valid_from, kept.c.rules)):
        older = {name: value for name, value in rules.items() if name not in NEW}
        this_one = (kept.c.zone_id == zone_id) & (kept.c.valid_from == valid_from)
        connection.execute(kept.update().where(this_one).values(rules=older))
