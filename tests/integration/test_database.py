"""The database: schema version, transactions, the bulk port on both kinds."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, func, select, text

from data.bulk import write_rows
from data.database import MIGRATIONS, open_database, reading, require_current_schema, upgrade_schema, writing
from data.schema_state import DatabaseIsNotUtf8, SchemaIsNotCurrent
from data.tables import (
    Band,
    Base,
    BulkOrderRow,
    DailySalesRow,
    ForecastContributionRow,
    LotRow,
    OccasionRow,
    ProductRow,
    ReadingRow,
    Unit,
    WarehouseRow,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANOTHER = """
import sqlite3, sys
while True:
    connection = sqlite3.connect(sys.argv[1])
    connection.execute("SELECT count(*) FROM t")
    connection.close()
"""
LOT_OF_P1 = {
    "product_id": "P1",
    "received_at": NOW,
    "known_at": NOW,
    "quantity_received": Decimal(10),
    "quantity_on_hand": Decimal("0.7"),
}
READING_COLUMNS = ["sensor_id", "taken_at", "temperature_c", "known_at"]


def test_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_an_older_schema_is_refused_with_the_command_that_mends_it(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0025'"))

    with pytest.raises(SchemaIsNotCurrent, match="freshfront db upgrade"):
        require_current_schema(engine)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_name_is_refused_with_the_command_that_makes_one(
    encoding: str, postgres_admin: Engine
) -> None:
    with postgres_admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE narrow TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'"))
    engine = open_database(postgres_admin.url.set(database="narrow").render_as_string(hide_password=False))

    with pytest.raises(DatabaseIsNotUtf8, match=f"narrow keeps text as {encoding}.*createdb .*--encoding=UTF8"):
        upgrade_schema(engine)

    engine.dispose()
    with postgres_admin.connect() as connection:
        connection.execute(text("DROP DATABASE narrow WITH (FORCE)"))


def test_a_connection_that_comes_back_after_its_pool_was_disposed_of_is_closed(engine: Engine) -> None:
    held = engine.connect()
    driver = held.connection.driver_connection

    engine.dispose()
    held.execute(text("SELECT 1"))  # who holds one may go on with it
    held.close()

    assert is_closed(driver)
    with engine.connect() as connection:  # while new ones are kept for the next
        kept = connection.connection.driver_connection
    assert not is_closed(kept)


def is_closed(driver: Any) -> bool:
    if isinstance(driver, sqlite3.Connection):
        try:
            driver.total_changes  # noqa: B018 - refused by a closed one
        except sqlite3.ProgrammingError:
            return True
        return False
    return bool(driver.closed)


def test_an_empty_database_is_refused_and_migrated_by_the_upgrade(tmp_path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'new' / 'empty.sqlite'}")
    with pytest.raises(SchemaIsNotCurrent, match="no Freshfront schema yet"):
        require_current_schema(engine)

    upgrade_schema(engine)

    require_current_schema(engine)
    engine.dispose()


def test_sqlite_waits_for_the_disk_before_it_says_that_something_is_kept(tmp_path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'durable.sqlite'}")
    with writing(engine) as session:  # 2 is FULL: with less a power failure may take what was committed last
        assert session.execute(text("PRAGMA synchronous")).scalar() == 2
    engine.dispose()


def test_lots_stay_when_their_number_becomes_the_warehouse_s_own(engine: Engine) -> None:
    with writing(engine) as session:
        for name in ("W1", "W2"):
            session.add(WarehouseRow(warehouse_id=name, name=name, city="A", timezone="Asia/Shanghai"))
        session.add(ProductRow(product_id="P1", name="Spinach", category="leaf", band=Band.LEAF, unit=Unit.KG))
        session.flush()
        session.add(LotRow(lot_id="L1", warehouse_id="W1", **LOT_OF_P1))
    _migrate(engine, command.downgrade, "0003")
    with engine.connect() as connection:
        before = connection.execute(text("SELECT lot_id, quantity_on_hand FROM lots")).all()

    _migrate(engine, command.upgrade, "head")

    with writing(engine) as session:
        session.add(LotRow(lot_id="L1", warehouse_id="W2", **LOT_OF_P1 | {"quantity_on_hand": Decimal(5)}))
    assert len(before) == 1
    with reading(engine) as session:
        lots = session.scalars(select(LotRow).order_by(LotRow.warehouse_id)).all()
        assert [(lot.warehouse_id, lot.quantity_on_hand, lot.received_at) for lot in lots] == [
            ("W1", Decimal("0.7"), NOW),
            ("W2", Decimal(5), NOW),
        ]


def test_what_forecasts_found_stays_when_its_key_begins_with_the_forecast(engine: Engine) -> None:
    _migrate(engine, command.downgrade, "0018")
    with writing(engine) as session:
        moment = NOW.replace(tzinfo=None).isoformat(sep=" ") if engine.dialect.name == "sqlite" else NOW
        row = {"warehouse_id": "W1", "product_id": "P1", "origin": moment, "day": "2026-02-03"}
        session.execute(text("INSERT INTO bulk_orders VALUES (:warehouse_id, :product_id, :origin, :day, 40)"), row)

    _migrate(engine, command.upgrade, "head")

    with reading(engine) as session:
        (kept,) = session.scalars(select(BulkOrderRow)).all()
        assert (kept.warehouse_id, kept.product_id, kept.origin, kept.sales) == ("W1", "P1", NOW, 40)


def test_what_the_days_are_moves_from_every_product_to_its_warehouse(engine: Engine) -> None:
    _migrate(engine, command.downgrade, "0019")
    fair = {"name": "Fair", "kind": "fair", "closed": False, "away": 0, "seen": 1}
    with writing(engine) as session:
        moment = NOW.replace(tzinfo=None).isoformat(sep=" ") if engine.dialect.name == "sqlite" else NOW
        insert = (
            "INSERT INTO forecast_contributions (warehouse_id, product_id, date, origin, level, weekday, holiday, "
            "weather, promotion, trend, occasions) "
            "VALUES ('W1', :product_id, '2026-03-02', :origin, 1, 0, 0, 0, 0, 0, :occasions)"
        )
        for product_id in ("P1", "P2"):
            session.execute(
                text(insert),
                {"product_id": product_id, "origin": moment, "occasions": json.dumps([fair])},
            )

    _migrate(engine, command.upgrade, "head")

    with reading(engine) as session:
        (kept,) = session.scalars(select(OccasionRow)).all()
        assert (kept.warehouse_id, kept.origin, kept.date, kept.name, kept.closed, kept.seen) == (
            *("W1", NOW, date(2026, 3, 2)), *("Fair", False, 1),
        )  # fmt: skip
        assert len(session.scalars(select(ForecastContributionRow)).all()) == 2


def _migrate(engine: Engine, move: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    move(config, revision)


def test_an_error_inside_a_transaction_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(RuntimeError, match="half-way"), writing(engine) as session:  # noqa: PT012
        session.add(WarehouseRow(warehouse_id="W1", name="One", city="A", timezone="Asia/Shanghai"))
        session.flush()
        raise RuntimeError("half-way")

    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(WarehouseRow)) == 0


def test_exact_quantities_and_moments_come_back_as_they_went_in(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="One", city="A", timezone="Asia/Shanghai"))
        session.add(
            ProductRow(product_id="P1", name="Spinach", category="leaf", band=Band.LEAF, unit=Unit.KG,
                    list_price=Decimal("12.3456"))
        )  # fmt: skip
        session.flush()
        shared = {"warehouse_id": "W1", "product_id": "P1", "received_at": NOW, "known_at": NOW}
        session.add_all(
            LotRow(
                lot_id=str(n),
                quantity_received=Decimal("0.1"),
                quantity_on_hand=Decimal("0.1"),
                expires_on=date(2026, 3, 3),
                **shared,
            )
            for n in range(3)
        )

    with reading(engine) as session:
        assert session.scalar(select(func.sum(LotRow.quantity_on_hand))) == Decimal("0.3")
        product = session.get_one(ProductRow, "P1")
        assert (product.list_price, product.band) == (Decimal("12.3456"), Band.LEAF)
        assert session.get_one(LotRow, ("W1", "0")).received_at == NOW


def test_rows_written_twice_are_there_once(engine: Engine) -> None:
    rows = [("S1", NOW + timedelta(minutes=n), n / 10, NOW) for n in range(1000)]
    for _ in range(2):
        with writing(engine) as session:
            write_rows(session.connection(), ReadingRow.__table__, READING_COLUMNS, rows, "ignore")

    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(ReadingRow)) == 1000


@pytest.mark.parametrize(("on_conflict", "kept"), [("update", 2.0), ("ignore", 1.0)])
def test_a_key_that_comes_twice_keeps_the_later_or_the_earlier_row(engine: Engine, on_conflict, kept) -> None:
    with writing(engine) as session:
        rows = [("S1", NOW, 1.0, NOW), ("S1", NOW, 2.0, NOW)]
        write_rows(session.connection(), ReadingRow.__table__, READING_COLUMNS, rows, on_conflict)

    with reading(engine) as session:
        assert session.scalars(select(ReadingRow.temperature_c)).all() == [kept]


def test_bytes_and_days_pass_the_bulk_port(engine: Engine) -> None:
    hours = bytes(range(96))
    with writing(engine) as session:
        columns = ["warehouse_id", "product_id", "date", "known_at", "sales", "hourly_sales"]
        rows = [("W1", "P1", date(2026, 3, 1), NOW, 1.5, hours), ("W1", "P2", date(2026, 3, 1), NOW, 0.0, None)]
        write_rows(session.connection(), DailySalesRow.__table__, columns, rows)

    with reading(engine) as session:
        found = session.scalars(select(DailySalesRow).order_by(DailySalesRow.product_id)).all()
        assert [(row.date, row.known_at, row.sales, row.hourly_sales) for row in found] == [
            (date(2026, 3, 1), NOW, 1.5, hours),
            (date(2026, 3, 1), NOW, 0.0, None),
        ]


def test_a_database_is_opened_while_another_process_closes_it(tmp_path: Path) -> None:
    path = tmp_path / "shared.sqlite"
    engine = open_database(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
    engine.dispose()  # its other files go with the last connection
    another = subprocess.Popen([sys.executable, "-c", ANOTHER, str(path)])  # noqa: S603 - our own words
    try:
        for _ in range(1_000):
            with engine.connect() as connection:
                assert connection.scalar(text("SELECT count(*) FROM t")) == 0
            engine.dispose()
    finally:
        another.kill()
        another.wait(10)
    assert path.stat().st_mode & 0o077 == 0
