"""Training on a Dask cluster: a scheduler and two worker processes, PostgreSQL, and one worker killed on the way."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import Engine, select

from data.database import open_database, reading, writing
from data.tables import DailySalesRow, DemandModelRow
from flows.day import prefect_flows, steps
from flows.errors import Invalid
from flows.for_each_warehouse import RunSummary, SomeWarehousesFailed, side_by_side
from flows.settings import Settings
from tests.integration.conftest import new_postgres_database
from tests.integration.flows.few_weeks import ORIGIN, PRODUCTS, sell

ROOT = Path(__file__).parents[4]
WAREHOUSES = tuple(f"W{n}" for n in range(1, 7))
BROKEN = "W4"
LATER = ORIGIN + timedelta(hours=1)


@pytest.fixture
def two_regions(postgres_admin: Engine, migrated_postgres: object) -> Iterator[tuple[Engine, Engine]]:
    """The same six warehouses twice, one of them with hours that cannot be read."""
    template = migrated_postgres.database  # type: ignore[attr-defined]
    with new_postgres_database(postgres_admin, template) as first:
        engine = open_database(first.render_as_string(hide_password=False))
        sell(engine, WAREHOUSES, PRODUCTS[:10])
        with writing(engine) as session:
            row = session.scalars(select(DailySalesRow).where(DailySalesRow.warehouse_id == BROKEN)).first()
            assert row is not None
            row.hourly_sales = b"cut short"
        engine.dispose()
        with new_postgres_database(postgres_admin, first.database) as second:
            engines = [open_database(url.render_as_string(hide_password=False)) for url in (first, second)]
            yield engines[0], engines[1]
            for engine in engines:
                engine.dispose()


class Cluster:
    """A Dask scheduler with two worker processes on this machine; what was started ends, whatever fails on the way."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        settings = {"FRESHFRONT_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}
        self.environment = os.environ | settings
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._start("scheduler", "--host", "127.0.0.1", "--port", "0")  # it takes a free port, and says which
            self.address = self._wait_for(r"Scheduler at: +(tcp://\S+:\d+)\s", "the scheduler")[0]
            self.workers = [
                self._start(f"worker-{n}", self.address, "--nthreads", "1", "--no-nanny", "--name", f"worker-{n}")
                for n in range(2)
            ]
            self._wait_for("Registered to", "the workers", times=2)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *failed: object) -> None:
        self._end()

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "dask", name.split("-")[0], *arguments, "--no-dashboard"],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def _wait_for(self, what: str, who: str, times: int = 1) -> list[str]:
        """What a pattern finds in the logs once it is there so many times."""
        until = time.monotonic() + 120
        while len(found := re.findall(what, self._logs())) < times:
            ended = [process.args for process in self.processes if process.poll() is not None]
            if ended or time.monotonic() > until:
                pytest.fail(f"{who} did not come; ended: {ended}\n{self._logs()}")
            time.sleep(0.1)
        return found

    def _logs(self) -> str:
        return "".join(log.read_text() for log in sorted(self.folder.glob("*.log")))

    def _end(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(two_regions: tuple[Engine, Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    url = two_regions[0].url.render_as_string(hide_password=False)
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", url)
    with Cluster(tmp_path, url) as started:
        monkeypatch.setenv("FRESHFRONT_DASK_ADDRESS", started.address)
        yield started


@pytest.mark.filterwarnings("default")  # what dask and its client warn of is not ours
def test_a_run_on_two_workers_survives_one_killed_and_gives_the_models_of_one_process(
    two_regions: tuple[Engine, Engine], cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_cluster, here = two_regions
    kept_when_killed: list[int] = []
    monkeypatch.setattr(prefect_flows, "cores", lambda: 40)  # of the machine where the flow runs
    with prefect_flows.task_runner(Settings()) as runner:
        assert prefect_flows.tasks_at_once(runner) == len(cluster.workers)

    def kill_a_worker_half_way() -> None:
        while len(kept := digests(on_cluster)) < 3:
            time.sleep(0.02)
        cluster.workers[0].send_signal(signal.SIGKILL)
        kept_when_killed.append(len(kept))

    killer = threading.Thread(target=kill_a_worker_half_way, daemon=True)
    killer.start()
    with pytest.raises(SomeWarehousesFailed) as failed:
        prefect_flows.on_workers(prefect_flows.train, list(WAREHOUSES), ORIGIN, ORIGIN)
    killer.join(10)

    assert 3 <= kept_when_killed[0] < len(WAREHOUSES)
    assert cluster.workers[0].wait(10) == -signal.SIGKILL
    assert_all_but_one_done_and_it_is_named(failed.value.summary)
    with pytest.raises(SomeWarehousesFailed):  # again: everything is there already
        prefect_flows.on_workers(prefect_flows.train, list(WAREHOUSES), ORIGIN, LATER)
    assert trained_at(on_cluster) == {ORIGIN}

    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", here.url.render_as_string(hide_password=False))
    with pytest.raises(SomeWarehousesFailed) as failed:
        steps.train(WAREHOUSES, ORIGIN, ORIGIN, side_by_side)
    assert_all_but_one_done_and_it_is_named(failed.value.summary)
    assert digests(here) == digests(on_cluster)


def assert_all_but_one_done_and_it_is_named(summary: RunSummary) -> None:
    assert set(summary.done) == set(WAREHOUSES) - {BROKEN}
    assert set(summary.failed) == {BROKEN}
    assert "9 bytes" in summary.failed[BROKEN]


def digests(engine: Engine) -> dict[str | None, str]:
    with reading(engine) as session:
        rows = session.execute(select(DemandModelRow.warehouse_id, DemandModelRow.artifact_sha256))
        return {row[0]: row[1] for row in rows}


def trained_at(engine: Engine) -> set[object]:
    with reading(engine) as session:
        return set(session.scalars(select(DemandModelRow.trained_at)))


def test_workers_elsewhere_are_refused_a_file_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRESHFRONT_DASK_ADDRESS", "tcp://127.0.0.1:1")
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", "sqlite:///here.sqlite")

    with pytest.raises(Invalid, match="PostgreSQL"):
        prefect_flows.task_runner(Settings())
