"""A database from before order numbers belonged to a warehouse keeps its rows, and gains what was left out."""

from datetime import UTC, date, datetime, timedelta

from alembic import command
from sqlalchemy import Engine, select, text

from data.database import _alembic, reading, upgrade_schema, writing
from data.tables import DailySalesRow, OrderLineRow
from flows.demand.sales_booking import book_sales

DAY = date(2026, 3, 2)
LATE_EVENING = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)  # half past eleven at night in Shanghai


def older_database(engine: Engine) -> None:
    """Leek and okra were ordered on a day of which sales of okra alone are known."""
    command.downgrade(_alembic(engine), "0004")
    sqlite = engine.dialect.name == "sqlite"
    quantity, at, over = ("1500", "'2026-03-02 15:30:00.000000'", "'2026-03-02 16:00:00.000000'")
    if not sqlite:
        quantity, at, over = ("1.5", "'2026-03-02T15:30:00Z'", "'2026-03-02T16:00:00Z'")
    with writing(engine) as session:
        session.execute(
            text("INSERT INTO warehouses (warehouse_id, name, city, timezone) VALUES ('W1', 'W', 'A', 'Asia/Shanghai')")
        )
        for line, name in enumerate(("leek", "okra"), start=1):
            session.execute(
                text(
                    "INSERT INTO products (product_id, name, category, band, unit) "  # noqa: S608
                    f"VALUES ('{name}', '{name}', 'leaf', 'leaf', 'kg')"
                )
            )
            session.execute(
                text(
                    "INSERT INTO order_lines (order_id, line_no, warehouse_id, product_id, ordered_at, quantity, "  # noqa: S608
                    f"known_at) VALUES ('7', {line}, 'W1', '{name}', {at}, {quantity}, {at})"
                )
            )
        session.execute(
            text(
                "INSERT INTO daily_sales (warehouse_id, product_id, date, known_at, sales) "  # noqa: S608
                f"VALUES ('W1', 'okra', '2026-03-02', {over}, 9.0)"
            )
        )


def test_lines_and_sales_stay_and_what_was_left_out_is_booked(engine: Engine) -> None:
    older_database(engine)

    upgrade_schema(engine)

    with reading(engine) as session:
        lines = session.scalars(select(OrderLineRow).order_by(OrderLineRow.line_no)).all()
        assert [(line.warehouse_id, line.order_id, line.ordered_at, float(line.quantity)) for line in lines] == [
            ("W1", "7", LATE_EVENING, 1.5)
        ] * 2
        assert [row.booked_from_orders for row in session.scalars(select(DailySalesRow))] == [False]
    booked = book_sales(engine, LATE_EVENING + timedelta(days=1))
    with reading(engine) as session:
        sales = session.execute(select(DailySalesRow.product_id, DailySalesRow.date, DailySalesRow.sales)).all()
    assert set(sales) == {("leek", DAY, 1.5), ("okra", DAY, 9.0)}
    assert booked.total.lines_with_imported_sales == 1


def test_lines_numbered_alike_all_survive_a_step_back(engine: Engine) -> None:
    older_database(engine)
    upgrade_schema(engine)
    with writing(engine) as session:
        session.execute(
            text(
                "INSERT INTO order_lines (order_id, line_no, warehouse_id, product_id, ordered_at, quantity, known_at) "
                "SELECT order_id, line_no, 'W2', product_id, ordered_at, quantity, known_at FROM order_lines"
            )
        )

    command.downgrade(_alembic(engine), "0004")

    with reading(engine) as session:
        lines = session.execute(text("SELECT warehouse_id, order_id, line_no FROM order_lines ORDER BY 1, 3")).all()
    assert [(name, order[-3:], number) for name, order, number in lines if name == "W2"] == [
        ("W2", "@W2", 1),
        ("W2", "@W2", 2),
    ]
    assert len(lines) == 4
