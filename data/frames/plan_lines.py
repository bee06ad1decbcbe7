"""The lines of a purchase plan as pages, API and files show them: one query, filtered, sorted and cut in SQL.

A hundred lines of forty values are read many times a minute, so values come from the database as JSON has them
(numbers, texts), not as decimals, dates and rows of classes that are turned into these afterwards. A test holds each
value to what the mapped row says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Double, Select, String, and_, func, or_, select, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.functions import FunctionElement

from data.tables import PlanLineRow, ProductRow, SupplierRow, WarehouseRow
from data.tables.types import Exact, Moment

Line = dict[str, Any]


class LineSort(StrEnum):
    """What lines are sorted by: a `-` before it is the highest first."""

    LINE_NO = "line_no"
    AT_RISK = "-at_risk"
    AT_RISK_LEAST = "at_risk"
    PRODUCT = "product_name"
    PRODUCT_LAST = "-product_name"
    WAREHOUSE = "warehouse_name"
    WAREHOUSE_LAST = "-warehouse_name"
    CATEGORY = "category"
    CATEGORY_LAST = "-category"
    SUPPLIER = "supplier_name"
    SUPPLIER_LAST = "-supplier_name"
    DELIVERY = "delivery_date"
    DELIVERY_LAST = "-delivery_date"
    FORECAST = "forecast_mean"
    FORECAST_MOST = "-forecast_mean"
    STOCK = "usable_stock"
    STOCK_MOST = "-usable_stock"
    QUANTITY = "quantity"
    QUANTITY_MOST = "-quantity"
    PRICE = "unit_price"
    PRICE_MOST = "-unit_price"
    COST = "cost"
    COST_MOST = "-cost"
    SHORT = "at_risk_short"
    SHORT_MOST = "-at_risk_short"
    WASTED = "at_risk_waste"
    WASTED_MOST = "-at_risk_waste"
    PACK_MORE = "one_pack_more"
    PACK_MORE_MOST = "-one_pack_more"
    PACK_LESS = "one_pack_less"
    PACK_LESS_MOST = "-one_pack_less"
    CHANGE = "change"
    CHANGE_MOST = "-change"
    WARNINGS = "warnings"
    WARNINGS_FIRST = "-warnings"

    @property
    def descending(self) -> bool:
        """Whether the highest comes first."""
        return self.value.startswith("-")

    @property
    def column(self) -> str:
        """The value that lines are sorted by."""
        return self.value.removeprefix("-")

    @property
    def of_texts(self) -> bool:
        """Whether that is a text, or a day as its text; else it is a number."""
        texts = ("product_name", "warehouse_name", "category", "supplier_name", "delivery_date", "warnings")
        return self.column in texts


class LinesShown(StrEnum):
    """Which lines of a plan are shown, by what became of them."""

    ALL = "all"
    TO_BUY = "to_buy"
    EDITED = "edited"
    WARNED = "warned"
    OPEN = "open"  # not ordered yet
    ORDERED = "ordered"


@dataclass(frozen=True)
class LineFilter:
    """Which lines of a plan; what is None narrows nothing. `search` is looked for in names, ids and categories."""

    warehouse_id: str | None = None
    supplier_id: str | None = None
    category: str | None = None
    delivery_date: date | None = None
    warning: str | None = None
    search: str | None = None
    shown: LinesShown = LinesShown.ALL


class _AsNumber(FunctionElement[float]):
    """An exact decimal as a double, the nearest there is."""

    type = Double()
    inherit_cache = True
    name = "as_number"


class _AsText(FunctionElement[str]):
    """A value as its text: a day, JSON, a kind."""

    type = String()
    inherit_cache = True
    name = "as_text"


class _AsMoment(_AsText):
    """A moment as its text in UTC, to the microsecond."""

    inherit_cache = True
    name = "as_moment"


@compiles(_AsNumber, "sqlite")
def _number_on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    [value] = element.clauses
    return f"(({compiler.process(value, **kw)}) / {10.0 ** _places(value)!r})"


@compiles(_AsNumber)
def _number(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS DOUBLE PRECISION)"


@compiles(_AsText, "sqlite")
def _text_on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(_AsText)
def _text(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS TEXT)"


@compiles(_AsMoment, "sqlite")
def _moment_on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(_AsMoment)
def _moment(element: Any, compiler: Any, **kw: Any) -> str:
    at = f"({compiler.process(element.clauses, **kw)}) AT TIME ZONE 'UTC'"
    return f"to_char({at}, 'YYYY-MM-DD HH24:MI:SS.US')"


def _places(value: Any) -> int:
    kind = value.type
    return kind.places if isinstance(kind, Exact) else 0


COST: Final = type_coerce(PlanLineRow.quantity * PlanLineRow.unit_price, Exact(7))
CHANGE: Final = type_coerce(PlanLineRow.quantity - PlanLineRow.previous_quantity, PlanLineRow.quantity.type)
OF_NO_NUMBER: Final = -1e12  # sorts what has no number below all that have one; some are negative
TEXTS: Final = ("delivery_date", "covers_from", "covers_until", "edit_reason_code", "reasons")
JOINED: Final[Mapping[str, InstrumentedAttribute[Any]]] = {
    "product_name": ProductRow.name,
    "category": ProductRow.category,
    "unit": ProductRow.unit,
    "supplier_name": SupplierRow.name,
    "warehouse_name": WarehouseRow.name,
    "currency": WarehouseRow.currency,
}
OF_THE_LINE: Final = (
    "plan_id",
    "line_no",
    "warehouse_id",
    "product_id",
    "supplier_id",
    "offer_id",
    "delivery_date",
    "order_by",
    "covers_from",
    "covers_until",
    "forecast_mean",
    "forecast_q10",
    "forecast_q50",
    "forecast_q90",
    "usable_stock",
    "on_order",
    "pack_size",
    "planned_quantity",
    "quantity",
    "unit_price",
    "expected_shortage",
    "expected_waste",
    "share_accepted",
    "at_risk",
    "at_risk_short",
    "at_risk_waste",
    "one_pack_more",
    "one_pack_less",
    "previous_quantity",
    "previous_forecast_mean",
    "version",
    "reasons",
    "warnings",
    "edit_reason_code",
    "edit_reason",
    "edited_by",
    "edited_at",
    "approved_at",
    "approved_by",
)
NAMES: Final = (*OF_THE_LINE, *JOINED, "cost", "change")


def read_lines(
    session: Session,
    plan_id: str,
    chosen: LineFilter = LineFilter(),
    sort: LineSort = LineSort.LINE_NO,
    *,
    after: tuple[Any, int] | None = None,
    skip: int = 0,
    limit: int | None = None,
) -> list[Line]:
    """Lines by name of value, in order; `after` is the (sort value, line number) of the last one seen (`key_of`).

    `reasons` is JSON text, everything else as JSON has it; `warnings` is a list of codes and `days_of_cover` is for how
    many days of the forecast stock, what is under way and the quantity last together (None: nothing is wanted);
    `change` is the quantity less that of the plan of an earlier day."""
    query = _select().where(*_conditions(plan_id, chosen))
    column = _sorted_by(sort)
    if after is not None:
        value, line_no = after
        further = column < value if sort.descending else column > value
        query = query.where(or_(further, and_(column == value, PlanLineRow.line_no > line_no)))
    query = query.order_by(column.desc() if sort.descending else column, PlanLineRow.line_no)
    found = session.execute(query.offset(skip or None).limit(limit))
    return [_line(row) for row in found]


def key_of(line: Line, sort: LineSort) -> tuple[Any, int]:
    """What the lines after this one are asked for by."""
    value = line[sort.column]
    if value is None:
        value = "" if sort.of_texts else OF_NO_NUMBER
    if sort.column == "warnings":
        value = "".join(f" {code} " for code in value)
    return value, line["line_no"]


def count_lines(session: Session, plan_id: str, chosen: LineFilter = LineFilter()) -> int:
    """How many lines there are of these."""
    query = (
        select(func.count()).select_from(PlanLineRow).join(ProductRow, ProductRow.product_id == PlanLineRow.product_id)
    )
    return session.scalar(query.where(*_conditions(plan_id, chosen))) or 0


def lines_around(
    session: Session, plan_id: str, chosen: LineFilter, sort: LineSort, line_no: int
) -> tuple[int | None, int | None]:
    """The numbers of the lines before and after one, of these in this order; (None, None) if it is not among them."""
    column = _sorted_by(sort)
    order = (column.desc() if sort.descending else column, PlanLineRow.line_no)
    number = PlanLineRow.line_no
    lines = _joined(
        select(number, func.lag(number).over(order_by=order), func.lead(number).over(order_by=order))
    ).where(*_conditions(plan_id, chosen))
    found = lines.subquery()
    row = session.execute(select(found).where(found.c.line_no == line_no)).first()
    return (row[1], row[2]) if row else (None, None)


def line_numbers(session: Session, plan_id: str, chosen: LineFilter, *, without_warnings: bool = False) -> list[int]:
    """The numbers of the lines of these, ascending; those that nothing speaks against."""
    query = select(PlanLineRow.line_no).join(ProductRow, ProductRow.product_id == PlanLineRow.product_id)
    query = query.where(*_conditions(plan_id, chosen))
    if without_warnings:
        query = query.where(PlanLineRow.warnings == "")
    return list(session.scalars(query.order_by(PlanLineRow.line_no)))


@lru_cache(maxsize=1)
def _select() -> Select[Any]:
    columns = [_plain(getattr(PlanLineRow, name), name) for name in OF_THE_LINE]
    columns += [_plain(column, name) for name, column in JOINED.items()]
    return _joined(select(*columns, _AsNumber(COST).label("cost"), _AsNumber(CHANGE).label("change")))


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(ProductRow, ProductRow.product_id == PlanLineRow.product_id)
        .join(WarehouseRow, WarehouseRow.warehouse_id == PlanLineRow.warehouse_id)
        .outerjoin(SupplierRow, SupplierRow.supplier_id == PlanLineRow.supplier_id)
    )


def _plain(column: Any, name: str) -> ColumnElement[Any]:
    if isinstance(column.type, Exact):
        return _AsNumber(column).label(name)
    if isinstance(column.type, Moment):
        return _AsMoment(column).label(name)
    return _AsText(column).label(name) if name in (*TEXTS, "unit") else column.label(name)


def _sorted_by(sort: LineSort) -> ColumnElement[Any]:
    name = sort.column
    if name in ("cost", "change"):
        return func.coalesce(_AsNumber(COST if name == "cost" else CHANGE), OF_NO_NUMBER)
    if name in JOINED:
        return func.coalesce(JOINED[name], "")
    column = getattr(PlanLineRow, name)
    if isinstance(column.type, Exact):
        return func.coalesce(_AsNumber(column), OF_NO_NUMBER)
    return _AsText(column) if name in TEXTS else column


def _conditions(plan_id: str, chosen: LineFilter) -> Sequence[ColumnElement[bool]]:
    line = PlanLineRow
    found: list[ColumnElement[bool]] = [line.plan_id == plan_id]
    if chosen.warehouse_id is not None:
        found.append(line.warehouse_id == chosen.warehouse_id)
    if chosen.supplier_id is not None:
        found.append(line.supplier_id == chosen.supplier_id)
    if chosen.category is not None:
        found.append(ProductRow.category == chosen.category)
    if chosen.delivery_date is not None:
        found.append(line.delivery_date == chosen.delivery_date)
    if chosen.warning is not None:
        found.append(line.warnings.contains(f" {chosen.warning} ", autoescape=True))
    if chosen.search:
        looked_in = (ProductRow.name, ProductRow.product_id, ProductRow.category)
        found.append(or_(*(column.icontains(chosen.search, autoescape=True) for column in looked_in)))
    match chosen.shown:
        case LinesShown.TO_BUY:
            found.append(or_(line.quantity > 0, line.edited_at.is_not(None)))
        case LinesShown.EDITED:
            found.append(line.edited_at.is_not(None))
        case LinesShown.WARNED:
            found.append(line.warnings != "")
        case LinesShown.OPEN:
            found.append(line.approved_at.is_(None))
        case LinesShown.ORDERED:
            found.append(line.approved_at.is_not(None))
    return found


def _line(row: Any) -> Line:
    line = dict(zip(NAMES, row, strict=True))
    for name in ("order_by", "edited_at", "approved_at"):
        if line[name] is not None:
            line[name] = _iso(line[name])
    line["warnings"] = line["warnings"].split()
    share = line.pop("share_accepted")
    days = _days(line["covers_from"], line["covers_until"])
    there = line["usable_stock"] + line["on_order"] + line["quantity"] * share
    wanted = line["forecast_mean"]
    line["days_of_cover"] = round(there * days / wanted, 1) if wanted > 0 else None
    return line


@lru_cache(maxsize=4096)
def _iso(text: str) -> str:
    """`2026-11-22 01:30:00.000000` as `2026-11-22T01:30:00Z`, as JSON has moments everywhere."""
    return text.replace(" ", "T").removesuffix(".000000") + "Z"


@lru_cache(maxsize=4096)
def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
