"""An event is told once, to those who were there when it happened, at a cost that does not grow with history."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text

from data.database import reading, writing
from data.tables import OutboxEventRow, WebhookDeliveryRow, WebhookRow
from flows.notifying.disabling import disable_webhook, locked_webhook
from flows.notifying.due_messages import due_messages, webhooks_with_due
from flows.notifying.notifier_state import notifier_state
from flows.notifying.outbox import OutboxEvent, write_events
from flows.notifying.passing_on import NOT_PASSED_ON, are_events_waiting, pass_on_events
from flows.notifying.reminding import remind
from flows.notifying.webhooks import register_webhook

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
Register = Callable[[], str]


def happens(engine: Engine, *names: str, at: datetime = NIGHT) -> None:
    with writing(engine) as session:
        write_events(session, (OutboxEvent(name, "alarm.raised", {"name": name}, at) for name in names), NIGHT)


def pass_on(engine: Engine) -> int:
    with writing(engine) as session:
        return pass_on_events(session, NIGHT)


def told(engine: Engine) -> set[tuple[str, str]]:
    """Webhook and event of every delivery."""
    with reading(engine) as session:
        rows = session.execute(select(WebhookDeliveryRow.webhook_id, WebhookDeliveryRow.event_id))
        return {(webhook_id, event_id) for webhook_id, event_id in rows}


@pytest.fixture
def register(engine: Engine) -> Register:
    """Registers a webhook and gives its id."""

    def register() -> str:
        with writing(engine) as session:
            return register_webhook(session, "https://example.org/alarms", "ops", NIGHT, allow_private=False)[0]

    return register


def test_an_event_is_passed_on_once_to_each_webhook(engine: Engine, register: Register) -> None:
    one, other = register(), register()
    happens(engine, "a", "b")
    happens(engine, "a")

    assert (pass_on(engine), pass_on(engine)) == (2, 0)

    happens(engine, "a")
    assert pass_on(engine) == 0
    assert told(engine) == {(one, "a"), (one, "b"), (other, "a"), (other, "b")}


def test_a_webhook_is_not_told_of_what_happened_before_it_was_there(engine: Engine, register: Register) -> None:
    early = register()
    happens(engine, "before", at=NIGHT + timedelta(hours=1))  # whatever the times say
    late = register()
    happens(engine, "after", at=NIGHT - timedelta(hours=1))

    pass_on(engine)

    assert told(engine) == {(early, "before"), (early, "after"), (late, "after")}


def test_a_disabled_webhook_is_not_told(engine: Engine, register: Register) -> None:
    webhook_id = register()
    happens(engine, "a")
    with writing(engine) as session:
        disable_webhook(session, webhook_id, "moved", NIGHT, "ops")

    pass_on(engine)

    assert told(engine) == set()


def test_what_happens_while_nobody_is_told_is_kept_and_told_to_nobody_later(engine: Engine, register: Register) -> None:
    happens(engine, "a")
    pass_on(engine)
    register()

    assert (pass_on(engine), told(engine)) == (0, set())
    with reading(engine) as session:
        assert session.get_one(OutboxEventRow, "a").payload == {"name": "a"}


def test_who_is_killed_while_passing_on_has_passed_on_nothing(engine: Engine, register: Register) -> None:
    webhook_id = register()
    happens(engine, "a", "b")
    with pytest.raises(RuntimeError), writing(engine) as session:  # noqa: PT012
        pass_on_events(session, NIGHT)
        raise RuntimeError("killed here")
    assert told(engine) == set()

    assert pass_on(engine) == 2
    assert told(engine) == {(webhook_id, "a"), (webhook_id, "b")}


def test_two_that_pass_on_at_the_same_time_tell_each_webhook_once(engine: Engine, register: Register) -> None:
    webhook_id = register()
    names = [f"event {n}" for n in range(50)]
    happens(engine, *names)

    with ThreadPoolExecutor(4) as pool:
        passed_on = list(pool.map(lambda _: pass_on(engine), range(4)))

    assert sum(passed_on) == 50
    assert told(engine) == {(webhook_id, name) for name in names}
    with reading(engine) as session:
        assert sorted(session.scalars(select(OutboxEventRow.event_no))) == list(range(1, 51))


def test_looking_for_events_reads_the_index_of_those_not_passed_on_only(engine: Engine) -> None:
    happens(engine, *(f"old {n}" for n in range(500)))
    pass_on(engine)
    with reading(engine) as session:
        assert not are_events_waiting(session)
    happens(engine, "new")

    statement = str(NOT_PASSED_ON.compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN {statement}")).all()
        else:
            connection.execute(text("ANALYZE outbox_events"))
            plan = connection.execute(text(f"EXPLAIN {statement}")).all()
    assert "ix_outbox_events_not_passed_on" in str(plan)
    with reading(engine) as session:
        assert session.scalars(NOT_PASSED_ON).all() == ["new"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_telling_reads_does_not_grow_with_what_was_told(engine: Engine, register: Register) -> None:
    """Every statement of a look finds rows by an index that ends before history begins. SQLite goes by the indexes
    there are, PostgreSQL by how many rows too."""
    webhook_id = register()
    with writing(engine) as session:
        session.get_one(WebhookRow, webhook_id).route = {"repeat_minutes": 30}
    happens(engine, "a")
    with engine.connect() as connection, noted_statements(engine) as noted:
        with writing(engine) as session:
            pass_on_events(session, NIGHT)
        remind(engine, NIGHT)
        with reading(engine) as session:
            notifier_state(session, NIGHT)
            webhooks_with_due(session, NIGHT)
            due_messages(session, webhook_id, NIGHT)
        plans = [
            row[-1]
            for statement, parameters in noted
            if statement.startswith("SELECT")
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    assert any("webhook_deliveries" in plan for plan in plans)
    of_history = ("webhook_deliveries", "outbox_events", "delivery_attempts", "alarms", "silences")
    scans = [plan for plan in plans if plan.startswith("SCAN") and plan.split()[1].startswith(of_history)]
    assert all("_not_" in plan for plan in scans), "indexes of what is to be done only"
    whole_webhooks = [plan for plan in plans if plan.endswith("(webhook_id=?)") and "webhook_deliveries" in plan]
    assert whole_webhooks == []
    by_status = [plan for plan in plans if plan.endswith("(webhook_id=? AND status=?)")]
    assert len(by_status) == 1, "due_messages, of those that wait"


@contextmanager
def noted_statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    noted: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        noted.append((statement, parameters))

    event.listen(engine, "after_cursor_execute", note)
    yield noted
    event.remove(engine, "after_cursor_execute", note)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_events_are_passed_on_while_somebody_changes_a_webhook(engine: Engine, register: Register) -> None:
    """Who changes it passes events on too: either would wait for the other for ever."""
    webhook_id = register()
    happens(engine, "a")

    with ThreadPoolExecutor(1) as pool, writing(engine) as session:
        locked_webhook(session, webhook_id)
        assert pool.submit(pass_on, engine).result(timeout=10) == 1
    assert told(engine) == {(webhook_id, "a")}
