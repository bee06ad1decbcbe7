"""`freshfront sales`, `weather`, `train`, `forecast`, `plan`, `slots` and `backtest`: a decision each.

They run as Prefect flows where a Prefect server is known (PREFECT_API_URL, or the one of a running
`freshfront run`), else the same steps run in this process: starting a server for one command takes longer than most
of the commands.
"""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from data.database import reading, require_current_schema
from data.frames.sales_days import warehouses_with_sales
from data.tables import ProductRow
from flows.commands.output import answer, progress_bars
from flows.day import steps
from flows.demand.explained_forecasts import as_table, explained_forecasts
from flows.errors import Invalid, Unknown
from flows.for_each_warehouse import one_after_the_other
from flows.processes.supervisor import answers
from flows.purchasing.next_delivery import next_delivery
from flows.reports import backtesting
from flows.settings import Settings

Warehouses = Annotated[
    list[str] | None, typer.Option("--warehouse", "-w", help="a warehouse id; repeat for several; all if not given")
]
AsOf = Annotated[
    str,
    typer.Option(
        "--as-of",
        help="decide with what was known at the end of this day, YYYY-MM-DD; the last day with sales if not given",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="print the result as JSON")]


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command("sales")(sales)
    app.command("weather")(weather)
    app.command("train")(train)
    app.command("forecast")(forecast)
    app.command("plan")(plan)
    app.command("slots")(slots)
    app.command("backtest")(backtest)


def sales(json: Json = False) -> None:
    """Book sales from imported order lines, of days that are over and whose lines changed. Part of the daily flow."""
    with steps.database() as engine:
        require_current_schema(engine)
        booked = steps.book_sales(engine, datetime.now(UTC))
    answer(booked.as_dict(), str(booked), json)
    if booked.failed:
        raise typer.Exit(3)


def weather(warehouse: Warehouses = None, json: Json = False) -> None:
    """Fetch the weather of every warehouse from Open-Meteo: observed up to yesterday, and the forecast issued now."""
    _over_warehouses("weather", warehouse, "", json)


def train(warehouse: Warehouses = None, as_of: AsOf = "", json: Json = False) -> None:
    """Train the demand models: what the region shares, and a model for each warehouse."""
    _over_warehouses("train", warehouse, as_of, json)


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
    """Forecast the next 14 days of every product in every warehouse."""
    if product and not explain:
        raise Invalid("--product chooses what --explain prints; forecasts are made of all products.", field="product")
    tell = partial(_explained, product_ids=_known_products(product or [])) if explain else None
    _over_warehouses("forecast", warehouse, as_of, json, tell)


def slots(warehouse: Warehouses = None, as_of: AsOf = "", json: Json = False) -> None:
    """Suggest a slot for every product, and the moves that are worth making."""
    _over_warehouses("slots", warehouse, as_of, json)


def plan(
    delivery_date: Annotated[str, typer.Option(help="YYYY-MM-DD; the next delivery if not given")] = "",
    warehouse: Warehouses = None,
    as_of: AsOf = "",
    json: Json = False,
) -> None:
    """Make a draft purchase plan for a delivery date, over all warehouses together."""
    with steps.database() as engine:
        chosen, _, now = moment_of(engine, warehouse, as_of)
    wanted = _day(delivery_date, "--delivery-date") if delivery_date else next_delivery(chosen.values(), now)
    if prefect_server():
        from flows.day import prefect_flows  # slow to import, and only wanted here

        plan_id = prefect_flows.plan(list(chosen), wanted.isoformat(), now)
    else:
        plan_id = steps.plan_purchase(list(chosen), wanted, now, "command line")
    answer({"plan_id": plan_id, "delivery_date": wanted}, f"Purchase plan {plan_id} for {wanted} is a draft.", json)


def backtest(
    start: Annotated[str, typer.Option(help="first day forecast, YYYY-MM-DD; models know only earlier days")],
    end: Annotated[str, typer.Option(help="last day forecast, YYYY-MM-DD")],
    out: Annotated[Path, typer.Option(help="Parquet file to write, one row a warehouse, product and day")],
    horizon: Annotated[int, typer.Option(min=1, max=14, help="days ahead")] = 1,
    cities: Annotated[str, typer.Option(help="cities, separated by commas; all if not given")] = "",
    json: Json = False,
) -> None:
    """Forecast past days as they would have been forecast then, and write the forecasts to a file.

    They are of days that stay in stock, the only ones that can be scored; times the column unconstraining they are
    what orders are made from."""
    first, last = _day(start, "--start"), _day(end, "--end")
    if last < first:
        raise Invalid(f"--end {last} lies before --start {first}.", field="end")
    with steps.database() as engine, progress_bars():
        require_current_schema(engine)
        with reading(engine) as session:
            chosen = warehouses_with_sales(session, cities.split(",") if cities else None)
        frame = backtesting.backtest(engine, list(chosen), first, last, horizon)
    out.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(out, index=False)
    rows = {"rows": len(frame), "warehouses": frame["warehouse_id"].nunique(), "file": str(out)}
    answer(rows, f"{len(frame)} forecasts for {rows['warehouses']} warehouses in {out}", json)


def prefect_server() -> bool:
    """Whether a Prefect server is known; the one that `freshfront run` started is then named for Prefect."""
    if os.environ.get("PREFECT_API_URL"):
        return True
    address = f"http://127.0.0.1:{Settings().prefect_port}/api"
    found = answers(f"{address}/health")
    if found:
        os.environ["PREFECT_API_URL"] = address
    return found


# (database, warehouses, origin) -> what a step is asked to tell beside its summary, as data by name and in words
Tell = Callable[[Engine, Sequence[str], datetime], tuple[dict[str, Any], str]]


def _explained(
    engine: Engine, warehouse_ids: Sequence[str], origin: datetime, product_ids: Sequence[str]
) -> tuple[dict[str, Any], str]:
    with reading(engine) as session:
        rows = explained_forecasts(session, warehouse_ids, origin, product_ids)
    return {"explained": rows}, as_table(rows)


def _known_products(product_ids: Sequence[str]) -> Sequence[str]:
    with steps.database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            for product_id in product_ids:
                if session.get(ProductRow, product_id) is None:
                    raise Unknown(f"There is no product {product_id!r}.", field="product")
    return product_ids


def _over_warehouses(
    step: str, warehouse: list[str] | None, as_of: str, as_json: bool, tell: Tell | None = None
) -> None:
    with steps.database() as engine:
        chosen, origin, now = moment_of(engine, warehouse, as_of)
    names = list(chosen)
    with progress_bars():
        if prefect_server():
            from flows.day import prefect_flows  # slow to import, and only wanted here

            flows = {
                "weather": partial(prefect_flows.on_workers, prefect_flows.weather, names, now),
                "train": partial(prefect_flows.on_workers, prefect_flows.train, names, origin, now),
                "forecast": partial(prefect_flows.on_workers, prefect_flows.forecast, names, origin, now),
                "slots": partial(prefect_flows.on_workers, prefect_flows.slots, names, now),
            }
            summary = flows[step]()
        else:
            here = {
                "weather": partial(steps.fetch_weather, names, now, one_after_the_other),
                "train": partial(steps.train, names, origin, now, one_after_the_other),
                "forecast": partial(steps.forecast, names, origin, now, one_after_the_other),
                "slots": partial(steps.suggest_slots, names, now, one_after_the_other),
            }
            summary = here[step]()
    data, text = summary.as_dict(), str(summary)
    if tell is not None:
        with steps.database() as engine:
            more, words = tell(engine, names, origin)
        data, text = data | more, f"{text}\n\n{words}"
    answer(data, text, as_json)


def moment_of(engine: Engine, warehouse: list[str] | None, as_of: str) -> tuple[dict[str, str], datetime, datetime]:
    """The warehouses with their zones, the origin, and the moment of decision: now, or the end of the day named."""
    require_current_schema(engine)
    now = datetime.now(UTC)
    if as_of:
        now = min(now, steps.end_of_day_in_region(engine, _day(as_of, "--as-of")))
    chosen = steps.chosen_warehouses(engine, warehouse, now)
    return chosen, steps.default_origin(engine, chosen, now), now


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{option} {text!r} is not a day; write YYYY-MM-DD.", field=option) from None
