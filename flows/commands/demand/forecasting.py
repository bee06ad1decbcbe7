"""`freshfront weather`, `train` and `forecast`: what a forecast knows, what it is made with, and the forecast."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import typer
from babel.dates import format_date
from sqlalchemy import Engine

from data.database import reading, require_current_schema
from data.languages import locale_now
from data.tables import ProductRow
from flows.commands.shell.code_words import spoken
from flows.commands.shell.moment import moment_of, regions_and_moment
from flows.commands.shell.options import AsOf, Json, Warehouses
from flows.commands.shell.output import answer
from flows.commands.shell.prefect_or_here import over_warehouses
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.day import steps
from flows.day.scope import RegionOfRun
from flows.demand.explained_forecasts import explained_forecasts
from flows.errors import Invalid, Unknown
from flows.for_each_warehouse import RunSummary, in_regions
from forecasting.explaining.contributions import SHARES


def weather(warehouse: Warehouses = None, json: Json = False) -> None:
    """Fetch the weather of every warehouse from Open-Meteo: observed up to yesterday, and the forecast issued now."""
    with database() as engine:
        chosen, now = moment_of(engine, warehouse, "")
    names = list(chosen)
    summary = over_warehouses("weather", (names, now), partial(steps.fetch_weather, names, now))
    answer(summary.as_dict(), str(summary), json)


def train(warehouse: Warehouses = None, as_of: AsOf = "", json: Json = False) -> None:
    """Train the demand models: what the region shares, and a model for each warehouse."""
    with database() as engine:
        regions, now = regions_and_moment(engine, warehouse, as_of)
    summary = in_regions("train", regions, partial(_in_region, "train", steps.train, now=now))
    answer(summary.as_dict(), str(summary), json)


def forecast(
    warehouse: Warehouses = None,
    as_of: AsOf = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="print what adds up to the means of the first days")
    ] = False,
    product: Annotated[
        list[str] | None,
        typer.Option("--product", help="explain this product id; repeat for several; all if not given"),
    ] = None,
    json: Json = False,
) -> None:
    """Forecast the next 14 days of every product in every warehouse.

    Beside them the orders of three days by half hour, where orders are known."""
    if product and not explain:
        raise Invalid("--product chooses what --explain prints; forecasts are made of all products.", field="product")
    with database() as engine:
        require_current_schema(engine)
        _refuse_unknown_products(engine, product or [])
        regions, now = regions_and_moment(engine, warehouse, as_of)
    summary = in_regions("forecast", regions, partial(_in_region, "forecast", steps.forecast, now=now))
    in_regions("orders", regions, _orders_in_region)
    data, text = summary.as_dict(), str(summary)
    if explain:
        rows = [
            row for region in regions.values() for row in _explained(region.warehouses, region.origin, product or [])
        ]
        data, text = data | {"explained": rows}, f"{text}\n\n{_as_table(rows)}"
    answer(data, text, json)


def _in_region(flow: str, step: Callable[..., RunSummary], region: RegionOfRun, now: datetime) -> RunSummary:
    given = region.warehouses, region.origin, now
    return over_warehouses(flow, given, partial(step, *given))


def _orders_in_region(region: RegionOfRun) -> RunSummary:
    given = region.warehouses, region.origin
    return over_warehouses("orders", given, partial(steps.forecast_orders, *given))


def _explained(warehouse_ids: Sequence[str], origin: datetime, product_ids: Sequence[str]) -> list[dict[str, Any]]:
    with database() as engine, reading(engine) as session:
        return explained_forecasts(session, warehouse_ids, origin, product_ids)


def _as_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows to read in a terminal, shares with their sign."""
    heads = ("warehouse", "product", "day", "mean", *SHARES)
    lines = [
        (
            row["warehouse_id"],
            f"{row['product_id']} {row['product']}",
            format_date(row["date"], "EEE yyyy-MM-dd", locale=locale_now()),
            f"{row['mean']:.2f} {spoken('unit', row['unit'])}",
            f"{row['level']:.2f}",
            *(f"{row[name]:+.2f}" for name in SHARES[1:]),
        )
        for row in rows
    ]
    return as_table(heads, lines, numbers=range(3, len(heads)))


def _refuse_unknown_products(engine: Engine, product_ids: Sequence[str]) -> None:
    with reading(engine) as session:
        for product_id in product_ids:
            if session.get(ProductRow, product_id) is None:
                raise Unknown("Product {product_id!r} was not found.", product_id=product_id, field="product")
