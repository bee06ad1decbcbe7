"""Each night, before anything is learned: looks at the feeds of a warehouse and at how its forecasts erred, keeps what
it finds wrong and tells it, and ends what is found no more.

Looked at in one session, judged in none, kept in a short transaction. A finding that goes on keeps its id however its
days grow, so its beginning and its end are told once each."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.kept.one_at_a_time import wait_for_others
from data.local_days import today_there
from data.tables import FindingEnd, FindingRow, WarehouseRow
from flows.notifying.outbox import OutboxEvent, as_told, write_events
from flows.reports.feeds.errors import errors_by_day
from flows.reports.feeds.reading import feeds_of
from warehouse.worth.drift.drifting import FORECASTS, drifted
from warehouse.worth.feeds.findings import JUDGED_DAYS, Finding, allowed_chance, broken_days

BEGAN: Final = {True: "forecast.drifted", False: "feed.broken"}  # by whether it is about forecasts
ENDED: Final = {True: "forecast.steady", False: "feed.whole"}


def look_at_feeds(engine: Engine, warehouse_id: str, now: datetime) -> int:
    """Brings the findings of a warehouse up to date; returns how many go on. Safe to repeat."""
    with reading(engine) as session:
        place = session.get_one(WarehouseRow, warehouse_id)
        first = today_there(now, place.timezone) - timedelta(days=JUDGED_DAYS)
        feeds = feeds_of(session, place, now)
        errors = errors_by_day(session, warehouse_id)
    judged_from: dict[str, date] = dict.fromkeys(feeds, first)
    allowed = allowed_chance(feeds.keys())
    found = [one for feed, days in feeds.items() for one in broken_days(feed, days, allowed)]
    if errors is not None and errors.last >= first:
        found += drifted(errors.days, errors.last, errors.by_category)
        judged_from[FORECASTS] = first
    with writing(engine) as session:
        wait_for_others(session.connection(), f"findings of {warehouse_id}")
        _keep(session, warehouse_id, found, judged_from, now)
    return len(found)


def _keep(
    session: Session, warehouse_id: str, found: Sequence[Finding], judged_from: Mapping[str, date], now: datetime
) -> None:
    """`judged_from`: the first day that was judged, by what was looked at."""
    going_on = session.scalars(
        select(FindingRow)
        .where(FindingRow.warehouse_id == warehouse_id, FindingRow.ended_at.is_(None))
        .order_by(FindingRow.first_day, FindingRow.finding_id)
    ).all()
    place = session.get_one(WarehouseRow, warehouse_id)
    events: list[OutboxEvent] = []
    left = list(found)
    for row in going_on:
        if (same := next((one for one in left if one.goes_on_in(_as_finding(row))), None)) is not None:
            left.remove(same)
            row.first_day = row.first_day if row.first_day < judged_from[row.feed] else same.first
            row.last_day = same.last
            row.seen, row.usual, row.chance = same.seen, same.usual, same.chance
            continue
        row.ended_at = now
        row.ended_because = _why_ended(row, judged_from)
        events.append(_event(ENDED, row, place, now))
    new = [_row(warehouse_id, one, now) for one in left]
    session.add_all(new)
    events += [_event(BEGAN, row, place, now) for row in new]
    write_events(session, events, now)


def _why_ended(row: FindingRow, judged_from: Mapping[str, date]) -> FindingEnd:
    if row.feed not in judged_from or row.last_day < judged_from[row.feed]:
        return FindingEnd.PAST
    return FindingEnd.STEADY if row.feed == FORECASTS else FindingEnd.CORRECTED


def _row(warehouse_id: str, one: Finding, now: datetime) -> FindingRow:
    named = f"{warehouse_id}|{one.feed}|{one.category or ''}|{one.what}|{one.first}|{now.isoformat()}"
    return FindingRow(
        finding_id=f"finding-{sha256(named.encode()).hexdigest()[:20]}",
        warehouse_id=warehouse_id,
        feed=str(one.feed),
        category=one.category,
        what=str(one.what),
        first_day=one.first,
        last_day=one.last,
        seen=one.seen,
        usual=one.usual,
        chance=one.chance,
        found_at=now,
        ended_at=None,
        ended_because=None,
    )


def _as_finding(row: FindingRow) -> Finding:
    return Finding(row.feed, row.what, row.first_day, row.last_day, row.seen, row.usual, row.chance, row.category)


def _event(types: Mapping[bool, str], row: FindingRow, place: WarehouseRow, now: datetime) -> OutboxEvent:
    what = types[row.feed == FORECASTS]
    payload = {
        "finding_id": row.finding_id,
        "warehouse_id": row.warehouse_id,
        "warehouse": place.plain_name,
        "feed": row.feed,
        "category": row.category,
        "what": row.what,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "seen": row.seen,
        "usual": row.usual,
        "found_at": as_told(row.found_at),
        "ended_at": None if row.ended_at is None else as_told(row.ended_at),
        "ended_because": row.ended_because,
    }
    return OutboxEvent(f"{row.finding_id}_{what.replace('.', '_')}", what, payload, now)
