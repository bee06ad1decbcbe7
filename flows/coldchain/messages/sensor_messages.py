"""What devices publish: which readings and measurements a message holds, whether a device is online, and keeping that
of many messages at once.

What can be kept of a message is; one of which something is wrong lies in the quarantine besides, both in the caller's
transaction.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from data.tables import QuarantineCause
from flows.coldchain.alarms.alarms import is_storable
from flows.coldchain.messages.payload_mappings import ToldBySensor, kept_mappings, told_in
from flows.coldchain.messages.quarantine import LARGEST_MESSAGE, SensorMessage, Unkept, put_in_quarantine
from flows.coldchain.readings.accepting import Acceptable, Parted
from flows.coldchain.readings.receiving import ReceivedReadings, keep_parted
from flows.coldchain.sensors.online import DeviceSaid, keep_online, sensors_of_devices
from flows.coldchain.sensors.sensors import places_of_sensors
from warehouse.coldchain.payloads.mappings import PayloadMapping
from warehouse.coldchain.payloads.status import bare_word
from warehouse.coldchain.payloads.told import NotAReading
from warehouse.coldchain.quantities import Measurement, Quantity
from warehouse.coldchain.readings import Reading


@dataclass(frozen=True)
class ReceivedMessages:
    """What became of messages: of the readings that were kept, how often devices said whether they are online, and of
    which messages something was not kept."""

    readings: ReceivedReadings
    statuses: int = 0
    unkept: list[Unkept] = field(default_factory=list)

    @property
    def kept_something(self) -> bool:
        """Whether anything of them was new."""
        return self.readings.accepted > 0 or self.statuses > 0


@dataclass(frozen=True)
class Said:
    """What a message says, numbered by what was told together."""

    readings: Sequence[tuple[int, Reading]]
    measurements: Sequence[tuple[int, Measurement]] = ()
    statuses: Sequence[DeviceSaid] = ()


def told_by(message: SensorMessage, now: datetime, mappings: Sequence[PayloadMapping] = ()) -> ToldBySensor:
    """What a message, which came now unless it says when, tells. Raises NotAReading."""
    if len(message.payload) > LARGEST_MESSAGE:
        raise NotAReading(f"{len(message.payload)} bytes, at most {LARGEST_MESSAGE}")
    try:
        found = json.loads(message.payload)
    except (ValueError, RecursionError) as error:
        if (found := bare_word(message.payload)) is None:
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
    unknown = _keep_statuses(session, [said for _, said in understood], now)
    unkept += [Unkept(understood[number][0], QuarantineCause.REFUSED, why) for number, why in unknown.items()]
    put_in_quarantine(session, unkept, now)
    statuses = sum(bool(said.statuses) for _, said in understood) - len(unknown)
    return ReceivedMessages(received, statuses, unkept)


def keep_said(session: Session, said: Said, came_at: datetime, now: datetime) -> tuple[ReceivedReadings, str | None]:
    """Keeps what can be kept of one message, which came at a moment, and why that is not all."""
    acceptable = _acceptable(session, [said], now)
    part = acceptable.part(said.readings, said.measurements)
    received = keep_parted(session, part, acceptable.places, now)
    unknown = _keep_statuses(session, [said], now, came_at)
    return received, in_words(part) if part.refused else unknown.get(0)


def _keep_statuses(
    session: Session, said: Sequence[Said], now: datetime, came_at: datetime | None = None
) -> dict[int, str]:
    """Keeps whether devices are online, and says why that of some messages cannot be kept, by number. They came at a
    moment; None: now and in this order, so before a reading of the sensor that came behind them."""
    numbered = [(number, one) for number, each in enumerate(said) for one in each.statuses]
    if not numbered:
        return {}
    sensors = sensors_of_devices(session, filter(is_storable, {one.device for _, one in numbered}))
    heard = {reading.sensor_id: number for number, each in enumerate(said) for _, reading in each.readings}
    told: list[tuple[DeviceSaid, str, datetime]] = []
    for number, one in numbered:
        for sensor_id in sensors.get(one.device, ()):
            earlier = len(said) if number < heard.get(sensor_id, 0) else 0  # it was heard now
            told.append((one, sensor_id, came_at or now + timedelta(microseconds=number - earlier)))
    keep_online(session, told, now)
    return {
        number: f"Device {one.device!r} is neither a sensor nor the gateway of one."
        for number, one in numbered
        if one.device not in sensors
    }


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
    statuses: list[DeviceSaid] = []
    for number, one in enumerate(by.told):
        sensor_id = (one.device if names_sensors else None) or by.sensor_id or ""
        if one.online is not None:
            statuses.append(DeviceSaid(sensor_id, one.online))
        if (temperature_c := one.values.get(Quantity.TEMPERATURE)) is not None:
            readings.append((number, reading_of(sensor_id, one.taken_at, temperature_c, one.values)))
        measurements += [
            (number, Measurement(sensor_id, quantity, one.taken_at, value))
            for quantity, value in one.values.items()
            if quantity is not Quantity.TEMPERATURE
        ]
    return Said(readings, measurements, statuses)
