"""an order number belongs to its warehouse; days booked from orders are known"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0005"
down_revision = "0004"

LOST_GOING_BACK = (
    "which sales were booked from order lines, and the days still to book; orders whose number another warehouse "
    "has too carry their warehouse behind it"
)


def upgrade() -> None:
    _key_order_lines("warehouse_id", "order_id", "line_no")
    # what is there already counts as imported: nothing tells which rows were booked
    booked: sa.Column[bool] = sa.Column("booked_from_orders", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("daily_sales", booked)
    op.create_index(
        op.f("ix_daily_sales_booked"),
        "daily_sales",
        ["warehouse_id", "date"],
        postgresql_where=sa.text("booked_from_orders"),
        sqlite_where=sa.text("booked_from_orders"),
    )
    op.create_table(
        "days_to_book",
        sa.Column("warehouse_id", sa.String(length=64), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("warehouse_id", "date", name=op.f("pk_days_to_book")),
        sqlite_with_rowid=False,
    )
    _list_days_with_orders()


def downgrade() -> None:
    op.drop_table("days_to_book")
    op.drop_index(op.f("ix_daily_sales_booked"), "daily_sales")
    op.execute("ALTER TABLE daily_sales DROP COLUMN booked_from_orders")
    op.execute(  # of orders of one number all but the first warehouse's
        "UPDATE order_lines SET order_id = substr(order_id, 1, 31) || '@' || substr(warehouse_id, 1, 32) "
        "WHERE EXISTS (SELECT 1 FROM order_lines AS other WHERE other.order_id = order_lines.order_id "
        "AND other.warehouse_id < order_lines.warehouse_id)"
    )
    _key_order_lines("order_id", "line_no")


def _key_order_lines(*key: str) -> None:
    """Gives the table another primary key; its rows stay."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("pk_order_lines", "order_lines")
        op.create_primary_key("pk_order_lines", "order_lines", list(key))
        return
    op.drop_index(op.f("ix_order_lines_warehouse_id_ordered_at"), "order_lines")  # SQLite cannot change a key in place
    op.rename_table("order_lines", "order_lines_before")
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.String(length=64), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("ordered_at", types.Moment(), nullable=False),
        sa.Column("quantity", types.Exact(3), nullable=False),
        sa.Column("unit_price", types.Exact(4), nullable=True),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_order_lines")),
        sqlite_with_rowid=False,
    )
    columns = "order_id, line_no, warehouse_id, product_id, ordered_at, quantity, unit_price, known_at"
    op.execute(f"INSERT INTO order_lines ({columns}) SELECT {columns} FROM order_lines_before")  # noqa: S608
    op.drop_table("order_lines_before")
    op.create_index(op.f("ix_order_lines_warehouse_id_ordered_at"), "order_lines", ["warehouse_id", "ordered_at"])


def _list_days_with_orders() -> None:
    """Days whose lines were left out by earlier bookings are looked at once more.

    A moment's local day is that in UTC, or one beside it; a day too many costs a look."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for days in (-1, 0, 1):
        day = (
            f"(ordered_at AT TIME ZONE 'UTC')::date + ({days})" if on_postgresql else f"date(ordered_at, '{days} day')"
        )
        op.execute(
            f"INSERT INTO days_to_book (warehouse_id, date, changed_at) "  # noqa: S608
            f"SELECT warehouse_id, {day}, max(known_at) FROM order_lines WHERE true GROUP BY 1, 2 "
            "ON CONFLICT DO NOTHING"
        )
