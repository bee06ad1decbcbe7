"""The step of the day that looks for broken data before anything is learned from it, a warehouse at a time."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from flows.database import database
from flows.for_each_warehouse import Each, RunSummary, finished, one_at_a_time
from flows.reports.feeds.looking import look_at_feeds


def look_at_each_feed(warehouses: Sequence[str], now: datetime, each: Each) -> RunSummary:
    """Brings what is found wrong up to date; how much of it goes on by warehouse."""
    summary = finished(each("feeds", one_at_a_time(partial(_look, now=now)), warehouses))
    if broken := [f"{name} ({count})" for name, count in summary.done.items() if count]:
        summary.notes.append(f"Broken data, which is told on Today: {', '.join(broken)}")
    return summary


def _look(warehouse_id: str, now: datetime) -> int:
    with database() as engine:
        return look_at_feeds(engine, warehouse_id, now)
