"""Plays many simulated weeks of purchase orders, in any order of events, against the naive oracle of the tests.

`python -m tests.bench.orders --weeks 500 --events 60 --seed 1` prints a line of Markdown for docs/measured.md; a week
that contradicts the oracle is printed event by event and ends it with an error.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from data.database import open_database, upgrade_schema
from tests.integration.ordering.week_of_orders import WeekOfOrders


def main() -> None:
    """Plays the weeks that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=500)
    parser.add_argument("--events", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shrink", action="store_true", help="look for the shortest week that contradicts")
    asked = parser.parse_args()
    begun = time.monotonic()
    with TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.sqlite"
        engine = open_database(f"sqlite:///{empty}")
        upgrade_schema(engine)
        engine.dispose()
        week = seed(asked.seed)(type("Week", (WeekOfOrders,), {"empty": empty}))
        many = settings(
            max_examples=asked.weeks,
            stateful_step_count=asked.events,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink] if asked.shrink else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(week, settings=many)
    seconds = time.monotonic() - begun
    print(f"| {asked.weeks:,} weeks of up to {asked.events} events | none contradicts | {seconds:.0f} s |")


if __name__ == "__main__":
    main()
