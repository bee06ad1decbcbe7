"""When a row changed last, kept for who wants only what is new since a moment.

It is kept wherever rows are written: by the column's defaults for what goes through SQLAlchemy, by `data/bulk.py` for
many rows at once, and here for rows that others are part of. What is written as it was has not changed.
"""

from datetime import UTC, datetime
from itertools import chain
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, event, false, func, tuple_, update
from sqlalchemy.orm import Mapped, Session, UOWTransaction, mapped_column
from sqlalchemy.orm.util import identity_key

UPDATED_AT = "updated_at"


def moment_of_change() -> datetime:
    """Now, by the clock of this machine: a change is written when it is written, whatever moment it is about."""
    return datetime.now(UTC)


class Changing:
    """A row that says when it changed last, or what is part of it."""

    updated_at: Mapped[datetime] = mapped_column(default=moment_of_change, onupdate=moment_of_change)


class PartOf:
    """A row whose change is one of the row that it is part of: of `WHOLE`, by the columns of the same names."""

    WHOLE: ClassVar[type[Any]]

    @property
    def key_of_whole(self) -> tuple[Any, ...]:
        """The key of the row that it is part of."""
        return tuple(getattr(self, column.name) for column in self.WHOLE.__table__.primary_key)


def asked_of_each(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition on rows that are looked up in the order in which they changed, asked of each of them: a database that
    looked up its rows instead would sort all that there ever were."""
    return func.coalesce(condition, false())


@event.listens_for(Session, "before_flush")
def _note_changes(session: Session, _flush: UOWTransaction, _instances: object) -> None:
    """Rows with a part more or less have changed, and so have the rows whose parts have."""
    now = moment_of_change()
    parts: list[PartOf] = [row for row in chain(session.new, session.deleted) if isinstance(row, PartOf)]
    for row in session.dirty:
        if isinstance(row, Changing | PartOf) and session.is_modified(row):
            if isinstance(row, Changing):
                row.updated_at = now
            else:
                parts.append(row)
    # a part without its key is new, and so is its whole, or has it among its parts
    changed = {(row.WHOLE, row.key_of_whole) for row in parts if None not in row.key_of_whole}
    for whole, key in changed:
        if (there := session.identity_map.get(identity_key(whole, key))) is not None:
            there.updated_at = now
        else:
            of_it = tuple_(*whole.__table__.primary_key.columns) == tuple_(*key)
            session.execute(update(whole.__table__).where(of_it).values({UPDATED_AT: now}))
