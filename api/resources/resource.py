"""What a kind of thing that can be read is: where it stands, what is shown of it, by what it is named, filtered and
sorted. The routes, the reading and the description are made from this declaration alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from api.security import Scope
from api.values import Day, Identifier, Moment
from data.tables import Language, Named

Columns = Sequence[InstrumentedAttribute[Any]]
Condition = Callable[[Any], ColumnElement[bool]]
MOST_IDS = 100
Names = Annotated[
    dict[Language, str], Field(description="what it is called in a language, in place of its name, where it has names")
]


@dataclass(frozen=True)
class Filter:
    """A query parameter that leaves only some rows in a list: its name, the type of its value, what it means, and which
    rows stay."""

    name: str
    type: Any
    what: str
    stays: Condition


@dataclass(frozen=True)
class Resource:
    """A kind of thing that can be read, at `/v1/<path>` and `/v1/<path>/<key>`.

    `key` are the columns whose values name one thing, in the order in which lists come unless they are sorted; each
    column of `sorts` sorts lists too, and is never null. `sorted_by` is how a list comes that asks for no order.
    `latest` says which rows are shown of a table that keeps earlier versions. `shown` is filled from the row. `all_of`
    are all ids of the key's first column, for large tables: of each of them a range is looked up, where a search
    through all would cost what there ever was."""

    path: str
    one: str  # its name in a sentence and, with underscores, in operation ids
    many: str
    what: str
    tag: str
    row: Any
    shown: type[BaseModel]
    key: Columns
    filters: Sequence[Filter]
    sorts: Columns = ()
    sorted_by: str | None = None
    scope: Scope = Scope.READ
    latest: Callable[[], ColumnElement[bool]] | None = None
    all_of: InstrumentedAttribute[Any] | None = None
    also: Callable[[Any], dict[str, Any]] = field(default=lambda row: {})  # what is shown that the row does not say
    one_is_told_elsewhere: bool = False  # another route shows one of them
    listed_as: str | None = None  # the operation id of its list, where another list has the name

    @property
    def orders(self) -> dict[str, InstrumentedAttribute[Any]]:
        """The columns that sort a list, by what `sort` calls them."""
        first, *_ = self.key
        return {column.expression.name: column for column in (first, *self.sorts)}

    def rows(self) -> Select[Any]:
        """The rows that may be shown."""
        query = select(self.row)
        return query if self.latest is None else query.where(self.latest())

    def show(self, row: Any) -> BaseModel:
        """What is shown of a row."""
        names = self.shown.model_fields
        said = ({"name": row.plain_name} if isinstance(row, Named) else {}) | self.also(row)
        return self.shown.model_validate({n: said[n] if n in said else getattr(row, n) for n in names})


def ids(column: InstrumentedAttribute[Any], what: str = "") -> Filter:
    """Rows of some ids; several are given by repeating the parameter."""
    said = what or f"of these; repeated for several, at most {MOST_IDS}"
    some = Annotated[list[Identifier], Field(min_length=1, max_length=MOST_IDS)]
    return Filter(column.key, some, said, column.in_)


def same(column: InstrumentedAttribute[Any], type: Any, what: str, name: str | None = None) -> Filter:
    """Rows with a value."""
    return Filter(name or column.key, type, what, lambda value: column == value)


def between(column: InstrumentedAttribute[Any], begins: str, ends: str, type: Any, what: str) -> tuple[Filter, Filter]:
    """Rows from a value to another, both included."""
    return (
        Filter(begins, type, f"{what} then or later", lambda value: column >= value),
        Filter(ends, type, f"{what} then or earlier", lambda value: column <= value),
    )


def days(column: InstrumentedAttribute[Any], begins: str, ends: str, what: str) -> tuple[Filter, Filter]:
    """Rows of a range of local days, both included."""
    return between(column, begins, ends, Day, what)


def moments(column: InstrumentedAttribute[Any], begins: str, ends: str, what: str) -> tuple[Filter, Filter]:
    """Rows from a moment on and before another."""
    return (
        Filter(begins, Moment, f"{what} then or later", lambda value: column >= value),
        Filter(ends, Moment, f"{what} before", lambda value: column < value),
    )


def updated_since(row: Any) -> Filter:
    """Rows that changed since a moment."""
    what = "changed then or later; unless `sort` says otherwise they come in the order in which they changed"
    return Filter("updated_since", Moment, what, lambda value: row.updated_at >= value)
