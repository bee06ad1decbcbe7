"""what each day was worth, by product and warehouse, and the targets that operators set; rows of inspections by day"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0062"
down_revision = "0063"

LOST_GOING_BACK = (
    "what each day was worth (line_days, product_days, warehouse_days) and the targets of figures (figure_targets)"
)
OF_PRODUCTS = (
    *("days", "known_days", "demand", "met", "sold", "short_money", "forecast_demand", "forecast_mean"),
    *("forecast_off", "bought", "demanded", "bought_off", "came", "rejected_receipt", "rejected_dispatch"),
    *("complained", "expired", "damaged", "thrown_otherwise", "marked_down", "given_away", "waste_money"),
    *("suggested", "edited", "edits_judged", "edits_nearer", "units_nearer"),
    *("stock_days", "stock", "stock_money", "stock_sold_money"),
)
OF_WAREHOUSES = ("alarms", "minutes_outside", "metres_promised", "metres_saved")


# the columns of the key come first: integrity_check of SQLite 3.40 takes others for null where they do not
def _sums(names: tuple[str, ...]) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "line_days",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        *_sums(OF_PRODUCTS),
        sa.PrimaryKeyConstraint("date", "warehouse_id", "product_id", name=op.f("pk_line_days")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_line_days_product_id_date"), "line_days", ["product_id", "date"])
    op.create_table(
        "product_days",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        *_sums(OF_PRODUCTS),
        sa.PrimaryKeyConstraint("date", "product_id", "currency", name=op.f("pk_product_days")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "warehouse_days",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("read_at", types.Moment(), nullable=False),
        *_sums(OF_PRODUCTS),
        *_sums(OF_WAREHOUSES),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.warehouse_id"], name=op.f("fk_warehouse_days_warehouse_id")
        ),
        sa.PrimaryKeyConstraint("date", "warehouse_id", name=op.f("pk_warehouse_days")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_warehouse_days_warehouse_id_date"), "warehouse_days", ["warehouse_id", "date"])
    op.create_table(
        "figure_targets",
        sa.Column("figure", sa.String(64), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.Column("target", sa.Double()),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("figure", "known_at", name=op.f("pk_figure_targets")),
    )
    op.create_index(op.f("ix_inspections_warehouse_id_inspected_at"), "inspections", ["warehouse_id", "inspected_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_inspections_warehouse_id_inspected_at"), table_name="inspections")
    for table in ("figure_targets", "warehouse_days", "product_days", "line_days"):
        op.drop_table(table)
