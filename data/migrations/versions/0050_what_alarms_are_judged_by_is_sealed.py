"""Limits, rules of zones, where sensors hung and silences belong to the record: what is there is noted to be sealed
where sealing has begun; elsewhere the first sealing notes all there is.

Revision ID: 0050
"""

import sqlalchemy as sa
from alembic import op

from data.records.canonical import digest_of, subject_of, table_of

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

LOST_GOING_BACK = (
    "what limits, rules of zones, places of sensors and silences were noted as (records_to_seal): going forward again "
    "seals them as they are then"
)
SEALED = {"limits": "valid_from", "zone_rules": "valid_from", "sensor_places": "until", "silences": "created_at"}


def upgrade() -> None:
    connection = op.get_bind()
    if connection.scalar(sa.text("SELECT count(*) FROM readings_sealed")) == 0:
        return
    notes = table_of("records_to_seal")
    for name, moment in SEALED.items():
        table = table_of(name)
        there = sorted(column["name"] for column in sa.inspect(connection).get_columns(name))
        for row in map(dict, connection.execute(sa.select(*(table.c[column] for column in there))).mappings().all()):
            of_it = {"kind": name, "subject": subject_of(table, row), "at": row[moment]}
            connection.execute(sa.delete(notes).where(*(notes.c[key] == value for key, value in of_it.items())))
            connection.execute(
                sa.insert(notes).values(**of_it, columns=",".join(there), digest=digest_of(table, there, row))
            )


def downgrade() -> None:
    """An older version passes over seals of kinds that it does not know."""
