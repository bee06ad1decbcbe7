"""Imports over HTTP: the tables of docs/data-formats.md as CSV or JSON rows, and what columns they have."""

from contextlib import closing
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import texts
from api.idempotency import Repeatable, answer_once
from api.importing.import_rights import KindName, OwnRowsOnly, who_may_import
from api.importing.import_schemas import ImportedOut, ImportKindOut, wrong_value
from api.importing.sent_tables import BODY, Sent, sent, table_of
from api.pagination import Page, PageQuery, wrong_cursor
from api.problems import NotFound, TooLarge, Unprocessable, WrongMediaType, WrongValue, responses
from api.routing import LONG, Router, body_up_to
from api.security import Principal, requires
from api.transactions import Now, WriteSession, engine_of
from data.database import reading
from data.importers.importing import KINDS
from data.importers.problems import BadFile
from data.languages import reworded, say
from flows.importing.documented_kinds import check_documented_table, how_to_import

router = Router(tags=["imports"])


class ImportQuery(BaseModel):
    """The options of an import."""

    model_config = ConfigDict(extra="forbid")

    skip_bad_rows: bool = Field(False, description="keep the good rows; the answer says what was left out")
    whole_stock: bool = Field(
        False, description="lots and stock only: the rows name all that their warehouses have, the rest is 0"
    )
    counted_at: str = Field(
        "",
        max_length=40,
        description="lots and stock only: when so much was there, for rows that do not say it; without an offset it is "
        "local to each warehouse",
        examples=["2026-03-01T22:00"],
    )


@router.get("/imports", responses=responses())
def list_import_kinds(
    who: Annotated[Principal, requires()], asked: Annotated[PageQuery, Query()]
) -> Page[ImportKindOut]:
    """All kinds that can be imported, in the order in which they need each other."""
    names = list(KINDS)
    if asked.cursor is not None and asked.cursor not in names:
        raise wrong_cursor()
    following = names if asked.cursor is None else names[names.index(asked.cursor) + 1 :]
    shown = following[: asked.limit]
    items = [ImportKindOut.of(KINDS[name]) for name in shown]
    return Page(items=items, next=shown[-1] if len(following) > len(shown) else None)


@router.get("/imports/{kind}", responses=responses(NotFound))
def read_import_kind(who: Annotated[Principal, requires()], kind: KindName) -> ImportKindOut:
    """One kind: its columns, each with type, unit and an example, its key and its rules."""
    if kind not in KINDS:
        raise NotFound(say(texts.NO_KIND, kind=kind[:40], kinds=KINDS))
    return ImportKindOut.of(KINDS[kind])


@router.post(
    "/imports/{kind}",
    response_model=ImportedOut,
    responses=responses(NotFound, TooLarge, WrongMediaType),
    openapi_extra=BODY | body_up_to(LONG),
)
def import_rows(
    request: Request,
    session: WriteSession,
    now: Now,
    who: Annotated[Principal, Depends(who_may_import)],
    kind: KindName,
    asked: Annotated[ImportQuery, Query()],
    body: Annotated[Sent, Depends(sent)],
    repeatable: Repeatable,
) -> Response:
    """Imports rows of a kind, as CSV or JSON: all of them or, where one is bad, none. Rows that came before replace
    themselves, so sending them again changes nothing. 422 names every bad row, its column, what is wrong and the
    remedy. A kind that can be entered one by one takes the scope of that instead (`GET /v1/imports`)."""
    how = how_to_import({kind}, asked.skip_bad_rows, asked.whole_stock, asked.counted_at)

    def work() -> ImportedOut:
        return ImportedOut.of(kind, checked.keep(session))

    try:
        with reading(engine_of(request)) as before:  # nobody waits for the database while rows are checked
            checked = check_documented_table(
                before,
                kind,
                table_of(body),
                how,
                now=now,
                by=who.name,
                overdue_counts=request.app.state.settings.overdue_order_counts,
                admit=OwnRowsOnly(before, who.warehouses),
            )
        with closing(checked):
            return answer_once(session, repeatable, who.key_id, now, work, status_code=200)
    except BadFile as error:
        raise refused(error) from error


def refused(error: BadFile) -> Unprocessable:
    """A table that was not kept, as the problem that names its bad rows."""
    summary = reworded(str(error).partition("\n")[0])
    if error.problems:
        return Unprocessable(summary, errors=list(map(wrong_value, error.problems)))
    return Unprocessable(summary, errors=[WrongValue(part="body", field="body", detail=summary)])
