"""A process that approves, sends and receives is killed with -9; `make bench-orders-kill` does so a hundred times."""

import shutil
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL, Engine

from tests.integration.conftest import new_postgres_database

ROOT = Path(__file__).parents[3]


def test_killed_at_any_moment_no_order_is_half_or_under_another_number(
    migrated_sqlite: Path, migrated_postgres: URL, postgres_admin: Engine, tmp_path: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "orders.sqlite")
    with new_postgres_database(postgres_admin, migrated_postgres.database) as postgres:
        urls = [f"sqlite:///{tmp_path / 'orders.sqlite'}", postgres.render_as_string(hide_password=False)]
        script = [sys.executable, "-m", "tests.bench.orders_killed", "--kills", "2", *(f"--url={url}" for url in urls)]
        killed = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=120)  # noqa: S603 - our own
    assert killed.returncode == 0, killed.stderr
    assert killed.stdout.count("2 kills") == 2
