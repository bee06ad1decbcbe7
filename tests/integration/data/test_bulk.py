"""The bulk port converts each distinct value once, and still keeps apart what only looks the same."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from data.bulk import write_rows
from data.database import reading, writing
from data.tables import Reading


def test_an_hour_that_clocks_show_twice_is_kept_as_two_moments(engine: Engine) -> None:
    shown_twice = datetime(2021, 11, 7, 1, 30, tzinfo=ZoneInfo("America/Chicago"))
    rows = [("S1", shown_twice.replace(fold=fold), 2.0 + fold, datetime(2021, 11, 8, tzinfo=UTC)) for fold in (0, 1)]

    with writing(engine) as session:
        columns = ["sensor_id", "taken_at", "temperature_c", "known_at"]
        write_rows(session.connection(), Reading.__table__, columns, rows)

    with reading(engine) as session:
        kept = session.scalars(select(Reading.taken_at).order_by(Reading.taken_at)).all()
    assert kept == [datetime(2021, 11, 7, hour, 30, tzinfo=UTC) for hour in (6, 7)]
