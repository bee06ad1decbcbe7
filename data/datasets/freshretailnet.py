"""FreshRetailNet-50K (arXiv 2505.16319): hourly sales and stock-outs of front warehouses, as this house keeps them.

A store is a warehouse and its days are Shanghai's. What the data set does not say is filled in by the rules of
docs/data-formats.md: prices are planned by the week, a week before its Monday; every product is chilled.
List columns are flattened by numpy, and rows are written in the order of their key, 24 hours in one row.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from data.bulk import write_rows
from data.database import writing
from data.datasets.city_names import city_name
from data.importers.problems import BadFile
from data.importers.result import ImportResult
from data.tables import (
    HOURS,
    Band,
    DailyAvailabilityRow,
    DailySalesRow,
    ProductRow,
    PromotionRow,
    Unit,
    WarehouseRow,
    WeatherRow,
)
from data.weather.made import make_forecasts

TIMEZONE = "Asia/Shanghai"
AHEAD_OF_UTC = np.timedelta64(8, "h")  # all year round
ROWS_AT_ONCE = 200_000
WEEK = np.timedelta64(7, "D")
IDS = ("city_id", "store_id", "first_category_id", "second_category_id", "third_category_id", "product_id")
WEATHER = ("avg_temperature", "precpt", "avg_humidity", "avg_wind_level")
COLUMNS = (*IDS, "dt", "sale_amount", "hours_sale", "hours_stock_status", "discount", "activity_flag", *WEATHER)


def import_freshretailnet(
    engine: Engine,
    path: Path,
    cities: Sequence[int] | None = None,
    progress: Callable[[int], None] | None = None,
    weather_forecasts: int | None = None,
) -> ImportResult:
    """Keeps the file (all cities, or those given) in one transaction; importing it again changes nothing.

    The data set has observed weather only. With a seed in `weather_forecasts`, forecasts are made from it and kept too
    (data.weather.made). `progress` is called with the number of rows read since its last call. Memory does not grow
    with the file. Raises BadFile where the file is not of this format or a value is impossible; then
    nothing is kept."""
    if not path.is_file():
        raise BadFile(f"File {path} was not found.")
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise BadFile(f"{path.name} is not a Parquet file: {error}") from error
    kept, warehouses = 0, set[str]()
    with file, writing(engine) as session:
        if missing := [name for name in COLUMNS if name not in file.schema_arrow.names]:
            raise BadFile(f"{path.name} is not FreshRetailNet's format: it lacks {', '.join(missing)}.")
        for days in _batches(file, path, cities, progress):
            _keep(session.connection(), days)
            kept += len(days)
            warehouses.update(days.warehouse_ids.tolist())
        if not kept:
            wanted = "" if cities is None else f" of the cities {', '.join(map(str, cities))}"
            raise BadFile(f"{path.name} has no rows{wanted}.")
        if weather_forecasts is not None:
            make_forecasts(session, weather_forecasts, sorted(warehouses))
    return ImportResult(rows=kept)


class _Days:
    """A batch of store-product-days, in the order of warehouse, product and date as the database keeps them."""

    def __init__(self, batch: pa.RecordBatch, dates: NDArray[np.datetime64]) -> None:
        warehouse, product = _ranked_texts(batch["store_id"]), _ranked_texts(batch["product_id"])
        self._batch = batch
        self._order = np.lexsort((dates, product[1], warehouse[1]))
        self.warehouse_ids, self.warehouse = warehouse[0], warehouse[1][self._order]
        self.product_ids, self.product = product[0], product[1][self._order]
        self.dates = dates[self._order]

    def __len__(self) -> int:
        return len(self._order)

    def column(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = self._batch[name].to_numpy(zero_copy_only=False)
        return values[self._order]

    def hours(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = self._batch[name].flatten().to_numpy(zero_copy_only=False)
        return values.reshape(-1, HOURS)[self._order]


def _batches(
    file: pq.ParquetFile, path: Path, cities: Sequence[int] | None, progress: Callable[[int], None] | None
) -> Iterator[_Days]:
    read = 0
    for batch in file.iter_batches(ROWS_AT_ONCE, columns=list(COLUMNS)):
        seen = len(batch)
        rows = np.arange(read + 1, read + 1 + seen)
        read += seen
        if cities is not None:
            wanted = pc.is_in(batch["city_id"], value_set=pa.array(cities, type=batch["city_id"].type))
            batch, rows = batch.filter(wanted), rows[wanted.to_numpy(zero_copy_only=False)]
        if len(batch):
            _refuse_the_impossible(batch, rows, path)
            yield _Days(batch, _dates(batch["dt"], rows, path))
        if progress is not None:
            progress(seen)


def _refuse_the_impossible(batch: pa.RecordBatch, rows: NDArray[np.int64], path: Path) -> None:
    for name in COLUMNS:
        if name not in WEATHER and batch[name].null_count:
            _refuse(path, rows, name, batch[name].is_null().to_numpy(zero_copy_only=False), "is missing")
    for name in ("hours_sale", "hours_stock_status"):
        lengths = pc.list_value_length(batch[name]).to_numpy(zero_copy_only=False)
        _refuse(path, rows, name, lengths != HOURS, "does not have 24 hours")
        hours = batch[name].flatten().to_numpy(zero_copy_only=False).reshape(-1, HOURS)
        if name == "hours_sale":
            wrong = ~(np.isfinite(hours) & (hours >= 0)).all(axis=1)
            _refuse(path, rows, name, wrong, "has a negative or missing hour")
        else:
            _refuse(path, rows, name, ~((hours == 0) | (hours == 1)).all(axis=1), "has an hour that is neither 0 nor 1")
    for name in ("sale_amount", "discount"):
        number = batch[name].to_numpy(zero_copy_only=False)
        _refuse(path, rows, name, ~(np.isfinite(number) & (number >= 0)), "is negative or not a number")
    flag = batch["activity_flag"].to_numpy(zero_copy_only=False)
    _refuse(path, rows, "activity_flag", (flag != 0) & (flag != 1), "is neither 0 nor 1")


def _dates(column: pa.Array, rows: NDArray[np.int64], path: Path) -> NDArray[np.datetime64]:
    coded = pc.cast(column, pa.string()).dictionary_encode()
    place: NDArray[np.int32] = coded.indices.to_numpy()
    days: NDArray[np.datetime64] = np.full(len(coded.dictionary), "NaT", dtype="datetime64[D]")
    for n, text in enumerate(coded.dictionary.to_pylist()):
        try:
            days[n] = np.datetime64(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date(), "D")
        except ValueError:
            _refuse(path, rows, "dt", place == n, f"is {text!r}, not a day as 2024-03-28")
    return days[place]


def _refuse(path: Path, rows: NDArray[np.int64], column: str, wrong: NDArray[np.bool_], reason: str) -> None:
    if count := int(wrong.sum()):
        others = f" (and {count - 1} more rows)" if count > 1 else ""
        first = rows[int(np.argmax(wrong))]
        raise BadFile(f"{path.name}, row {first}, column {column}: {reason}{others}. Nothing was kept.", count=count)


def _keep(connection: Connection, days: _Days) -> None:
    warehouses, products = days.warehouse_ids[days.warehouse].tolist(), days.product_ids[days.product].tolist()
    dates, ends = _python_days(days.dates), _python_moments(_end_of(days.dates))
    _keep_catalogue(connection, days)
    _keep_weather(connection, days)
    _keep_promotions(connection, days)

    key = ["warehouse_id", "product_id", "date", "known_at"]
    sales = days.hours("hours_sale").astype("<f4").tobytes()
    day = HOURS * 4
    hourly = (sales[at : at + day] for at in range(0, len(sales), day))
    write_rows(
        connection,
        _table(DailySalesRow),
        [*key, "sales", "hourly_sales"],
        zip(warehouses, products, dates, ends, days.column("sale_amount").tolist(), hourly, strict=True),
    )
    in_stock = ((days.hours("hours_stock_status") == 0) << np.arange(HOURS, dtype=np.int64)).sum(axis=1)
    write_rows(
        connection,
        _table(DailyAvailabilityRow),
        [*key, "in_stock_hours"],
        zip(warehouses, products, dates, ends, in_stock.tolist(), strict=True),
    )


def _keep_catalogue(connection: Connection, days: _Days) -> None:
    # "ignore": what a user has since written about a warehouse or product (its band, its name) stays
    cities = days.column("city_id")
    first = np.unique(days.warehouse, return_index=True)[1]
    write_rows(
        connection,
        _table(WarehouseRow),
        ["warehouse_id", "name", "city", "timezone"],
        [(i := days.warehouse_ids[days.warehouse[at]], f"store {i}", city_name(cities[at]), TIMEZONE) for at in first],
        "ignore",
    )
    levels = [days.column(f"{level}_category_id") for level in ("first", "second", "third")]
    first = np.unique(days.product, return_index=True)[1]
    write_rows(
        connection,
        _table(ProductRow),
        ["product_id", "name", "category", "subcategory", "band", "unit"],
        [
            (
                i := days.product_ids[days.product[at]],
                f"product {i}",
                f"{levels[0][at]}",
                "-".join(str(level[at]) for level in levels),
                Band.CHILLED,
                Unit.KG,
            )
            for at in first
        ],
        "ignore",
    )


def _keep_weather(connection: Connection, days: _Days) -> None:
    place = days.warehouse.astype(np.int64) << 32 | days.dates.astype(np.int64)
    one = np.unique(place, return_index=True)[1]
    numbers = [[None if np.isnan(x) else x for x in days.column(name)[one].astype(float).tolist()] for name in WEATHER]
    write_rows(
        connection,
        _table(WeatherRow),
        [
            *("warehouse_id", "date", "issued_at", "observed"),
            *("temperature_c", "precipitation_mm", "humidity_pct", "wind_level"),
        ],
        zip(
            days.warehouse_ids[days.warehouse[one]].tolist(),
            _python_days(days.dates[one]),
            _python_moments(_end_of(days.dates[one])),
            [True] * len(one),
            *numbers,
            strict=True,
        ),
    )


def _keep_promotions(connection: Connection, days: _Days) -> None:
    """Runs of days at one price within a week, Monday to Sunday: a plan is known a week before its Monday, so no
    day's price is known more than 13 days ahead, however long the promotion runs."""
    discount = days.column("discount").astype(float)
    discount = np.where(discount == 0, 1.0, discount)  # 0 is a missing price: full price is by far the likeliest
    promoted = days.column("activity_flag") == 1
    monday = (days.dates.astype(np.int64) + 3) // 7 * 7 - 3  # 1970-01-01 was a Thursday
    goes_on = (
        (np.diff(days.warehouse) == 0)
        & (np.diff(days.product) == 0)
        & (np.diff(days.dates.astype(np.int64)) == 1)
        & (np.diff(monday) == 0)
        & (np.diff(discount) == 0)
        & (promoted[1:] == promoted[:-1])
    )
    starts = np.flatnonzero(np.append(True, ~goes_on))
    ends = np.append(starts[1:], len(days)) - 1
    told = (discount[starts] != 1) | promoted[starts]
    starts, ends = starts[told], ends[told]
    write_rows(
        connection,
        _table(PromotionRow),
        ["warehouse_id", "product_id", "starts_on", "known_at", "ends_on", "discount", "promoted"],
        zip(
            days.warehouse_ids[days.warehouse[starts]].tolist(),
            days.product_ids[days.product[starts]].tolist(),
            _python_days(days.dates[starts]),
            _python_moments(_start_of(monday[starts].astype("datetime64[D]") - WEEK)),
            _python_days(days.dates[ends]),
            discount[starts].tolist(),
            promoted[starts].tolist(),
            strict=True,
        ),
    )


def _ranked_texts(numbers: pa.Array) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """The distinct ids as texts in the order of text, and for each row the place of its id among them."""
    distinct, place = np.unique(numbers.to_numpy(zero_copy_only=False), return_inverse=True)
    texts = distinct.astype(str).astype(object)
    by_text = np.argsort(texts)
    rank = np.empty(len(texts), dtype=np.int64)
    rank[by_text] = np.arange(len(texts))
    return texts[by_text], rank[place]


def _start_of(days: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    hours: NDArray[np.datetime64] = days.astype("datetime64[h]")
    return np.subtract(hours, AHEAD_OF_UTC)


def _end_of(days: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    return _start_of(np.add(days, np.timedelta64(1, "D")))


def _python_days(days: NDArray[np.datetime64]) -> list[date]:
    distinct, place = np.unique(days, return_inverse=True)
    dates = distinct.astype("datetime64[D]").tolist()
    return [dates[n] for n in place]


def _python_moments(moments: NDArray[np.datetime64]) -> list[datetime]:
    distinct, place = np.unique(moments, return_inverse=True)
    aware = [moment.replace(tzinfo=UTC) for moment in distinct.astype("datetime64[us]").tolist()]
    return [aware[n] for n in place]


def _table(model: Any) -> Any:
    return model.__table__
