"""What sensors measure beside temperature belongs to the record: hours of it that are over are noted to be sealed where
sealing has begun; elsewhere the first sealing notes all there is.

Revision ID: 0052
"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0052"
down_revision = "0046"
branch_labels = None
depends_on = None

LOST_GOING_BACK = (
    "which hours of measurements are to be sealed (records_to_seal): going forward again seals all of them as they are "
    "then. Seals over readings of warehouses that were removed since count again: their readings are said to be gone"
)
HOUR = {
    "sqlite": "strftime('%Y-%m-%d %H:00:00.000000', taken_at)",
    "postgresql": "date_trunc('hour', taken_at, 'UTC')",
}
OF_MEASUREMENTS = """
    INSERT INTO records_to_seal (kind, subject, at, columns, digest)
    SELECT DISTINCT 'measurements', sensor_id || '|' || quantity, {hour}, '', NULL FROM measurements
    WHERE taken_at < :until ON CONFLICT (kind, subject, at) DO NOTHING
"""
# of a version that knew of them: what was pruned by one that does not is not to be missed
SEALED_BEFORE = """
    INSERT INTO records_to_seal (kind, subject, at, columns, digest)
    SELECT DISTINCT kind, subject, at, 'removed', NULL FROM record_seals WHERE kind = 'measurements'
    ON CONFLICT (kind, subject, at) DO UPDATE SET columns = excluded.columns
"""


def upgrade() -> None:
    connection = op.get_bind()
    until = sa.text("SELECT until FROM readings_sealed").columns(until=types.Moment())
    if (sealed_until := connection.scalar(until)) is None:
        return
    noting = sa.text(OF_MEASUREMENTS.format(hour=HOUR[connection.dialect.name]))
    connection.execute(noting.bindparams(sa.bindparam("until", type_=types.Moment())), {"until": sealed_until})
    connection.execute(sa.text(SEALED_BEFORE))


def downgrade() -> None:
    """An older version passes over seals of kinds that it does not know, but would seal what is noted as rows."""
    op.execute("DELETE FROM records_to_seal WHERE kind = 'measurements'")
