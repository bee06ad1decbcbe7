"""A product and a warehouse that have sold nothing yet are forecast through the daily steps."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import Band, ForecastRow, LotRow, ProductRow, PromotionRow, Unit, WarehouseRow
from flows.day.scope import chosen_warehouses
from flows.demand import forecasts
from flows.demand.models import training
from flows.demand.models.promoting import promote_or_reject
from tests.integration.flows.few_weeks import LAST, ORIGIN, PRODUCTS, WAREHOUSES, ZONE, sell


def test_what_has_a_price_planned_or_stock_come_in_is_forecast_from_the_first_day(engine: Engine) -> None:
    sell(engine)
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W3", name="W3", city="W1", timezone=ZONE))
        session.add(WarehouseRow(warehouse_id="W4", name="W4", city="W1", timezone=ZONE))
        session.add(ProductRow(product_id="P90", name="P90", category="P0", band=Band.LEAF, unit=Unit.PIECE))
        session.flush()
        tomorrow = LAST + timedelta(days=1)
        session.add(
            PromotionRow(warehouse_id="W1", product_id="P90", starts_on=tomorrow, ends_on=tomorrow,
                      known_at=ORIGIN - timedelta(days=3), discount=1.0, promoted=False)
        )  # fmt: skip
        for warehouse, product, came in (("W3", "P00", 1), ("W3", "P05", 1), ("W4", "P00", 40)):
            moment = ORIGIN - timedelta(days=came)
            session.add(
                LotRow(lot_id=f"{warehouse}{product}", warehouse_id=warehouse, product_id=product, received_at=moment,
                    quantity_received=Decimal(20), quantity_on_hand=Decimal(20), known_at=moment)
            )  # fmt: skip

    chosen = list(chosen_warehouses(engine, None, ORIGIN))
    region_model_id = training.train_region_model(engine, ORIGIN, ORIGIN)
    training.train_warehouses(engine, chosen, region_model_id, ORIGIN)
    promote_or_reject(engine, region_model_id, ORIGIN)
    kept = forecasts.forecast_warehouses(engine, chosen, ORIGIN, ORIGIN, 3)

    assert chosen == [*WAREHOUSES, "W3"], "stock of 40 days ago opens no warehouse"
    assert list(kept.values()) == [3 * (len(PRODUCTS) + 1), 3 * len(PRODUCTS), 3 * 2]
    with reading(engine) as session:
        query = select(ForecastRow).where(ForecastRow.date == LAST + timedelta(days=1))
        found = {(row.warehouse_id, row.product_id): row for row in session.scalars(query)}
    for product in ("P00", "P05"):
        assert 0.6 < found["W3", product].mean / found["W1", product].mean < 1.6
        relative = [(row.q95 - row.q05) / row.mean for row in (found["W3", product], found["W1", product])]
        assert relative[0] > relative[1]
    assert found["W1", "P90"].mean > 0
