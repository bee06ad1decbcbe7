"""Tells webhooks what is due: each is served by a task of its own, so that one that is slow, or away, holds up only
itself. A receiver may get a message twice, when a process was killed, and drops it by its id."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic

import httpx
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from data.database import reading, writing
from flows.notifying.claiming import Claimed, claim_message, record_outcome
from flows.notifying.due_messages import DueMessage, due_messages, webhooks_with_due
from flows.notifying.notifier_state import NOTES_EVERY, note_look
from flows.notifying.passing_on import are_events_waiting, pass_on_events
from flows.notifying.reminding import remind
from flows.notifying.sending import Outcome, Publish, attempt, webhook_client
from flows.settings import Settings

LOOK_EVERY = 1.0  # seconds between two looks for what is due
DATABASE_AWAY = (OperationalError, InterfaceError)

log = logging.getLogger(__name__)


def deliver_due(engine: Engine, now: datetime, settings: Settings) -> int:
    """Passes on new events and tries what is due once; returns how many messages were tried. Several processes may do
    so at once.

    What goes wrong with one webhook is that one's failed attempt. Raises SQLAlchemy's errors where the database is
    away."""
    began = monotonic()
    return asyncio.run(_once(Notifier(engine, settings, lambda: now + timedelta(seconds=monotonic() - began))))


async def _once(notifier: "Notifier") -> int:
    async with webhook_client() as client:
        serving = await notifier.look(client)
        tried = await asyncio.gather(*serving.values(), return_exceptions=True)
    for result in tried:
        if isinstance(result, DATABASE_AWAY):
            raise result
    return sum(result for result in tried if isinstance(result, int))


class Notifier:
    """Looks for what is due and serves each webhook that something is due for; `publish` sends to the broker, where
    there is one, and `clock` tells the time."""

    def __init__(
        self, engine: Engine, settings: Settings, clock: Callable[[], datetime] | None = None,
        publish: Publish | None = None,
    ) -> None:  # fmt: skip
        self._engine, self._publish = engine, publish
        self._clock = clock or partial(datetime.now, UTC)
        self._noted_at: datetime | None = None
        self._allow_private = settings.webhooks_to_private_addresses
        self._pauses = settings.webhook_retry_after
        self._serving: dict[str, asyncio.Task[int]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Looks every second until `stop` is set. A message that is under way then is sent again by the next start."""
        async with webhook_client() as client:
            try:
                while not stop.is_set():
                    try:
                        await self.look(client)
                    except DATABASE_AWAY as error:
                        log.warning("webhooks wait, the database does not answer: %s", error)
                    await _pause(stop, LOOK_EVERY)
            finally:
                for task in self._serving.values():
                    task.cancel()
                await asyncio.gather(*self._serving.values(), return_exceptions=True)

    async def look(self, client: httpx.AsyncClient) -> Mapping[str, asyncio.Task[int]]:
        """Passes on new events and begins to serve the webhooks that something is due for; returns who is served."""
        for webhook_id in await asyncio.to_thread(self._due):
            if webhook_id not in self._serving:
                task = asyncio.ensure_future(self._serve(client, webhook_id))
                self._serving[webhook_id] = task
                task.add_done_callback(partial(self._ended, webhook_id))
        return dict(self._serving)

    def _due(self) -> list[str]:
        now = self._clock()
        if self._noted_at is None or now - self._noted_at >= NOTES_EVERY:
            self._noted_at = now
            with writing(self._engine) as session:
                note_look(session, now)
            remind(self._engine, now)
        with reading(self._engine) as session:
            waiting = are_events_waiting(session)
        if waiting:
            with writing(self._engine) as session:
                pass_on_events(session, now)
        with reading(self._engine) as session:
            return list(webhooks_with_due(session, now))

    def _ended(self, webhook_id: str, task: asyncio.Task[int]) -> None:
        self._serving.pop(webhook_id, None)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, DATABASE_AWAY):
            log.warning("webhook %s waits, the database does not answer: %s", webhook_id, error)
        else:  # its message stays claimed and comes again
            log.error("webhook %s: what came of an attempt could not be kept", webhook_id, exc_info=error)

    async def _serve(self, client: httpx.AsyncClient, webhook_id: str) -> int:
        tried, failed = 0, set[str]()
        for due in await asyncio.to_thread(self._messages, webhook_id):
            if not failed.isdisjoint(due.alarms):
                continue  # what comes after it waits for it
            claimed = await asyncio.to_thread(self._claim, due)
            if claimed is None:
                failed |= due.alarms
                continue
            outcome = await attempt(client, claimed.message, self._allow_private, self._publish)
            await asyncio.to_thread(self._record, claimed, outcome)
            tried += 1
            if not outcome.is_anyone_there:
                break  # the rest is tried at a later look instead of one timeout after the other
            if not outcome.arrived:
                failed |= due.alarms
        return tried

    def _messages(self, webhook_id: str) -> list[DueMessage]:
        with reading(self._engine) as session:
            return due_messages(session, webhook_id, self._clock())

    def _claim(self, due: DueMessage) -> Claimed | None:
        with writing(self._engine) as session:
            return claim_message(session, due.delivery_ids, self._clock())

    def _record(self, claimed: Claimed, outcome: Outcome) -> None:
        with writing(self._engine) as session:
            record_outcome(session, claimed, outcome, self._pauses, self._clock())


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
