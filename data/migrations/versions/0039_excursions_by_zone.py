"""What a zone was in over a time is looked up by zone and end.

Revision ID: 0039
"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_excursions_zone_id_ended_at", "excursions", ["zone_id", "ended_at"])


def downgrade() -> None:
    op.drop_index("ix_excursions_zone_id_ended_at", "excursions")
