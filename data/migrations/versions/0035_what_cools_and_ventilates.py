"""actuators with their rules, what is remembered of each, and commands"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0035"
down_revision = "0032"

LOST_GOING_BACK = "fans and coolers with their rules, and the commands they were given"


def upgrade() -> None:
    op.create_table(
        "actuators",
        sa.Column("actuator_id", sa.String(64), nullable=False),
        sa.Column("zone_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("override_to", sa.String()),
        sa.Column("override_until", types.Moment()),
        sa.Column("override_by", sa.String()),
        sa.Column("override_note", sa.String()),
        sa.Column("retired_at", types.Moment()),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.zone_id"], name=op.f("fk_actuators_zone_id_zones")),
        sa.PrimaryKeyConstraint("actuator_id", name=op.f("pk_actuators")),
        sa.UniqueConstraint("topic", name=op.f("uq_actuators_topic")),
    )
    op.create_index("ix_actuators_zone_id", "actuators", ["zone_id"])
    op.create_table(
        "actuator_states",
        sa.Column("actuator_id", sa.String(64), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("look_at", types.Moment()),
        sa.Column("desired", sa.String()),
        sa.Column("command_id", sa.String(64)),
        sa.Column("reported", sa.String()),
        sa.Column("reported_at", types.Moment()),
        sa.ForeignKeyConstraint(
            ["actuator_id"], ["actuators.actuator_id"], name=op.f("fk_actuator_states_actuator_id_actuators")
        ),
        sa.PrimaryKeyConstraint("actuator_id", name=op.f("pk_actuator_states")),
    )
    op.create_index("ix_actuator_states_look_at", "actuator_states", ["look_at"])
    _create_commands()


def _create_commands() -> None:
    op.create_table(
        "commands",
        sa.Column("command_id", sa.String(64), nullable=False),
        sa.Column("command_no", sa.Integer(), nullable=False),
        sa.Column("actuator_id", sa.String(64), nullable=False),
        sa.Column("zone_id", sa.String(64), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("desired", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String()),
        sa.Column("decided_at", types.Moment(), nullable=False),
        sa.Column("written_at", types.Moment(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("sent_at", types.Moment()),
        sa.Column("ended_at", types.Moment()),
        sa.ForeignKeyConstraint(
            ["actuator_id"], ["actuators.actuator_id"], name=op.f("fk_commands_actuator_id_actuators")
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.zone_id"], name=op.f("fk_commands_zone_id_zones")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_commands_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("command_id", name=op.f("pk_commands")),
        sa.UniqueConstraint("actuator_id", "command_no", name=op.f("uq_commands_actuator_id_command_no")),
    )
    op.create_index(
        "ix_commands_warehouse_id_decided_at_command_id", "commands", ["warehouse_id", "decided_at", "command_id"]
    )
    op.create_index("ix_commands_decided_at_command_id", "commands", ["decided_at", "command_id"])
    op.create_index(
        "ix_commands_not_ended",
        "commands",
        ["actuator_id", "command_no"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("commands")
    op.drop_table("actuator_states")
    op.drop_table("actuators")
