"""Devices say whether they are online: by themselves, or by the gateway through which a sensor sends; an alarm says
that a last will raised it. Going back, kept rules say nothing of it.

Revision ID: 0049
"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0049"
down_revision = "0045"
branch_labels = None
depends_on = None

LOST_GOING_BACK = (
    "which sensors are online, their gateways (online_states, sensors.gateway), which alarms a last will raised "
    "(alarms.raised_because), and after how long rules of zones tell of that"
)


def upgrade() -> None:
    op.create_table(
        "online_states",
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("said_by", sa.String(64), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("since", types.Moment(), nullable=False),
        sa.Column("said_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.sensor_id"], name=op.f("fk_online_states_sensor_id_sensors")),
        sa.PrimaryKeyConstraint("sensor_id", "said_by", name=op.f("pk_online_states")),
    )
    op.add_column("sensors", sa.Column("gateway", sa.String(64)))
    op.add_column("alarms", sa.Column("raised_because", sa.String()))


def downgrade() -> None:
    op.drop_column("alarms", "raised_because")
    op.drop_column("sensors", "gateway")
    op.drop_table("online_states")
    columns = ("zone_id", sa.Text()), ("valid_from", types.Moment()), ("rules", sa.JSON())
    kept = sa.table("zone_rules", *(sa.column(name, kind) for name, kind in columns))
    connection = op.get_bind()
    for zone_id, valid_from, rules in connection.execute(sa.select(kept.c.zone_id, kept.c.valid_from, kept.c.rules)):
        older = {name: value for name, value in rules.items() if name != "offline_after"}  # which it refuses
        this_one = (kept.c.zone_id == zone_id) & (kept.c.valid_from == valid_from)
        connection.execute(kept.update().where(this_one).values(rules=older))
