"""The bulk port: few rows and many are kept alike, and what only looks the same is kept apart."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from time import sleep
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from data.bulk import BATCH, FEW, write_rows, write_table
from data.database import reading, writing
from data.tables import (
    Band,
    DailySalesRow,
    ForecastContributionRow,
    ProductRow,
    PromotionRow,
    ReadingRow,
    ReadingsSealedRow,
    RecordToSealRow,
    Unit,
    WarehouseRow,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
READING_COLUMNS = ["sensor_id", "taken_at", "temperature_c", "known_at"]
few_and_many = pytest.mark.parametrize("count", [2, FEW - 1, FEW, FEW + 1])


def write_readings(engine: Engine, rows: list[tuple], on_conflict: str) -> int:
    with writing(engine) as session:
        return write_readings_in(session, rows, on_conflict)


def write_readings_in(session: Session, rows: Iterable[tuple], on_conflict: str = "update") -> int:
    return write_rows(session.connection(), ReadingRow.__table__, READING_COLUMNS, rows, on_conflict)


def temperatures(engine: Engine) -> list[float]:
    with reading(engine) as session:
        return list(session.scalars(select(ReadingRow.temperature_c).order_by(ReadingRow.taken_at)))


def readings_of(count: int, temperature_c: float) -> list[tuple]:
    return [("S1", NOW + timedelta(minutes=n), temperature_c, NOW) for n in range(count)]


@few_and_many
@pytest.mark.parametrize(("on_conflict", "there", "new"), [("update", 4.0, 4.0), ("ignore", 1.0, 3.0)])
def test_the_later_of_repeated_rows_replaces_and_the_earlier_stays(
    engine: Engine, count: int, on_conflict: str, there: float, new: float
) -> None:
    write_readings(engine, readings_of(1, 1.0), "fail")
    rows = [row for both in zip(readings_of(count, 3.0), readings_of(count, 4.0), strict=True) for row in both][:count]

    assert write_readings(engine, rows, on_conflict) == count

    assert temperatures(engine)[0] == there
    assert set(temperatures(engine)[1 : count // 2]) <= {new}
    assert len(temperatures(engine)) == (count + 1) // 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_breaks_off_while_many_rows_come_is_told_from_other_errors(engine: Engine) -> None:
    def rows_that_take_longer_than_they_may():
        *first, last = readings_of(BATCH + 1, 3.0)
        yield from first
        sleep(0.2)
        yield last

    with writing(engine) as session:
        session.execute(text("SET LOCAL statement_timeout = 50"))
        with pytest.raises(OperationalError, match="statement timeout"):
            write_readings_in(session, rows_that_take_longer_than_they_may())
        session.rollback()

    assert temperatures(engine) == []


@few_and_many
def test_a_key_that_is_there_fails_and_leaves_nothing_where_that_is_asked_for(engine: Engine, count: int) -> None:
    write_readings(engine, readings_of(1, 1.0), "fail")

    with pytest.raises(IntegrityError):
        write_readings(engine, readings_of(count, 2.0)[::-1], "fail")

    assert temperatures(engine) == [1.0]


@few_and_many
def test_columns_come_back_as_they_went_in_and_replace_what_was_there(engine: Engine, count: int) -> None:
    shares = ["level", "weekday", "holiday", "weather", "promotion", "trend"]
    hard = ['say "x"', "a, b", "leek\nlong", "白菜", " "]
    products = [f"{hard[n % len(hard)]}{n}" for n in range(count)]
    numbers = [(n + 1) / 3 * 10.0 ** (n % 30 - 15) for n in range(count)]

    def written(first: float) -> int:
        columns = {name: pa.array([first, *numbers[1:]]) for name in shares} | {
            "warehouse_id": pa.array(["W1"] * count),
            "product_id": pa.array(products),
            "date": pa.array([NOW.date()] * count),
            "origin": pa.array([NOW] * count, pa.timestamp("us", "UTC")),
        }
        with writing(engine) as session:
            return write_table(session.connection(), ForecastContributionRow.__table__, pa.table(columns))

    assert (written(1.0), written(-0.1)) == (count, count)

    with reading(engine) as session:
        kept = {row.product_id: row for row in session.scalars(select(ForecastContributionRow))}
    assert [kept[name].level for name in products] == [-0.1, *numbers[1:]]
    assert {(row.warehouse_id, row.date, row.origin) for row in kept.values()} == {("W1", NOW.date(), NOW)}


@few_and_many
def test_values_of_every_type_come_back_as_they_went_in(engine: Engine, count: int) -> None:
    day = date(2026, 3, 1)
    hours = bytes(range(96))
    with writing(engine) as session:
        connection = session.connection()
        columns = ["product_id", "name", "category", "band", "unit", "shelf_life_days", "list_price"]
        rows = [
            (f"P{n:03}", "鸡蛋 %s ?", "dairy", Band.LEAF, Unit.KG, n or None, Decimal("12.3456")) for n in range(count)
        ]
        write_rows(connection, ProductRow.__table__, columns, rows)
        columns = ["warehouse_id", "name", "city", "timezone"]
        write_rows(connection, WarehouseRow.__table__, columns, [("W", "One", "A", "Asia/Shanghai")])
        columns = ["warehouse_id", "product_id", "date", "known_at", "sales", "hourly_sales"]
        rows = [("W", f"P{n:03}", day, NOW, float(n), hours if n else None) for n in range(count)]
        write_rows(connection, DailySalesRow.__table__, columns, rows)
        columns = ["warehouse_id", "product_id", "starts_on", "ends_on", "known_at", "discount", "promoted"]
        rows = [("W", f"P{n:03}", day, day, NOW, 1, n % 2 == 0) for n in range(count)]
        write_rows(connection, PromotionRow.__table__, columns, rows)

    with reading(engine) as session:
        products = session.scalars(select(ProductRow).order_by(ProductRow.product_id)).all()
        assert [(p.shelf_life_days, p.list_price, p.band) for p in products[:2]] == [
            (None, Decimal("12.3456"), Band.LEAF),
            (1, Decimal("12.3456"), Band.LEAF),
        ]
        assert {product.name for product in products} == {"鸡蛋 %s ?"}
        sales = session.scalars(select(DailySalesRow).order_by(DailySalesRow.product_id)).all()
        assert [(s.date, s.known_at, s.sales, s.hourly_sales) for s in sales[:2]] == [
            (day, NOW, 0.0, None),
            (day, NOW, 1.0, hours),
        ]
        promotions = session.scalars(select(PromotionRow).order_by(PromotionRow.product_id)).all()
        assert [(p.discount, p.promoted) for p in promotions[:2]] == [(1.0, True), (1.0, False)]
        assert len(products) == len(sales) == len(promotions) == count


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("count", "tables"), [(0, 0), (1, 0), (FEW - 1, 0), (FEW, 1)])
def test_few_rows_need_no_temporary_table(engine: Engine, count: int, tables: int) -> None:
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *passed: statements.append(passed[2]))

    assert write_readings(engine, readings_of(count, 2.0), "ignore") == count

    assert sum("TEMPORARY" in statement for statement in statements) == tables


def test_an_hour_that_clocks_show_twice_is_kept_as_two_moments(engine: Engine) -> None:
    shown_twice = datetime(2021, 11, 7, 1, 30, tzinfo=ZoneInfo("America/Chicago"))
    rows = [("S1", shown_twice.replace(fold=fold), 2.0 + fold, datetime(2021, 11, 8, tzinfo=UTC)) for fold in (0, 1)]

    with writing(engine) as session:
        columns = ["sensor_id", "taken_at", "temperature_c", "known_at"]
        write_rows(session.connection(), ReadingRow.__table__, columns, rows)

    with reading(engine) as session:
        kept = session.scalars(select(ReadingRow.taken_at).order_by(ReadingRow.taken_at)).all()
    assert kept == [datetime(2021, 11, 7, hour, 30, tzinfo=UTC) for hour in (6, 7)]


def reading_columns_of(rows: Iterable[tuple]) -> pa.Table:
    moment = pa.timestamp("us", "UTC")
    types = (pa.string(), moment, pa.float64(), moment)
    columns = zip(*rows, strict=True)
    return pa.table([pa.array(values, one) for values, one in zip(columns, types, strict=True)], names=READING_COLUMNS)


@few_and_many
def test_readings_that_come_late_are_noted_for_sealing_whether_rows_or_columns_are_written(
    engine: Engine, count: int
) -> None:
    rows = [("S1", NOW + timedelta(minutes=7 * n, microseconds=n), n / 3, NOW) for n in range(count)]

    def noted(write: Callable[[Session], object]) -> tuple[list[tuple], list[tuple]]:
        with Session(engine) as session:
            session.add(ReadingsSealedRow(only_row=1, until=NOW + timedelta(minutes=500)))
            session.flush()
            write(session)
            hours = session.execute(select(RecordToSealRow.subject, RecordToSealRow.at).order_by(RecordToSealRow.at))
            kept = session.execute(select(*ReadingRow.__table__.columns).order_by(ReadingRow.taken_at))
            return [tuple(one) for one in hours], [tuple(one) for one in kept]

    by_rows = noted(lambda session: write_readings_in(session, rows))
    by_columns = noted(
        lambda session: write_table(session.connection(), ReadingRow.__table__, reading_columns_of(rows), "fail")
    )

    assert by_columns == by_rows
    assert (len(by_rows[0]), len(by_rows[1])) == (min(9, -(-7 * count // 60)), count)


@few_and_many
def test_columns_of_which_a_row_is_there_fail_where_none_may_be(engine: Engine, count: int) -> None:
    write_readings(engine, readings_of(1, 1.0), "fail")

    with pytest.raises(IntegrityError), writing(engine) as session:
        write_table(session.connection(), ReadingRow.__table__, reading_columns_of(readings_of(count, 2.0)), "fail")

    assert temperatures(engine) == [1.0]
