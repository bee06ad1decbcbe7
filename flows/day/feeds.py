"""The step of the day that looks for broken data before anything is learned from it, a warehouse at a time."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from data.database import reading
from data.languages import say
from flows.database import database
from flows.for_each_warehouse import Each, RunSummary, finished, one_at_a_time
from flows.reports.feeds.going_on import closed_with_findings
from flows.reports.feeds.looking import look_at_feeds


def look_at_each_feed(warehouses: Sequence[str], now: datetime, each: Each) -> RunSummary:
    """Brings what is found wrong up to date, that of warehouses that have closed too; how much of it goes on by
    warehouse."""
    with database() as engine, reading(engine) as session:
        looked_at = sorted({*warehouses, *closed_with_findings(session, now)})
    summary = finished(each("feeds", one_at_a_time(partial(_look, now=now)), looked_at))
    if broken := [f"{name} ({count})" for name, count in summary.done.items() if count]:
        summary.notes.append(say("Broken data, which is told on Today: {warehouses}", warehouses=", ".join(broken)))
    return summary


def _look(warehouse_id: str, now: datetime) -> int:
    with database() as engine:
        return look_at_feeds(engine, warehouse_id, now)
