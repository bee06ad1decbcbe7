"""seals chained by hash over readings, alarms and what was done"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0037"
down_revision = "0034"

LOST_GOING_BACK = (
    "the seals over readings, alarms and what was done (record_seals and what is not sealed yet): a change made before "
    "they are sealed anew no longer shows"
)


def upgrade() -> None:
    op.create_table(
        "record_seals",
        sa.Column("seal_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("marks", sa.LargeBinary()),
        sa.Column("sealed_at", types.Moment(), nullable=False),
        sa.Column("chained", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seal_no", name=op.f("pk_record_seals")),
    )
    op.create_index("ix_record_seals_kind_subject_at", "record_seals", ["kind", "subject", "at"])
    op.create_table(
        "records_to_seal",
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.PrimaryKeyConstraint("kind", "subject", "at", name=op.f("pk_records_to_seal")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "record_chain",
        sa.Column("only_row", sa.Integer(), nullable=False),
        sa.Column("chain_id", sa.String(64), nullable=False),
        sa.Column("seals", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(64)),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_record_chain")),
    )
    op.create_table(
        "readings_sealed",
        sa.Column("only_row", sa.Integer(), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_readings_sealed")),
    )


def downgrade() -> None:
    for table in ("readings_sealed", "record_chain", "records_to_seal", "record_seals"):
        op.drop_table(table)
