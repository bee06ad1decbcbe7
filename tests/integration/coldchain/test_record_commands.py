"""`freshfront coldchain seal` and `verify`: what they print, what a timer sees by their exit codes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from data.database import writing
from flows.coldchain.readings.receiving import receive_readings
from tests.integration.flows.shell import Shell
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def freshfront(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, cold_room: Engine, database_url: str
) -> Shell:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    return Shell(capsys, monkeypatch)


def receive(engine: Engine, minute: int, temperature_c: float) -> None:
    with writing(engine) as session:
        receive_readings(session, [Reading("S1", NIGHT.replace(minute=minute), temperature_c)], NIGHT)


def lower_the_first_reading(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE readings SET temperature_c = 2.0 WHERE temperature_c = 3.0"))


def test_an_altered_reading_is_named_by_an_exit_code_and_what_is_new_is_not_sealed(
    freshfront: Shell, cold_room: Engine
) -> None:
    receive(cold_room, 0, 3.0)
    assert freshfront("coldchain", "seal", "--json") == 0
    sealed = json.loads(freshfront.out)
    assert sealed["accepted"] is None
    assert sealed["head"].startswith(f"{sealed['added']}:")
    lower_the_first_reading(cold_room)
    receive(cold_room, 5, 3.5)

    assert freshfront("coldchain", "verify") == 1
    assert freshfront.out.splitlines() == [
        "1 of the record NOT as sealed:",
        "readings S1 at 2026-03-01T00:00:00.000000Z was changed",
    ]
    assert freshfront("coldchain", "verify", "--json") == 1
    told = json.loads(freshfront.out)
    assert (told["found"], told["added"], told["seals"]) == (1, 0, sealed["added"])


def test_a_check_seals_what_is_new_unless_it_is_to_check_only(freshfront: Shell, cold_room: Engine) -> None:
    assert freshfront("coldchain", "seal") == 0
    before = freshfront.out
    receive(cold_room, 0, 3.0)

    assert freshfront("coldchain", "verify", "--check-only", "--json") == 0
    assert json.loads(freshfront.out)["added"] == 0
    assert freshfront("coldchain", "verify") == 0
    assert "1 seals added over what is new." in freshfront.out
    assert freshfront("coldchain", "seal") == 0
    assert "0 seals added" in freshfront.out
    assert freshfront.out != before
    assert freshfront("coldchain", "verify") == 0
    assert "every record is as it was sealed" in freshfront.out


def test_heads_that_are_not_in_the_chain_are_told_until_somebody_says_why(
    freshfront: Shell, cold_room: Engine, tmp_path: Path
) -> None:
    receive(cold_room, 0, 3.0)
    assert freshfront("coldchain", "seal", "--json") == 0
    head = json.loads(freshfront.out)["head"]
    with cold_room.begin() as connection:  # as a backup from before
        for table in ("record_seals", "record_chain", "readings_sealed"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names

    assert freshfront("coldchain", "verify") == 1
    assert "seals were removed or made anew" in freshfront.out
    assert freshfront("coldchain", "seal", "--accept", "restored from the backup\nof Sunday") == 0
    assert "Accepted as it is, whatever was kept apart: restored from the backup" in freshfront.out
    assert freshfront("coldchain", "verify") == 0
    assert freshfront("coldchain", "verify", "--head", head) == 1
    (accepted,) = [line for line in (tmp_path / "records" / "heads.log").read_text().splitlines() if "Sunday" in line]
    assert accepted.endswith(" restored from the backup of Sunday")
    assert freshfront("coldchain", "verify", "--head", "the last one") == 2
    assert "A head is NUMBER:HASH" in freshfront.err
