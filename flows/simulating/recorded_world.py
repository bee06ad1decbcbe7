"""Recorded days as a world to be played: stores of FreshRetailNet, with economics drawn from a recorded vegetable shop.

What customers wanted in hours out of stock nobody recorded; it is drawn around what the day's hours in stock, or else
the days before, let expect. So `distribution` is not known, and nobody can be told it. Margins, losses and what is a
leaf vegetable are an item's of the shop, drawn for each product; shelf lives, packs and farms are made up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, select

from data import tables
from data.bulk import write_rows
from data.database import open_database, upgrade_schema
from data.datasets.freshretailnet import COLUMNS, TIMEZONE, import_freshretailnet
from data.local_days import start_of_day
from data.sample.farms import as_price
from data.sample.rows import AVAILABILITY, OFFER, PROMOTION, SALES, WEATHER
from data.sample.streams import stream
from flows.errors import Invalid, NotNow
from warehouse.purchasing.simulation.deliveries import Reliability, draw_deliveries
from warehouse.purchasing.simulation.world import Goods, World

Floats = NDArray[np.float64]

PORTION: Final = Decimal("0.1")  # sales are recorded in tenths
LEAF: Final = {"花叶类": "leaf vegetables"}  # the shop's word for them
OTHERS: Final = "other vegetables"
LIVES: Final = {"leaf vegetables": (1, 4), OTHERS: (3, 8)}  # days, the second not reached; chosen
PACK_DAYS: Final = 0.35  # of a warehouse's mean day, as in the sample region
FARMS: Final = 20
OFFERS_EACH: Final = 2
LEAST_EXPOSURE: Final = 0.3  # a day with less of its hours in stock tells nothing of its demand
LEVEL_DAYS: Final = 14
AHEAD: Final = 15  # days after the last recorded one, which are like those a week before
LEAST_PRICE, LEAST_DAYS = 0.1, 100  # of an item of the shop; prices of 0.01 are errors
ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RecordedSize:
    """Which days: the last of the file, after all before them as history."""

    sales: Path
    economics: Path
    city: int = 0
    seed: int = 1
    warehouses: int = 3
    products: int = 60
    days: int = 42
    freshest_first: float = 0.0  # the share of customers who take the freshest

    def make(self) -> "RecordedWorld":
        """The world. Raises Invalid for files that lack what is needed, and for more days than are recorded."""
        return RecordedWorld.of(self)


@dataclass(frozen=True, eq=False)
class RecordedWorld:
    """`rows` are what the importer made of the file, by table; `sold` is day, warehouse, product of the past; `costs`
    is by product what a unit costs at least."""

    size: RecordedSize
    world: World
    rows: dict[str, list[tuple[Any, ...]]]
    offers: list[tuple[Any, ...]]
    tiers: list[tuple[Any, ...]]
    sold: Floats
    costs: Floats

    @classmethod
    def of(cls, size: RecordedSize) -> "RecordedWorld":
        """Reads the file, and draws what it does not tell."""
        recorded = _chosen(size)
        sales, in_stock, days, stores, products = _as_arrays(recorded)
        if len(days) <= size.days + LEVEL_DAYS:
            raise Invalid(
                "{number} days are recorded: {days} cannot be played after two weeks of history.",
                number=len(days),
                days=size.days,
                field="days",
            )
        random = stream(size.seed, "economics")
        wanted = hidden_demand(sales, in_stock, stream(size.seed, "hours out of stock"))
        first = len(days) - size.days
        ahead = np.concatenate([wanted[first:], *([wanted[-7:]] * 3)])[: size.days + AHEAD]
        goods, costs, losses = _economics(size.economics, products, random)
        goods = [replace(one, freshest_first=size.freshest_first) for one in goods]
        farms = [f"farm-{number:02d}" for number in range(1, FARMS + 1)]
        offers, tiers, rejected, lowest = [], [], dict[tuple[str, str], float](), np.full(len(goods), np.inf)
        for at, one in enumerate(goods):
            pack = max(round(PACK_DAYS * float(wanted[:first, :, at].sum(axis=2).mean())), 1) * PORTION
            for farm in random.choice(FARMS, OFFERS_EACH, replace=False):
                offer_id = f"{one.product_id}-{farms[farm]}"
                price = as_price(max(costs[at] * random.normal(1.0, 0.03), 0.01))
                offers.append((offer_id, farms[farm], one.product_id, pack, pack, None, 1, "1,2,3,4,5,6,7",
                               ALWAYS.date(), None, ALWAYS))  # fmt: skip
                tiers.append((offer_id, Decimal(0), price))
                rejected[one.product_id, farms[farm]] = min(losses[at] * random.lognormal(-0.06, 0.35), 0.4)
                lowest[at] = min(lowest[at], float(price))
        deliveries = draw_deliveries(
            stream(size.seed, "deliveries to who plays"), size.days, stores, products, rejected, Reliability()
        )
        world = World(days[first:], stores, goods, ahead, deliveries)
        sold = sales[:first].sum(axis=3) * float(PORTION)
        return cls(size, world, _imported(recorded, size.seed), offers, tiers, sold, lowest)

    @property
    def timezone(self) -> str:
        """All stores share one clock."""
        return TIMEZONE

    @cached_property
    def _evening(self) -> datetime:
        return start_of_day(self.world.days[0], TIMEZONE)

    def write_past(self, connection: Connection) -> None:
        """Writes what is known in the evening before the first day."""

        def write(entity: type[tables.Base], rows: Sequence[Sequence[Any]], columns: str) -> None:
            write_rows(connection, _table(entity), columns.split(), rows, on_conflict="fail")

        write(tables.WarehouseRow, self.rows["warehouses"], "warehouse_id name city timezone")
        goods = {one.product_id: one for one in self.world.goods}
        products = [
            (product_id, name, goods[product_id].category, subcategory, band, unit, goods[product_id].life_days,
             goods[product_id].price)
            for product_id, name, subcategory, band, unit in self.rows["products"]
        ]  # fmt: skip
        columns = "product_id name category subcategory band unit shelf_life_days list_price"
        write(tables.ProductRow, products, columns)
        farms = sorted({offer[1] for offer in self.offers})
        write(tables.SupplierRow, [(name, name, "farm") for name in farms], "supplier_id name kind")
        write(tables.OfferRow, self.offers, OFFER)
        write(tables.OfferTierRow, self.tiers, "offer_id min_quantity unit_price")
        for entity, columns in ((tables.DailySalesRow, SALES), (tables.DailyAvailabilityRow, AVAILABILITY)):
            write(entity, [row for row in self.rows[entity.__tablename__] if row[3] <= self._evening], columns)
        self.write_news(connection, ALWAYS, self._evening)

    def write_news(self, connection: Connection, after: datetime, until: datetime) -> None:
        """Writes the weather and promotions that became known between two moments."""
        for entity, columns, moment in ((tables.WeatherRow, WEATHER, 2), (tables.PromotionRow, PROMOTION, 3)):
            news = [row for row in self.rows[entity.__tablename__] if after < row[moment] <= until]
            write_rows(connection, _table(entity), columns.split(), news, on_conflict="fail")

    def introduced(self, _day: int) -> NDArray[np.bool_]:
        """Every product is on sale all the time."""
        return np.ones(len(self.world.goods), bool)

    def delivers(self) -> NDArray[np.bool_]:
        """Every farm delivers every day."""
        return np.ones((len(self.world.days), len(self.world.goods)), bool)

    def lowest_prices(self) -> Floats:
        """By product."""
        return self.costs

    def sold_before(self, days: int) -> Floats:
        """What was sold on the last days of the past: day, warehouse, product."""
        return self.sold[-days:]

    def distribution(self, _day: int) -> Floats:
        """Raises NotNow: nobody knows it."""
        raise NotNow("The true distribution of recorded days is not known, so nobody can be told it.")

    def come_true(self, day: int) -> Floats:
        """What will be wanted from a day on: warehouse, product, day, one draw."""
        wanted = self.world.wanted[day : day + AHEAD].sum(axis=3)
        in_units: Floats = wanted.transpose(1, 2, 0)[..., None] * float(PORTION)
        return in_units


def _chosen(size: RecordedSize) -> pa.Table:
    """The rows of the stores that carry most of a city's commonest products, and of the products that all of them
    carry."""
    if not size.sales.is_file():
        raise Invalid("File {sales} was not found.", sales=size.sales, field="data")
    ids = pq.read_table(size.sales, columns=["store_id", "product_id"], filters=[("city_id", "=", size.city)])
    pairs = ids.to_pandas().drop_duplicates()
    common = pairs["product_id"].value_counts().index[: 3 * size.products]
    carried = pairs[pairs["product_id"].isin(common)]
    stores = carried["store_id"].value_counts().index[: size.warehouses].tolist()
    of_these = carried[carried["store_id"].isin(stores)]["product_id"].value_counts()
    products = sorted(of_these.index[of_these == size.warehouses])[: size.products]
    if len(stores) < size.warehouses or not products:
        raise Invalid(
            "City {city} has no {warehouses} stores that carry a product together.",
            city=size.city,
            warehouses=size.warehouses,
            field="data",
        )
    wanted = [("city_id", "=", size.city), ("store_id", "in", stores), ("product_id", "in", products)]
    return pq.read_table(size.sales, columns=list(COLUMNS), filters=wanted)


def _as_arrays(
    recorded: pa.Table,
) -> tuple[NDArray[np.int32], NDArray[np.bool_], list[date], list[str], list[str]]:
    """Sales in portions and what was in stock (day, store, product, hour); days, stores, products in their order."""
    keys = recorded.select(["dt", "store_id", "product_id"]).to_pandas()
    codes, values = zip(*(pd.factorize(keys[name].astype(str), sort=True) for name in keys), strict=True)
    shape = tuple(len(of) for of in values)
    hours = {
        name: np.array(recorded[name].combine_chunks().flatten()).reshape(-1, 24)
        for name in ("hours_sale", "hours_stock_status")
    }
    sales, in_stock = np.zeros((*shape, 24), np.int32), np.zeros((*shape, 24), bool)
    sales[codes] = np.rint(np.maximum(hours["hours_sale"], 0) / float(PORTION))
    in_stock[codes] = hours["hours_stock_status"] == 0
    return sales, in_stock, [date.fromisoformat(day) for day in values[0]], list(values[1]), list(values[2])


def hidden_demand(
    sales: NDArray[np.int32], in_stock: NDArray[np.bool_], random: np.random.Generator
) -> NDArray[np.int32]:
    """Sales of hours in stock as they were; of others, customers drawn around the day's level (Poisson): what its hours
    in stock sold of what they usually sell, or, where these are too few, the level of days around it."""
    usual = (sales * in_stock).sum(axis=(0, 1, 2)) / np.maximum(in_stock.sum(axis=(0, 1, 2)), 1)
    shares = usual / usual.sum()
    exposure = in_stock @ shares
    seen = (sales * in_stock).sum(axis=3) / np.maximum(exposure, LEAST_EXPOSURE)
    level = _level_of_every_day(np.where(exposure >= LEAST_EXPOSURE, seen, np.nan))
    missed = random.poisson(level[..., None] * shares)
    return np.where(in_stock, sales, np.maximum(missed, sales)).astype(np.int32)


def _level_of_every_day(told: Floats) -> Floats:
    """The level by day, store and product, where only some days tell it (NaN: not): else the mean of those that do
    among the last two weeks, the next two weeks, all days, or all stores; what was never in stock anywhere has none."""
    levels = pd.DataFrame(told.reshape(len(told), -1))
    before = levels.rolling(LEVEL_DAYS, min_periods=1).mean().shift(1)
    after = levels[::-1].rolling(LEVEL_DAYS, min_periods=1).mean()[::-1].shift(-1)
    of_store = levels.mean()
    of_product = of_store.groupby(levels.columns % told.shape[2]).transform("mean")
    filled = levels.fillna(before).fillna(after).fillna(of_store).fillna(of_product).fillna(0.0)
    return filled.to_numpy(float).reshape(told.shape)


def _economics(file: Path, products: Sequence[str], random: np.random.Generator) -> tuple[list[Goods], Floats, Floats]:
    """Goods, what a unit costs, and the mean share that is lost, by product: those of an item of the shop drawn for
    it."""
    if not file.is_file():
        raise Invalid("File {file} was not found.", file=file, field="economics")
    rows = pd.read_csv(file)
    if missing := {"product_id", "category", "price", "wholesale_price", "loss_pct"} - set(rows):
        raise Invalid("{name} lacks {missing}.", name=file.name, missing=sorted(missing), field="economics")
    rows = rows[(rows["price"] >= LEAST_PRICE) & (rows["wholesale_price"] > 0)]
    items = rows.groupby("product_id").agg(
        category=("category", "first"),
        price=("price", "median"),
        cost=("wholesale_price", "median"),
        loss=("loss_pct", "median"),
        days=("price", "size"),
    )
    items = items[(items["days"] >= LEAST_DAYS) & (items["price"] > items["cost"])]
    drawn = items.iloc[random.integers(0, len(items), len(products))]
    goods = []
    for product_id, category, price in zip(products, drawn["category"], drawn["price"], strict=True):
        name = LEAF.get(category, OTHERS)
        goods.append(Goods(product_id, name, PORTION, int(random.integers(*LIVES[name])), as_price(float(price))))
    return goods, drawn["cost"].to_numpy(float), drawn["loss"].to_numpy(float) / 100


def _imported(recorded: pa.Table, seed: int) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that the product's importer makes of the file, by table."""
    recorded = recorded.set_column(recorded.schema.get_field_index("dt"), "dt", pc.cast(recorded["dt"], pa.string()))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "chosen.parquet"
        pq.write_table(recorded, file)
        engine = open_database(f"sqlite:///{Path(folder) / 'imported.sqlite'}")
        try:
            upgrade_schema(engine)
            import_freshretailnet(engine, file, weather_forecasts=seed)
            with engine.connect() as connection:
                return dict(_rows(connection))
        finally:
            engine.dispose()


def _rows(connection: Connection) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    for entity, columns in (
        (tables.WarehouseRow, "warehouse_id name city timezone"),
        (tables.ProductRow, "product_id name subcategory band unit"),
        (tables.DailySalesRow, SALES),
        (tables.DailyAvailabilityRow, AVAILABILITY),
        (tables.WeatherRow, WEATHER),
        (tables.PromotionRow, PROMOTION),
    ):
        table = _table(entity)
        query = select(*(table.c[name] for name in columns.split()))
        yield table.name, [tuple(row) for row in connection.execute(query)]


def _table(entity: type[tables.Base]) -> Table:
    return entity.metadata.tables[entity.__tablename__]
