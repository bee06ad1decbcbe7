"""The kept sums of days, added up over two periods by warehouse, category, product or day.

What all warehouses of a currency bought of a product on a day is compared with what was demanded of them together
(`bought_off`), so a region's purchase accuracy is no sum of its warehouses'. For all warehouses it is kept that way
(`ProductDayRow`), and so no answer reads more than a row a product and day; for who sees some warehouses only it is
added up when asked. All else of whole days is added up over warehouses, of which there are fewer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import Session

from data.own_warehouses import own_warehouses
from data.tables import (
    DailySalesRow,
    LineDayRow,
    ProductDayRow,
    ProductRow,
    SumsOfProducts,
    WarehouseDayRow,
    WarehouseRow,
)

OF_PRODUCTS: Final = tuple(SumsOfProducts.__annotations__)
OF_WAREHOUSES: Final = tuple(
    name for name in WarehouseDayRow.__annotations__ if name not in ("date", "warehouse_id", "read_at")
)


class By(StrEnum):
    """What sums are told apart by."""

    WAREHOUSE = "warehouse"
    CATEGORY = "category"
    PRODUCT = "product"
    SUPPLIER = "supplier"  # see `supplier_sums.sums_of_suppliers`
    DAY = "day"


@dataclass(frozen=True)
class Chosen:
    """Of which warehouse, category and product; None: of all."""

    warehouse_id: str | None = None
    category: str | None = None
    product_id: str | None = None

    @property
    def all_products(self) -> bool:
        """Whether it is of all products, so that what belongs to none is part of it."""
        return self.category is None and self.product_id is None


@dataclass(frozen=True)
class TwoPeriods:
    """The days from `first` to `last`, and as many before them."""

    first: date
    last: date

    @property
    def before(self) -> date:
        """The first day of the period before."""
        return self.first - (self.last - self.first) - timedelta(days=1)

    @property
    def days(self) -> list[date]:
        """All days of both."""
        return [self.before + timedelta(days=n) for n in range((self.last - self.before).days + 1)]


@dataclass(frozen=True)
class SumsOf:
    """Sums of a period (`now` or the one before), of a group (None: of all together) and a currency."""

    now: bool
    key: str | date | None
    currency: str
    sums: Mapping[str, float]


def sums_of(session: Session, periods: TwoPeriods, chosen: Chosen, by: By | None = None) -> list[SumsOf]:
    """The sums of products by period, group and currency."""
    source = _source(session, periods, chosen, by)
    if chosen.warehouse_id is not None or not chosen.all_products or by not in (None, By.DAY):
        return _added_up(session, source, periods, chosen, by)
    off = _added_up(session, source, periods, chosen, by, ("bought_off",))
    compared = {(one.now, one.key, one.currency): one.sums for one in off}
    return [
        replace(one, sums={**one.sums, **compared.get((one.now, one.key, one.currency), {})})
        for one in _added_up(session, (WarehouseDayRow, WarehouseRow.currency), periods, chosen, by)
    ]


def _added_up(
    session: Session,
    source: tuple[Any, Any],
    periods: TwoPeriods,
    chosen: Chosen,
    by: By | None,
    names: Sequence[str] = OF_PRODUCTS,
) -> list[SumsOf]:
    """Sums of rows by period, group and the rows' currency."""
    rows, currency = source
    columns = [func.sum(getattr(rows, name)) for name in names]
    now = case((rows.date >= periods.first, 1), else_=0)
    query = select(now, currency, _key(rows, by), *columns).where(*_which(rows, periods, chosen))
    if rows is LineDayRow or rows is WarehouseDayRow:
        query = query.join(WarehouseRow, WarehouseRow.warehouse_id == rows.warehouse_id)
    return _told(session, _joined(query, rows, by).group_by(now, currency, _key(rows, by)), names)


def sums_of_warehouses(
    session: Session, periods: TwoPeriods, warehouse_id: str | None, by: By | None = None
) -> list[SumsOf]:
    """The sums that belong to no product, by period, and by warehouse or day; the currency is empty."""
    row = WarehouseDayRow
    columns = [func.sum(getattr(row, name)) for name in OF_WAREHOUSES]
    now = case((row.date >= periods.first, 1), else_=0)
    key = _key(row, by)
    query = select(now, func.coalesce("", ""), key, *columns).where(row.date.in_(periods.days))
    if warehouse_id is not None:
        query = query.where(row.warehouse_id == warehouse_id)
    return _told(session, query.group_by(now, key), OF_WAREHOUSES)


def together() -> Select[Any]:
    """What all warehouses of a currency come to, by date, product and currency, from their lines."""
    line = LineDayRow
    columns = [func.sum(getattr(line, name)).label(name) for name in OF_PRODUCTS if name != "bought_off"]
    off = func.abs(func.sum(line.bought) - func.sum(line.demanded)).label("bought_off")
    key = line.date, line.product_id, WarehouseRow.currency
    query = select(*key, *columns, off).join(WarehouseRow, WarehouseRow.warehouse_id == line.warehouse_id)
    return query.group_by(*key)


def last_day_kept(session: Session, warehouse_id: str | None = None) -> date | None:
    """The last day that was worked out of a warehouse, or of any."""
    query = select(func.max(WarehouseDayRow.date))
    if warehouse_id is not None:
        query = query.where(WarehouseDayRow.warehouse_id == warehouse_id)
    return session.scalar(query)


def not_kept(session: Session, day: date, warehouse_id: str | None = None) -> list[str]:
    """Warehouses, all or one, that have sales and were not worked out up to a day."""
    place, sales, kept = WarehouseRow, DailySalesRow, WarehouseDayRow
    sold = exists().where(sales.warehouse_id == place.warehouse_id)
    known = exists().where(kept.warehouse_id == place.warehouse_id, kept.date >= day)
    query = select(place.warehouse_id).where(sold, ~known).order_by(place.warehouse_id)
    return list(session.scalars(query if warehouse_id is None else query.where(place.warehouse_id == warehouse_id)))


def days_kept(session: Session, warehouse_id: str) -> set[date]:
    """The days of a warehouse that were worked out."""
    return set(session.scalars(select(WarehouseDayRow.date).where(WarehouseDayRow.warehouse_id == warehouse_id)))


def dearest_lines(session: Session, first: date, last: date, chosen: Chosen, most: int) -> Sequence[Any]:
    """The products of warehouses that lost most money by shortage and waste together: warehouse_id, product_id,
    currency, short_money, waste_money, the dearest first."""
    line = LineDayRow
    short, wasted = func.sum(line.short_money).label("short_money"), func.sum(line.waste_money).label("waste_money")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    query = (
        select(line.warehouse_id, line.product_id, WarehouseRow.currency, short, wasted)
        .join(WarehouseRow, WarehouseRow.warehouse_id == line.warehouse_id)
        .where(line.date.in_(days), *_chosen(line, chosen))
        .group_by(line.warehouse_id, line.product_id, WarehouseRow.currency)
        .having(short + wasted > 0)
        .order_by((short + wasted).desc(), line.warehouse_id, line.product_id)
        .limit(most)
    )
    return session.execute(query).all()


def _source(session: Session, periods: TwoPeriods, chosen: Chosen, by: By | None) -> tuple[Any, Any]:
    """The rows that are added up, each holding all that is asked for, and their currency."""
    of_one = chosen.warehouse_id is not None or by is By.WAREHOUSE
    if of_one and chosen.all_products and by not in (By.CATEGORY, By.PRODUCT):
        return WarehouseDayRow, WarehouseRow.currency
    if of_one:
        return LineDayRow, WarehouseRow.currency
    if own_warehouses(session) is None:
        return ProductDayRow, ProductDayRow.currency
    mine = together().where(LineDayRow.date.in_(periods.days), *_chosen(LineDayRow, chosen)).subquery()
    return mine.c, mine.c.currency


def _which(rows: Any, periods: TwoPeriods, chosen: Chosen) -> list[ColumnElement[bool]]:
    return [rows.date.in_(periods.days), *_chosen(rows, chosen)]


def _chosen(rows: Any, chosen: Chosen) -> list[ColumnElement[bool]]:
    which = []
    if chosen.warehouse_id is not None:
        which.append(rows.warehouse_id == chosen.warehouse_id)
    if chosen.product_id is not None:
        which.append(rows.product_id == chosen.product_id)
    if chosen.category is not None:
        of_category = select(ProductRow.product_id).where(ProductRow.category == chosen.category)
        which.append(rows.product_id.in_(of_category))
    return which


def _key(rows: Any, by: By | None) -> ColumnElement[Any]:
    if by is None:
        return func.coalesce(None, "")
    if by is By.CATEGORY:
        return cast(ColumnElement[Any], ProductRow.category)
    return cast(ColumnElement[Any], getattr(rows, {By.DAY: "date"}.get(by, f"{by}_id")))


def _joined(query: Select[Any], rows: Any, by: By | None) -> Select[Any]:
    return query.join(ProductRow, ProductRow.product_id == rows.product_id) if by is By.CATEGORY else query


def _told(session: Session, query: Select[Any], names: Sequence[str]) -> list[SumsOf]:
    return [
        SumsOf(bool(now), key if key != "" else None, currency, dict(zip(names, map(float, sums), strict=True)))
        for now, currency, key, *sums in session.execute(query)
    ]
