"""A process that approves, sends and receives is killed with -9; `make bench-orders-kill` does so a hundred times."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_killed_at_any_moment_no_order_is_half_or_under_another_number(database_url: str) -> None:
    script = [sys.executable, "-m", "tests.bench.orders_killed", "--url", database_url, "--kills", "4"]
    killed = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=120)  # noqa: S603 - our own
    assert killed.returncode == 0, killed.stderr
    assert "4 kills" in killed.stdout
