"""What was kept before there was an outbox is kept in it: messages, where they stand, and the memory of sensors."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from alembic import command
from sqlalchemy import Engine, select, text

from data.database import _alembic, reading, upgrade_schema, writing
from data.tables import AlarmRow, DeliveryStatus, LimitRow, OutboxEventRow, SensorStateRow, WebhookDeliveryRow
from flows.coldchain.alarms.alarms import alarm_id_of
from flows.coldchain.readings.receiving import receive_readings
from flows.notifying.passing_on import are_events_waiting
from warehouse.coldchain.alarms import AlarmKind, Excursion, SensorState, alarm_key

BEGAN, RAISED = "2026-03-01T00:00:00+00:00", "2026-03-01T00:30:00+00:00"
STATES = {
    "S1": {
        "sensor_id": "S1",
        "last_taken_at": RAISED,
        "last_c": 7.0,
        "outside": {"kind": "too_warm", "began_at": BEGAN, "worst_c": 7.5, "raised_at": RAISED},
    },
    "S2": {"sensor_id": "S2", "last_taken_at": BEGAN, "last_c": 3.0, "outside": None},
}
GOING_ON = alarm_id_of(alarm_key("S1", AlarmKind.TOO_WARM, datetime.fromisoformat(BEGAN)))
ALARM = {"alarm_id": "al_1", "kind": "too_warm"}
MESSAGE = {"type": "alarm.raised", "timestamp": "2026-03-01T00:30:00Z", "data": ALARM}


def as_it_was(engine: Engine) -> None:
    command.downgrade(_alembic(engine), "0006")
    with engine.begin() as connection:
        for sensor_id, state in STATES.items():
            values = {"id": sensor_id, "state": json.dumps(state)}
            connection.execute(text("INSERT INTO sensor_states VALUES (:id, :state)"), values)
        connection.execute(
            text(
                "INSERT INTO alarms (alarm_id, sensor_id, zone_id, warehouse_id, kind, began_at, raised_at, limit_c, "
                "worst_c) VALUES (:id, 'S1', 'Z1', 'W1', 'too_warm', :began_at, :raised_at, 4.0, 7.5)"
            ),
            {"id": GOING_ON, "began_at": "2026-03-01 00:00:00.000000", "raised_at": "2026-03-01 00:30:00.000000"},
        )
        for webhook_id in ("wh_1", "wh_2"):
            connection.execute(
                text("INSERT INTO webhooks VALUES (:id, 'https://example.org/', 's', :at, 'ops', NULL, NULL)"),
                {"id": webhook_id, "at": "2026-03-01 00:00:00.000000"},
            )
            connection.execute(
                text(
                    "INSERT INTO webhook_deliveries (delivery_id, webhook_id, event_id, payload, status, attempts, "
                    "next_attempt_at) VALUES (:id, :webhook, 'al_1_raised', :payload, 'waiting', 2, :at)"
                ),
                {
                    "id": f"{webhook_id}_al_1_raised",
                    "webhook": webhook_id,
                    "payload": json.dumps(MESSAGE),
                    "at": "2026-03-01 00:30:00.000000",
                },
            )


def test_kept_messages_states_and_limits_are_carried_over(cold_room: Engine) -> None:
    as_it_was(cold_room)

    upgrade_schema(cold_room)

    with reading(cold_room) as session:
        kept = session.get_one(SensorStateRow, "S1").state
        assert SensorState.from_dict(kept).excursion == Excursion(
            AlarmKind.TOO_WARM, datetime.fromisoformat(BEGAN), 7.5, datetime.fromisoformat(RAISED)
        )
        assert SensorState.from_dict(session.get_one(SensorStateRow, "S2").state).excursion is None
        (event,) = session.scalars(select(OutboxEventRow))
        assert (event.event_id, event.type, event.payload) == ("al_1_raised", "alarm.raised", ALARM)
        assert event.happened_at == datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
        assert not are_events_waiting(session), "its messages are there already"
        messages = session.scalars(select(WebhookDeliveryRow)).all()
        assert {(row.webhook_id, row.event_id, row.status, row.attempts) for row in messages} == {
            ("wh_1", "al_1_raised", DeliveryStatus.WAITING, 2),
            ("wh_2", "al_1_raised", DeliveryStatus.WAITING, 2),
        }
        assert session.scalars(select(LimitRow.recovery_margin_c)).all() == [0.0]


def test_an_alarm_that_went_on_during_the_upgrade_ends_after_it(cold_room: Engine, reading_at: Callable) -> None:
    as_it_was(cold_room)
    upgrade_schema(cold_room)

    with writing(cold_room) as session:
        received = receive_readings(session, [reading_at(40, 3.0)], datetime(2026, 3, 1, 8, tzinfo=UTC))

    assert received.ended == [GOING_ON]
    with reading(cold_room) as session:
        alarm = session.get_one(AlarmRow, GOING_ON)
        assert (alarm.ended_at, alarm.worst_c) == (datetime(2026, 3, 1, 0, 40, tzinfo=UTC), 7.5)


def test_a_downgrade_gives_the_messages_and_states_back(cold_room: Engine) -> None:
    as_it_was(cold_room)
    upgrade_schema(cold_room)

    command.downgrade(_alembic(cold_room), "0006")

    with cold_room.connect() as connection:
        payloads = connection.execute(text("SELECT payload FROM webhook_deliveries")).scalars().all()
        states = connection.execute(text("SELECT state FROM sensor_states ORDER BY sensor_id")).scalars().all()
    as_json = [json.loads(one) if isinstance(one, str) else one for one in (*payloads, *states)]
    assert as_json == [MESSAGE, MESSAGE, *STATES.values()]
