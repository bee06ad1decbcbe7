"""The product's page, the plan line and the API say which model forecast, by how much it is best, what it misses."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, delete, update

from api.pages.texts import served_by_words
from data.database import writing
from data.tables import DemandModelRow, ForecastRow, Role
from flows.demand.models.choice_lines import choice_lines
from flows.demand.models.served_by import ServedBy
from forecasting.model.choice import KINDS, Choice

from .conftest import ORIGIN

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]
PAGES = ("/warehouses/W1/products/spinach", "/plans/plan-1/lines/1")  # both of Tuesday, two days ahead
ALL = {"exponential_smoothing": 1.0, "regression": 0.82, "lightgbm": 0.902}
NEAR = Choice("lightgbm", 14, {"exponential_smoothing": 1.0, "regression": 0.9, "lightgbm": 0.6}, (), ())
FAR = Choice("regression", 40, ALL, (), ("promotions", "season"))
OF_REGRESSION = (
    "Forecast by a regression on calendar, price, weather and latest sales: on 40 held-out days 18% better than "
    "smoothing and 9% better than decision trees. It has not learned yet, for want of examples: promotions and seasons "
    "of the year."
)


def trained(engine: Engine, **choices: Choice) -> None:
    """A region's model and W1's on it, which serve since the forecasts' origin."""
    common: dict[str, Any] = {
        "origin": ORIGIN, "trained_at": ORIGIN, "code": "1", "settings": {}, "trained_on": {}, "artifact": b"",
        "artifact_sha256": "", "served_from": ORIGIN,
    }  # fmt: skip
    kept = {reach: choice.to_dict() for reach, choice in choices.items()} or None
    with writing(engine) as session:
        session.execute(delete(DemandModelRow))
        session.add(DemandModelRow(model_id="region", choices=kept, **common))
        session.flush()
        session.add(DemandModelRow(model_id="own", warehouse_id="W1", region_model_id="region", **common))


def forecast_by(engine: Engine, model: str) -> None:
    with writing(engine) as session:
        session.execute(update(ForecastRow).values(model=model))


async def test_pages_tell_which_model_forecast_the_day_that_they_are_about(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    forecast_by(shop, "regression")
    trained(shop, near=NEAR, far=FAR)

    for page in PAGES:
        assert OF_REGRESSION in (await browser.get(page)).text, page


async def test_a_product_not_listed_lately_is_told_apart_from_what_serves_the_others(
    sign_in: SignIn, shop: Engine
) -> None:
    browser = await sign_in(Role.BUYER)
    forecast_by(shop, "exponential_smoothing")
    trained(shop, near=NEAR, far=FAR)

    for page in PAGES:
        text = (await browser.get(page)).text
        assert "nothing is known of its sales in the last 4 weeks" in text, page
        assert "better than" not in text, page


@pytest.mark.parametrize(("model", "choices"), [("ended", {"near": NEAR, "far": FAR}), ("regression", {})])
async def test_what_is_not_known_is_not_told(
    sign_in: SignIn, shop: Engine, model: str, choices: dict[str, Choice]
) -> None:
    """Of a product that has ended its silence tells; of a model trained before choices were kept nobody knows."""
    browser = await sign_in(Role.BUYER)
    forecast_by(shop, model)
    trained(shop, **choices)

    for page in PAGES:
        answer = await browser.get(page)
        assert answer.status_code == 200, page
        assert "Forecast by" not in answer.text, page


async def test_the_api_serves_the_choice_for_tomorrow_and_for_further_days(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    assert (await browser.get("/v1/warehouses/W1/model")).status_code == 404, "nothing is trained"
    trained(shop, near=NEAR, far=FAR)

    found = (await browser.get("/v1/warehouses/W1/model")).json()

    assert (found["model_id"], found["region_model_id"], found["origin"]) == ("own", "region", "2026-03-01T16:00:00Z")
    assert (found["tomorrow"]["rung"], found["tomorrow"]["held_out_days"]) == ("lightgbm", 14)
    assert found["further_days"]["losses"] == ALL
    assert found["further_days"]["not_learned"] == ["promotions", "season"]


def test_smoothing_says_what_counts_for_nothing_and_a_level_alone_that_too_little_is_known() -> None:
    ignored = ("prices", "promotions", "weather", "holidays")
    best = Choice("exponential_smoothing", 1, ALL | {"regression": 1.25, "lightgbm": 1.003}, ignored, ())
    level = Choice("exponential_smoothing", 0, {}, ignored, KINDS[4:])

    assert served_by_words(ServedBy(best, by_last_level=False)) == (
        "Forecast by smoothing of what sold lately, by weekday: on 1 held-out day 20% better than a regression and no "
        "worse than decision trees. It takes no account of price changes, promotions, weather and holidays."
    )
    assert served_by_words(ServedBy(level, by_last_level=False)) == (
        "Forecast by the level at which it sells: too few days are known to try anything else. It takes no account of "
        "price changes, promotions, weather and holidays. It has not learned yet, for want of examples: events and "
        "seasons of the year."
    )


def test_the_command_line_has_a_line_for_each_reach_and_one_where_both_are_alike() -> None:
    assert choice_lines({"near": NEAR, "far": FAR}) == [
        "tomorrow: trees (LightGBM), on 14 held-out days +40% against exponential smoothing, +33% against regression",
        "further days: regression, on 40 held-out days +18% against exponential smoothing, +9% against trees "
        "(LightGBM); has not learned of promotions, season",
    ]
    level = Choice("exponential_smoothing", 0, {}, ("prices",), ())
    assert choice_lines({"near": level, "far": level}) == [
        "every day: the level alone, since too few days are known to compare anything else with it; takes no account "
        "of prices"
    ]
    assert choice_lines({}) == []


async def test_of_two_models_the_one_that_served_then_is_told(sign_in: SignIn, shop: Engine) -> None:
    """A model of a later origin has not made the forecast."""
    browser = await sign_in(Role.BUYER)
    forecast_by(shop, "regression")
    trained(shop, near=NEAR, far=FAR)
    later = ORIGIN + timedelta(hours=1)
    with writing(shop) as session:
        session.add(
            DemandModelRow(model_id="next", choices={"far": NEAR.to_dict()}, origin=later, trained_at=later, code="1",
                           settings={}, trained_on={}, artifact=b"", artifact_sha256="", served_from=later)
        )  # fmt: skip
        session.flush()
        session.add(
            DemandModelRow(model_id="own next", warehouse_id="W1", region_model_id="next", origin=later,
                           trained_at=later, code="1", settings={}, trained_on={}, artifact=b"", artifact_sha256="",
                           served_from=later)
        )  # fmt: skip

    assert OF_REGRESSION in (await browser.get(PAGES[0])).text
