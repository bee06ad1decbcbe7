"""What the sensors that were heard lately say of clocks: until when a reading's time is believed, and what is noted of
a sensor whose readings are not."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import SensorStateRow
from flows.coldchain.sensors.sensors import keep_states, locked_states, places_of_sensors
from warehouse.coldchain.alarms import Ahead, SensorState
from warehouse.coldchain.clocks import BELIEVED_AHEAD, TOLERATED, leads_heard_lately, server_behind
from warehouse.coldchain.readings import Reading


def leads_now(session: Session, now: datetime) -> dict[str, timedelta]:
    """By how much each sensor that was heard lately is ahead of the server's clock."""
    return leads_heard_lately(map(SensorState.from_dict, session.scalars(select(SensorStateRow.state))), now)


def server_behind_now(session: Session, readings: Iterable[Reading], now: datetime) -> timedelta:
    """By how much the server's clock is behind, as readings that came now say too; zero where it is not, or nobody can
    tell."""
    return server_behind((leads_now(session, now) | _leads(readings, now)).values())


def believed_until(session: Session, readings: Iterable[Reading], now: datetime) -> datetime:
    """The latest time at which a reading that came now is believed to have been taken."""
    until = now + BELIEVED_AHEAD  # all sensors are asked only where one is further ahead
    so_far_ahead = any(reading.taken_at > until for reading in readings)
    return until + server_behind_now(session, readings, now) if so_far_ahead else until


def note_clocks(session: Session, readings: Iterable[Reading], now: datetime) -> None:
    """Notes by how much the sensors of readings that are refused are ahead: clocks that differ are told, and where it
    turns out that the server's is wrong, its readings are believed."""
    ahead = {sensor_id: lead for sensor_id, lead in _leads(readings, now).items() if lead > TOLERATED}
    before = locked_states(session, places_of_sensors(session, ahead))
    after = {sensor_id: replace(state, ahead=Ahead(ahead[sensor_id], now)) for sensor_id, state in before.items()}
    keep_states(session, before, after)


def _leads(readings: Iterable[Reading], now: datetime) -> dict[str, timedelta]:
    """By how much the sensors of readings that came now are ahead."""
    leads: dict[str, timedelta] = {}
    for reading in readings:
        leads[reading.sensor_id] = max(reading.taken_at - now, leads.get(reading.sensor_id, timedelta(0)))
    return leads
