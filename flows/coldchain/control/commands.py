"""Commands as they are kept: decided, sent, confirmed by what the actuator says, or expired; each told as an event when
it is decided and when its result is known, and in the audit trail with its reason and result."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from data.audit_trail import keep_entry
from data.tables import ActuatorRow, ActuatorStateRow, CommandRow, CommandStatus, ZoneRow
from flows.notifying.outbox import OutboxEvent, as_told, write_events
from warehouse.coldchain.control.rule import Switch
from warehouse.coldchain.control.switching import Command

THE_RULE = "the rule"  # who decided what nobody said
TOLD = (
    *("command_id", "actuator_id", "warehouse_id", "zone_id", "desired", "reason", "said", "decided_by"),
    *("decided_at", "expires_at", "status", "sent_at", "ended_at"),
)


@dataclass(frozen=True)
class Report:
    """What an actuator says that it is; `command_id` is of the command that it follows, None: it does not say. `kept`:
    the broker had kept it, so it may be older than what the actuator was told since."""

    topic: str
    state: Switch
    command_id: str | None = None
    kept: bool = False


def keep_commands(
    session: Session, actuator: ActuatorRow, commands: Sequence[Command], before: int, expires: timedelta, now: datetime
) -> None:
    """Keeps what an actuator is told, `before` commands after its first, for who sends it."""
    warehouse_id = session.scalars(select(ZoneRow.warehouse_id).where(ZoneRow.zone_id == actuator.zone_id)).one()
    rows = [
        CommandRow(
            command_id=command.command_id,
            command_no=before + number,
            actuator_id=actuator.actuator_id,
            zone_id=actuator.zone_id,
            warehouse_id=warehouse_id,
            desired=command.desired.value,
            reason=command.reason.value,
            said=command.said,
            decided_by=command.by,
            decided_at=command.at,
            written_at=now,
            expires_at=now + expires,
            status=CommandStatus.WAITING,
        )
        for number, command in enumerate(commands, 1)
    ]
    session.add_all(rows)
    session.flush()
    write_events(session, (_event(row, "decided", row.decided_at) for row in rows), now)


def note_sent(session: Session, command_ids: Iterable[str], now: datetime) -> None:
    """The broker has these: what the same actuators were told before is superseded, and what one has said since the
    command was written is its answer."""
    sent = CommandRow.command_id.in_(list(command_ids))
    said_by = {
        one.actuator_id: one
        for one, _ in _locked_states(session, ActuatorRow.actuator_id.in_(select(CommandRow.actuator_id).where(sent)))
    }
    for command in session.scalars(
        select(CommandRow)
        .where(sent, CommandRow.ended_at.is_(None))
        .order_by(CommandRow.actuator_id, CommandRow.command_no)
        .with_for_update()
    ).all():
        command.sent_at = now
        command.status = CommandStatus.SENT
        earlier = CommandRow.command_no < command.command_no
        for before in session.scalars(_open_commands(command.actuator_id).where(earlier)):
            _end(session, before, CommandStatus.SUPERSEDED, now)
        said = said_by[command.actuator_id]
        if said.reported == command.desired and said.reported_at and said.reported_at >= command.written_at:
            _end(session, command, CommandStatus.CONFIRMED, now)


def note_reports(session: Session, reports: Sequence[Report], now: datetime) -> set[str]:
    """Keeps what actuators say, of each in its order, and confirms the commands that they follow. Returns the topics
    that are of none."""
    by_topic = defaultdict[str, list[Report]](list)
    for report in reports:
        by_topic[report.topic].append(report)
    for said, topic in _locked_states(session, ActuatorRow.topic.in_(list(by_topic))):
        for report in by_topic.pop(topic):
            _note(session, said, report, now)
    return set(by_topic)


def _note(session: Session, said: ActuatorStateRow, report: Report, now: datetime) -> None:
    said.reported, said.reported_at = report.state.value, now
    last = session.scalar(_open_commands(said.actuator_id).order_by(CommandRow.command_no.desc()).limit(1))
    if last is None or last.desired != report.state:
        return
    follows = report.command_id == last.command_id
    if report.command_id is None:
        follows = last.sent_at is not None and not report.kept
    if follows:
        last.sent_at = last.sent_at or now
        for command in session.scalars(_open_commands(said.actuator_id).order_by(CommandRow.command_no)).all():
            _end(session, command, CommandStatus.CONFIRMED if command is last else CommandStatus.SUPERSEDED, now)


def has_expired(session: Session, now: datetime) -> bool:
    """Whether a command was not confirmed in time."""
    return session.scalar(_expired(now).limit(1)) is not None


def expire_commands(session: Session, now: datetime) -> None:
    """Ends the commands that were not confirmed in time; one that was not even sent will not be."""
    for command in session.scalars(_expired(now).with_for_update()).all():
        _end(session, command, CommandStatus.EXPIRED, now)


def _locked_states(session: Session, which: ColumnElement[bool]) -> list[tuple[ActuatorStateRow, str]]:
    """What is remembered of actuators, with their topics: locked before their commands and in the order in which all
    do, so that no two wait for each other."""
    states = select(ActuatorStateRow, ActuatorRow.topic).join(ActuatorRow).where(which)
    in_order = states.order_by(ActuatorStateRow.actuator_id).with_for_update(of=ActuatorStateRow)
    return [(said, topic) for said, topic in session.execute(in_order).all()]


def _open_commands(actuator_id: str) -> Any:
    return select(CommandRow).where(CommandRow.actuator_id == actuator_id, CommandRow.ended_at.is_(None))


def _expired(now: datetime) -> Any:
    over = select(CommandRow).where(CommandRow.ended_at.is_(None), CommandRow.expires_at <= now)
    return over.order_by(CommandRow.actuator_id, CommandRow.command_no)


def _end(session: Session, command: CommandRow, status: CommandStatus, now: datetime) -> None:
    command.status, command.ended_at = status, now
    session.flush()
    write_events(session, [_event(command, status.value, now)], now)
    keep_entry(
        session,
        entry_id=command.command_id,
        by=command.decided_by or THE_RULE,
        operation="command",
        about={"actuator_id": command.actuator_id, "command_id": command.command_id},
        changes=[{"table": "commands", "key": [command.command_id], "before": None, "after": _as_told(command)}],
        at=now,
    )


def _event(command: CommandRow, what: str, at: datetime) -> OutboxEvent:
    return OutboxEvent(f"{command.command_id}_{what}", f"command.{what}", _as_told(command), at)


def _as_told(command: CommandRow) -> dict[str, Any]:
    fields = {name: getattr(command, name) for name in TOLD}
    return {name: as_told(value) if isinstance(value, datetime) else value for name, value in fields.items()}
