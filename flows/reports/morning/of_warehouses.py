"""What belongs to a warehouse's day and to no product: alarms raised, minutes that zones were outside their limits, of
the moves suggested on it the metres that were promised and saved, and how long its customers waited."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from data.frames.worth.order_waits import order_waits, planned_promises
from data.local_days import end_of_day, start_of_day, today_there
from data.tables import AlarmRow, MoveBatchRow, WarehouseRow
from flows.couriers.terms import promise_of
from flows.slotting.proving import proved_batches
from warehouse.coldchain.alarms import AlarmKind
from warehouse.worth.measures import Measures

OUTSIDE = (AlarmKind.TOO_WARM, AlarmKind.TOO_COLD)


def of_warehouse(session: Session, place: WarehouseRow, days: Sequence[date], now: datetime) -> dict[date, Measures]:
    """The sums of consecutive days that belong to no product, as known now."""
    found = dict.fromkeys(days, Measures())
    for sums_of in (_alarms, _moves, _promise):
        for day, measures in sums_of(session, place, days, now).items():
            found[day] += measures
    return found


def _alarms(session: Session, place: WarehouseRow, days: Sequence[date], now: datetime) -> Mapping[date, Measures]:
    """Alarms by the day on which they were raised; a zone's time outside from its alarm's beginning to its end, or to
    now, in each day the part that falls into it."""
    begin, end = start_of_day(days[0], place.timezone), end_of_day(days[-1], place.timezone)
    row, mine = AlarmRow, AlarmRow.warehouse_id == place.warehouse_id
    query = select(row.kind, row.began_at, row.raised_at, row.ended_at).where(mine, row.began_at < end)
    found = dict.fromkeys(days, Measures())
    for kind, began, raised, ended in session.execute(query.where(or_(row.ended_at >= begin, row.ended_at.is_(None)))):
        if (day := today_there(raised, place.timezone)) in found:
            found[day] += Measures(alarms=1)
        for day in days if kind in OUTSIDE else ():
            since, until = start_of_day(day, place.timezone), end_of_day(day, place.timezone)
            outside = (min(until, ended or now) - max(since, began)).total_seconds() / 60
            found[day] += Measures(minutes_outside=max(outside, 0.0))
    return found


def _moves(session: Session, place: WarehouseRow, days: Sequence[date], now: datetime) -> Mapping[date, Measures]:
    """By the day on which moves were suggested, on the order lines that were picked since: what was promised of them
    and what they saved. A batch of which nothing was done, or that nothing was promised of, counts nothing."""
    batch = MoveBatchRow
    batches = session.scalars(
        select(batch)
        .where(batch.warehouse_id == place.warehouse_id)
        .where(batch.created_at >= start_of_day(days[0], place.timezone))
        .where(batch.created_at < end_of_day(days[-1], place.timezone))
    ).all()
    found = dict.fromkeys(days, Measures())
    for one in proved_batches(session, place, batches, now):
        if one.walked is not None and one.expected is not None:
            lines = one.walked.lines
            found[today_there(one.batch.created_at, place.timezone)] += Measures(
                metres_promised=one.expected.metres_a_line * lines, metres_saved=one.walked.metres_a_line * lines
            )
    return found


def _promise(session: Session, place: WarehouseRow, days: Sequence[date], now: datetime) -> Mapping[date, Measures]:
    """By the day of the order, held against what its couriers were planned for; of a day that was not planned, against
    what is promised now."""
    waits = defaultdict(list)
    for day, took in order_waits(session, place, days[0], days[-1], now):
        waits[day].append(took)
    if not waits:
        return {}
    plans = planned_promises(session, place.warehouse_id, days[0], days[-1])
    promised_now = promise_of(session, place.warehouse_id).minutes
    found = {}
    for day, of_day in waits.items():
        plan = plans.get(day)
        minutes = promised_now if plan is None else plan.minutes
        told = [took for took in of_day if took is not None]
        found[day] = Measures(
            orders_due=len(of_day),
            orders_told=len(told),
            orders_in_time=sum(took <= timedelta(minutes=minutes) for took in told),
            minutes_waited=sum(told, timedelta()) / timedelta(minutes=1),
            orders_planned=0 if plan is None else len(told),
            planned_in_time=0 if plan is None else plan.share * len(told),
        )
    return found
