"""A request with an `Idempotency-Key` is answered once: when it comes again, the kept answer is given again.

The key is reserved in the request's own transaction, so an answer is kept exactly when its work is. A second request
that comes while the first is still at work waits for it: SQLite has one writer, PostgreSQL waits at the primary key.
Answers are kept for a day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import texts
from api.beside_the_loop import beside_the_loop
from api.problems import Unprocessable, WrongValue
from data.languages import say
from data.tables import AnsweredRequestRow

KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True)
class RepeatableRequest:
    """The request's Idempotency-Key, if it has one, and a digest of what it asks."""

    idempotency_key: str | None
    digest: str


async def _repeatable(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="a name of your choice for this request; sent again with the same body it is not done again",
            examples=["plan-2026-11-23"],
        ),
    ] = None,
) -> RepeatableRequest:
    address = "?".join(filter(None, (request.url.path, request.url.query)))
    asked = sha256(f"{request.method} {address}\n".encode())
    await beside_the_loop(request, asked.update, await request.body())
    return RepeatableRequest(idempotency_key, asked.hexdigest())


Repeatable = Annotated[RepeatableRequest, Depends(_repeatable)]


def answer_once(
    session: Session,
    repeatable: RepeatableRequest,
    key_id: str,
    now: datetime,
    work: Callable[[], BaseModel],
    status_code: int = 201,
) -> Response:
    """The answer to the work, done now or when the same request came first; raises Unprocessable where the key was
    used for another request."""
    if repeatable.idempotency_key is None:
        return _answer(status_code, work())
    session.execute(delete(AnsweredRequestRow).where(AnsweredRequestRow.answered_at < now - KEPT_FOR))
    kept = AnsweredRequestRow(
        key_id=key_id,
        idempotency_key=repeatable.idempotency_key,
        request_sha256=repeatable.digest,
        status_code=status_code,
        body=b"",
        answered_at=now,
    )
    try:
        with session.begin_nested():
            session.add(kept)
    except IntegrityError:
        earlier = session.get_one(AnsweredRequestRow, (key_id, repeatable.idempotency_key), populate_existing=True)
        if earlier.request_sha256 != repeatable.digest:
            wrong = WrongValue(part="header", field="Idempotency-Key", detail=say(texts.KEY_REUSED))
            raise Unprocessable(texts.KEY_REUSED, errors=[wrong]) from None
        return _answer(earlier.status_code, earlier.body)
    answer = _answer(status_code, work())
    kept.body = bytes(answer.body)
    return answer


def _answer(status_code: int, body: BaseModel | bytes) -> Response:
    content = body if isinstance(body, bytes) else body.model_dump_json(by_alias=True).encode()
    return Response(content, status_code, media_type="application/json")
