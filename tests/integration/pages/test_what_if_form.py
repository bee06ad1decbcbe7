"""A promotion that is not booked, asked on a product's page of a shop whose models are trained."""

import html
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import Engine, func, select, update

from data.database import reading, writing
from data.tables import ForecastRow, ProductRow, PromotionRow, Role
from flows.demand import forecasts
from flows.demand.models import training
from flows.demand.models.promoting import promote_or_reject
from tests.integration.conftest import Filling
from tests.integration.flows.few_weeks import LAST, ORIGIN, sell

from .test_pages import cells

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]
FIRST = LAST + timedelta(days=1)
PAGE = "/warehouses/W1/products/P05"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the form asks what the API asks


@pytest.fixture
def filling() -> Filling:
    return sell_and_forecast_in_one


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """W1 sells 30 products and has forecasts of them; P05 has a list price of 10."""
    return engine


def sell_and_forecast_in_one(engine: Engine) -> None:
    sell(engine, ["W1"])
    region_model_id = training.train_region_model(engine, ORIGIN, ORIGIN)
    training.train_warehouses(engine, ["W1"], region_model_id, ORIGIN)
    promote_or_reject(engine, region_model_id, ORIGIN)
    forecasts.forecast_warehouses(engine, ["W1"], ORIGIN, ORIGIN, 7)
    with writing(engine) as session:
        session.execute(update(ProductRow).where(ProductRow.product_id == "P05").values(list_price=Decimal(10)))


async def test_a_buyer_sees_what_a_promotion_would_change_by_day_and_in_all(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    before = await browser.get(PAGE)
    assert 'name="price"' in before.text

    asked = {"price": "7,50", "first_day": f"{FIRST}", "days": "2", "announced": "true"}
    answer = await browser.post(PAGE, data=asked)

    assert answer.status_code == 200
    text = html.unescape(answer.text)
    assert re.search(r"25% off would sell (\d+% (more|less) than|as much as) the prices planned now\.", text)
    first, second, in_all = cells(text, 'id="what-if"')
    assert (first[0], second[0], in_all[0]) == ("Mon 2 Mar", "Tue 3 Mar", "Total")
    with reading(shop) as session:
        mean = session.scalar(select(ForecastRow.mean).filter_by(product_id="P05", date=FIRST)) or 0
        assert session.scalar(select(func.count()).select_from(PromotionRow)) == 1, "nothing was booked"
    assert first[1] == f"{mean:.1f}\u00a0pcs"
    with_it = [float(row[2].split("\u00a0")[0]) for row in (first, second, in_all)]
    assert with_it[2] == pytest.approx(with_it[0] + with_it[1], abs=0.2)
    assert "hardly any past promotions like this one" in text
    assert 'value="7,50"' in text

    # then a day that is not forecast is refused in words, and the form keeps what was typed
    late = await browser.post(PAGE, data=asked | {"first_day": f"{LAST + timedelta(days=40)}"})
    assert late.status_code == 422
    assert "is not forecast; the latest forecasts are for" in late.text
    assert f'value="{LAST + timedelta(days=40)}"' in late.text
    assert 'aria-invalid="true"' in late.text

    # then where no list price is known, it is asked how much it is off
    other = await browser.post("/warehouses/W1/products/P06", data=asked | {"off": "10"})
    assert other.status_code == 200
    assert "10% off would sell" in other.text
    assert 'name="price"' not in other.text
