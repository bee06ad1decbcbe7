"""What a promotion would change before it is booked: forecast from what the latest forecasts knew; nothing is written.

The origin is that of the forecasts that serve, so what is shown without the promotion is what buyers see already, and
what is known there is read once a process, by the first who asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, undefer

from data.database import reading
from data.frames.found_by_forecasts import closed_for, occasions
from data.frames.serving_forecasts import latest_origins
from data.tables import DemandModelRow, ForecastRow, ProductRow, SilentProductRow, WarehouseRow
from flows.demand.models import model_registry
from flows.demand.run_snapshot import clock_of, kept_region_model, panel_of_run, snapshot_of_run
from flows.errors import Invalid, NotNow, Unknown
from forecasting.known.days_on_sale import days_on_sale
from forecasting.known.horizon import HORIZONS
from forecasting.model.warehouse_model import WarehouseModel
from forecasting.promotions.what_if import PlannedPromotion
from forecasting.promotions.what_if import what_if as what_if_frame


@dataclass(frozen=True)
class _Serving:
    """The model that made a warehouse's latest forecasts, and what it knew."""

    origin: datetime
    region_model_id: str
    artifact: bytes


def what_if(
    engine: Engine,
    warehouse_ids: Sequence[str] | None,
    product_id: str,
    first_day: date,
    last_day: date,
    discount: float,
    now: datetime,
    promoted: bool = True,
) -> pd.DataFrame:
    """The forecasts of a product and its category with a promotion and without, in these warehouses (all that sell it
    if not given): forecasting.promotions.what_if.WHAT_IF_COLUMNS, where origin is the moment of the latest forecasts.

    Raises Unknown for a warehouse or product that is not there, Invalid for a discount outside of (0, 1], days that are
    not forecast and days on all of which one of the warehouses named is closed, NotNow where there is no forecast of
    the product yet, or it has ended."""
    if not 0 < discount <= 1:
        raise Invalid(
            "A discount is price / list price, above 0 and at most 1, not {discount}.",
            discount=discount,
            field="discount",
        )
    if last_day < first_day:
        raise Invalid(
            "The last day, {last_day}, lies before the first, {first_day}.",
            last_day=last_day,
            first_day=first_day,
            field="last_day",
        )
    with reading(engine) as session:
        serving = _serving(session, warehouse_ids, product_id, now)
        if warehouse_ids is not None:
            _require_open_days(session, {name: one.origin for name, one in serving.items()}, first_day, last_day)
    parts = []
    for origin, region_model_id in sorted({(one.origin, one.region_model_id) for one in serving.values()}):
        chosen = {
            name: one for name, one in serving.items() if (one.origin, one.region_model_id) == (origin, region_model_id)
        }
        with reading(engine) as session:
            timezone = clock_of(session, origin, list(chosen))
        known = snapshot_of_run(engine.url, origin, origin, timezone)
        for name in chosen:
            known.require(name)
        _require_forecast_days(known.known.origin_day.date(), first_day, last_day)
        region_model = kept_region_model(engine.url, region_model_id)
        promotion = PlannedPromotion(
            tuple(chosen), product_id, pd.Timestamp(first_day), pd.Timestamp(last_day), discount, promoted
        )
        frame = what_if_frame(
            {name: WarehouseModel.from_bytes(one.artifact, region_model) for name, one in chosen.items()},
            panel_of_run(engine.url, region_model_id, origin, origin, timezone),
            promotion,
        )
        parts.append(days_on_sale(frame, known.known).assign(origin=origin))
    return pd.concat(parts, ignore_index=True).sort_values(["warehouse_id", "product_id", "date"], ignore_index=True)


def _serving(
    session: Session, warehouse_ids: Sequence[str] | None, product_id: str, now: datetime
) -> dict[str, _Serving]:
    """By warehouse, what its latest forecasts of the product were made with."""
    if session.get(ProductRow, product_id) is None:
        raise Unknown("Product {product_id!r} was not found.", product_id=product_id, field="product_id")
    wanted = None if warehouse_ids is None else sorted(set(warehouse_ids))
    if wanted is not None:
        if not wanted:
            raise Invalid("Name at least one warehouse.", field="warehouse_ids")
        found = set(session.scalars(select(WarehouseRow.warehouse_id).where(WarehouseRow.warehouse_id.in_(wanted))))
        if missing := [name for name in wanted if name not in found]:
            raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=missing[0], field="warehouse_ids")
    origins = latest_origins(session, wanted, now)
    serving: dict[str, _Serving] = {}
    ended = None
    for name in wanted or sorted(origins):
        origin = origins.get(name)
        if origin is None or not _forecasts(session, name, product_id, origin):
            if wanted is None:
                continue
            raise NotNow(
                "Warehouse {name} has no forecast of product {product_id} yet. Run: freshfront forecast",
                name=name,
                product_id=product_id,
            )
        silent = session.get(SilentProductRow, (name, origin, product_id))
        if silent is not None and silent.ended:
            ended = NotNow(
                "Product {product_id} has ended in warehouse {name}: not sold since {last_sold_on}, so what a "
                "price would change cannot be told. It is forecast again once it sells.",
                product_id=product_id,
                name=name,
                last_sold_on=silent.last_sold_on,
            )
            continue
        row = session.scalars(model_registry.serving(name, origin).options(undefer(DemandModelRow.artifact))).first()
        if row is None or row.region_model_id is None:
            raise NotNow("Warehouse {name} has no model that was serving then. Run: freshfront train", name=name)
        serving[name] = _Serving(origin, row.region_model_id, row.artifact)
    if ended is not None and (wanted is not None or not serving):
        raise ended
    if not serving:
        raise NotNow(
            "No warehouse has a forecast of product {product_id} yet. Run: freshfront forecast", product_id=product_id
        )
    return serving


def _forecasts(session: Session, warehouse_id: str, product_id: str, origin: datetime) -> bool:
    query = select(ForecastRow.date).where(
        ForecastRow.warehouse_id == warehouse_id, ForecastRow.product_id == product_id, ForecastRow.origin == origin
    )
    return session.scalars(query.limit(1)).first() is not None


def _require_open_days(session: Session, origins: Mapping[str, datetime], first_day: date, last_day: date) -> None:
    closed: dict[str, dict[date, str]] = {}
    for (warehouse_id, day), of_day in occasions(session, origins, first_day, last_day).items():
        if name := closed_for(of_day):
            closed.setdefault(warehouse_id, {})[day] = name
    for warehouse_id, days in closed.items():
        if len(days) > (last_day - first_day).days:
            why = sorted(set(days.values()))
            raise Invalid(
                "Warehouse {warehouse_id} is closed on all of these days ({why}).",
                warehouse_id=warehouse_id,
                why=why,
                field="first_day",
            )


def _require_forecast_days(origin_day: date, first_day: date, last_day: date) -> None:
    first, last = (origin_day + timedelta(days=ahead) for ahead in (min(HORIZONS), max(HORIZONS)))
    for field, day in (("first_day", first_day), ("last_day", last_day)):
        if not first <= day <= last:
            raise Invalid(
                "{day} is not forecast; the latest forecasts are for {first} to {last}.",
                day=day,
                first=first,
                last=last,
                field=field,
            )
