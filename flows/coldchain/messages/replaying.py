"""Messages of the quarantine kept after all: judged by the same engine as readings that come, once what was wrong is
mended, as when their sensor is registered. A message leaves the quarantine in the transaction in which it is kept, so a
replay that is interrupted or asked for twice keeps nothing twice.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, Select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import QuarantineCause, QuarantinedMessageRow
from flows.coldchain.messages.keeping_messages import in_short, may_be_the_message
from flows.coldchain.messages.quarantine import SensorMessage, note_attempt, quarantined_message
from flows.coldchain.messages.sensor_messages import keep_said, what_they_say
from flows.coldchain.readings.receiving import ReceivedReadings
from flows.errors import NotNow, Unknown


class StillUnkept(NotNow):
    """What was wrong with the message still is."""

    def __init__(self, cause: QuarantineCause, reason: str) -> None:
        super().__init__("The message stays in the quarantine: {reason}", reason=reason, field="message_id")
        self.cause, self.reason = cause, reason


@dataclass(frozen=True)
class Replayed:
    """What became of a replay: how many messages were kept, their readings, and why the others were not, by id."""

    messages: int = 0
    accepted: int = 0
    duplicates: int = 0
    still_unkept: dict[str, str] = field(default_factory=dict)


def replay(engine: Engine, key: str, now: datetime) -> ReceivedReadings:
    """Keeps the readings of a message and takes it out of the quarantine. Raises Unknown, and StillUnkept, which is
    noted with the message, for what is still wrong with it; what else it says is kept."""
    try:
        with writing(engine) as session:
            received, still = _keep(session, key, now)
    except Unknown:
        raise
    except Exception as error:
        if not may_be_the_message(error):
            raise
        still = error if isinstance(error, StillUnkept) else StillUnkept(QuarantineCause.FAILED, in_short(error))
        with writing(engine) as session:
            note_attempt(session, key, still.cause, still.reason, now)
        raise still from error
    if still is not None:
        raise still
    return received


def replay_all(engine: Engine, messages: Select[tuple[QuarantinedMessageRow]], now: datetime) -> Replayed:
    """Replays the messages in the order in which they came, each in a transaction of its own, so that one which cannot
    be kept holds up no other."""
    in_order = messages.order_by(QuarantinedMessageRow.received_at, QuarantinedMessageRow.message_id)
    with reading(engine) as session:
        keys = session.scalars(in_order.with_only_columns(QuarantinedMessageRow.message_id)).all()
    kept: list[ReceivedReadings] = []
    still_unkept: dict[str, str] = {}
    for key in keys:
        try:
            kept.append(replay(engine, key, now))
        except StillUnkept as still:
            still_unkept[key] = still.reason
    accepted, duplicates = sum(one.accepted for one in kept), sum(one.duplicates for one in kept)
    return Replayed(len(kept), accepted, duplicates, still_unkept)


def _keep(session: Session, key: str, now: datetime) -> tuple[ReceivedReadings, StillUnkept | None]:
    """Keeps what can be kept of a message; why it stays, where that is not all."""
    message = quarantined_message(session, key, to_change=True)
    if message.payload_bytes > len(message.payload):
        raise StillUnkept(message.cause, f"only the first {len(message.payload)} of its bytes were kept.")
    as_it_came = SensorMessage(message.topic, message.payload, message.received_at)
    understood, unkept = what_they_say(session, [as_it_came], now)
    if unkept:
        raise StillUnkept(QuarantineCause.NOT_A_READING, unkept[0].reason)
    received, why = keep_said(session, understood[0][1], message.received_at, now)
    if why is not None:
        still = StillUnkept(QuarantineCause.REFUSED, why)
        note_attempt(session, key, still.cause, still.reason, now)
        return received, still
    session.delete(message)
    return received, None
