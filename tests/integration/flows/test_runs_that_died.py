"""A run of the day that was killed is told as dead, and done again: held while it lives, asked for when it does not."""

import json
from datetime import timedelta
from time import sleep

import httpx
import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.tables import DayRunRow
from flows.day import asked_runs, kept_runs
from flows.day.asked_runs import ask_for_run, tell_that_it_died
from flows.day.kept_runs import HELD_FOR, kept_run
from flows.day.lost_runs import AT_MOST, WITHIN, ask_for_lost_run, left_by_the_dead, run_to_do_again
from flows.errors import NotNow
from flows.settings import Settings
from tests.integration.flows.conftest import NOW

HOUR = timedelta(hours=1)
Client = httpx.Client  # the real one
DEAD = "0123456789abcdef0123456789abcdef"
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def own(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    return engine


def killed(engine: Engine, run_id: str = DEAD, **said: object) -> None:
    with writing(engine) as session:
        row = {"started_at": NOW - HOUR, "held_until": NOW - HOUR + HELD_FOR, "attempts": 1, "failed": {}} | said
        session.add(DayRunRow(run_id=run_id, **row))


def to_do_again(engine: Engine) -> str | None:
    with reading(engine) as session:
        run = run_to_do_again(session, NOW)
        return run and run.run_id


@one_database
@pytest.mark.parametrize(
    ("said", "again"),
    [
        ({}, True),
        ({"attempts": 0}, True),  # asked for, and never begun
        ({"held_until": None}, True),  # of the time before runs were held
        ({"held_until": NOW + timedelta(seconds=1)}, False),
        ({"finished_at": NOW}, False),
        ({"attempts": AT_MOST}, False),
        ({"started_at": NOW - WITHIN - timedelta(seconds=1)}, False),
    ],
)
def test_only_a_run_of_this_night_that_is_dead_is_done_again(own: Engine, said: dict[str, object], again: bool) -> None:
    killed(own, **said)

    assert to_do_again(own) == (DEAD if again else None)


@one_database
def test_a_later_run_does_what_an_earlier_one_would(own: Engine) -> None:
    killed(own)
    killed(own, "later", started_at=NOW - HOUR / 2, finished_at=NOW)

    assert to_do_again(own) is None


@one_database
def test_a_run_that_is_long_at_work_stays_alive_and_begins_no_second_time(
    own: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_runs, "RENEWED_EVERY", 0.02)
    with kept_run(NOW, DEAD):
        sleep(0.2)
        with reading(own) as session:
            held_until = session.get_one(DayRunRow, DEAD).held_until
        with pytest.raises(NotNow, match="under way"), kept_run(NOW + HELD_FOR / 2, DEAD):
            pass

    assert held_until is not None
    assert held_until > NOW + HELD_FOR


@one_database
def test_a_run_that_was_taken_over_stops_before_its_next_step(own: Engine) -> None:
    done: list[str] = []

    def work(name: str) -> dict[str, str]:
        done.append(name)
        return {}

    def overtaken() -> None:
        with kept_run(NOW, DEAD) as stale:
            with kept_run(NOW + HOUR, DEAD) as fresh:
                fresh.once("train", lambda: work("fresh"))
            stale.once("forecast", lambda: work("what was at work as it was taken over"))
            stale.once("plan", lambda: work("too much"))

    with pytest.raises(NotNow, match="another attempt"):
        overtaken()

    assert done == ["fresh", "what was at work as it was taken over"]
    with reading(own) as session:
        row = session.get_one(DayRunRow, DEAD)
    assert (row.attempts, row.steps, row.failed) == (2, {"train": {}}, {})


@one_database
def test_what_a_finished_step_came_to_is_told_by_the_next_attempt_too(own: Engine) -> None:
    def interrupted() -> None:
        with kept_run(NOW, DEAD) as run:
            run.once("train", lambda: {"W2": "no sales"})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with kept_run(NOW + HOUR, DEAD) as run:
        assert run.once("train", lambda: {"W3": "is done twice"}) == {"W2": "no sales"}
        assert (run.began_at, run.attempt, run.failed) == (NOW, 2, {"W2": "no sales"})


@one_database
def test_who_starts_alone_takes_up_a_run_whose_hold_has_not_run_out(own: Engine) -> None:
    killed(own, held_until=NOW + timedelta(seconds=30))
    with writing(own) as session:
        assert left_by_the_dead(session, NOW) == DEAD
    with kept_run(NOW, DEAD) as run:
        assert run.attempt == 2


def prefect_that_shows(running: list[dict[str, object]], asked: list[tuple[str, object]]) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api")
        if path == "/deployments/name/day/every-day":
            return httpx.Response(200, json={"id": "the-deployment"})
        asked.append((path, json.loads(request.content)))
        return httpx.Response(200, json=running if path == "/flow_runs/filter" else {})

    return Client(transport=httpx.MockTransport(answer))


@one_database
def test_a_dead_run_is_asked_for_once_in_a_while_under_its_own_id(own: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, object]] = []
    monkeypatch.setattr(asked_runs.httpx, "Client", lambda **_: prefect_that_shows([], asked))
    killed(own)

    for later in (timedelta(), timedelta(seconds=20), timedelta(minutes=6)):
        assert ask_for_lost_run(own, NOW + later, Settings()) == DEAD

    posted = [said for path, said in asked if path == "/deployments/the-deployment/create_flow_run"]
    assert [run["parameters"] for run in posted] == [{"run_id": DEAD}] * 3  # type: ignore[index]
    keys = [run["idempotency_key"] for run in posted]  # type: ignore[index]
    assert keys[0] == keys[1] != keys[2]


def test_only_the_dead_run_is_shown_as_crashed() -> None:
    asked: list[tuple[str, object]] = []
    running: list[dict[str, object]] = [
        {"id": "01234567-89ab-cdef-0123-456789abcdef", "parameters": {}},
        {"id": "11111111-1111-1111-1111-111111111111", "parameters": {"run_id": DEAD}},
        {"id": "22222222-2222-2222-2222-222222222222", "parameters": {"run_id": "another"}},
    ]

    tell_that_it_died(DEAD, Settings(), prefect_that_shows(running, asked))

    changed = [path for path, _ in asked if path.endswith("/set_state")]
    assert changed == [f"/flow_runs/{run['id']}/set_state" for run in running[:2]]


def test_a_server_that_wants_a_key_is_told_it(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    heard: list[str | None] = []

    def client(**given: object) -> httpx.Client:
        def answer(request: httpx.Request) -> httpx.Response:
            heard.append(request.headers.get("authorization"))
            return httpx.Response(401)

        return Client(transport=httpx.MockTransport(answer), headers=given["headers"])  # type: ignore[arg-type]

    monkeypatch.setattr(asked_runs.httpx, "Client", client)
    (tmp_path / "var" / "prefect").mkdir(parents=True)
    (tmp_path / "var" / "prefect" / "key").write_text("freshfront:secret\n")

    with pytest.raises(NotNow, match="401"):
        ask_for_run(DEAD, Settings())

    assert heard == ["Basic ZnJlc2hmcm9udDpzZWNyZXQ="]
