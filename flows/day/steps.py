"""The steps of the day that forecast, over all warehouses: what each is made of, whichever way its warehouses are
gone through. Buying (`buying.py`) and slotting (`slotting.py`) load none of the libraries that train.

Work for a warehouse opens the database itself, so that it can run in this process, in a Prefect task or on another
machine. `each` (flows/for_each_warehouse.py) says how.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from data.database import reading
from data.frames.found_by_forecasts import ended_products
from data.languages import say
from flows.database import database
from flows.demand import current_weather, forecasts, order_forecasts, promotion_effects, sales_booking
from flows.demand.models import model_registry, promoting, training
from flows.demand.models.choice_lines import choice_lines
from flows.errors import Refusal
from flows.for_each_warehouse import Each, RunSummary, SomeWarehousesFailed, finished, leaving_out, one_at_a_time
from flows.settings import Settings
from forecasting.known.horizon import LONGEST_HORIZON

HORIZON_DAYS = LONGEST_HORIZON
REGION = "region"  # what a step over all warehouses together is done for
TOGETHER = 32  # warehouses at once: one alone costs six times as much, twice as many cost hardly less


def book_sales(engine: Engine, now: datetime) -> sales_booking.SalesBooked:
    """Books the sales of days that are over, and whose order lines changed, in all warehouses."""
    return sales_booking.book_sales(engine, now)


def fetch_weather(warehouses: Sequence[str], now: datetime, each: Each) -> RunSummary:
    """Fetches every warehouse's weather, observed and forecast."""
    return finished(each("weather", one_at_a_time(partial(_fetch_weather, now=now)), warehouses))


def train(warehouses: Sequence[str], origin: datetime, now: datetime, each: Each) -> RunSummary:
    """Trains what a region shares, then a model a warehouse, all on what was known at the origin; then lets them
    serve, if they are not worse than those that do. What a run before this one has finished is not repeated.

    The warehouses are of one clock."""
    training_it = partial(_train_region, origin=origin, now=now, warehouse_ids=warehouses)
    region = each("train-region", one_at_a_time(training_it), [REGION])
    if why := region.failed.get(REGION):  # every warehouse then goes on with the model that it has
        why = f"what the region shares could not be trained: {why}"
        refused = set(warehouses) if REGION in region.refused else set()
        raise SomeWarehousesFailed(RunSummary("train", failed=dict.fromkeys(warehouses, why), refused=refused))
    region_model_id = region.done[REGION]
    not_to_train = partial(_not_to_train, region_model_id=region_model_id)
    work = leaving_out(not_to_train, partial(_train_warehouses, region_model_id=region_model_id, now=now))
    summary = each("train", work, warehouses, TOGETHER)
    if summary.done:
        promoting_them = one_at_a_time(partial(_promote, region_model_id=region_model_id, now=now))
        promoted = each("promote", promoting_them, [REGION])
        if why := promoted.failed.get(REGION):
            why = say("trained, but whether the models may serve could not be decided: {why}", why=why)
            raise SomeWarehousesFailed(RunSummary("train", failed=summary.failed | dict.fromkeys(summary.done, why)))
        summary.notes.append(promoted.done[REGION])
        with database() as engine, reading(engine) as session:
            serves = model_registry.choices_serving(session, next(iter(summary.done)), origin)
        summary.notes += [say("What serves {line}", line=line) for line in choice_lines(serves)]
    return finished(summary)


def forecast(warehouses: Sequence[str], origin: datetime, now: datetime, each: Each) -> RunSummary:
    """Forecasts the next days of every warehouse with the model that serves there."""
    not_to_forecast = partial(_not_to_forecast, origin=origin, now=now)
    work = leaving_out(not_to_forecast, partial(_forecast_warehouses, origin=origin, now=now))
    summary = each("forecast", work, warehouses, TOGETHER)
    with database() as engine, reading(engine) as session:
        if ended := ended_products(session, list(summary.done), origin):
            summary.notes.append(
                say(
                    "Products taken as ended, of which next to nothing is forecast until they sell again: {ended}",
                    ended=ended,
                )
            )
    return finished(summary)


def forecast_orders(warehouses: Sequence[str], origin: datetime, each: Each) -> RunSummary:
    """Forecasts the orders of the next days by half hour, of all warehouses of a clock together, from the demand that
    was forecast at the origin."""
    work = one_at_a_time(partial(_forecast_orders, origin=origin, warehouse_ids=warehouses))
    return finished(each("orders", work, [REGION]))


def learn_promotion_effects(origin: datetime, now: datetime, each: Each) -> RunSummary:
    """Learns what promotions did, over all warehouses of all regions together."""
    work = one_at_a_time(partial(_learn_promotion_effects, origin=origin, now=now))
    return finished(each("promotion-effects", work, [REGION]))


def _fetch_weather(warehouse_id: str, now: datetime) -> int:
    with database() as engine:
        return current_weather.keep_current_weather(engine, warehouse_id, now, Settings())


def _train_region(_region: str, origin: datetime, now: datetime, warehouse_ids: Sequence[str]) -> str:
    with database() as engine:
        return training.train_region_model(engine, origin, now, warehouse_ids)


def _not_to_train(warehouse_ids: Sequence[str], region_model_id: str) -> dict[str, Refusal]:
    with database() as engine:
        return training.refused_warehouses(engine, warehouse_ids, region_model_id)


def _not_to_forecast(warehouse_ids: Sequence[str], origin: datetime, now: datetime) -> dict[str, Refusal]:
    with database() as engine:
        return forecasts.refused_warehouses(engine, warehouse_ids, origin, now)


def _train_warehouses(warehouse_ids: Sequence[str], region_model_id: str, now: datetime) -> dict[str, str]:
    with database() as engine:
        return training.train_warehouses(engine, warehouse_ids, region_model_id, now)


def _promote(_region: str, region_model_id: str, now: datetime) -> str:
    with database() as engine:
        return promoting.promote_or_reject(engine, region_model_id, now)


def _forecast_warehouses(warehouse_ids: Sequence[str], origin: datetime, now: datetime) -> dict[str, int]:
    with database() as engine:
        return forecasts.forecast_warehouses(engine, warehouse_ids, origin, now, HORIZON_DAYS)


def _forecast_orders(_region: str, origin: datetime, warehouse_ids: Sequence[str]) -> int:
    with database() as engine:
        return order_forecasts.forecast_orders(engine, warehouse_ids, origin)


def _learn_promotion_effects(_region: str, origin: datetime, now: datetime) -> int:
    with database() as engine:
        return promotion_effects.learn_promotion_effects(engine, origin, now)
