"""Forecasts from before a moment, but for the days that a plan rests on: those that its lines cover, of the forecast
that was the latest when it was made. They go with the plan.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, func, select

from data.database import reading
from data.pruning.batches import count_of, in_batches, removing
from data.tables import (
    BulkOrderRow,
    ForecastContributionRow,
    ForecastRow,
    HourlyForecastRow,
    OccasionRow,
    OrderForecastRow,
    PlanLineRow,
    PlanWarehouseRow,
    PurchasePlanRow,
    SilentProductRow,
    WarehouseRow,
)

FORECASTS, CONTRIBUTIONS = (cast(Table, row.__table__) for row in (ForecastRow, ForecastContributionRow))
OF_HOURS = [cast(Table, row.__table__) for row in (HourlyForecastRow, OrderForecastRow)]
FOUND = [cast(Table, row.__table__) for row in (SilentProductRow, BulkOrderRow, OccasionRow)]


def prune_forecasts(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, forecasts with their explanations and what was found with them."""
    rows = 0
    for warehouse_id in _warehouses(engine):
        rests_on = _days_that_plans_rest_on(engine, warehouse_id)
        for origin, last_date in _origins(engine, warehouse_id, before):
            last_day = rests_on.get(origin)
            if last_day is not None and last_date <= last_day:
                continue
            of_it = _of(FORECASTS, warehouse_id, origin)
            if last_day is None:
                rows += _removed(engine, FORECASTS, of_it, dry_run, [CONTRIBUTIONS], FOUND)
            else:
                rows += _removed(engine, FORECASTS, of_it & (FORECASTS.c.date > last_day), dry_run, [CONTRIBUTIONS])
    return rows


def prune_hourly_forecasts(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, hours of demand and half hours of orders of days before the moment's: of a warehouse that is
    forecast no more."""
    day = before.date() - timedelta(days=1)  # over everywhere
    return sum(
        _removed(engine, hours, (hours.c.warehouse_id == name) & (hours.c.date < day), dry_run)
        for name in _warehouses(engine)
        for hours in OF_HOURS
    )


def _removed(
    engine: Engine,
    table: Table,
    which: ColumnElement[bool],
    dry_run: bool,
    parts: Sequence[Table] = (),
    found: Sequence[Table] = (),
) -> int:
    """Removes or counts rows, with those of `parts` that have their keys and what was `found` at their origins."""
    if dry_run:
        return count_of(engine, table, which)
    remove = removing(table, which, parts)

    def work(connection: Connection, size: int) -> int:
        for one in found:
            origins = select(FORECASTS.c.warehouse_id, FORECASTS.c.origin).where(which).limit(1)
            for warehouse_id, origin in connection.execute(origins).all():
                connection.execute(delete(one).where(_of(one, warehouse_id, origin)))
        return remove(connection, size)

    return in_batches(engine, work, short_is_last=True)


def _of(table: Table, warehouse_id: str, origin: datetime) -> ColumnElement[bool]:
    return (table.c.warehouse_id == warehouse_id) & (table.c.origin == origin)


def _warehouses(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(WarehouseRow.warehouse_id).order_by(WarehouseRow.warehouse_id)))


def _origins(engine: Engine, warehouse_id: str, before: datetime) -> Iterator[tuple[datetime, date]]:
    """The origins of a warehouse's forecasts before the moment, the first first, with the last day of each: a look at
    the index for each, however many products there are."""
    row = ForecastRow
    after: datetime | None = None
    while True:
        first = select(func.min(row.origin, type_=row.origin.type)).where(
            row.warehouse_id == warehouse_id, row.origin < before, *([row.origin > after] if after else [])
        )
        with reading(engine) as session:
            after = session.scalar(first)
            if after is None:
                return
            last = select(func.max(row.date)).where(row.warehouse_id == warehouse_id, row.origin == after)
            last_day = session.scalar(last)
        if last_day is not None:
            yield after, last_day


def _days_that_plans_rest_on(engine: Engine, warehouse_id: str) -> dict[datetime, date]:
    """By the origin of a forecast of the warehouse, the last day that a line of a plan made from it covers."""
    plan, part, line, row = PurchasePlanRow, PlanWarehouseRow, PlanLineRow, ForecastRow
    latest = (
        select(func.max(row.origin, type_=row.origin.type))
        .where(row.warehouse_id == warehouse_id, row.origin <= plan.created_at)
        .correlate(plan)
        .scalar_subquery()
    )
    covered = (
        select(func.max(line.covers_until, type_=line.covers_until.type))
        .where(line.plan_id == plan.plan_id, line.warehouse_id == warehouse_id)
        .correlate(plan)
        .scalar_subquery()
    )
    plans = (
        select(latest, plan.origin, covered)
        .join(part, part.plan_id == plan.plan_id)
        .where(part.warehouse_id == warehouse_id)
    )
    found: dict[datetime, date] = {}
    with reading(engine) as session:
        for origin, its_own, last_day in session.execute(plans):
            for one in {origin, its_own} - {None}:
                if last_day is not None:
                    found[one] = max(found.get(one, last_day), last_day)
    return found
