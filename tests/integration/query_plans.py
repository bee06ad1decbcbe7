"""How a database finds the rows of what is asked, told by SQLite, which goes by the indexes that there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

ASKS = ("SELECT", "UPDATE", "DELETE")


@contextmanager
def noted_plans(engine: Engine) -> Iterator[list[str]]:
    """The steps of the plans of all that is asked meanwhile, as "SEARCH moves USING INDEX ..."."""
    steps: list[str] = []

    def note(_: Any, cursor: Any, statement: str, parameters: Any, __: Any, many: bool) -> None:
        if statement.startswith(ASKS) and not many:
            steps.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield steps
    event.remove(engine, "before_cursor_execute", note)
