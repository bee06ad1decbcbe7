"""The service level: a form with a row a category, of what a shortage and waste cost, how much of demand is to be met,
what is to lie on display and what is taken freshest first. Who saves it changes the rows that they typed into; others'
changes meanwhile are not written over."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

from fastapi import Depends, Form, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.rendering import done, page
from api.pages.texts import plain_quantity, say
from api.pages.typed_numbers import as_number
from api.routing import Router
from api.security import Principal, Scope, require_all_warehouses, requires
from api.transactions import Now, ReadSession, WriteSession
from data.frames.purchase_terms import category_terms_known_at
from data.tables import CategoryTermsRow, NameKind, WarehouseRow
from data.tables.judgements import OF_ALL_CATEGORIES
from data.tables.names import in_order_of_names, names_of
from flows.errors import Invalid, Outdated, Refusal
from flows.purchasing.planning.kept_service_level import (
    NewTerms,
    categories,
    set_service_level,
    version_of_service_level,
)

PERCENT = 100
MOST_ROWS = 1000

router = Router(prefix="/plans/service-level", include_in_schema=False)
Reads = Annotated[Principal, requires(Scope.READ)]
Writes = Annotated[Principal, requires(Scope.PLANS_WRITE)]
Texts = Annotated[list[str], Form(max_length=MOST_ROWS)]


@dataclass(frozen=True)
class TypedRow:
    """A category's row as it stands in the form; shares in percent."""

    category: str
    goodwill: str = ""
    disposal: str = ""
    floor: str = ""
    display: str = ""
    freshest: str = ""

    @classmethod
    def showing(cls, category: str, row: CategoryTermsRow | None) -> Self:
        """The row as it shows what is kept."""
        if row is None:
            return cls(category)
        floor, freshest = (_percent(share) for share in (row.fill_rate_floor, row.freshest_first))
        return cls(category, _text(row.goodwill), _text(row.disposal), floor, _text(row.display_minimum), freshest)

    def told(self) -> NewTerms:
        """What was typed. Raises Invalid, naming the field, for what is no number."""
        money = self._number("goodwill"), self._number("disposal")
        return NewTerms(self.category, *money, self._share("floor"), self._number("display"), self._share("freshest"))

    def _share(self, name: str) -> float | None:
        typed = self._number(name)
        return None if typed is None else float(typed / PERCENT)

    def _number(self, name: str) -> Decimal | None:
        typed = getattr(self, name)
        if not typed.strip():
            return None
        try:
            return as_number(typed)
        except ValueError as wrong:
            of = self.category or say("service.all")
            raise Invalid(
                "{label}, {of}: {typed!r} is {wrong}.",
                label=say("service." + name),
                of=of,
                typed=typed[:40],
                wrong=wrong,
                field=name,
            ) from wrong


def typed_rows(
    category: Texts, goodwill: Texts, disposal: Texts, floor: Texts, display: Texts, freshest: Texts
) -> list[TypedRow]:
    """What was typed: the rows stand one below the other."""
    try:
        rows = zip(category, goodwill, disposal, floor, display, freshest, strict=True)
        return [TypedRow(*row) for row in rows]
    except ValueError as wrong:
        raise Invalid("The form is not whole. Load the page again.", field="category") from wrong


Typed = Annotated[list[TypedRow], Depends(typed_rows)]


@router.get("")
def service_level(request: Request, session: ReadSession, now: Now, who: Reads) -> Response:
    """What holds now, in a form."""
    known = category_terms_known_at(session, now)
    names = [OF_ALL_CATEGORIES, *in_order_of_names(session, NameKind.CATEGORIES, categories(session))]
    return _page(request, session, known, [TypedRow.showing(name, known.get(name)) for name in names])


@router.post("")
def set_terms(
    request: Request,
    session: ReadSession,
    writes: WriteSession,
    now: Now,
    who: Writes,
    typed: Typed,
    version: Annotated[int, Form(ge=0, le=10**9)],
) -> Response:
    """Lets what was typed hold from now on."""
    require_all_warehouses(who, say("service.terms"))
    known = category_terms_known_at(session, now)
    try:
        changed = [row.told() for row in typed if row != TypedRow.showing(row.category, known.get(row.category))]
        set_service_level(writes, changed, now, who.name, version)
    except (Invalid, Outdated) as wrong:
        return _page(request, session, known, typed, wrong)
    return done(router.prefix, "service_level_set")


def _page(
    request: Request,
    session: Session,
    known: dict[str, CategoryTermsRow],
    rows: Sequence[TypedRow],
    wrong: Refusal | None = None,
) -> Response:
    of_all = TypedRow.showing(OF_ALL_CATEGORIES, known.get(OF_ALL_CATEGORIES))
    zones = session.scalars(select(WarehouseRow.timezone).order_by(WarehouseRow.name)).all()
    return page(
        request,
        "service_level/service_level.html",
        200 if wrong is None else 422 if isinstance(wrong, Invalid) else 412,
        rows=rows,
        categories=names_of(session, NameKind.CATEGORIES),
        kept=known,
        of_all=of_all,
        version=version_of_service_level(session),
        may=request.state.principal.may(Scope.PLANS_WRITE) and request.state.principal.warehouses is None,
        zone=zones[0] if zones else "UTC",
        wrong=wrong,
    )


def _text(value: Decimal | None) -> str:
    return "" if value is None else plain_quantity(value)


def _percent(share: float | None) -> str:
    return "" if share is None else plain_quantity(Decimal(str(share)) * PERCENT)
