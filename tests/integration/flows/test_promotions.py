"""What a promotion would change, asked of the database and on the command line. Nothing is written."""

import json
from datetime import timedelta

import pandas as pd
import pytest
from sqlalchemy import Engine, delete, select

from data.database import reading, writing
from data.tables import Base, ForecastRow
from flows.commands import application
from flows.demand.planned_promotions import what_if
from flows.errors import Invalid, NotNow, Unknown
from tests.integration.conftest import Filling
from tests.integration.flows.few_weeks import LAST, ORIGIN, PRODUCTS, WAREHOUSES, sell, sell_and_forecast

LATER = ORIGIN + timedelta(hours=9)
FIRST, SECOND = LAST + timedelta(days=1), LAST + timedelta(days=2)


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling | None:
    return sell_and_forecast if "forecast" in request.fixturenames else None


@pytest.fixture
def forecast(engine: Engine) -> Engine:
    """Two warehouses with 30 products, forecast at ORIGIN."""
    return engine


def everything(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as session:
        return {table.name: sorted(map(repr, session.execute(select(table)))) for table in Base.metadata.sorted_tables}


def test_a_promotion_is_set_against_the_forecasts_that_are_kept_and_nothing_is_written(forecast: Engine) -> None:
    before = everything(forecast)

    found = what_if(forecast, ["W2", "W1"], "P05", FIRST, SECOND, 0.7, LATER)

    assert everything(forecast) == before
    assert set(found["warehouse_id"]) == {"W1", "W2"}
    assert set(found["product_id"]) == {name for name in PRODUCTS if name.startswith("P0")}  # the category
    assert (found["origin"] == ORIGIN).all()
    with reading(forecast) as session:
        kept = pd.DataFrame(
            session.execute(
                select(ForecastRow.warehouse_id, ForecastRow.product_id, ForecastRow.date, ForecastRow.mean)
            ).all()
        )
    kept["date"] = pd.to_datetime(kept["date"])
    both = kept.merge(found, on=["warehouse_id", "product_id", "date"])
    assert len(both) == 2 * 10 * 7
    pd.testing.assert_series_equal(both["mean"], both["mean_without"], check_names=False, check_dtype=False, rtol=1e-6)
    # one promotion that nobody has seen sell is none to learn from
    assert found.loc[found["relation"] == "promoted", "extrapolated"].all()


def test_without_warehouses_it_is_asked_for_all_that_sell_the_product(forecast: Engine) -> None:
    found = what_if(forecast, None, "P05", FIRST, FIRST, 0.9, LATER)
    assert set(found["warehouse_id"]) == set(WAREHOUSES)
    with writing(forecast) as session:
        session.execute(delete(ForecastRow).where(ForecastRow.warehouse_id == "W2", ForecastRow.product_id == "P05"))
    found = what_if(forecast, None, "P05", FIRST, FIRST, 0.9, LATER)
    assert set(found["warehouse_id"]) == {"W1"}
    with pytest.raises(NotNow, match="W2 has no forecast of product P05"):
        what_if(forecast, ["W1", "W2"], "P05", FIRST, FIRST, 0.9, LATER)


WRONG = [
    (["W9"], "P05", FIRST, FIRST, 0.9, Unknown, "warehouse_ids"),
    ([], "P05", FIRST, FIRST, 0.9, Invalid, "warehouse_ids"),
    (["W1"], "P99", FIRST, FIRST, 0.9, Unknown, "product_id"),
    (["W1"], "P05", LAST, FIRST, 0.9, Invalid, "first_day"),
    (["W1"], "P05", FIRST, LAST + timedelta(days=60), 0.9, Invalid, "last_day"),
    (["W1"], "P05", SECOND, FIRST, 0.9, Invalid, "last_day"),
    (["W1"], "P05", FIRST, FIRST, 0.0, Invalid, "discount"),
    (["W1"], "P05", FIRST, FIRST, 1.2, Invalid, "discount"),
    (["W1"], "P05", FIRST, FIRST, float("nan"), Invalid, "discount"),
]


def test_what_cannot_be_asked_is_refused_by_name(forecast: Engine) -> None:
    for *asked, kind, field in WRONG:
        with pytest.raises(kind) as refused:
            what_if(forecast, *asked, LATER)
        assert refused.value.field == field, asked


def test_before_the_first_forecast_there_is_nothing_to_compare_with(engine: Engine) -> None:
    sell(engine, days=7)
    for warehouses in (None, ["W1"]):
        with pytest.raises(NotNow, match="freshfront forecast"):
            what_if(engine, warehouses, "P05", FIRST, FIRST, 0.9, LATER)


def test_the_command_says_it_in_words_and_as_json(
    forecast: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", forecast.url.render_as_string(hide_password=False))

    def freshfront(*options: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["freshfront", "what-if", *options])
        with pytest.raises(SystemExit) as ended:
            application.main()
        return int(ended.value.code or 0), *capsys.readouterr()

    asked = ("--product", "P05", "--discount", "0.7", "--from", f"{FIRST}", "--to", f"{SECOND}")
    code, out, _ = freshfront(*asked)
    assert code == 0
    assert f"{FIRST} " in out
    assert "Extrapolated" in out
    code, out, _ = freshfront(*asked, "-w", "W1", "--json")
    rows = json.loads(out)
    assert code == 0
    assert {row["warehouse_id"] for row in rows} == {"W1"}
    assert rows[0]["date"] == f"{FIRST}"
    for wrong, words in (
        (("--discount", "1.5"), "at most 1"),
        (("--product", "P99"), "Product 'P99' was not found"),
        (("--warehouse", "W9"), "Warehouse 'W9' was not found"),
        (("--from", "soon"), "soon"),
        (("--to", "2031-01-01"), "is not forecast"),
    ):
        code, _, said = freshfront(*asked, *wrong)
        assert code == 2
        assert words in said
        assert "Traceback" not in said
