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


def asked_of_each(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition on rows that are looked up in the order in which they changed, asked of each of them: a database that
    looked up its rows instead would sort all that there ever were."""
    return func.coalesce(condition, false())


@event.listens_for(Session, "before_flush")
def _note_changes(session: Session, _flush: UOWTransaction, _instances: object) -> None:
    """Rows with a part more or less have changed, and so have the rows whose parts have."""
    now = moment_of_change()
    changed: set[tuple[type[Any], tuple[Any, ...]]] = set()
    for row in chain(session.new, session.dirty, session.deleted):
        is_changed = row in session.new or row in session.deleted or session.is_modified(row)
        if isinstance(row, Changing) and row in session.dirty and is_changed:
            row.updated_at = now
        elif isinstance(row, PartOf) and is_changed:
            key = tuple(getattr(row, column.name) for column in row.WHOLE.__table__.primary_key)
            if None not in key:  # else its whole is new, or has it among its parts
                changed.add((row.WHOLE, key))
    for whole, key in changed:
        if (there := session.identity_map.get(identity_key(whole, key))) is not None:
            there.updated_at = now
        else:
            of_it = tuple_(*whole.__table__.primary_key.columns) == tuple_(*key)
            session.execute(update(whole.__table__).where(of_it).values({UPDATED_AT: now}))
