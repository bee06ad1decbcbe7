"""A shop serves itself from its first day: one day of sales is trained on, forecast and bought from."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import open_database, reading, writing
from data.tables import (
    DailySalesRow,
    DemandModelRow,
    ForecastRow,
    OfferRow,
    OfferTierRow,
    PlanLineRow,
    ProductRow,
    SupplierRow,
)
from tests.integration.flows.few_weeks import LAST, ORIGIN, sell
from tests.integration.flows.shell import Shell

PRODUCTS = ("P01", "P02", "P03", "P04", "P05")


def offer(engine: Engine) -> None:
    """One farm delivers every product on every day."""
    with writing(engine) as session:
        session.add(SupplierRow(supplier_id="F1", name="Farm", kind="farm"))
        for product in session.scalars(select(ProductRow)):
            product.list_price, product.shelf_life_days = Decimal(10), 3
        session.flush()
        since = LAST - timedelta(days=90)
        for name in PRODUCTS:
            session.add(
                OfferRow(offer_id=f"O-{name}", supplier_id="F1", product_id=name, pack_size=Decimal(1),
                         min_quantity=Decimal(0), lead_time_days=1, delivery_weekdays="1,2,3,4,5,6,7", valid_from=since,
                         known_at=ORIGIN - timedelta(days=90), tiers=[OfferTierRow(min_quantity=0, unit_price=6)])
            )  # fmt: skip


@pytest.mark.parametrize("days", [1, 2, 14])
def test_a_shop_alone_is_trained_forecast_and_bought_for_from_its_first_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """Another shop beside it is not trained."""
    address = f"sqlite:///{tmp_path / 'freshfront.sqlite'}"
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", address)
    monkeypatch.setenv("FRESHFRONT_PREFECT_PORT", "9")  # where no Prefect server answers
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    freshfront = Shell(capsys, monkeypatch)
    assert freshfront("db", "upgrade") == 0
    engine = open_database(address)
    sell(engine, ("W1", "W2"), PRODUCTS, days)
    offer(engine)
    today = f"{LAST + timedelta(days=1):%Y-%m-%d}T08:00"

    assert freshfront("train", "--warehouse", "W1", "--as-of", today) == 0, freshfront.err
    assert "the level alone" in freshfront.out
    assert freshfront("forecast", "--warehouse", "W1", "--as-of", today) == 0, freshfront.err
    assert freshfront("plan", "make", "--warehouse", "W1", "--as-of", today) == 0, freshfront.err

    with reading(engine) as session:
        trained = set(session.scalars(select(DemandModelRow.warehouse_id)))
        sold = select(DailySalesRow.product_id, DailySalesRow.sales).where(DailySalesRow.warehouse_id == "W1")
        of_product: dict[str, list[float]] = {}
        for name, sales in session.execute(sold):
            of_product.setdefault(name, []).append(sales)
        forecasts = list(session.scalars(select(ForecastRow)))
        bought = session.scalars(select(PlanLineRow.quantity)).all()
    engine.dispose()
    assert trained == {None, "W1"}
    assert len(forecasts) == 14 * len(PRODUCTS)
    for forecast in forecasts:
        sales = of_product[forecast.product_id]
        assert min(sales) * 0.999 <= forecast.mean <= max(sales) * 1.001
        assert forecast.q05 < forecast.q50 < forecast.q95
    assert len(bought) == len(PRODUCTS)
    assert all(quantity > 0 for quantity in bought)
