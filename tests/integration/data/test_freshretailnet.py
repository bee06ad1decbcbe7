"""FreshRetailNet: its rows become warehouses, products, days, promotions and weather, once however often imported."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, func, select

from data.database import reading, writing
from data.datasets.freshretailnet import import_freshretailnet
from data.frames.known_demand import promotions_as_of, sales_as_of, weather_as_of
from data.importers.problems import BadFile
from data.tables import Band, DailyAvailabilityRow, DailySalesRow, ProductRow, PromotionRow, WarehouseRow, WeatherRow

MONDAY = date(2024, 4, 1)
LATER = datetime(2024, 7, 1, tzinfo=UTC)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def day(number: int, store: int = 0, product: int = 38, city: int = 0, **values: object) -> dict[str, object]:
    hours = [0.0] * 9 + [1.5, 0.5] + [0.0] * 13
    return {
        "city_id": city,
        "store_id": store,
        "management_group_id": 0,
        "first_category_id": 5,
        "second_category_id": 6,
        "third_category_id": 65,
        "product_id": product,
        "dt": (MONDAY + timedelta(days=number)).isoformat(),
        "sale_amount": 2.0,
        "hours_sale": hours,
        "stock_hour6_22_cnt": 4,
        "hours_stock_status": [0] * 18 + [1] * 6,
        "discount": 1.0,
        "holiday_flag": 0,
        "activity_flag": 0,
        "precpt": 1.25,
        "avg_temperature": 15.5,
        "avg_humidity": 70.0,
        "avg_wind_level": 1.9,
    } | values


@pytest.fixture
def written(tmp_path: Path):
    """Writes days as a file of the data set."""

    def write(*days: dict[str, object]) -> Path:
        path = tmp_path / "days.parquet"
        table = pa.Table.from_pylist(list(days))
        for name, kind in (("hours_sale", pa.float32()), ("hours_stock_status", pa.int8())):
            column = table.schema.get_field_index(name)
            table = table.set_column(column, name, table[name].cast(pa.list_(kind)))
        pq.write_table(table, path)
        return path

    return write


def test_a_store_day_becomes_sales_availability_and_weather(engine: Engine, written) -> None:
    end_of_day = datetime(2024, 4, 1, 16, tzinfo=UTC)

    result = import_freshretailnet(engine, written(day(0, store=3)))

    assert result.rows == 1
    with reading(engine) as session:
        sales, in_stock = (
            session.scalars(select(DailySalesRow)).one(),
            session.scalars(select(DailyAvailabilityRow)).one(),
        )
        weather, product = session.scalars(select(WeatherRow)).one(), session.get_one(ProductRow, "38")
        warehouse = session.get_one(WarehouseRow, "3")
    assert (sales.warehouse_id, sales.product_id, sales.date, sales.known_at) == ("3", "38", MONDAY, end_of_day)
    assert sales.sales == 2.0
    assert np.frombuffer(sales.hourly_sales, "<f4")[[8, 9, 10]].tolist() == [0.0, 1.5, 0.5]
    assert in_stock.in_stock_hours == (1 << 18) - 1
    assert (weather.temperature_c, weather.wind_level, weather.issued_at) == (15.5, 1.9, end_of_day)
    assert (product.category, product.subcategory, product.band) == ("5", "5-6-65", Band.CHILLED)
    assert (warehouse.city, warehouse.timezone) == ("city 0", "Asia/Shanghai")


def test_a_run_of_days_at_one_price_is_planned_week_by_week(engine: Engine, written) -> None:
    days = [day(n, discount=0.8, activity_flag=1) for n in range(3, 10)] + [day(10)]

    import_freshretailnet(engine, written(*days))

    with reading(engine) as session:
        plans = session.scalars(select(PromotionRow).order_by(PromotionRow.starts_on)).all()
        thursday_before = promotions_as_of(session, datetime(2024, 3, 28, tzinfo=UTC))
    assert [(plan.starts_on.day, plan.ends_on.day, plan.discount, plan.promoted) for plan in plans] == [
        (4, 7, 0.8, True),
        (8, 10, 0.8, True),
    ]
    # a week before its Monday begins in Shanghai
    assert [plan.known_at for plan in plans] == [datetime(2024, 3, d, 16, tzinfo=UTC) for d in (24, 31)]
    assert thursday_before["date"].dt.day.tolist() == [4, 5, 6, 7]


def test_a_missing_price_is_full_price_and_full_price_is_no_promotion(engine: Engine, written) -> None:
    import_freshretailnet(engine, written(day(0, discount=0.0), day(1), day(2, discount=0.0, activity_flag=1)))

    with reading(engine) as session:
        plans = session.scalars(select(PromotionRow)).all()
    assert [(plan.starts_on.day, plan.discount, plan.promoted) for plan in plans] == [(3, 1.0, True)]


def test_only_the_cities_asked_for_are_kept(engine: Engine, written) -> None:
    path = written(day(0, store=1, city=0), day(0, store=2, city=7), day(0, store=3, city=9))
    read: list[int] = []

    result = import_freshretailnet(engine, path, cities=[7, 9], progress=read.append)

    assert (result.rows, sum(read)) == (2, 3)
    with reading(engine) as session:
        assert session.scalars(select(WarehouseRow.city).order_by(WarehouseRow.city)).all() == ["city 7", "city 9"]


def test_importing_again_changes_nothing_not_even_what_a_user_wrote(engine: Engine, written) -> None:
    path = written(*(day(n, store=s, product=p, discount=0.9) for s in (1, 2, 10) for p in (5, 12) for n in range(9)))
    import_freshretailnet(engine, path)
    with writing(engine) as session:
        session.get_one(ProductRow, "5").band = Band.FROZEN

    import_freshretailnet(engine, path)

    with reading(engine) as session:
        tables = (DailySalesRow, DailyAvailabilityRow, PromotionRow, WeatherRow)
        counts = [session.scalar(select(func.count()).select_from(table)) for table in tables]
        days, hourly, in_stock = sales_as_of(session, LATER)
        assert session.get_one(ProductRow, "5").band is Band.FROZEN
    assert counts == [54, 54, 12, 27]
    assert days["warehouse_id"].unique().tolist() == ["1", "10", "2"]
    assert hourly.sum(axis=1).tolist() == [2.0] * 54
    assert in_stock.sum(axis=1).tolist() == [18] * 54


def test_a_later_file_is_added(engine: Engine, written) -> None:
    import_freshretailnet(engine, written(day(0), day(1)))

    import_freshretailnet(engine, written(day(2), day(3, store=9, product=77, city=13)))

    with reading(engine) as session:
        days, _, _ = sales_as_of(session, LATER)
    assert days[["warehouse_id", "product_id"]].drop_duplicates().values.tolist() == [["0", "38"], ["9", "77"]]
    assert len(days) == 4


def test_forecasts_are_made_only_when_asked_for_and_say_so(engine: Engine, written) -> None:
    path = written(*(day(n, store=s, city=s // 2, avg_temperature=15.0 + s) for s in (0, 1, 2) for n in range(20)))

    import_freshretailnet(engine, path, weather_forecasts=7)
    with reading(engine) as session:
        first = session.execute(select(*WeatherRow.__table__.columns).where(~WeatherRow.observed)).all()
        seen = weather_as_of(session, LATER)
    import_freshretailnet(engine, path, weather_forecasts=7)

    with reading(engine) as session:
        again = session.execute(select(*WeatherRow.__table__.columns).where(~WeatherRow.observed)).all()
        on_day_9 = weather_as_of(session, datetime(2024, 4, 10, 16, tzinfo=UTC))
    assert first == again
    assert {row.source for row in first} == {"made from the observation, seed 7"}
    assert {row.warehouse_id for row in first} == {"0", "1", "2"}
    # 1 to 14 days ahead, none issued before the first day was over
    per_day = pd.Series([row.date for row in first if row.warehouse_id == "0"]).value_counts().sort_index()
    assert per_day.tolist() == [*range(1, 15), 14, 14, 14, 14, 14]
    assert all(row.issued_at < datetime(row.date.year, row.date.month, row.date.day, tzinfo=UTC) for row in first)
    assert seen["observed"].sum() == 60
    # the last forecast of a day known at an origin is that of the origin's evening
    ahead = on_day_9[(on_day_9["date"] > "2024-04-10") & (on_day_9["warehouse_id"] == "0")]
    assert sorted(set(ahead["date"].dt.day)) == list(range(11, 21))
    assert not ahead["observed"].any()
    error = {
        name: seen[~seen["observed"] & (seen["warehouse_id"] == name)]["temperature_c"].to_numpy() - 15 - int(name)
        for name in ("0", "1", "2")
    }
    np.testing.assert_allclose(error["0"], error["1"], atol=1e-9)  # one city
    assert not np.allclose(error["0"], error["2"], atol=0.1)


def test_no_forecast_is_made_where_true_ones_are_kept(engine: Engine, written) -> None:
    path = written(day(0), day(1), day(2))
    import_freshretailnet(engine, path)
    with writing(engine) as session:
        assert session.scalars(select(WeatherRow).where(~WeatherRow.observed)).all() == []
        issued = datetime(2024, 4, 2, 12, tzinfo=UTC)
        session.add(
            WeatherRow(warehouse_id="0", date=date(2024, 4, 3), issued_at=issued, observed=False, wind_level=2.0)
        )

    import_freshretailnet(engine, path, weather_forecasts=7)

    with reading(engine) as session:
        assert session.scalars(select(WeatherRow.source).where(~WeatherRow.observed)).all() == [None]


@on_sqlite
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"sale_amount": -1.0}, "row 2, column sale_amount: is negative"),
        ({"sale_amount": float("nan")}, "row 2, column sale_amount: is negative or not a number"),
        ({"sale_amount": None}, "row 2, column sale_amount: is missing"),
        ({"hours_sale": [0.0] * 23}, "row 2, column hours_sale: does not have 24 hours"),
        ({"hours_sale": [-0.5] * 24}, "row 2, column hours_sale: has a negative"),
        ({"hours_stock_status": [2] * 24}, "row 2, column hours_stock_status: .* neither 0 nor 1"),
        ({"activity_flag": 5}, "row 2, column activity_flag: is neither 0 nor 1"),
        ({"dt": "2024-02-30"}, "row 2, column dt: is '2024-02-30', not a day"),
    ],
)
def test_an_impossible_value_is_named_and_nothing_is_kept(engine: Engine, written, wrong, reason) -> None:
    with pytest.raises(BadFile, match=reason):
        import_freshretailnet(engine, written(day(0), day(1, **wrong)))

    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(WarehouseRow)) == 0


@on_sqlite
def test_another_file_is_refused(engine: Engine, written, tmp_path: Path) -> None:
    text = tmp_path / "days.csv"
    text.write_text("a,b\n")
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"city_id": [1]}), other)

    for path, reason in (
        (text, "is not a Parquet file"),
        (other, "it lacks store_id"),
        (tmp_path / "none.parquet", "none.parquet was not found"),
    ):
        with pytest.raises(BadFile, match=reason):
            import_freshretailnet(engine, path)
    with pytest.raises(BadFile, match="has no rows of the cities 4"):
        import_freshretailnet(engine, written(day(0)), cities=[4])


@on_sqlite
def test_a_city_of_the_recorded_file_comes_back_as_it_was(engine: Engine, shared_data: Path) -> None:
    path = shared_data / "freshretailnet" / "train.parquet"
    columns = ["store_id", "product_id", "dt", "sale_amount", "hours_stock_status"]
    recorded = pq.read_table(path, columns=columns, filters=[("city_id", "==", 17)]).to_pandas()

    import_freshretailnet(engine, path, cities=[17])

    with reading(engine) as session:
        days, hourly, in_stock = sales_as_of(session, LATER)
    assert len(days) == len(recorded)
    recorded = recorded.astype({"store_id": str, "product_id": str}).sort_values(
        ["store_id", "product_id", "dt"], ignore_index=True
    )
    assert (days["date"].dt.strftime("%Y-%m-%d") == recorded["dt"]).all()
    assert np.array_equal(days["sales"], recorded["sale_amount"])
    assert np.allclose(hourly.sum(axis=1), days["sales"], atol=1e-4)
    assert np.array_equal(in_stock, 1 - np.stack(recorded["hours_stock_status"]))
