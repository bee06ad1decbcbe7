"""The morning report: figures of a period beside the period before and their targets, by warehouse, category,
product, supplier or day, and the lines that lost most money. Page, API and CSV show this one report, so they tell the
same numbers.

Ratios are made of sums over all currencies; money, and what is made of it, is told by currency.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.worth.sums import (
    By,
    Chosen,
    SumsOf,
    TwoPeriods,
    dearest_lines,
    last_day_kept,
    not_kept,
    sums_of,
    sums_of_warehouses,
)
from data.frames.worth.supplier_sums import sums_of_suppliers
from data.tables import NameKind, ProductRow, SupplierRow, WarehouseRow
from data.tables.names import names_of
from flows.errors import Invalid, NotNow
from flows.reports.morning.targets import targets_known_at
from flows.reports.what_is_named import require_what_is_named
from flows.this_century import require_this_century
from warehouse.worth.measures import Measures, total
from warehouse.worth.morning_figures import FIGURES, Figure

DEAREST: Final = 5
ALL: Final = Chosen()
OF_WHOLE_DAYS: Final = (None, By.WAREHOUSE, By.DAY)  # groups that have what belongs to no product
Place = tuple[float, str]  # where a group stands: the dearest first, days in their order


class Period(StrEnum):
    """How many days together."""

    DAY = "day"
    WEEK = "week"
    FOUR_WEEKS = "4weeks"

    @property
    def days(self) -> int:
        """How many."""
        return {Period.DAY: 1, Period.WEEK: 7, Period.FOUR_WEEKS: 28}[self]


@dataclass(frozen=True)
class Asked:
    """What is asked for: the period that ends on `until` (None: on the last day that is kept), of what, told apart by
    what; of the groups `most` (None: all) that come `after` a place."""

    period: Period = Period.DAY
    until: date | None = None
    chosen: Chosen = ALL
    by: By = By.WAREHOUSE
    most: int | None = None
    after: Place | None = None


@dataclass(frozen=True)
class Told:
    """A figure: what it came to, what it had come to in the period before, and what it should come to. None: not
    known, or no target. `currency` is None where it is not money."""

    figure: Figure
    currency: str | None
    value: float | None
    before: float | None
    target: float | None


@dataclass(frozen=True)
class Group:
    """A warehouse, category, product, supplier or day with its name and figures. The key of what names no supplier is
    empty."""

    key: str
    name: str
    told: Sequence[Told]


@dataclass(frozen=True)
class DearLine:
    """A product in a warehouse that lost money on the last day, by running out and by being thrown away."""

    warehouse_id: str
    warehouse: str
    product_id: str
    product: str
    currency: str
    short_money: float
    waste_money: float


@dataclass(frozen=True)
class MorningReport:
    """The report. `groups` are those asked for of `groups_in_all`; `following` is the place of the last of them where
    others come after it. `lacking` are warehouses whose last day is not added up yet, and so not told."""

    asked: Asked
    periods: TwoPeriods
    told: Sequence[Told]
    groups: Sequence[Group]
    groups_in_all: int
    following: Place | None
    dearest: Sequence[DearLine]
    lacking: Sequence[str]


Key = str | date | None
# by group, now and before: the sums by currency
Gathered = dict[Key, tuple[dict[str, Measures], dict[str, Measures]]]


def morning_report(session: Session, asked: Asked, now: datetime) -> MorningReport:
    """The report as it is known now. Raises NotNow where no day has been worked out, Unknown, Invalid."""
    _check(session, asked)
    until = asked.until or last_day_kept(session, asked.chosen.warehouse_id)
    if until is None:
        raise NotNow("No day has been added up yet. Run: freshfront report days")
    periods = TwoPeriods(until - timedelta(days=asked.period.days - 1), until)
    targets = targets_known_at(session, now)
    overall = _gathered(session, periods, asked.chosen, None)
    groups = _gathered(session, periods, asked.chosen, asked.by)
    places = sorted((_place(asked.by, key, now_of), key) for key, (now_of, _) in groups.items())
    left = [one for one in places if asked.after is None or one[0] > asked.after]
    shown = left[: asked.most]
    names = _names(session, asked.by, [key for _, key in shown])
    return MorningReport(
        asked,
        periods,
        _told(_figures(asked.chosen, None), *overall.get(None, ({}, {})), targets),
        [
            Group(str(key), names.get(key, str(key)), _told(_figures(asked.chosen, asked.by), *groups[key], targets))
            for _, key in shown
        ],
        len(groups),
        shown[-1][0] if len(left) > len(shown) > 0 else None,
        _dearest(session, periods, asked.chosen),
        not_kept(session, until, asked.chosen.warehouse_id),
    )


def _check(session: Session, asked: Asked) -> None:
    """Raises Unknown for what there is not, Invalid for a day that no report tells of."""
    chosen = asked.chosen
    require_this_century(asked.until, "until")
    require_what_is_named(session, chosen.warehouse_id, chosen.category, chosen.product_id)
    if asked.by is By.SUPPLIER and not chosen.all_products:
        raise Invalid("By supplier all products are told together: leave out category and product.", field="by")


def _figures(chosen: Chosen, by: By | None) -> list[Figure]:
    """Those that can be told: of suppliers only what came of theirs, of products nothing that is of none."""
    if by is By.SUPPLIER:
        return [one for one in FIGURES if one.by_supplier]
    of_warehouses = chosen.all_products and by in OF_WHOLE_DAYS
    return [one for one in FIGURES if of_warehouses or not one.of_warehouses]


def _gathered(session: Session, periods: TwoPeriods, chosen: Chosen, by: By | None) -> Gathered:
    """The sums of products, and of warehouses where all products are asked for, or those of suppliers, by group,
    period and currency."""
    found: Gathered = {}
    if by is By.SUPPLIER:
        _gather(found, sums_of_suppliers(session, periods, chosen.warehouse_id), by, periods)
        return found
    of_products = sums_of(session, periods, chosen, by)
    _gather(found, of_products, by, periods)
    if chosen.all_products and by in OF_WHOLE_DAYS:
        _gather(found, sums_of_warehouses(session, periods, chosen.warehouse_id, by), by, periods)
    return found


def _gather(found: Gathered, rows: Iterable[SumsOf], by: By | None, periods: TwoPeriods) -> None:
    """Of a day, what was before is the day as far back as the period is long."""
    for row in rows:
        key = row.key
        if by is By.DAY and not row.now and isinstance(key, date):
            key += periods.first - periods.before
        by_currency = found.setdefault(key, ({}, {}))[0 if row.now else 1]
        sums = Measures.of(row.sums)
        by_currency[row.currency] = by_currency[row.currency] + sums if row.currency in by_currency else sums


def _told(
    figures: Sequence[Figure],
    now: Mapping[str, Measures],
    before: Mapping[str, Measures],
    targets: Mapping[str, float],
) -> list[Told]:
    told = []
    both = total(now.values()), total(before.values())
    currencies = sorted((now.keys() | before.keys()) - {""})
    for figure in figures:
        target = targets.get(figure.name)
        if not figure.by_currency:
            told.append(Told(figure, None, _value(figure, both[0]), _value(figure, both[1]), target))
            continue
        for currency in currencies:
            then, since = (_value(figure, of.get(currency, Measures())) for of in (before, now))
            told.append(Told(figure, currency, since, then, target))
    return told


def _value(figure: Figure, sums: Measures) -> float | None:
    """Nothing is known of a period without a day."""
    return figure.value(sums) if sums.days or figure.of_warehouses else None


def _names(session: Session, by: By, keys: Iterable[Key]) -> dict[Key, str]:
    """Of all but days: what these are called is what they are."""
    if by is By.WAREHOUSE:
        places = select(WarehouseRow.warehouse_id, WarehouseRow.name).where(WarehouseRow.warehouse_id.in_(list(keys)))
        return {key: name for key, name in session.execute(places)}  # noqa: C416 - a dict of wider keys
    if by is By.PRODUCT:
        goods = select(ProductRow.product_id, ProductRow.name).where(ProductRow.product_id.in_(list(keys)))
        return {key: name for key, name in session.execute(goods)}  # noqa: C416
    if by is By.SUPPLIER:
        farms = select(SupplierRow.supplier_id, SupplierRow.name).where(SupplierRow.supplier_id.in_(list(keys)))
        return {key: name for key, name in session.execute(farms)}  # noqa: C416
    if by is By.CATEGORY:
        names = names_of(session, NameKind.CATEGORIES)
        return {key: names[str(key)] for key in keys}
    return {}


def _place(by: By, key: Key, sums: Mapping[str, Measures]) -> Place:
    lost = 0.0 if by is By.DAY else sum(one.short_money + one.waste_money for one in sums.values())
    return -lost, str(key)


def _dearest(session: Session, periods: TwoPeriods, chosen: Chosen) -> list[DearLine]:
    lines = dearest_lines(session, periods.last, periods.last, chosen, DEAREST)
    warehouses = _names(session, By.WAREHOUSE, {line.warehouse_id for line in lines})
    products = _names(session, By.PRODUCT, {line.product_id for line in lines})
    return [
        DearLine(
            line.warehouse_id,
            warehouses[line.warehouse_id],
            line.product_id,
            products[line.product_id],
            line.currency,
            line.short_money,
            line.waste_money,
        )
        for line in lines
    ]
