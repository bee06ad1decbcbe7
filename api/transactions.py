"""One request, one transaction: the sessions and the moment that handlers ask for.

The transaction ends before the answer is sent (`scope="function"`), so nobody reads "created" for something that the
database then refuses. A session touches the database only when it is first used.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from data.database import reading, writing


def engine_of(request: Request) -> Engine:
    """The service's database."""
    engine: Engine = request.app.state.engine
    return engine


def read_session(request: Request) -> Iterator[Session]:
    """A session that sees one state of the database and changes nothing."""
    with reading(engine_of(request)) as session:
        yield session


def write_session(request: Request) -> Iterator[Session]:
    """A session whose changes are kept when the handler returns, and not when it raises."""
    with writing(engine_of(request)) as session:
        yield session


def moment() -> datetime:
    """Now. Tests put another moment in its place (`app.dependency_overrides[moment]`)."""
    return datetime.now(UTC)


ReadSession = Annotated[Session, Depends(read_session, scope="function")]
WriteSession = Annotated[Session, Depends(write_session, scope="function")]
Now = Annotated[datetime, Depends(moment)]
