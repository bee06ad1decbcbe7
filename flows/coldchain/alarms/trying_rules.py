"""A rule set tried on what the sensors of a zone have said, beside the rules that hold there now, before it is kept.

Both are run over the same kept readings, by the limits that held then, so that they differ in the rules alone. The days
before the period are read too: a freezer's rhythm has to be known when it begins. Nothing is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import Engine, or_, select
from sqlalchemy.orm import Session

from data.database import reading
from data.tables import MeasurementRow, ReadingRow, SensorPlaceRow, SensorRow
from flows.coldchain.rules.kept_limits import limits_of_zones
from flows.coldchain.rules.kept_rules import rules_now
from flows.coldchain.sensors.sensor_places import places_over_time, rules_of_sensor
from flows.errors import Invalid
from warehouse.coldchain.excursions import RHYTHM_SEEN_WITHIN
from warehouse.coldchain.many_readings import BESIDES
from warehouse.coldchain.quantities import Quantity
from warehouse.coldchain.readings import EARLIEST
from warehouse.coldchain.replaying import Replayed, WatchedSensor, replay_rules
from warehouse.coldchain.rules import Rules

LONGEST_PERIOD = timedelta(days=31)
MOST_READINGS = 150_000  # a month of three sensors that send every minute
TOLD_BESIDES = dict(zip((Quantity.HUMIDITY, Quantity.BATTERY, Quantity.DOOR), BESIDES, strict=True))
KINDS = {"sensor_id": "str", "taken_at": "datetime64[us, UTC]", "temperature_c": "float64"}
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Tried:
    """What a proposed rule set and the rules of now make of a period, and how many readings there are in it."""

    since: datetime
    until: datetime
    readings: int
    proposed: Replayed
    now: Replayed


@dataclass(frozen=True)
class _Past:
    """What a zone's sensors have said, by which limits they are judged, and the rules of now."""

    readings: pd.DataFrame
    sensors: Sequence[SensorRow]
    watched: WatchedSensor


def try_rules(engine: Engine, zone_id: str, proposed: Rules, since: datetime, until: datetime, usual: Rules) -> Tried:
    """What the rules would have raised in the zone from `since` up to `until`. `usual` are the rules of a zone that has
    none of its own. Raises Invalid for a period that is none or too long."""
    if not since < until:
        raise Invalid("The period ends before it begins: taken_before has to be later.", field="taken_before")
    if until - since > LONGEST_PERIOD:
        raise Invalid(
            "The period is longer than {days} days. Try a shorter one.", days=LONGEST_PERIOD.days, field="taken_since"
        )
    with reading(engine) as session:
        past = _past_of(session, zone_id, (max(since, EARLIEST) - RHYTHM_SEEN_WITHIN, until), usual)

    def replayed(rules: Rules) -> Replayed:
        of_sensors = {
            sensor.sensor_id: WatchedSensor(
                zone_id, past.watched.limits, rules_of_sensor(rules, sensor.interval_minutes)
            )
            for sensor in past.sensors
        }
        return replay_rules(past.readings, of_sensors, since)

    in_period = int((past.readings["taken_at"] >= since).sum())
    return Tried(since, until, in_period, replayed(proposed), replayed(past.watched.rules))


def _past_of(session: Session, zone_id: str, span: Span, usual: Rules) -> _Past:
    hung_there = select(SensorPlaceRow.sensor_id).where(SensorPlaceRow.zone_id == zone_id)
    of_zone = or_(SensorRow.zone_id == zone_id, SensorRow.sensor_id.in_(hung_there))
    sensors = session.scalars(select(SensorRow).where(of_zone).order_by(SensorRow.sensor_id)).all()
    frames, left = list[pd.DataFrame](), MOST_READINGS
    for sensor_id, spans in _in_the_zone(session, zone_id, sensors, span).items():
        for begins, ends in spans:
            said = _readings(session, sensor_id, begins, ends, left)
            left -= len(said)
            frames += [said] if len(said) else []
    limits = limits_of_zones(session, [zone_id]).get(zone_id, [])
    watched = WatchedSensor(zone_id, limits, rules_now(session, zone_id, usual))
    session.expunge_all()
    readings = pd.concat(frames) if frames else pd.DataFrame(columns=list(KINDS)).astype(KINDS)
    return _Past(readings, sensors, watched)


def _in_the_zone(session: Session, zone_id: str, sensors: Sequence[SensorRow], span: Span) -> dict[str, list[Span]]:
    """From when up to when each sensor hung in the zone, within the span."""
    found: dict[str, list[Span]] = {}
    for sensor_id, places in places_over_time(session, [sensor.sensor_id for sensor in sensors]).items():
        ends = [*(stay.since for stay in places.stays[1:]), span[1]]
        found[sensor_id] = [
            (max(stay.since, span[0]), min(end, span[1]))
            for stay, end in zip(places.stays, ends, strict=True)
            if stay.place is not None and stay.place.zone_id == zone_id and stay.since < span[1] and end > span[0]
        ]
    return found


def _readings(session: Session, sensor_id: str, begins: datetime, ends: datetime, left: int) -> pd.DataFrame:
    """What a sensor said from a moment up to another. Raises Invalid where that is more than is left."""
    taken = (
        select(ReadingRow.taken_at, ReadingRow.temperature_c)
        .where(ReadingRow.sensor_id == sensor_id, ReadingRow.taken_at >= begins, ReadingRow.taken_at < ends)
        .order_by(ReadingRow.taken_at)
        .limit(left + 1)
    )
    rows = session.execute(taken).tuples().all()
    if len(rows) > left:
        raise Invalid(
            "There are more than {most_readings} readings. Try a shorter period.",
            most_readings=MOST_READINGS,
            field="taken_since",
        )
    frame = pd.DataFrame(rows, columns=["taken_at", "temperature_c"]).assign(sensor_id=sensor_id).astype(KINDS)
    for quantity, name in TOLD_BESIDES.items():
        measured = (
            select(MeasurementRow.taken_at, MeasurementRow.value)
            .where(MeasurementRow.sensor_id == sensor_id, MeasurementRow.quantity == quantity)
            .where(MeasurementRow.taken_at >= begins, MeasurementRow.taken_at < ends)
        )
        told = dict(session.execute(measured).tuples().all())
        frame[name] = [told.get(at) if quantity is not Quantity.DOOR else _is_open(told.get(at)) for at, _ in rows]
    return frame


def _is_open(said: float | None) -> bool | None:
    return None if said is None else said > 0
