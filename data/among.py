"""Whether a column holds one of many ids, told as one value: an array, or a JSON list where there are no arrays.

`column.in_(ids)` writes a place for each id into the statement, and has the statement written and read again for every
other number of them. For 200 ids that costs SQLite three times as much as finding their rows, and PostgreSQL as much.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, String, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Ids(TypeDecorator[list[str]]):
    """Texts, in one value."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else ARRAY(String()))

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:
        return json.dumps(value) if dialect.name == "sqlite" else value


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


def among(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], ids: Iterable[str]
) -> ColumnElement[bool]:
    """The condition that `column` holds one of `ids`, each of which a key could be (no NUL in it)."""
    return _Among(column, bindparam("ids", list(ids), type_=_Ids(), unique=True))


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **asked: Any) -> str:
    column, ids = (compiler.process(clause, **asked) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - the ids are bound


@compiles(_Among)
def _in_array(element: _Among, compiler: SQLCompiler, **asked: Any) -> str:
    column, ids = (compiler.process(clause, **asked) for clause in element.clauses)
    return f"{column} = ANY ({ids})"
