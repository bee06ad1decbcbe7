"""What sensors publish: which readings a message holds, and keeping those of many messages at once.

A message is kept whole or, for what is wrong with it, put into the quarantine whole, both in the caller's transaction.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from data.tables import QuarantineCause
from flows.coldchain.heard_clocks import note_clocks
from flows.coldchain.quarantine import LARGEST_MESSAGE, SensorMessage, Unkept, put_in_quarantine
from flows.coldchain.receiving import Acceptable, FromTheFuture, ReceivedReadings, keep_readings
from warehouse.coldchain.readings import Reading


class NotAReading(ValueError):
    """A message that cannot be understood; says why."""


@dataclass(frozen=True)
class ReceivedMessages:
    """What became of messages: of the readings that were kept, and which messages were not."""

    readings: ReceivedReadings
    unkept: list[Unkept] = field(default_factory=list)


def readings_in(topic: str, payload: bytes) -> list[Reading]:
    """The readings of a message: `{"taken_at": ISO 8601 with offset, "temperature_c": number}` or a list of such;
    the last level of the topic is the sensor. Raises NotAReading."""
    if len(payload) > LARGEST_MESSAGE:
        raise NotAReading(f"{len(payload)} bytes, at most {LARGEST_MESSAGE}")
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise NotAReading(f"not JSON: {error}") from None
    sensor_id = topic.rpartition("/")[2]
    return [_reading(sensor_id, one) for one in (found if isinstance(found, list) else [found])]


def receive_messages(session: Session, messages: Iterable[SensorMessage], now: datetime) -> ReceivedMessages:
    """Keeps the readings of the messages, raises and ends alarms, and puts messages that are wrong into the
    quarantine."""
    understood: list[tuple[SensorMessage, list[Reading]]] = []
    unkept: list[Unkept] = []
    for message in messages:
        try:
            understood.append((message, readings_in(message.topic, message.payload)))
        except NotAReading as why:
            unkept.append(Unkept(message, QuarantineCause.NOT_A_READING, str(why)))
    acceptable = Acceptable.of(session, [reading for _, readings in understood for reading in readings], now)
    kept: list[Reading] = []
    from_the_future: list[Reading] = []
    for message, readings in understood:
        refusals = (acceptable.why_refused(number, reading) for number, reading in enumerate(readings))
        if why_refused := next(filter(None, refusals), None):
            unkept.append(Unkept(message, QuarantineCause.REFUSED, str(why_refused)))
            from_the_future += readings if isinstance(why_refused, FromTheFuture) else []
        else:
            kept += readings
    received = keep_readings(session, kept, acceptable.places, now) if kept else ReceivedReadings(0, 0)
    if from_the_future:
        note_clocks(session, from_the_future, now)
    put_in_quarantine(session, unkept, now)
    return ReceivedMessages(received, unkept)


def _reading(sensor_id: str, found: Any) -> Reading:
    if not isinstance(found, dict):
        raise NotAReading(f"a reading is an object, not {str(found)[:50]!r}")
    taken_at, temperature_c = found.get("taken_at"), found.get("temperature_c")
    if not isinstance(temperature_c, int | float) or isinstance(temperature_c, bool):
        raise NotAReading(f"temperature_c is not a number: {str(temperature_c)[:50]!r}")
    if not isinstance(taken_at, str):
        raise NotAReading(f"taken_at is not a time in ISO 8601: {str(taken_at)[:50]!r}")
    try:
        return Reading(sensor_id, datetime.fromisoformat(taken_at), float(temperature_c))
    except (ValueError, OverflowError) as error:
        raise NotAReading(str(error)) from None
