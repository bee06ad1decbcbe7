"""Fans and coolers as people keep them: registered with their rule, retired, overridden until an end. What follows for
what they are told is decided in the same transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import ActuatorKind, ActuatorRow, ZoneRow
from flows.coldchain.control.deciding import look_at_actuator, remember_new
from flows.errors import Invalid, NotNow, Unknown
from warehouse.coldchain.control.rule import ControlRule, Switch

LONGEST_OVERRIDE = timedelta(days=7)


@dataclass(frozen=True)
class Actuator:
    """What somebody registers. `topic` is where it is told (`topic`/set) and tells (`topic`/state), `rule` the JSON of
    a ControlRule."""

    actuator_id: str
    zone_id: str
    kind: ActuatorKind
    name: str
    topic: str
    rule: dict[str, Any]


def register_actuator(session: Session, actuator: Actuator, now: datetime) -> None:
    """Registers a fan or cooler, or changes one: its memory stays, and what was retired is told again.

    Raises Unknown for a zone that is not there, Invalid for a rule that cannot be, and NotNow for a topic that another
    one has."""
    rule = rule_of(actuator.rule)
    if session.get(ZoneRow, actuator.zone_id) is None:
        raise Unknown("Zone {zone_id!r} was not found.", zone_id=actuator.zone_id, field="zone_id")
    of_topic = select(ActuatorRow.actuator_id).where(ActuatorRow.topic == actuator.topic)
    other = session.scalar(of_topic.where(ActuatorRow.actuator_id != actuator.actuator_id))
    if other is not None:
        raise NotNow(
            "Topic {topic!r} is that of actuator {other!r}. Give each a topic of its own.",
            topic=actuator.topic,
            other=other,
        )
    row = session.get(ActuatorRow, actuator.actuator_id, with_for_update=True)
    if row is None:
        row = ActuatorRow(actuator_id=actuator.actuator_id)
        session.add(row)
    row.zone_id, row.kind, row.name = actuator.zone_id, actuator.kind, actuator.name
    row.topic, row.rule, row.retired_at = actuator.topic, rule.as_dict(), None
    session.flush()
    remember_new(session, ActuatorRow.actuator_id == actuator.actuator_id, now)
    look_at_actuator(session, actuator.actuator_id, now)


def retire_actuator(session: Session, actuator_id: str, now: datetime) -> None:
    """It is told nothing any more, and takes its safe state when what it was told last is over. Safe to repeat. Raises
    Unknown."""
    row = known_actuator(session, actuator_id)
    if row.retired_at is None:
        row.retired_at = now
        _take_back_override(row)


def override_actuator(
    session: Session, actuator_id: str, to: Switch, until: datetime, note: str | None, by: str, now: datetime
) -> None:
    """What somebody says it is to be, whatever its rule says, until a moment. The last one counts. Raises Unknown,
    Invalid for an end that lies in the past or too far ahead, NotNow for one that was retired."""
    row = known_actuator(session, actuator_id)
    if row.retired_at is not None:
        raise NotNow("Actuator {actuator_id!r} was retired. Register it again first.", actuator_id=actuator_id)
    if not now < until <= now + LONGEST_OVERRIDE:
        raise Invalid(
            "An override ends after now, and at most {days} days ahead. Give such an end.",
            days=LONGEST_OVERRIDE.days,
            field="until",
        )
    row.override_to, row.override_until = to.value, until
    row.override_by, row.override_note = by, note
    session.flush()
    look_at_actuator(session, actuator_id, now)


def end_override(session: Session, actuator_id: str, now: datetime) -> None:
    """Lets the rule decide again. Safe to repeat. Raises Unknown."""
    row = known_actuator(session, actuator_id)
    if row.override_to is None:
        return
    _take_back_override(row)
    session.flush()
    look_at_actuator(session, actuator_id, now)


def known_actuator(session: Session, actuator_id: str) -> ActuatorRow:
    """The actuator, locked. Raises Unknown."""
    row = session.get(ActuatorRow, actuator_id, with_for_update=True)
    if row is None:
        raise Unknown("Actuator {actuator_id!r} was not found.", actuator_id=actuator_id, field="actuator_id")
    return row


def rule_of(told: dict[str, Any]) -> ControlRule:
    """The rule of its JSON. Raises Invalid, naming the field, for one that cannot be."""
    try:
        return ControlRule.from_dict(told)
    except ValueError as error:
        raise Invalid("{why}.", why=error, field="rule") from None


def _take_back_override(row: ActuatorRow) -> None:
    row.override_to = row.override_until = row.override_by = row.override_note = None
