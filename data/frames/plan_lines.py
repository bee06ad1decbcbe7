"""The lines of a purchase plan as pages, API and files show them: one query, filtered, sorted and cut in SQL.

A hundred lines of forty values are read many times a minute, so values come from the database as JSON has them
(numbers, texts), not as decimals, dates and rows of classes that are turned into these afterwards. A test holds each
value to what the mapped row says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Double,
    Integer,
    Select,
    String,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from data.frames.product_names import is_called_like, literally
from data.languages import language_now
from data.own_warehouses import own_warehouses
from data.tables import NameKind, PlanLineRow, ProductRow, SupplierRow, WarehouseRow
from data.tables.names import READ_NOW, called
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
        return self.of_names or self.column in ("delivery_date", "warnings")

    @property
    def of_names(self) -> bool:
        """Whether it is a name, which is another in another language."""
        return self.column in ("product_name", "warehouse_name", "category", "supplier_name")


class LinesShown(StrEnum):
    """Which lines of a plan are shown, by what became of them."""

    ALL = "all"
    TO_BUY = "to_buy"
    EDITED = "edited"
    WARNED = "warned"
    UNWARNED = "unwarned"  # not ordered yet, and nothing speaks against it
    OPEN = "open"  # not ordered yet
    ORDERED = "ordered"


@dataclass(frozen=True)
class LineFilter:
    """Which lines of a plan; what is None narrows nothing. `search` is looked for in the names, ids and
    categories of products, in every language."""

    warehouse_id: str | None = None
    supplier_id: str | None = None
    category: str | None = None
    delivery_date: date | None = None
    warning: str | None = None
    search: str | None = None
    shown: LinesShown = LinesShown.ALL


EVERY_LINE: Final = LineFilter()
NARROWING: Final = ("warehouse_id", "supplier_id", "category", "delivery_date", "warning", "search")
MOST_LINES: Final = 2**31 - 1


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
    """A moment as JSON has it everywhere: `2026-11-22T01:30:00Z`."""

    inherit_cache = True
    name = "as_moment"


class _AsJson(_AsText):
    """A text that is JSON, as a value of a JSON object."""

    inherit_cache = True
    name = "as_json"


class _JsonObject(_AsText):
    """Names and values in turn as the text of a JSON object."""

    inherit_cache = True
    name = "as_json_object"


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
    return f"replace(replace({compiler.process(element.clauses, **kw)}, ' ', 'T'), '.000000', '') || 'Z'"


@compiles(_AsMoment)
def _moment(element: Any, compiler: Any, **kw: Any) -> str:
    at = f"({compiler.process(element.clauses, **kw)}) AT TIME ZONE 'UTC'"
    return f"replace(to_char({at}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '.000000', '') || 'Z'"


@compiles(_AsJson, "sqlite")
def _json_on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json({compiler.process(element.clauses, **kw)})"


@compiles(_AsJson)
def _json(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS JSON)"


@compiles(_JsonObject, "sqlite")
def _object_on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **kw)})"


@compiles(_JsonObject)
def _object(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(json_build_object({compiler.process(element.clauses, **kw)}) AS TEXT)"


def _places(value: Any) -> int:
    kind = value.type
    return kind.places if isinstance(kind, Exact) else 0


COST: Final = type_coerce(PlanLineRow.quantity * PlanLineRow.unit_price, Exact(7))
CHANGE: Final = type_coerce(PlanLineRow.quantity - PlanLineRow.previous_quantity, PlanLineRow.quantity.type)
# what has no number sorts below all that have one; some are negative
OF_NO_NUMBER: Final[ColumnElement[Any]] = literal_column("-1000000000000.0")
TEXTS: Final = ("delivery_date", "covers_from", "covers_until", "edit_reason_code", "reasons")
JOINED: Final[Mapping[str, Any]] = {
    "product_name": ProductRow.name,
    "category": ProductRow.category,
    "unit": ProductRow.unit,
    "supplier_name": SupplierRow.name,
    "warehouse_name": WarehouseRow.name,
    "currency": WarehouseRow.currency,
}
CATEGORY_NAME: Final = called(NameKind.CATEGORIES, ProductRow.category, ProductRow.category)
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
    "days_of_cover",
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
    chosen: LineFilter = EVERY_LINE,
    sort: LineSort = LineSort.LINE_NO,
    *,
    after: tuple[Any, int] | None = None,
    skip: int = 0,
    limit: int = MOST_LINES,
) -> list[Line]:
    """Lines by name of value, in order; `after` is the (sort value, line number) of the last one seen (`key_of`).

    `reasons` is JSON text, everything else as JSON has it; `warnings` is a list of codes; `change` is the quantity
    less that of the plan of an earlier day."""
    values = _values(plan_id, chosen) | _place(after, skip, limit)
    return [_line(row) for row in _asked(session, _Question("lines", sort, after is not None), chosen, values)]


class LineAsJson(NamedTuple):
    """A line as the text of a JSON object, what it was sorted by and its number: by these two the lines after it are
    asked for."""

    json: str
    sorted_by: Any
    line_no: int


def read_lines_as_json(
    session: Session,
    plan_id: str,
    chosen: LineFilter = EVERY_LINE,
    sort: LineSort = LineSort.LINE_NO,
    *,
    after: tuple[Any, int] | None = None,
    limit: int = MOST_LINES,
) -> list[LineAsJson]:
    """The same lines as `read_lines`, put into JSON by the database, which is faster than any Python."""
    values = _values(plan_id, chosen) | _place(after, 0, limit)
    return [LineAsJson(*row) for row in _asked(session, _Question("json", sort, after is not None), chosen, values)]


def count_lines(session: Session, plan_id: str, chosen: LineFilter = EVERY_LINE) -> int:
    """How many lines there are of these."""
    [[count]] = _asked(session, _Question("count"), chosen, _values(plan_id, chosen))
    return int(count)


def line_numbers(session: Session, plan_id: str, chosen: LineFilter) -> list[int]:
    """The numbers of the lines of these, ascending."""
    return [number for [number] in _asked(session, _Question("numbers"), chosen, _values(plan_id, chosen))]


def lines_around(
    session: Session, plan_id: str, chosen: LineFilter, sort: LineSort, line_no: int
) -> tuple[int | None, int | None]:
    """The numbers of the lines before and after one, of these in this order; (None, None) if it is not among them."""
    numbers = [number for [number] in _asked(session, _Question("ordered", sort), chosen, _values(plan_id, chosen))]
    if line_no not in numbers:
        return None, None
    at = numbers.index(line_no)
    return (numbers[at - 1] if at > 0 else None), (numbers[at + 1] if at + 1 < len(numbers) else None)


@dataclass(frozen=True)
class _Question:
    """What is asked of lines, in which order, and whether from one of them on."""

    what: Literal["lines", "json", "count", "numbers", "ordered"]
    sort: LineSort = LineSort.LINE_NO
    goes_on: bool = False


@dataclass(frozen=True)
class _Sql:
    """A question in a database's own words, and the names of its values; `by_place` where its driver takes them so."""

    text: str
    names: tuple[str, ...]
    by_place: bool

    def given(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        if self.by_place:
            return tuple(values[name] for name in self.names)
        return {name: values[name] for name in self.names}


def _asked(session: Session, question: _Question, chosen: LineFilter, values: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of a question. Its SQL is written once, which for forty columns takes longer than the database does; so
    what a session may see is asked for here, and not left to the session."""
    own = own_warehouses(session)
    seen = None if own is None else sorted(own) or [""]  # no warehouse has that name
    narrowed = tuple(name for name in NARROWING if getattr(chosen, name))
    connection = session.connection()
    sql = _sql(connection.dialect, question, narrowed, chosen.shown, None if seen is None else len(seen))
    values = {**values, **{f"own_{number}": name for number, name in enumerate(seen or ())}}
    return connection.exec_driver_sql(sql.text, sql.given(values)).fetchall()


def _values(plan_id: str, chosen: LineFilter) -> dict[str, Any]:
    return {
        "plan_id": plan_id,
        "warehouse_id": chosen.warehouse_id,
        "supplier_id": chosen.supplier_id,
        "category": chosen.category,
        "delivery_date": None if chosen.delivery_date is None else chosen.delivery_date.isoformat(),
        "warning": f"% {literally(chosen.warning)} %",
        "search": f"%{literally(chosen.search).lower()}%",
        READ_NOW.key: language_now().value,
    }


def _place(after: tuple[Any, int] | None, skip: int, limit: int) -> dict[str, Any]:
    place = {"skip": skip, "limit": limit}
    return place if after is None else place | {"after_value": after[0], "after_line": after[1]}


@lru_cache(maxsize=512)
def _sql(dialect: Dialect, question: _Question, narrowed: tuple[str, ...], shown: LinesShown, own: int | None) -> _Sql:
    """The SQL of a question to so many warehouses of one's own (None: all)."""
    found = func.count() if question.what == "count" else PlanLineRow.line_no
    query: Select[Any] = select(found).select_from(PlanLineRow).where(PlanLineRow.plan_id == bindparam("plan_id"))
    query = query.where(*map(_narrowing, narrowed), *_shown(shown))
    if "category" in narrowed or question.sort.column in ("product_name", "category"):
        query = query.join(ProductRow, ProductRow.product_id == PlanLineRow.product_id)
    if own is not None:
        query = query.where(PlanLineRow.warehouse_id.in_([bindparam(f"own_{number}") for number in range(own)]))
    if question.what == "numbers":
        query = query.order_by(PlanLineRow.line_no)
    if question.what == "ordered":
        query = _in_order(query, question)
    if question.what in ("lines", "json"):
        query = _in_full(_cut(query, question), question)
    compiled: Any = query.compile(dialect=dialect)
    by_place = compiled.positiontup is not None
    return _Sql(str(compiled), tuple(compiled.positiontup if by_place else compiled.params), by_place)


def _cut(numbers: Select[Any], question: _Question) -> Select[Any]:
    """The numbers of the lines of a page: they are found in an index, which is a tenth of the lines themselves."""
    column = _sorted_by(question.sort)
    if question.goes_on:
        value = bindparam("after_value", type_=String() if question.sort.of_texts else Double())
        further = column < value if question.sort.descending else column > value
        from_there_on = column <= value if question.sort.descending else column >= value  # where an index is searched
        numbers = numbers.where(from_there_on, or_(further, PlanLineRow.line_no > bindparam("after_line")))
    numbers = _in_order(numbers, question)
    return numbers.offset(bindparam("skip", type_=Integer())).limit(bindparam("limit", type_=Integer()))


def _in_order(numbers: Select[Any], question: _Question) -> Select[Any]:
    column = _sorted_by(question.sort)
    if question.sort.column == "supplier_name":
        numbers = numbers.outerjoin(SupplierRow, SupplierRow.supplier_id == PlanLineRow.supplier_id)
    if question.sort.column == "warehouse_name":
        numbers = numbers.join(WarehouseRow, WarehouseRow.warehouse_id == PlanLineRow.warehouse_id)
    return numbers.order_by(column.desc() if question.sort.descending else column, PlanLineRow.line_no)


def _in_full(numbers: Select[Any], question: _Question) -> Select[Any]:
    column = _sorted_by(question.sort)
    of_line: list[Any] = [_plain(getattr(PlanLineRow, name), name) for name in OF_THE_LINE]
    values = [*of_line, *(_plain(joined, name) for name, joined in JOINED.items()), _AsNumber(COST), _AsNumber(CHANGE)]
    asked = values if question.what == "lines" else [_json_object(values), column, PlanLineRow.line_no]
    return (
        select(*asked)
        .select_from(PlanLineRow)
        .join(ProductRow, ProductRow.product_id == PlanLineRow.product_id)
        .join(WarehouseRow, WarehouseRow.warehouse_id == PlanLineRow.warehouse_id)
        .outerjoin(SupplierRow, SupplierRow.supplier_id == PlanLineRow.supplier_id)
        .where(PlanLineRow.plan_id == bindparam("plan_id"), PlanLineRow.line_no.in_(numbers.correlate(None)))
        .order_by(column.desc() if question.sort.descending else column, PlanLineRow.line_no)
    )


def _json_object(values: Sequence[Any]) -> ColumnElement[Any]:
    """Values by their NAMES as a JSON object."""
    in_json = {"reasons": _AsJson, "warnings": lambda codes: _AsJson(_codes_as_json(codes))}
    named: Iterator[tuple[Any, Any]] = (
        (literal_column(f"'{name}'"), in_json[name](value) if name in in_json else value)
        for name, value in zip(NAMES, values, strict=True)
    )
    return _JsonObject(*(part for pair in named for part in pair))


def _codes_as_json(codes: Any) -> ColumnElement[Any]:
    """` a  b ` as `["a","b"]`."""
    quoted = func.replace(func.trim(codes), literal_column("'  '"), literal_column("""'","'"""))
    joined = literal_column("""'["'""").concat(quoted).concat(literal_column("""'"]'"""))
    return case((codes == literal_column("''"), literal_column("'[]'")), else_=joined)


def _plain(column: Any, name: str) -> Any:
    if isinstance(column.type, Exact):
        return _AsNumber(column)
    if isinstance(column.type, Moment):
        return _AsMoment(column)
    return _AsText(column) if name in (*TEXTS, "unit") else column


def _sorted_by(sort: LineSort) -> ColumnElement[Any]:
    name = sort.column
    if name == "category":
        return CATEGORY_NAME
    if name in ("cost", "change"):
        return func.coalesce(_AsNumber(COST if name == "cost" else CHANGE), OF_NO_NUMBER)
    if name in JOINED:
        return func.coalesce(JOINED[name], literal_column("''"))
    column: Any = getattr(PlanLineRow, name)
    if isinstance(column.type, Exact):
        return func.coalesce(_AsNumber(column), OF_NO_NUMBER)
    sorted_by: ColumnElement[Any] = _AsText(column) if name in TEXTS else column
    return sorted_by


def _narrowing(name: str) -> ColumnElement[bool]:
    """The condition of a filter by this name of LineFilter."""
    value = bindparam(name, type_=String())
    if name == "warning":
        return PlanLineRow.warnings.like(value, escape="/")
    if name == "search":
        return PlanLineRow.product_id.in_(select(ProductRow.product_id).where(is_called_like(value)))
    if name == "category":
        return ProductRow.category == value
    column = getattr(PlanLineRow, name)
    condition: ColumnElement[bool] = _AsText(column) == value if name in TEXTS else column == value
    return condition


def _shown(shown: LinesShown) -> Sequence[ColumnElement[bool]]:
    line = PlanLineRow
    conditions: Mapping[LinesShown, Sequence[ColumnElement[bool]]] = {
        LinesShown.ALL: (),
        LinesShown.TO_BUY: (or_(line.quantity > literal_column("0"), line.edited_at.is_not(None)),),
        LinesShown.EDITED: (line.edited_at.is_not(None),),
        LinesShown.WARNED: (line.warnings != literal_column("''"),),
        LinesShown.UNWARNED: (line.warnings == literal_column("''"), line.approved_at.is_(None)),
        LinesShown.OPEN: (line.approved_at.is_(None),),
        LinesShown.ORDERED: (line.approved_at.is_not(None),),
    }
    return conditions[shown]


def _line(row: Any) -> Line:
    line = dict(zip(NAMES, row, strict=True))
    line["warnings"] = line["warnings"].split()
    return line
