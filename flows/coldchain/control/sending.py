"""What is to be said to fans and coolers: commands that wait, and again and again what each is to be, for a while each
time. One that hears nothing for so long knows that nobody looks after it, and takes its safe state."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import ActuatorRow, ActuatorStateRow, CommandRow, CommandStatus
from flows.coldchain.control.commands import Report
from flows.notifying.outbox import as_told
from warehouse.coldchain.control.rule import Switch

HOLDS = timedelta(minutes=2)  # what was said; it is said again well before it is over
SAY_AGAIN_EVERY = 30.0  # seconds
AT_ONCE = 500  # commands
WORDS = {"on": Switch.ON, "off": Switch.OFF, "true": Switch.ON, "false": Switch.OFF, "1": Switch.ON, "0": Switch.OFF}


@dataclass(frozen=True)
class Said:
    """What is published: on `topic`/set, and kept by the broker for who comes later."""

    command_id: str
    topic: str
    payload: bytes


def waiting_commands(session: Session, now: datetime) -> Sequence[Said]:
    """The commands that wait to be sent and have not expired, of each actuator in the order of their numbers."""
    waiting = (
        select(CommandRow, ActuatorRow)
        .join(ActuatorRow, ActuatorRow.actuator_id == CommandRow.actuator_id)
        .where(CommandRow.ended_at.is_(None), CommandRow.status == CommandStatus.WAITING, CommandRow.expires_at > now)
        .order_by(CommandRow.actuator_id, CommandRow.command_no)
        .limit(AT_ONCE)
    )
    return [_said(command, actuator, now) for command, actuator in session.execute(waiting)]


def desired_states(session: Session, now: datetime) -> Sequence[Said]:
    """What each actuator in use is to be, as its last command said; none of one whose last command was not sent."""
    last = (
        select(CommandRow, ActuatorRow)
        .join(ActuatorStateRow, ActuatorStateRow.command_id == CommandRow.command_id)
        .join(ActuatorRow, ActuatorRow.actuator_id == CommandRow.actuator_id)
        .where(ActuatorRow.retired_at.is_(None), CommandRow.status != CommandStatus.WAITING)
        .order_by(CommandRow.actuator_id)
    )
    return [_said(command, actuator, now) for command, actuator in session.execute(last)]


def topics(session: Session) -> list[str]:
    """The topics of the actuators in use."""
    in_use = select(ActuatorRow.topic).where(ActuatorRow.retired_at.is_(None))
    return list(session.scalars(in_use.order_by(ActuatorRow.topic)))


def report_in(topic: str, payload: bytes, kept: bool) -> Report | None:
    """What an actuator says on `topic`/state: `{"state": "on", "command_id": ...}` or just `on`, in any of the words
    that devices have for it; None: neither."""
    text = payload.decode(errors="replace").strip()
    told: Any
    command_id: Any = None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = text
    if isinstance(told, dict):
        told, command_id = told.get("state"), told.get("command_id")
    word = str(told).strip().lower()
    if word not in WORDS:
        return None
    return Report(topic.removesuffix("/state"), WORDS[word], command_id if isinstance(command_id, str) else None, kept)


def _said(command: CommandRow, actuator: ActuatorRow, now: datetime) -> Said:
    told = {
        "state": command.desired,
        "command_id": command.command_id,
        "reason": command.reason,
        "said": command.said,
        "decided_at": as_told(command.decided_at),
        "valid_until": as_told(now + HOLDS),
        "safe_state": actuator.rule["safe_state"],
    }
    return Said(command.command_id, actuator.topic, json.dumps(told).encode())
