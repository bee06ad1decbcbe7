"""Whatever happens in whichever order: ordered = under way + received + declined + cancelled + lapsed."""

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.ordering.week_of_orders import WeekOfOrders


def test_no_order_is_counted_twice_or_lost_in_any_order_of_events(migrated_sqlite: Path) -> None:
    week = type("Week", (WeekOfOrders,), {"empty": migrated_sqlite})
    few = settings(
        max_examples=8,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(week, settings=few)
