"""hourly summaries of readings that are older than they are kept, and where the numbers of events begin"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0030"
down_revision = "0027"

LOST_GOING_BACK = (
    "the hourly summaries of readings that were pruned, and up to which number events were: a reader's cursor from "
    "before is not told that it missed some (reading_hours, event_numbers)"
)


def upgrade() -> None:
    op.create_table(
        "reading_hours",
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("hour", types.Moment(), nullable=False),
        sa.Column("lowest_c", sa.Double(), nullable=False),
        sa.Column("mean_c", sa.Double(), nullable=False),
        sa.Column("highest_c", sa.Double(), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "hour", name=op.f("pk_reading_hours")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_numbers",
        sa.Column("only_row", sa.Integer(), nullable=False),
        sa.Column("pruned_up_to", sa.BigInteger(), nullable=False),
        sa.Column("given_up_to", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_event_numbers")),
    )

    # the last day of a forecast is found without its rows, and so are the deliveries of an event
    op.drop_index("ix_forecasts_warehouse_id_origin", "forecasts")
    op.create_index("ix_forecasts_warehouse_id_origin_date", "forecasts", ["warehouse_id", "origin", "date"])
    op.create_index("ix_webhook_deliveries_event_id", "webhook_deliveries", ["event_id"])


def downgrade() -> None:
    op.drop_index("ix_webhook_deliveries_event_id", "webhook_deliveries")
    op.drop_index("ix_forecasts_warehouse_id_origin_date", "forecasts")
    op.create_index("ix_forecasts_warehouse_id_origin", "forecasts", ["warehouse_id", "origin"])
    op.drop_table("event_numbers")
    op.drop_table("reading_hours")
