"""Readings from sensors, in batches over HTTP. Those over MQTT take the same step."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationInfo, field_validator

from api.problems import NotFound, TooLarge, WrongMediaType, responses
from api.routing import LONG, Router, body_up_to
from api.security import Principal, Scope, requires
from api.transactions import Now, WriteSession, engine_of
from api.values import Identifier, Moment
from data.database import writing
from flows.coldchain.readings.measurements import receive_measurements
from flows.coldchain.readings.receiving import MOST_READINGS, FromTheFuture, receive_readings
from flows.coldchain.sensors.heard_clocks import note_clocks
from warehouse.coldchain.quantities import OTHER_QUANTITIES, Measurement
from warehouse.coldchain.readings import Reading

router = Router(tags=["readings"])


Percent = Annotated[FiniteFloat, Field(strict=True, ge=0, le=100, description="in percent")]


class ReadingIn(BaseModel):
    """What a sensor measured at a moment (with its zone or Z): temperature, or at least something else."""

    sensor_id: Identifier
    taken_at: Moment
    humidity: Percent | None = None
    battery: Percent | None = None
    door: bool | None = Field(None, description="whether it is open")
    power: bool | None = Field(None, description="whether it is there")
    defrost: bool | None = Field(None, description="whether the cooler defrosts")
    # after the others, so that the one which is missing is named when none of them is there
    temperature_c: Annotated[FiniteFloat, Field(strict=True)] | None = Field(None, validate_default=True)

    model_config = ConfigDict(extra="forbid")

    @field_validator("temperature_c")
    @classmethod
    def _tells_something(cls, temperature_c: float | None, info: ValidationInfo) -> float | None:
        if temperature_c is None and all(info.data.get(name) is None for name in OTHER_QUANTITIES):
            raise ValueError("a reading tells temperature_c, humidity, battery, door, power or defrost")
        return temperature_c

    def measured(self) -> Iterator[Measurement]:
        """What is told beside temperature."""
        for quantity in OTHER_QUANTITIES:
            if (value := getattr(self, quantity)) is not None:
                yield Measurement(self.sensor_id, quantity, self.taken_at, float(value))


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
                        {
                            "sensor_id": "W01-F-T1",
                            "taken_at": "2026-11-22T06:30:00Z",
                            "temperature_c": -19.2,
                            "humidity": 71,
                            "battery": 97,
                        },
                    ]
                }
            ]
        },
    )


class ReceivedOut(BaseModel):
    """What became of a batch: `duplicates` were known already; of those accepted `late` came after newer ones of their
    sensor, and what they show is judged by where it hung then; `contradictory` say another temperature of a moment than
    what is kept, and are kept beside it. `ahead` are the numbers in the batch, from 0, of readings from more than two
    minutes ahead: they are kept, and a clock is wrong. The rest are ids of alarms."""

    accepted: int
    duplicates: int
    late: int
    contradictory: int
    ahead: list[int]
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
                    "ahead": [],
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
    with_temperature = [(n, one) for n, one in enumerate(batch.readings) if one.temperature_c is not None]
    readings = [
        Reading(one.sensor_id, one.taken_at, one.temperature_c or 0.0, one.humidity, one.battery, one.door)
        for _, one in with_temperature
    ]
    measured = [(number, measurement) for number, one in enumerate(batch.readings) for measurement in one.measured()]
    try:
        received = receive_readings(session, readings, now, [number for number, _ in with_temperature])
        receive_measurements(session, measured, now)
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
        ahead=received.ahead,
        alarms_raised=received.raised,
        alarms_ended=received.ended,
    )
