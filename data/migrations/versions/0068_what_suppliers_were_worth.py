"""what each supplier's day and week was worth, by warehouse and over all"""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0065"

LOST_GOING_BACK = (
    "what each supplier's day was worth (supplier_days, supplier_weeks, supplier_weeks_together), which `freshfront "
    "report days` adds up again of the last 41 days"
)
OF_SUPPLIERS = (
    *("lines", "lines_come", "lines_on_time", "lines_in_full", "lines_otif", "wanted", "arrived", "late"),
    *("declined", "bought_money", "priced_money", "tier_money", "best_money", "missing_money", "late_money"),
    *("rejected_money", "origin_inspected", "origin_accepted", "receipt_inspected", "dispatch_inspected"),
    *("yields", "yield_sum", "yield_squares", "dated", "life", "came", "rejected_receipt", "rejected_dispatch"),
    *("complained", "expired", "damaged", "thrown_otherwise", "marked_down", "given_away", "waste_money"),
)
KEYS = {
    "supplier_days": ("warehouse_id", "supplier_id"),
    "supplier_weeks": ("warehouse_id", "supplier_id"),
    "supplier_weeks_together": ("supplier_id", "currency"),
}


def upgrade() -> None:
    for table, (first, then) in KEYS.items():
        op.create_table(
            table,
            sa.Column("date", sa.Date(), nullable=False),
            *(sa.Column(name, sa.String(None if name == "currency" else 64), nullable=False) for name in (first, then)),
            *(sa.Column(name, sa.Double(), nullable=False) for name in OF_SUPPLIERS),
            sa.PrimaryKeyConstraint("date", first, then, name=op.f(f"pk_{table}")),
            sqlite_with_rowid=False,
        )


def downgrade() -> None:
    for table in KEYS:
        op.drop_table(table)
