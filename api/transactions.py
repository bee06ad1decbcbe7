"""One request, one transaction: the sessions and the moment that handlers ask for.

What is shown comes from a ReadSession, which sees the warehouses of who asks. What is changed was checked before
(`api/named_warehouses.py`), so a WriteSession and a RegionSession see all: suppliers' capacity is shared by all.

The transaction ends before the answer is sent (`scope="function"`), so nobody reads "created" for something that the
database then refuses. A session touches the database only when it is first used.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial
from inspect import isawaitable
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from data.database import reading, reading_session, writing
from data.own_warehouses import see_only


def engine_of(request: Request) -> Engine:
    """The service's database."""
    engine: Engine = request.app.state.engine
    return engine


async def read_session(request: Request) -> AsyncIterator[Session]:
    """A session that sees one state of the database, of the warehouses of who asks, and changes nothing."""
    session = reading_session(engine_of(request))
    see_only(session, partial(_warehouses_of_who_asks, request))
    try:
        yield session
    finally:
        # a thread of its own: all others may be waiting for the connection that it gives back
        await to_thread.run_sync(session.close, limiter=CapacityLimiter(1))


def region_session(request: Request) -> Iterator[Session]:
    """A session that sees one state of the whole region, for what is decided and not shown, and changes nothing."""
    with reading(engine_of(request)) as session:
        yield session


def _warehouses_of_who_asks(request: Request) -> frozenset[str] | None:
    """Asked when a query is made, which is after the request was let in."""
    principal = getattr(request.state, "principal", None)
    warehouses: frozenset[str] | None = None if principal is None else principal.warehouses
    return warehouses


def write_session(request: Request) -> Iterator[Session]:
    """A session whose changes are kept when the handler returns, and not when it raises."""
    with writing(engine_of(request)) as session:
        yield session


async def moment() -> datetime:  # without a thread of its own
    """Now. Tests put another moment in its place (`app.dependency_overrides[moment]`)."""
    return datetime.now(UTC)


async def moment_of(request: Request) -> datetime:
    """The same where no handler asks: before a request is let in."""
    told = request.app.dependency_overrides.get(moment, moment)()
    now: datetime = await told if isawaitable(told) else told
    return now


ReadSession = Annotated[Session, Depends(read_session, scope="function")]
RegionSession = Annotated[Session, Depends(region_session, scope="function")]
WriteSession = Annotated[Session, Depends(write_session, scope="function")]
Now = Annotated[datetime, Depends(moment)]
