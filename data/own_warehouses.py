"""A session that sees the rows of some warehouses only, whatever is asked through it.

What belongs to no warehouse (products, suppliers, offers) is seen by all. A purchase plan is seen by who sees one of
its warehouses, and of its lines only theirs; what leads from one warehouse to another by who sees both, but a transfer
that was decided by who sees one of them, to send or receive it; an event that was told by who sees a warehouse that it
is about."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, event, exists, or_, select
from sqlalchemy.orm import LoaderCriteriaOption, ORMExecuteState, Session, with_loader_criteria

from data.rows_of_warehouses import ends_of, rows_of
from data.tables import (
    Base,
    ClockDifferenceRow,
    EventRow,
    OutboxEventRow,
    OutboxEventWarehouseRow,
    PlanWarehouseRow,
    PurchasePlanRow,
    TransferRow,
)

Own = Callable[[], frozenset[str] | None]
OWN = "own warehouses"


def see_only(session: Session, own: Own) -> None:
    """Lets a session see what belongs to the warehouses that `own` names when something is asked; None: everything.

    What is asked past the mapped classes, and could not be held to it, raises RuntimeError."""
    session.info[OWN] = own


def own_warehouses(session: Session) -> frozenset[str] | None:
    """The warehouses whose rows a session sees; None: all of them."""
    own: Own | None = session.info.get(OWN)
    return None if own is None else own()


@event.listens_for(Session, "do_orm_execute")  # of every session: to listen to one alone costs each request more
def _hold_to_own(asked: ORMExecuteState) -> None:
    own = own_warehouses(asked.session)
    if own is None:
        return
    if not asked.is_orm_statement:
        raise RuntimeError("A session that sees some warehouses only was asked past the mapped classes.")
    if asked.is_select and not asked.is_column_load and not asked.is_relationship_load:
        asked.statement = asked.statement.options(*_criteria(own))


@lru_cache(maxsize=64)
def _criteria(own: frozenset[str]) -> Sequence[LoaderCriteriaOption]:
    return [
        with_loader_criteria(mapper.class_, seen, include_aliases=True)
        for mapper in Base.registry.mappers
        if (seen := seen_rows(mapper.class_, own)) is not None
    ]


def seen_rows(row: type[Any], own: frozenset[str]) -> ColumnElement[bool] | None:
    """Which rows of a table are seen by who sees these warehouses; None: all, since they belong to none."""
    if row is OutboxEventRow:
        about = cast(Table, OutboxEventWarehouseRow.__table__).columns
        return exists().where(about.event_no == OutboxEventRow.event_no, about.warehouse_id.in_(own))
    if row is PurchasePlanRow:
        parts = cast(Table, PlanWarehouseRow.__table__).columns
        return PurchasePlanRow.plan_id.in_(select(parts.plan_id).where(parts.warehouse_id.in_(own)))
    if (ends := ends_of(cast(Table, row.__table__))) is not None:
        return (or_ if row is TransferRow else and_)(*(end.in_(own) for end in ends))
    seen = rows_of(cast(Table, row.__table__), own)
    # an event of no one warehouse is one of its city's or of all, a clock of no sensor the server's
    of_none = {EventRow: EventRow.warehouse_id, ClockDifferenceRow: ClockDifferenceRow.sensor_id}.get(row)
    return seen if seen is None or of_none is None else of_none.is_(None) | seen
