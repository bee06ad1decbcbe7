"""The steps of the day over all warehouses: what each is made of, whichever way its warehouses are gone through.

Work for a warehouse opens the database itself, so that it can run in this process, in a Prefect task or on another
machine. `each` (flows/for_each_warehouse.py) says how.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from data.database import open_database, reading, writing
from data.frames.sales_days import (
    closed_by,
    last_sales_day,
    warehouses_to_forecast,
    warehouses_to_learn_from,
)
from data.local_days import end_of_day
from flows.demand import current_weather, forecasts, promoting, promotion_effects, sales_booking, training
from flows.errors import NotNow, Unknown
from flows.for_each_warehouse import Each, RunSummary, SomeWarehousesFailed, finished
from flows.purchasing import purchase_plans
from flows.settings import Settings
from flows.slotting import slots_and_moves
from forecasting.known.horizon import LONGEST_HORIZON

HORIZON_DAYS = LONGEST_HORIZON
NO_SALES = "No warehouse has sales yet. Run: freshfront import sales FILE, or with orders: freshfront sales"
REGION = "region"  # what a step over all warehouses together is done for


@contextmanager
def database() -> Iterator[Engine]:
    """The database that the settings name."""
    engine = open_database(Settings().database_url.get_secret_value())
    try:
        yield engine
    finally:
        engine.dispose()


def book_sales(engine: Engine, now: datetime) -> sales_booking.SalesBooked:
    """Books the sales of days that are over, and whose order lines changed, in all warehouses."""
    return sales_booking.book_sales(engine, now)


def chosen_warehouses(engine: Engine, warehouse_ids: Sequence[str] | None, now: datetime) -> dict[str, str]:
    """The time zone by warehouse, of those named or of all that have sales or are about to, and are not closed now.
    Raises Unknown, and NotNow for none and for one that is closed."""
    with reading(engine) as session:
        found, closed = warehouses_to_forecast(session, now), closed_by(session, now)
    if warehouse_ids is None:
        if not found:
            raise NotNow(NO_SALES)
        return found
    if gone := [name for name in warehouse_ids if name in closed]:
        raise NotNow(f"Warehouse {gone[0]} is closed since the end of {closed[gone[0]]}.")
    if missing := [name for name in warehouse_ids if name not in found]:
        raise Unknown(f"There is no warehouse {missing[0]!r} that has sales.", field="warehouse_ids")
    return {name: found[name] for name in sorted(set(warehouse_ids))}


def end_of_day_in_region(engine: Engine, day: date) -> datetime:
    """The moment (UTC) at which a day has passed in the region, which has one time zone. Raises NotNow without one."""
    with reading(engine) as session:
        zones = warehouses_to_learn_from(session)
    if not zones:
        raise NotNow(NO_SALES)
    return end_of_day(day, next(iter(zones.values())))


def default_origin(engine: Engine, warehouses: dict[str, str], now: datetime) -> datetime:
    """Now, where sales are known up to yesterday: what became known this morning counts too. Else the end of the last
    local day of which sales are known."""
    with reading(engine) as session:
        day = last_sales_day(session, list(warehouses))
    if day is None:
        raise NotNow("No sales are known yet. Run: freshfront import sales FILE")
    zone = ZoneInfo(next(iter(warehouses.values())))  # a region has one
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    return now.astimezone(zone) if day >= yesterday else end_of_day(day, zone.key).astimezone(zone)


def fetch_weather(warehouses: Sequence[str], now: datetime, each: Each) -> RunSummary:
    """Fetches every warehouse's weather, observed and forecast."""
    return finished(each("weather", partial(_fetch_weather, now=now), warehouses))


def train(warehouses: Sequence[str], origin: datetime, now: datetime, each: Each) -> RunSummary:
    """Trains what the region shares, then a model a warehouse, all on what was known at the origin; then lets them
    serve, if they are not worse than those that do. What a run before this one has finished is not repeated."""
    region = each("train-region", partial(_train_region, origin=origin, now=now), [REGION])
    if why := region.failed.get(REGION):  # every warehouse then goes on with the model that it has
        why = f"what the region shares could not be trained: {why}"
        raise SomeWarehousesFailed(RunSummary("train", failed=dict.fromkeys(warehouses, why)))
    summary = each("train", partial(_train_warehouse, region_model_id=region.done[REGION], now=now), warehouses)
    if summary.done:
        promoted = each("promote", partial(_promote, region_model_id=region.done[REGION], now=now), [REGION])
        if why := promoted.failed.get(REGION):
            why = f"trained, but whether the models may serve could not be decided: {why}"
            raise SomeWarehousesFailed(RunSummary("train", failed=summary.failed | dict.fromkeys(summary.done, why)))
        summary.notes.append(promoted.done[REGION])
    return finished(summary)


def forecast(warehouses: Sequence[str], origin: datetime, now: datetime, each: Each) -> RunSummary:
    """Forecasts the next days of every warehouse with the model that serves there."""
    return finished(each("forecast", partial(_forecast_warehouse, origin=origin, now=now), warehouses))


def suggest_slots(warehouses: Sequence[str], now: datetime, each: Each) -> RunSummary:
    """Suggests slots and moves for every warehouse."""
    return finished(each("slots", partial(_suggest_slots, now=now), warehouses))


def learn_promotion_effects(origin: datetime, now: datetime, each: Each) -> RunSummary:
    """Learns what promotions did, over all warehouses together."""
    return finished(each("promotion-effects", partial(_learn_promotion_effects, origin=origin, now=now), [REGION]))


def plan_purchase(warehouses: Sequence[str], delivery_date: date, now: datetime, by: str) -> str:
    """One draft purchase plan over all warehouses, which share their suppliers' capacities; returns its id."""
    with database() as engine, writing(engine) as session:
        return purchase_plans.make_purchase_plan(session, warehouses, delivery_date, now, by, Settings().purchasing)


def _fetch_weather(warehouse_id: str, now: datetime) -> int:
    with database() as engine:
        return current_weather.keep_current_weather(engine, warehouse_id, now, Settings())


def _train_region(_region: str, origin: datetime, now: datetime) -> str:
    with database() as engine:
        return training.train_region_model(engine, origin, now)


def _train_warehouse(warehouse_id: str, region_model_id: str, now: datetime) -> str:
    with database() as engine:
        return training.train_warehouse(engine, warehouse_id, region_model_id, now)


def _promote(_region: str, region_model_id: str, now: datetime) -> str:
    with database() as engine:
        return promoting.promote_or_reject(engine, region_model_id, now)


def _forecast_warehouse(warehouse_id: str, origin: datetime, now: datetime) -> int:
    with database() as engine:
        return forecasts.forecast_warehouse(engine, warehouse_id, origin, now, HORIZON_DAYS)


def _learn_promotion_effects(_region: str, origin: datetime, now: datetime) -> int:
    with database() as engine:
        return promotion_effects.learn_promotion_effects(engine, origin, now)


def _suggest_slots(warehouse_id: str, now: datetime) -> int:
    shop = Settings()
    with database() as engine, writing(engine) as session:
        return slots_and_moves.suggest_slots(session, warehouse_id, now, shop.move_effort, shop.days_in_stock)
