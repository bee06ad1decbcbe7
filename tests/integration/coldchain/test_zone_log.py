"""The log of a zone as an inspector gets it: what it says of a night with an alarm, and when it refuses."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine, delete, select, text

from data.database import reading, writing
from data.pruning.readings import prune_readings
from data.tables import (
    ActuatorKind,
    AlarmChangeRow,
    AlarmRow,
    Band,
    ExcursionRow,
    SensorPlaceRow,
    SensorRow,
    SilenceRow,
    ZoneRow,
)
from flows.coldchain.alarms.alarms import acknowledge_alarm, close_alarm
from flows.coldchain.control.actuators import Actuator, override_actuator, register_actuator
from flows.coldchain.readings.receiving import receive_readings
from flows.coldchain.records import seal_records
from flows.coldchain.rules.kept_rules import keep_rules
from flows.coldchain.zone_log.composing import zone_log
from flows.coldchain.zone_log.formats import WRITERS
from flows.coldchain.zone_log.pdf_chart import LINES, lines_of_sensors
from flows.errors import Invalid, Unknown
from flows.settings import Settings
from tests.integration.flows.shell import Shell
from warehouse.coldchain.control.rule import Switch
from warehouse.coldchain.quantities import Measurement, Quantity
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.zone_log.log import ZoneLog

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)  # 08:00 in Shanghai
NOW = NIGHT + timedelta(hours=20)
CAME = NIGHT + timedelta(hours=6)  # when readings did
TODAY = date(2026, 3, 1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRESHFRONT_RECORDS_FOLDER", str(tmp_path / "apart"))
    return tmp_path / "apart"


@pytest.fixture
def warm_night(cold_room: Engine, reading_at: Callable[..., Reading], folder: Path) -> Engine:
    """S1 every five minutes for three hours, too warm in the second, with half an hour of silence in the third; S2 at
    3.5 C. Li acknowledged the alarm; Wang closed it; a cooler was told to run; a silence of the zone."""
    quiet = range(140, 170)
    readings = [reading_at(m, 9.0 if 60 <= m < 120 else 3.0) for m in range(0, 180, 5) if m not in quiet]
    readings += [reading_at(m, 3.5, "S2") for m in range(0, 180, 5)]
    with writing(cold_room) as session:
        receive_readings(session, [one for one in readings if one.taken_at < NIGHT + timedelta(minutes=115)], CAME)
    with writing(cold_room) as session:
        alarm_id = session.scalars(select(AlarmRow.alarm_id)).one()
        acknowledge_alarm(session, alarm_id, "关上了门", NIGHT + timedelta(minutes=100), "Li 娜")
        close_alarm(session, alarm_id, "goods carried away", NIGHT + timedelta(minutes=110), "Wang")
        register_actuator(session, Actuator("C1", "Z1", ActuatorKind.COOLER, "Reserve cooler", "c/1",
                                            {"start_above_c": 4.0, "stop_below_c": 3.0}), NIGHT)  # fmt: skip
        two, four = (NIGHT + timedelta(hours=n) for n in (2, 4))
        override_actuator(session, "C1", Switch.ON, four, "too warm", "Li 娜", two)
        session.add(SilenceRow(silence_id="si-1", warehouse_id="W1", zone_id="Z1", starts_at=NIGHT, created_by="Zhao",
                               ends_at=NIGHT + timedelta(hours=1), reason="evaporator", created_at=NIGHT))  # fmt: skip
    with writing(cold_room) as session:
        receive_readings(session, [one for one in readings if one.taken_at >= NIGHT + timedelta(minutes=115)],
                         CAME)  # fmt: skip
    return cold_room


def log_of(engine: Engine, first: date | None = TODAY, last: date | None = TODAY, zone: str = "Z1") -> ZoneLog:
    with reading(engine) as session:
        return zone_log(session, zone, first, last, Settings(), NOW, "Inspector Chen")


def rows_of(log: ZoneLog) -> list[dict[str, str]]:
    file = io.BytesIO()
    WRITERS["csv"].write(log, file)
    return list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"))))


def pages_of(log: ZoneLog) -> list[str]:
    """The text of each page without spaces."""
    file = io.BytesIO()
    WRITERS["pdf"].write(log, file)
    return ["".join(page.extract_text().split()) for page in PdfReader(file).pages]


def test_the_csv_has_every_reading_and_all_that_happened_in_the_zone_s_time(warm_night: Engine, folder: Path) -> None:
    seal_records(warm_night, NOW, folder, to_the_last=True)

    rows = rows_of(log_of(warm_night))

    of = {name: [row for row in rows if row["record"] == name] for name in {row["record"] for row in rows}}
    assert len(of["reading"]) == 30 + 36
    assert of["reading"][0]["from"] == "2026-03-01 08:00:00+08:00"
    gaps = [(row["id"], row["kind"], row["from"][11:16], row["until"][11:16]) for row in of["gap"]]
    assert ("S1", "nothing_heard", "10:15", "10:50") in gaps
    assert [row["kind"] for row in of["excursion"]] == ["too_warm"]
    changes = [(row["kind"], row["by"], row["said"]) for row in of["alarm_change"]]
    assert changes == [
        ("raised", "", ""),
        ("acknowledged", "Li 娜", "关上了门"),
        ("ended", "Wang", "goods carried away"),
    ]
    assert ("Li 娜", "C1") in [(row["by"], row["id"]) for row in of["command"]]
    assert [(row["by"], row["said"]) for row in of["silence"]] == [("Zhao", "evaporator")]
    assert [(row["low_limit_c"], row["high_limit_c"]) for row in of["limit"]] == [("0.0", "4.0")]
    whole = next(row for row in of["period"] if row["id"] == "S1")
    assert (whole["minutes_above"], whole["degree_minutes_above"]) == ("60.0", "300.0")
    assert of["seals"][0]["kind"] == "as_sealed"


def test_the_pdf_says_the_same_and_who_made_it(warm_night: Engine, folder: Path) -> None:
    seal_records(warm_night, NOW, folder, to_the_last=True)
    log = log_of(warm_night)
    pages = pages_of(log)
    said = "".join(pages)
    assert log.record.head is not None

    for words in (
        *(
            "Dairy",
            "Riverside",
            "InspectorChen",
            "2026-03-0100:00+08:00to2026-03-0200:00+08:00",
            "2026-03-0204:00+08:00",
        ),
        *("acknowledged", "Li娜:关上了门", "closedbyhand", "Wang:goodscarriedaway", "Reservecooler", "Zhao:evaporator"),
        *("Allthatisshownisasitwassealed.", "Theendofthechainissignedbythisservice'skey."),
        *(log.record.head.partition(":")[2], "2026-03-0110:15+08:00", "2026-03-0110:50+08:00", "12:00+08:00"),
    ):
        assert words in said, words
    assert all(f"Page{number}of{len(pages)}" in page for number, page in enumerate(pages, 1))


def test_humidity_and_doors_are_told_in_percent_and_in_no_degrees(cold_room: Engine, folder: Path) -> None:
    with writing(cold_room) as session:
        keep_rules(session, "Z1", Rules(humid_percent=90.0), NIGHT - timedelta(days=1), "test")
        damp = [Reading("S1", NIGHT + timedelta(minutes=m), 3.0, 97.0, door_open=True) for m in range(0, 120, 5)]
        receive_readings(session, damp, CAME)

    log = log_of(cold_room)

    rows = {row["kind"]: row for row in rows_of(log) if row["record"] == "excursion"}
    told = {kind: (row["temperature_c"], row["percent"], row["limit_percent"]) for kind, row in rows.items()}
    assert told == {"too_humid": ("", "97.0", "90.0"), "door_open": ("", "", "")}
    said = "".join(pages_of(log))
    assert "90%97%" in said
    assert "97.00" not in said
    assert "1.00°C" not in said


def test_a_sensor_that_hung_there_twice_has_one_line_and_one_word_in_the_legend() -> None:
    def stay(sensor_id: str, name: str) -> SimpleNamespace:
        return SimpleNamespace(stay=SimpleNamespace(sensor_id=sensor_id, name=name))

    log: Any = SimpleNamespace(sensors=[stay("S1", "Door"), stay("S1", "Door"), stay("S2", "Back"), stay("S3", "Back")])

    assert lines_of_sensors(log) == {"S1": LINES[0], "S2": LINES[1], "S3": LINES[2]}


def test_a_reading_that_was_changed_is_named_in_the_log(warm_night: Engine, folder: Path) -> None:
    seal_records(warm_night, NOW, folder, to_the_last=True)
    with warm_night.begin() as connection:
        connection.execute(text("UPDATE readings SET temperature_c = 4.0 WHERE temperature_c = 9.0"))
        connection.execute(text("DELETE FROM alarm_changes WHERE what = 'acknowledged'"))

    log = log_of(warm_night)

    assert log.record.found == 12 + 1
    assert "readings S1 at 2026-03-01T01:00:00+00:00 was changed" in log.record.altered
    assert any(one.startswith("alarm_changes") and one.endswith("is gone") for one in log.record.altered)
    assert "NOTasitwassealed" in pages_of(log)[0]


def test_a_measurement_by_which_alarms_are_raised_is_named_in_the_log_if_it_was_changed(
    warm_night: Engine, folder: Path
) -> None:
    damp = [Measurement("S1", Quantity.HUMIDITY, NIGHT + timedelta(minutes=m), 95.0) for m in (30, 90)]
    with writing(warm_night) as session:
        receive_readings(session, [], CAME, measured=list(enumerate(damp)))
    seal_records(warm_night, NOW, folder, to_the_last=True)
    assert log_of(warm_night).record.altered == []
    with warm_night.begin() as connection:
        connection.execute(text("UPDATE measurements SET value = 80.0"))

    assert log_of(warm_night).record.altered == [
        "measurements S1|humidity at 2026-03-01T00:30:00+00:00 was changed",
        "measurements S1|humidity at 2026-03-01T01:30:00+00:00 was changed",
    ]


def test_a_limit_that_was_changed_or_removed_is_named_in_the_log(warm_night: Engine, folder: Path) -> None:
    seal_records(warm_night, NOW, folder, to_the_last=True)
    with warm_night.begin() as connection:
        connection.execute(text("UPDATE limits SET high_c = 9.5"))
    changed = log_of(warm_night).record
    with warm_night.begin() as connection:
        connection.execute(text("DELETE FROM limits"))

    assert changed.altered == ["limits Z1|2020-01-01T00:00:00+00:00 was changed"]
    assert log_of(warm_night).record.altered == ["limits Z1|2020-01-01T00:00:00+00:00 is gone"]


def alarm_elsewhere(engine: Engine) -> None:
    """An alarm of another zone of the same warehouse, at the same time."""
    with writing(engine) as session:
        session.add(
            ZoneRow(zone_id="Z9", warehouse_id="W1", name="Ice", band=Band.FROZEN, x_m=0, y_m=0, width_m=1, depth_m=1)
        )
        session.flush()
        session.add(SensorRow(sensor_id="S9", zone_id="Z9", name="Ice"))
        session.flush()
        alarm = AlarmRow(alarm_id="al_elsewhere", warehouse_id="W1", zone_id="Z9", sensor_id="S9", kind="too_warm",
                         began_at=NIGHT, raised_at=NIGHT)  # fmt: skip
        session.add(alarm)
        session.flush()
        session.add(ExcursionRow(sensor_id="S9", kind="too_warm", began_at=NIGHT, zone_id="Z9",
                                 alarm_id="al_elsewhere", raised_at=NIGHT))  # fmt: skip
        session.add(AlarmChangeRow(alarm_id="al_elsewhere", change_no=1, at=NIGHT, what="acknowledged", by="Li"))


def test_alarms_of_another_zone_are_not_in_the_log(warm_night: Engine) -> None:
    before = log_of(warm_night)
    alarm_elsewhere(warm_night)
    assert log_of(warm_night).alarms == before.alarms
    assert log_of(warm_night).excursions == before.excursions


def test_what_is_gone_of_another_zone_is_not_named(warm_night: Engine, folder: Path) -> None:
    alarm_elsewhere(warm_night)
    seal_records(warm_night, NOW, folder, to_the_last=True)
    with warm_night.begin() as connection:
        for row in (AlarmChangeRow, ExcursionRow, AlarmRow):
            connection.execute(delete(row).where(row.alarm_id == "al_elsewhere"))

    record = log_of(warm_night).record

    assert record.altered == ["alarms (1) sealed in this time and gone; of which zone is not known any more"]


def test_nothing_sealed_is_said_to_be_so(warm_night: Engine) -> None:
    log = log_of(warm_night)

    assert log.record.head is None
    assert "notsealedyet" in pages_of(log)[0]


def test_pruned_hours_stand_as_sealed_summaries(
    cold_room: Engine, reading_at: Callable[..., Reading], folder: Path
) -> None:
    with writing(cold_room) as session:
        receive_readings(session, [reading_at(m, 3.0) for m in range(0, 300, 5)], CAME)
    seal_records(cold_room, NOW, folder, to_the_last=True)
    prune_readings(cold_room, NIGHT + timedelta(hours=3), dry_run=False)
    seal_records(cold_room, NOW, folder, to_the_last=True)

    log = log_of(cold_room)

    rows = rows_of(log)
    assert [row["readings"] for row in rows if row["record"] == "summary"] == ["12", "12", "12"]
    assert (log.record.summaries, log.record.found, log.sensors[0].whole.readings) == (3, 0, 60)
    with cold_room.begin() as connection:
        connection.execute(text("UPDATE reading_hours SET highest_c = 3.5"))
    assert log_of(cold_room).record.found == 3


def test_a_sensor_that_was_moved_counts_in_each_zone_for_when_it_hung_there(
    cold_room: Engine, reading_at: Callable[..., Reading]
) -> None:
    moved = NIGHT + timedelta(hours=1)
    with writing(cold_room) as session:
        session.add(ZoneRow(zone_id="Z2", warehouse_id="W1", name="Leaf", band=Band.LEAF, x_m=9, y_m=0, width_m=5,
                            depth_m=4))  # fmt: skip
        session.flush()
        receive_readings(session, [reading_at(m, 3.0) for m in range(0, 60, 5)], CAME)
        session.add(SensorPlaceRow(sensor_id="S1", until=moved, zone_id="Z1"))
        session.get_one(SensorRow, "S1").zone_id = "Z2"
        session.flush()
        receive_readings(session, [reading_at(m, 2.0) for m in range(60, 120, 5)], CAME)

    here, there = (next(s for s in log_of(cold_room, zone=z).sensors if s.stay.sensor_id == "S1") for z in ("Z1", "Z2"))

    assert (here.whole.mean_c, here.whole.end) == (3.0, moved)
    assert (there.whole.mean_c, there.whole.begin) == (2.0, moved)


@pytest.mark.parametrize(
    ("first", "last", "field", "words"),
    [
        (date(2025, 3, 1), TODAY, "from", "at most 92"),
        (TODAY, TODAY - timedelta(days=1), "until", "lies before"),
        (date(2026, 3, 9), date(2026, 3, 9), "from", "has not begun"),
        (date(1, 1, 1), date(1, 1, 2), "from", "no reading is so old"),
    ],
)
def test_days_that_no_log_is_of_are_refused(cold_room: Engine, first: date, last: date, field: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        log_of(cold_room, first, last)

    assert refused.value.field == field


def test_without_days_it_is_of_the_week_up_to_now(cold_room: Engine) -> None:
    log = log_of(cold_room, None, None)

    assert [log.period.days[0], log.period.days[-1], log.period.end] == [date(2026, 2, 24), date(2026, 3, 2), NOW]
    assert log_of(cold_room, None, date(2380, 8, 22)).period.days == log.period.days, "what is to come is of no log"
    with pytest.raises(Unknown, match="Z9"):
        log_of(cold_room, zone="Z9")


def test_the_command_writes_both_and_refuses_a_zone_of_another_warehouse(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, warm_night: Engine, database_url: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    freshfront = Shell(capsys, monkeypatch)
    asked = ["--zone", "Z1", "--from", "2026-03-01", "--until", "2026-03-01", "--out"]

    for ending, begin in (("pdf", b"%PDF"), ("csv", "\ufeffrecord".encode())):
        assert freshfront("coldchain", "log", "--warehouse", "W1", *asked, str(tmp_path / f"log.{ending}")) == 0
        assert (tmp_path / f"log.{ending}").read_bytes().startswith(begin)
    assert freshfront("coldchain", "log", "--warehouse", "W2", *asked, str(tmp_path / "other.pdf")) == 2
    assert freshfront("coldchain", "log", "--warehouse", "W1", *asked, str(tmp_path / "log.txt")) == 2
    assert not (tmp_path / "other.pdf").exists()
