"""warehouses say whose holidays they keep; events and closed days; explanations name the season and the event"""

import sqlalchemy as sa
from alembic import op

from data.tables.types import Moment

revision = "0015"
down_revision = "0014"

LOST_GOING_BACK = (
    "events and closed days, whose holidays a warehouse keeps, and what events and seasons add to forecasts"
)


def upgrade() -> None:
    # ADD COLUMN keeps rows on both databases, where batch mode would copy the tables
    op.add_column("warehouses", sa.Column("country", sa.String(2), nullable=False, server_default="CN"))
    op.add_column("warehouses", sa.Column("subdivision", sa.String(64)))
    op.create_table(
        "events",
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("known_at", Moment(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("warehouse_id", sa.String(64)),
        sa.Column("city", sa.String()),
        sa.Column("closed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("cancelled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("event_id", "known_at", name=op.f("pk_events")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_events_warehouse_id_warehouses")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_events_warehouse_id"), "events", ["warehouse_id"])
    for name in ("event", "season"):
        op.add_column("forecast_contributions", sa.Column(name, sa.Double(), nullable=False, server_default="0"))
    op.add_column("forecast_contributions", sa.Column("occasions", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for name in ("occasions", "season", "event"):
        op.drop_column("forecast_contributions", name)
    op.drop_index(op.f("ix_events_warehouse_id"), "events")
    op.drop_table("events")
    op.drop_column("warehouses", "subdivision")
    op.drop_column("warehouses", "country")
