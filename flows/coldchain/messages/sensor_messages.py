"""What sensors publish: which readings and measurements a message holds, and keeping those of many messages at once.

What can be kept of a message is; one of which something is wrong lies in the quarantine besides, both in the caller's
transaction.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from data.tables import QuarantineCause
from flows.coldchain.alarms.alarms import is_storable
from flows.coldchain.messages.payload_mappings import ToldBySensor, kept_mappings, told_in
from flows.coldchain.messages.quarantine import LARGEST_MESSAGE, SensorMessage, Unkept, put_in_quarantine
from flows.coldchain.readings.accepting import Acceptable, Parted
from flows.coldchain.readings.receiving import ReceivedReadings, keep_parted
from flows.coldchain.sensors.sensors import places_of_sensors
from warehouse.coldchain.payloads.mappings import PayloadMapping
from warehouse.coldchain.payloads.told import NotAReading
from warehouse.coldchain.quantities import Measurement, Quantity
from warehouse.coldchain.readings import Reading


@dataclass(frozen=True)
class ReceivedMessages:
    """What became of messages: of the readings that were kept, and of which messages something was not."""

    readings: ReceivedReadings
    unkept: list[Unkept] = field(default_factory=list)


@dataclass(frozen=True)
class Said:
    """What a message says, numbered by what was told together."""

    readings: Sequence[tuple[int, Reading]]
    measurements: Sequence[tuple[int, Measurement]] = ()


def told_by(message: SensorMessage, now: datetime, mappings: Sequence[PayloadMapping] = ()) -> ToldBySensor:
    """What a message, which came now unless it says when, tells. Raises NotAReading."""
    if len(message.payload) > LARGEST_MESSAGE:
        raise NotAReading(f"{len(message.payload)} bytes, at most {LARGEST_MESSAGE}")
    try:
        found = json.loads(message.payload)
    except (ValueError, RecursionError) as error:
        raise NotAReading(f"not JSON: {error}") from None
    try:
        return told_in(message.topic, found, message.arrived_at or now, mappings)
    except OverflowError as error:
        raise NotAReading(str(error)) from None


def what_they_say(
    session: Session, messages: Iterable[SensorMessage], now: datetime
) -> tuple[list[tuple[SensorMessage, Said]], list[Unkept]]:
    """What each message says, and those that say nothing that can be understood."""
    mappings = kept_mappings(session)
    told: list[tuple[SensorMessage, ToldBySensor]] = []
    unkept: list[Unkept] = []
    for message in messages:
        try:
            told.append((message, told_by(message, now, mappings)))
        except NotAReading as why:
            unkept.append(Unkept(message, QuarantineCause.NOT_A_READING, str(why)))
    devices = {one.device for _, by in told for one in by.told if one.device is not None}
    known = places_of_sensors(session, filter(is_storable, devices)) if devices else {}
    understood: list[tuple[SensorMessage, Said]] = []
    for message, by in told:
        try:
            understood.append((message, _said(by, known.keys())))
        except (ValueError, OverflowError) as why:
            unkept.append(Unkept(message, QuarantineCause.NOT_A_READING, str(why)))
    return understood, unkept


def receive_messages(session: Session, messages: Iterable[SensorMessage], now: datetime) -> ReceivedMessages:
    """Keeps what the messages say, raises and ends alarms, and puts messages of which something is wrong into the
    quarantine."""
    understood, unkept = what_they_say(session, messages, now)
    acceptable = _acceptable(session, [said for _, said in understood], now)
    parts = [acceptable.part(said.readings, said.measurements) for _, said in understood]
    for (message, _), part in zip(understood, parts, strict=True):
        if part.refused:
            unkept.append(Unkept(message, QuarantineCause.REFUSED, in_words(part)))
    received = keep_parted(session, Parted.together(parts), acceptable.places, now)
    put_in_quarantine(session, unkept, now)
    return ReceivedMessages(received, unkept)


def keep_said(session: Session, said: Said, now: datetime) -> tuple[ReceivedReadings, Parted]:
    """Keeps what can be kept of one message, and what that is."""
    acceptable = _acceptable(session, [said], now)
    part = acceptable.part(said.readings, said.measurements)
    return keep_parted(session, part, acceptable.places, now), part


def in_words(part: Parted) -> str:
    """Why something of a message is refused: the first value of it, and how many others are refused and kept."""
    others, kept = len(part.refused) - 1, len(part.readings) + len(part.measurements)
    said = [str(part.refused[0])]
    said += [f"{others:,} more of its values cannot be kept."] if others else []
    said += [f"{kept:,} other{' of the message is' if kept == 1 else 's of the message are'} kept."] if kept else []
    return " ".join(said)


def reading_of(sensor_id: str, taken_at: datetime, temperature_c: float, values: Mapping[Quantity, float]) -> Reading:
    """A reading with what was told beside its temperature. Raises ValueError."""
    door = values.get(Quantity.DOOR)
    return Reading(
        sensor_id,
        taken_at,
        temperature_c,
        values.get(Quantity.HUMIDITY),
        values.get(Quantity.BATTERY),
        None if door is None else door > 0,
    )


def _acceptable(session: Session, said: Sequence[Said], now: datetime) -> Acceptable:
    readings = [reading for one in said for _, reading in one.readings]
    return Acceptable.of(session, readings, [measurement for one in said for _, measurement in one.measurements], now)


def _said(by: ToldBySensor, known: Iterable[str]) -> Said:
    """The readings and measurements of a message. Who names its device is that sensor, if it is `known` or several are
    named; else the topic's. Raises ValueError."""
    devices = {one.device for one in by.told}
    names_sensors = by.sensor_id is None or len(devices) > 1 or devices <= set(known)
    readings: list[tuple[int, Reading]] = []
    measurements: list[tuple[int, Measurement]] = []
    for number, one in enumerate(by.told):
        sensor_id = (one.device if names_sensors else None) or by.sensor_id or ""
        if (temperature_c := one.values.get(Quantity.TEMPERATURE)) is not None:
            readings.append((number, reading_of(sensor_id, one.taken_at, temperature_c, one.values)))
        measurements += [
            (number, Measurement(sensor_id, quantity, one.taken_at, value))
            for quantity, value in one.values.items()
            if quantity is not Quantity.TEMPERATURE
        ]
    return Said(readings, measurements)
