"""how often a sensor sends, where it hung before and when it was retired; excursions beside the alarms of zones"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0032"
down_revision = "0031"

NOT_ENDED: dict[str, Any] = {
    "sqlite_where": sa.text("ended_at IS NULL"),
    "postgresql_where": sa.text("ended_at IS NULL"),
}
LOST_GOING_BACK = (
    "how often sensors send, where they hung before and which are retired; alarms of other kinds than too warm and too "
    "cold, which of the sensors of a zone were in an alarm, what happened to it and what was at risk; readings that "
    "contradict others, and the rule sets of zones"
)


def upgrade() -> None:
    with op.batch_alter_table("sensors") as sensors:
        sensors.add_column(sa.Column("interval_minutes", sa.Double()))
        sensors.add_column(sa.Column("retired_at", types.Moment()))
        sensors.add_column(sa.Column("retired_because", sa.String()))
        sensors.add_column(sa.Column("replaced_by", sa.String(64)))
    with op.batch_alter_table("sensor_states") as states:
        states.add_column(sa.Column("heard_at", types.Moment()))
    op.create_table(
        "sensor_places",
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.Column("zone_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.sensor_id"], name=op.f("fk_sensor_places_sensor_id_sensors")),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.zone_id"], name=op.f("fk_sensor_places_zone_id_zones")),
        sa.PrimaryKeyConstraint("sensor_id", "until", name=op.f("pk_sensor_places")),
    )
    op.create_index("ix_sensor_places_zone_id", "sensor_places", ["zone_id"])
    with op.batch_alter_table("alarms") as alarms:
        alarms.alter_column("limit_c", existing_type=sa.Double(), nullable=True)
        alarms.alter_column("worst_c", existing_type=sa.Double(), nullable=True)
        alarms.add_column(sa.Column("severity", sa.String()))
        alarms.add_column(sa.Column("at_risk", sa.JSON()))
        alarms.add_column(sa.Column("past", sa.Boolean(), nullable=False, server_default=sa.false()))
        alarms.add_column(sa.Column("told_c", sa.Double()))
        alarms.add_column(sa.Column("times_worse", sa.Integer(), nullable=False, server_default="0"))
        alarms.add_column(sa.Column("ended_because", sa.String()))
        alarms.add_column(sa.Column("ended_by", sa.String()))
        alarms.add_column(sa.Column("end_note", sa.String()))
    op.create_index("ix_alarms_not_ended", "alarms", ["zone_id", "kind"], **NOT_ENDED)
    _create_excursions()
    op.create_table(
        "alarm_changes",
        sa.Column("alarm_id", sa.String(64), nullable=False),
        sa.Column("change_no", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("by", sa.String()),
        sa.Column("note", sa.String()),
        sa.Column("worst_c", sa.Double()),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarms.alarm_id"], name=op.f("fk_alarm_changes_alarm_id_alarms")),
        sa.PrimaryKeyConstraint("alarm_id", "change_no", name=op.f("pk_alarm_changes")),
    )
    op.create_table(
        "contradicting_readings",
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("taken_at", types.Moment(), nullable=False),
        sa.Column("temperature_c", sa.Double(), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "taken_at", "temperature_c", name=op.f("pk_contradicting_readings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "zone_rules",
        sa.Column("zone_id", sa.String(64), nullable=False),
        sa.Column("valid_from", types.Moment(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("kept_at", types.Moment(), nullable=False),
        sa.Column("kept_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.zone_id"], name=op.f("fk_zone_rules_zone_id_zones")),
        sa.PrimaryKeyConstraint("zone_id", "valid_from", name=op.f("pk_zone_rules")),
    )


def _create_excursions() -> None:
    """Each alarm so far was of one sensor: it is the excursion, and the zone's alarm."""
    op.create_table(
        "excursions",
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("began_at", types.Moment(), nullable=False),
        sa.Column("zone_id", sa.String(64), nullable=False),
        sa.Column("alarm_id", sa.String(64), nullable=False),
        sa.Column("raised_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment()),
        sa.Column("limit_c", sa.Double()),
        sa.Column("worst_c", sa.Double()),
        sa.Column("ended_because", sa.String()),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarms.alarm_id"], name=op.f("fk_excursions_alarm_id_alarms")),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.sensor_id"], name=op.f("fk_excursions_sensor_id_sensors")),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.zone_id"], name=op.f("fk_excursions_zone_id_zones")),
        sa.PrimaryKeyConstraint("sensor_id", "kind", "began_at", name=op.f("pk_excursions")),
    )
    op.create_index("ix_excursions_alarm_id", "excursions", ["alarm_id"])
    op.create_index("ix_excursions_sensor_id_began_at", "excursions", ["sensor_id", "began_at"])
    op.create_index("ix_excursions_not_ended", "excursions", ["sensor_id"], **NOT_ENDED)
    columns = "sensor_id, kind, began_at, zone_id, alarm_id, raised_at, ended_at, limit_c, worst_c"
    op.execute(f"INSERT INTO excursions ({columns}) SELECT {columns} FROM alarms")  # noqa: S608 - our own names


def downgrade() -> None:
    op.drop_table("zone_rules")
    op.drop_table("contradicting_readings")
    op.drop_table("alarm_changes")
    op.drop_index("ix_excursions_not_ended", "excursions")
    op.drop_index("ix_excursions_sensor_id_began_at", "excursions")
    op.drop_index("ix_excursions_alarm_id", "excursions")
    op.drop_table("excursions")
    # an older version has no words for another kind, and asks each alarm for its limit
    op.execute("DELETE FROM alarms WHERE kind NOT IN ('too_warm', 'too_cold') OR limit_c IS NULL OR worst_c IS NULL")
    op.drop_index("ix_alarms_not_ended", "alarms")
    with op.batch_alter_table("alarms") as alarms:
        for name in ("end_note", "ended_by", "ended_because", "times_worse", "told_c", "past", "at_risk", "severity"):
            alarms.drop_column(name)
        alarms.alter_column("worst_c", existing_type=sa.Double(), nullable=False)
        alarms.alter_column("limit_c", existing_type=sa.Double(), nullable=False)
    op.drop_index("ix_sensor_places_zone_id", "sensor_places")
    op.drop_table("sensor_places")
    with op.batch_alter_table("sensor_states") as states:
        states.drop_column("heard_at")
    with op.batch_alter_table("sensors") as sensors:
        for name in ("replaced_by", "retired_because", "retired_at", "interval_minutes"):
            sensors.drop_column(name)
