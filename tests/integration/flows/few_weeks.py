"""Sales made up by hand for a few weeks: warehouses with products, stock-outs, a promotion and weather."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Engine

from data.bulk import write_rows
from data.database import writing
from data.local_days import end_of_day
from data.tables import (
    Band,
    DailyAvailabilityRow,
    DailySalesRow,
    ProductRow,
    PromotionRow,
    Unit,
    WarehouseRow,
    WeatherRow,
)
from flows.demand import forecasts
from flows.demand.models import training
from flows.demand.models.promoting import promote_or_reject

ZONE = "Asia/Shanghai"
FIRST, DAYS = date(2026, 1, 5), 56
LAST = FIRST + timedelta(days=DAYS - 1)
ORIGIN = end_of_day(LAST, ZONE)
WAREHOUSES, PRODUCTS = ("W1", "W2"), tuple(f"P{n:02d}" for n in range(30))
ALL_HOURS = (1 << 24) - 1
MORNING_ONLY = (1 << 12) - 1


def hours_of(sales: float) -> bytes:
    share = np.zeros(24)
    share[8:20] = 1 / 12
    return (sales * share).astype("<f4").tobytes()


def sell(
    engine: Engine, warehouses: Sequence[str] = WAREHOUSES, products: Sequence[str] = PRODUCTS, days: int = DAYS
) -> None:
    """Fills a database with `days` days that end on LAST, a tenth of them cut short by stock-outs."""
    first = LAST - timedelta(days=days - 1)
    random = np.random.default_rng(7)
    levels = random.uniform(2, 30, (len(warehouses), len(products)))
    sales, availability = [], []
    for w, warehouse in enumerate(warehouses):
        for p, product in enumerate(products):
            for ahead in range(days):
                day = first + timedelta(days=ahead)
                sold = float(random.poisson(levels[w, p] * (1.3 if day.weekday() >= 5 else 1.0)))
                mask = MORNING_ONLY if random.random() < 0.1 else ALL_HOURS
                known = end_of_day(day, ZONE)
                sales.append((warehouse, product, day, known, sold, hours_of(sold)))
                availability.append((warehouse, product, day, known, mask))
    weather = [
        (
            warehouse,
            first + timedelta(days=ahead),
            end_of_day(first + timedelta(days=ahead), ZONE),
            True,
            10.0 + ahead / 5,
        )
        for warehouse in warehouses
        for ahead in range(days)
    ]
    with writing(engine) as session:
        session.add_all(WarehouseRow(warehouse_id=name, name=name, city=name, timezone=ZONE) for name in warehouses)
        session.add_all(
            ProductRow(product_id=name, name=name, category=name[:2], band=Band.LEAF, unit=Unit.PIECE)
            for name in products
        )
        session.add(
            PromotionRow(warehouse_id="W1", product_id="P03", starts_on=LAST + timedelta(days=1),
                      ends_on=LAST + timedelta(days=3), known_at=ORIGIN, discount=0.7, promoted=True)
        )  # fmt: skip
        session.flush()
        connection = session.connection()
        key = ["warehouse_id", "product_id", "date", "known_at"]
        write_rows(connection, DailySalesRow.__table__, [*key, "sales", "hourly_sales"], sales)
        write_rows(connection, DailyAvailabilityRow.__table__, [*key, "in_stock_hours"], availability)
        columns = ["warehouse_id", "date", "issued_at", "observed", "temperature_c"]
        write_rows(connection, WeatherRow.__table__, columns, weather)


def sell_and_forecast(engine: Engine) -> None:
    """Two warehouses with ten products in each of three categories, trained and forecast at ORIGIN."""
    sell(engine)
    region_model_id = training.train_region_model(engine, ORIGIN, ORIGIN)
    for warehouse in WAREHOUSES:
        training.train_warehouses(engine, [warehouse], region_model_id, ORIGIN)
    promote_or_reject(engine, region_model_id, ORIGIN)
    for warehouse in WAREHOUSES:
        forecasts.forecast_warehouses(engine, [warehouse], ORIGIN, ORIGIN, 7)
