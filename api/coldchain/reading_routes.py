"""Readings from sensors, in batches over HTTP. Those over MQTT take the same step."""

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from api.problems import NotFound, TooLarge, WrongMediaType, responses
from api.routing import LONG, Router, body_up_to
from api.security import Principal, Scope, requires
from api.transactions import Now, WriteSession, engine_of
from api.values import Identifier, Moment
from data.database import writing
from flows.coldchain.heard_clocks import note_clocks
from flows.coldchain.receiving import MOST_READINGS, FromTheFuture, receive_readings
from warehouse.coldchain.readings import Reading

router = Router(tags=["readings"])


class ReadingIn(BaseModel):
    """A sensor's temperature at a moment (with its zone or Z)."""

    sensor_id: Identifier
    taken_at: Moment
    temperature_c: Annotated[FiniteFloat, Field(strict=True)]

    model_config = ConfigDict(extra="forbid")


class ReadingBatch(BaseModel):
    """Readings of any sensors in any order."""

    readings: list[ReadingIn] = Field(min_length=1, max_length=MOST_READINGS)

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "readings": [
                        {"sensor_id": "W01-L-T1", "taken_at": "2026-11-22T06:30:00Z", "temperature_c": 3.4},
                        {"sensor_id": "W01-F-T1", "taken_at": "2026-11-22T06:30:00Z", "temperature_c": -19.2},
                    ]
                }
            ]
        },
    )


class ReceivedOut(BaseModel):
    """What became of a batch: `duplicates` were known already; of those accepted `late` came after newer ones of their
    sensor, and what they show is judged by where it hung then; `contradictory` say another temperature of a moment than
    what is kept, and are kept beside it. The rest are ids of alarms."""

    accepted: int
    duplicates: int
    late: int
    contradictory: int
    alarms_raised: list[str]
    alarms_ended: list[str]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "accepted": 2,
                    "duplicates": 0,
                    "late": 0,
                    "contradictory": 0,
                    "alarms_raised": ["al_9c1f0b6a7d3e5f208142"],
                    "alarms_ended": [],
                }
            ]
        }
    )


@router.post("/readings", responses=responses(NotFound, TooLarge, WrongMediaType), openapi_extra=body_up_to(LONG))
def receive(
    request: Request,
    session: WriteSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READINGS_WRITE)],
    batch: ReadingBatch,
) -> ReceivedOut:
    """Keeps a batch and raises and ends alarms; all of it or nothing. Sending a batch again changes nothing.

    404 names a sensor that is not known; 422 a reading that cannot be true, or from more than an hour ahead, unless
    most sensors say that it is the service's clock that is behind."""
    readings = [Reading(each.sensor_id, each.taken_at, each.temperature_c) for each in batch.readings]
    try:
        received = receive_readings(session, readings, now)
    except FromTheFuture:
        session.rollback()
        with writing(engine_of(request)) as noting:
            note_clocks(noting, readings, now)
        raise
    request.app.state.metrics.readings.labels("accepted").inc(received.accepted)
    request.app.state.metrics.readings.labels("duplicate").inc(received.duplicates)
    return ReceivedOut(
        accepted=received.accepted,
        duplicates=received.duplicates,
        late=received.late,
        contradictory=received.contradictory,
        alarms_raised=received.raised,
        alarms_ended=received.ended,
    )
