"""Lists come in pages: `limit` rows, and `next`, a cursor that asks for the rows after them; null at the end.

A cursor holds the key of the last row seen, so a page costs the same wherever it lies, and rows that come or go in
between are neither shown twice nor hide others. To clients it is opaque.
"""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from math import isfinite
from typing import Annotated, Any, Generic, TypeVar
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from api import texts
from api.problems import Unprocessable, WrongValue
from data.languages import say
from data.tables.types import Moment

Item = TypeVar("Item", bound=BaseModel)
AnySelect = Select[Any]
AnyRow = Row[Any]
Key = Sequence[InstrumentedAttribute[Any]]
Limit = Annotated[int, Field(ge=1, le=200, description="rows in a page")]
Cursor = Annotated[str | None, Field(max_length=400, description="`next` of the page before")]


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 100
    cursor: Cursor = None


class Page(BaseModel, Generic[Item]):
    """A part of a list, in the list's order."""

    items: list[Item]
    next: str | None = Field(description="the cursor of the next page; null on the last one")


def page_of(
    session: Session,
    query: AnySelect,
    key: Key,
    asked: PageQuery,
    item: Callable[[AnyRow], Item],
    *,
    newest_first: bool = False,
) -> Page[Item]:
    """One page of the query in the order of `key`, which must be unique; `item` turns a row into what is shown."""
    rows, following = rows_of_page(session, query, key, asked, newest_first=newest_first)
    return Page(items=[item(row) for row in rows], next=following)


def rows_of_page(
    session: Session, query: AnySelect, key: Key, asked: PageQuery, *, newest_first: bool = False
) -> tuple[Sequence[AnyRow], str | None]:
    """The rows of one page, and the cursor of the page after it; for lists whose rows are completed together."""
    if asked.cursor is not None:
        seen = tuple_(
            *(
                literal(value, column.type)
                for column, value in zip(key, key_of_cursor(asked.cursor, key, newest_first), strict=True)
            )
        )
        query = query.where(tuple_(*key) < seen if newest_first else tuple_(*key) > seen)
    order = [column.desc() if newest_first else column.asc() for column in key]
    found = session.execute(query.add_columns(*key).order_by(*order).limit(asked.limit + 1)).all()
    rows = found[: asked.limit]
    more = len(found) > asked.limit
    return rows, cursor_after(key, rows[-1][-len(key) :], newest_first) if more else None


def _mark(key: Key, newest_first: bool) -> int:
    """Tells the cursors of one list, in one order, from those of another."""
    return crc32(",".join([*map(str, key), *(["descending"] if newest_first else [])]).encode())


def cursor_after(key: Key, values: Sequence[Any], newest_first: bool = False) -> str:
    """The cursor that asks for what comes after the row of this key."""
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    return to_base64(json.dumps([_mark(key, newest_first), *plain]).encode())


def to_base64(value: bytes) -> str:
    """Bytes as they stand in an address."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def from_base64(text: str) -> bytes:
    """What `to_base64` was given; raises ValueError for anything else."""
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


def wrong_cursor() -> Unprocessable:
    """The problem that a cursor is of another list, or of none."""
    wrong = WrongValue(part="query", field="cursor", detail=say(texts.WRONG_CURSOR))
    return Unprocessable(texts.WRONG_CURSOR, errors=[wrong])


def key_of_cursor(cursor: str, key: Key, newest_first: bool = False) -> list[Any]:
    """The key of the last row seen; raises Unprocessable for a cursor that is not of this list."""
    try:
        mark, *plain = json.loads(from_base64(cursor))
        if mark != _mark(key, newest_first):
            raise ValueError("of another list")
        return [_typed(value, _kind(column)) for value, column in zip(plain, key, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise wrong_cursor() from error


def _kind(column: InstrumentedAttribute[Any]) -> type:
    return datetime if isinstance(column.type, Moment) else column.type.python_type


def _typed(value: Any, kind: type) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    if kind is date:
        return date.fromisoformat(value)
    if kind is float and type(value) in (int, float) and isfinite(value):
        return float(value)
    if kind is int and type(value) is int and abs(value) < 2**31:
        return value
    if kind is str and isinstance(value, str) and "\0" not in value and value.encode():
        return value
    if issubclass(kind, StrEnum):
        return kind(value)
    raise ValueError("not a value of this key")
