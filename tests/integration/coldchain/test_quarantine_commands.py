"""`freshfront quarantine` on a database of both kinds, and `freshfront run` in a folder that another runs in."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import SensorRow
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.sensor_messages import receive_messages
from flows.processes.folder_lock import one_installation
from tests.integration.flows.shell import Shell

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def freshfront(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, cold_room: Engine, database_url: str
) -> Shell:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    return Shell(capsys, monkeypatch)


def test_messages_are_listed_shown_replayed_and_discarded(freshfront: Shell, cold_room: Engine) -> None:
    reading = '{"taken_at": "2026-03-01T00:00:00Z", "temperature_c": 3}'
    with writing(cold_room) as session:
        unknown = [SensorMessage(f"freshfront/readings/S{n}", reading.encode()) for n in (7, 8)]
        receive_messages(session, [*unknown, SensorMessage("freshfront/readings/S1", b"{")], NIGHT)
    assert freshfront("quarantine", "list", "--cause", "refused") == 0
    assert "freshfront/readings/S7  refused: Reading 0: sensor 'S7' was not found." in freshfront.out
    assert "Messages in the quarantine: 3." in freshfront.out
    assert freshfront("quarantine", "list", "--json", "--topic", "freshfront/readings/S8") == 0
    (of_s8,) = json.loads(freshfront.out)
    assert freshfront("quarantine", "show", of_s8["message_id"]) == 0
    assert reading in freshfront.out

    with writing(cold_room) as session:
        session.add(SensorRow(sensor_id="S7", zone_id="Z1", name="Door 7"))
    assert freshfront("quarantine", "replay", "--all") == 1
    assert "Messages kept: 1 (readings: 1," in freshfront.out
    assert f"{of_s8['message_id']} stays: Reading 0: sensor 'S8' was not found." in freshfront.out
    assert freshfront("quarantine", "discard", of_s8["message_id"]) == 0
    assert "Messages discarded: 1." in freshfront.out
    assert freshfront("quarantine", "discard", "--all") == 0
    assert freshfront("quarantine", "list") == 0
    assert freshfront.out == "The quarantine is empty.\n"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whoever_names_neither_messages_nor_all_is_told_so(freshfront: Shell) -> None:
    for command in ("replay", "discard"):
        assert freshfront("quarantine", command) == 2
        assert "Name messages by their ids, or say --all." in freshfront.err
    assert freshfront("quarantine", "show", "qm_none") == 2
    assert "is not in the quarantine" in freshfront.err


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_second_run_in_a_folder_is_refused_before_anything_is_done(
    freshfront: Shell, tmp_path, monkeypatch, free_port
) -> None:
    monkeypatch.chdir(tmp_path)
    before_all = "flows.commands.operating.running.upgrade_with_backup"
    monkeypatch.setattr(before_all, lambda _: pytest.fail("nothing is to be done"))
    for setting in ("PORT", "MQTT_PORT", "PREFECT_PORT"):
        monkeypatch.setenv(f"FRESHFRONT_{setting}", str(free_port))
    with one_installation(with_broker=True):
        assert freshfront("run") == 2
    assert f"Freshfront runs in {tmp_path} already" in freshfront.err
