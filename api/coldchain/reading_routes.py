"""Readings from sensors, in batches over HTTP. Those over MQTT take the same step."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationInfo, field_validator

from api.problems import NotFound, TooLarge, WrongMediaType, responses
from api.routing import LONG, Router, body_up_to
from api.security import Principal, Scope, requires
from api.transactions import Now, WriteSession, engine_of
from api.values import Identifier, Moment
from data.database import writing
from data.languages import reworded
from flows.coldchain.messages.refused_of_batches import quarantine_refused
from flows.coldchain.readings.accepting import NothingAcceptable, RefusedValue
from flows.coldchain.readings.receiving import MOST_READINGS, receive_readings
from flows.coldchain.sensors.heard_clocks import note_clocks
from warehouse.coldchain.quantities import OTHER_QUANTITIES, Measurement
from warehouse.coldchain.readings import Reading

router = Router(tags=["readings"])


PLAIN = frozenset({"sensor_id", "taken_at", "temperature_c"})  # what most readings tell, and no more
Percent = Annotated[FiniteFloat, Field(strict=True, description="in percent, 0 to 100")]


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

    def as_told(self) -> dict[str, Any]:
        """What it tells, as a message of its sensor says it."""
        return self.model_dump(mode="json", exclude={"sensor_id"}, exclude_none=True)

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


REFUSED: dict[str, Any] = {
    "index": 417,
    "sensor_id": "W01-L-T1",
    "field": "taken_at",
    "value": "2026-11-22T09:12:00+00:00",
    "reason": "lies in the future",
    "remedy": "Check the clocks of sensor and server, and the offset of the sensor's times",
}


class RefusedOut(BaseModel):
    """A value that is not kept: of which reading of the batch (from 0), why, and what to do about it."""

    index: int
    sensor_id: str
    field: str
    value: str
    reason: str
    remedy: str

    model_config = ConfigDict(json_schema_extra={"examples": [REFUSED]})


class ReceivedOut(BaseModel):
    """What became of a batch: `duplicates` were known already; of those accepted `late` came after newer ones of their
    sensor, and what they show is judged by where it hung then; `contradictory` say another temperature of a moment than
    what is kept, and are kept beside it. `ahead` are the numbers in the batch, from 0, of readings from more than two
    minutes ahead: they are kept, and a clock is wrong. `refused` are values that are not kept; their readings lie in
    the quarantine. The rest are ids of alarms."""

    accepted: int
    duplicates: int
    late: int
    contradictory: int
    ahead: list[int]
    refused: list[RefusedOut]
    alarms_raised: list[str]
    alarms_ended: list[str]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "accepted": 999,
                    "duplicates": 0,
                    "late": 0,
                    "contradictory": 0,
                    "ahead": [],
                    "refused": [REFUSED],
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
    """Keeps a batch and raises and ends alarms. Sending a batch again changes nothing.

    A value that cannot be true, that comes from more than an hour ahead (unless most sensors say that it is the
    service's clock that is behind), or of a sensor that is not known, is named in `refused`; all others are kept. Where
    nothing can be kept the answer is 422, or 404 if none of the sensors is known."""
    with_temperature = [(n, one) for n, one in enumerate(batch.readings) if one.temperature_c is not None]
    readings = [
        Reading(one.sensor_id, one.taken_at, one.temperature_c or 0.0, one.humidity, one.battery, one.door)
        for _, one in with_temperature
    ]
    telling_more = [(number, one) for number, one in enumerate(batch.readings) if not one.model_fields_set <= PLAIN]
    measured = [(number, measurement) for number, one in telling_more for measurement in one.measured()]
    outcomes = request.app.state.metrics.readings
    try:
        received = receive_readings(session, readings, now, [number for number, _ in with_temperature], measured)
    except NothingAcceptable as none:
        session.rollback()
        with writing(engine_of(request)) as noting:
            note_clocks(noting, [one.ahead for one in none.refused if one.ahead is not None], now)
        outcomes.labels("refused").inc(len(none.refused))
        raise
    outcomes.labels("accepted").inc(received.accepted)
    outcomes.labels("duplicate").inc(received.duplicates)
    if received.refused:
        outcomes.labels("refused").inc(len(received.refused))
        said = {one.number: batch.readings[one.number].as_told() for one in received.refused}
        quarantine_refused(session, received.refused, said, now)
    return ReceivedOut(
        accepted=received.accepted,
        duplicates=received.duplicates,
        late=received.late,
        contradictory=received.contradictory,
        ahead=received.ahead,
        refused=[_refused(one) for one in received.refused],
        alarms_raised=received.raised,
        alarms_ended=received.ended,
    )


def _refused(one: RefusedValue) -> RefusedOut:
    problem = one.problem
    return RefusedOut(
        index=one.number,
        sensor_id=one.sensor_id,
        field=problem.field,
        value=one.value,
        reason=reworded(problem.reason),
        remedy=reworded(problem.remedy),
    )
