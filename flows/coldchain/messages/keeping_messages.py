"""Whose fault it is that messages could not be kept, and what follows: only what is wrong with a message itself puts it
into the quarantine, everything else is raised, so that whoever sent the messages has them still.

Values that the database refuses, and errors of the code, may be a message's own: then each message is tried alone, and
one that keeps failing while others are kept has shown it. Whatever else a database says (it is away, read-only, full,
damaged, lacks a table) is never about the message.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data.database import writing
from data.tables import QuarantineCause
from flows.coldchain.messages.quarantine import SensorMessage, Unkept, put_in_quarantine
from flows.coldchain.messages.sensor_messages import ReceivedMessages, receive_messages

ATTEMPTS = 3
PAUSE = 0.2  # seconds between two attempts

log = logging.getLogger(__name__)


class NothingIsKept(Exception):
    """No message can be kept, so it is not known to be the fault of one."""


@dataclass(frozen=True)
class KeptMessages:
    """What became of messages, transaction by transaction: each of them is kept or in the quarantine."""

    received: Sequence[ReceivedMessages]
    failed: Sequence[Unkept] = ()

    @property
    def unkept(self) -> list[Unkept]:
        """Those that are in the quarantine."""
        return [*(one for received in self.received for one in received.unkept), *self.failed]


def may_be_the_message(error: Exception) -> bool:
    """Whether an error may be about the message that was kept when it came, and not about database or machine."""
    if isinstance(error, DBAPIError):
        return isinstance(error, IntegrityError | DataError)
    return not isinstance(error, PoolTimeout | DisconnectionError | OSError | MemoryError)


def keep_messages(engine: Engine, messages: Sequence[SensorMessage]) -> KeptMessages:
    """Keeps the messages or puts them into the quarantine, each in a transaction that has ended when this returns.

    Raises what the database says where that is not about a message, and NothingIsKept where none can be kept."""
    try:
        return KeptMessages([_keep(engine, messages)])
    except Exception as error:
        if not may_be_the_message(error):
            raise
        log.warning("%d messages could not be kept together, each is tried alone: %r", len(messages), error)
    return _keep_each(engine, messages)


def _keep(engine: Engine, messages: Sequence[SensorMessage]) -> ReceivedMessages:
    with writing(engine) as session:
        return receive_messages(session, messages, datetime.now(UTC))


def _keep_each(engine: Engine, messages: Sequence[SensorMessage]) -> KeptMessages:
    received: list[ReceivedMessages] = []
    failing: Mapping[int, Exception] = {}
    waiting = list(range(len(messages)))
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE)
        failing = {}
        for number in waiting:
            try:
                received.append(_keep(engine, [messages[number]]))
            except Exception as error:
                if not may_be_the_message(error):
                    raise
                failing[number] = error
        waiting = list(failing)
        if not failing or not any(one.kept_something for one in received):
            break
    if failing and not any(one.kept_something for one in received):
        raise NothingIsKept("none of the messages can be kept") from next(iter(failing.values()))
    failed = [_failed(messages[number], error) for number, error in failing.items()]
    with writing(engine) as session:
        put_in_quarantine(session, failed, datetime.now(UTC))
    return KeptMessages(received, failed)


def in_short(error: BaseException) -> str:
    """What an error says, without the statement that it came from."""
    said = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    return f"{type(said).__name__}: {said}"


def _failed(message: SensorMessage, error: Exception) -> Unkept:
    log.error("a message on %s fails while others are kept", message.topic, exc_info=error)
    return Unkept(message, QuarantineCause.FAILED, in_short(error))
