"""Readings in, alarms out: keeps new readings, runs the pure alarm engine over the sensors' kept states and keeps
states, alarms and webhook messages, all in the caller's one transaction. A batch that comes again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from warehouse.coldchain.alarms import SilentSensor
from warehouse.coldchain.readings import Reading


@dataclass(frozen=True)
class ReceivedReadings:
    """What became of a batch. `duplicates` were there already; `raised` and `ended` are alarm ids."""

    accepted: int
    duplicates: int
    raised: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


def receive_readings(session: Session, readings: Sequence[Reading], now: datetime) -> ReceivedReadings:
    """Keeps the readings and raises and ends alarms.

    Raises Unknown for a sensor that is not there and Invalid for a reading from the future or outside -90..90 C,
    naming the reading's index in `field` (`readings[3].taken_at`), before anything is written."""
    raise NotImplementedError


def acknowledge_alarm(session: Session, alarm_id: str, note: str | None, now: datetime, by: str) -> None:
    """Marks an alarm as seen by someone. Safe to repeat: the first acknowledgement stays. Raises Unknown."""
    raise NotImplementedError


def sensors_not_heard_of(session: Session, now: datetime, after: timedelta) -> tuple[SilentSensor, ...]:
    """The sensors whose last reading is older than `after`, or that were never heard of, by id."""
    raise NotImplementedError
