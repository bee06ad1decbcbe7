"""What sensors publish: which readings and measurements a message holds, and keeping those of many messages at once.

A message is kept whole or, for what is wrong with it, put into the quarantine whole, both in the caller's transaction.
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
from flows.coldchain.readings.measurements import keep_measurements, why_refused
from flows.coldchain.readings.receiving import Acceptable, FromTheFuture, ReceivedReadings, keep_readings
from flows.coldchain.sensors.heard_clocks import note_clocks
from flows.coldchain.sensors.sensors import places_of_sensors
from flows.errors import Refusal
from warehouse.coldchain.payloads.mappings import PayloadMapping
from warehouse.coldchain.payloads.told import NotAReading
from warehouse.coldchain.quantities import Measurement, Quantity
from warehouse.coldchain.readings import Reading


@dataclass(frozen=True)
class ReceivedMessages:
    """What became of messages: of the readings that were kept, and which messages were not."""

    readings: ReceivedReadings
    unkept: list[Unkept] = field(default_factory=list)


@dataclass(frozen=True)
class Said:
    """What a message says; a measurement is named by the number of what it was told with."""

    readings: Sequence[Reading]
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
    """Keeps what the messages say, raises and ends alarms, and puts messages that are wrong into the quarantine."""
    understood, unkept = what_they_say(session, messages, now)
    acceptable = _acceptable(session, [said for _, said in understood], now)
    kept: list[Reading] = []
    measured: list[Measurement] = []
    from_the_future: list[Reading] = []
    for message, said in understood:
        if refusal := _refusal(said, acceptable):
            unkept.append(Unkept(message, QuarantineCause.REFUSED, str(refusal)))
            from_the_future += said.readings if isinstance(refusal, FromTheFuture) else []
        else:
            kept += said.readings
            measured += [measurement for _, measurement in said.measurements]
    received = keep_readings(session, kept, acceptable.places, now) if kept else ReceivedReadings(0, 0)
    keep_measurements(session, measured, acceptable.places, now)
    if from_the_future:
        note_clocks(session, from_the_future, now)
    put_in_quarantine(session, unkept, now)
    return ReceivedMessages(received, unkept)


def keep_said(session: Session, said: Said, now: datetime) -> ReceivedReadings:
    """Keeps what one message says. Raises the Refusal of what cannot be kept, before anything is written."""
    acceptable = _acceptable(session, [said], now)
    if refusal := _refusal(said, acceptable):
        raise refusal
    received = ReceivedReadings(0, 0)
    if said.readings:
        received = keep_readings(session, said.readings, acceptable.places, now)
    keep_measurements(session, [measurement for _, measurement in said.measurements], acceptable.places, now)
    return received


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
    acceptable = Acceptable.of(session, [reading for one in said for reading in one.readings], now)
    measuring = {measurement.sensor_id for one in said for _, measurement in one.measurements}
    if others := set(filter(is_storable, measuring - acceptable.places.keys())):
        places = {**acceptable.places, **places_of_sensors(session, others)}
        return Acceptable(places, acceptable.believed_until)
    return acceptable


def _refusal(said: Said, acceptable: Acceptable) -> Refusal | None:
    """The first thing of a message that cannot be kept; None: all of it is kept."""
    of_readings = (acceptable.why_refused(number, reading) for number, reading in enumerate(said.readings))
    of_others = (
        why_refused(number, measurement, acceptable.places.keys(), acceptable.believed_until)
        for number, measurement in said.measurements
    )
    return next((refusal for refusals in (of_readings, of_others) for refusal in refusals if refusal), None)


def _said(by: ToldBySensor, known: Iterable[str]) -> Said:
    """The readings and measurements of a message. Who names its device is that sensor, if it is `known` or several are
    named; else the topic's. Raises ValueError."""
    devices = {one.device for one in by.told}
    names_sensors = by.sensor_id is None or len(devices) > 1 or devices <= set(known)
    readings: list[Reading] = []
    measurements: list[tuple[int, Measurement]] = []
    for number, one in enumerate(by.told):
        sensor_id = (one.device if names_sensors else None) or by.sensor_id or ""
        if (temperature_c := one.values.get(Quantity.TEMPERATURE)) is not None:
            readings.append(reading_of(sensor_id, one.taken_at, temperature_c, one.values))
        measurements += [
            (number, Measurement(sensor_id, quantity, one.taken_at, value))
            for quantity, value in one.values.items()
            if quantity is not Quantity.TEMPERATURE
        ]
    return Said(readings, measurements)
