"""What a shortage and waste cost by category, floors on the fill rate, what is to lie on display and what is taken
freshest first: as buyers have set them."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api.problems import NotFound, TooLarge, WrongMediaType, responses
from api.routing import Router
from api.security import Principal, Scope, require_all_warehouses, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import PRINTABLE, Moment, Money, Quantity
from data.frames.purchase_terms import category_terms_known_at
from data.tables import CategoryTermsRow
from data.tables.judgements import OF_ALL_CATEGORIES
from flows.purchasing.planning.kept_service_level import NewTerms, set_service_level

router = Router(prefix="/category-terms", tags=["purchase plans"])
TERMS: dict[str, Any] = {
    "category": "leaf vegetables", "goodwill": 1.5, "disposal": 0.2, "fill_rate_floor": 0.97, "display_minimum": 2,
    "freshest_first": 0.3,
}  # fmt: skip


class CategoryTermsIn(BaseModel):
    """What a unit short costs beyond its margin (`goodwill`), what a unit thrown away costs beyond its price
    (`disposal`), both per unit of the product, the least share of demand (0 to 0.999) that a plan is to meet over the
    category's lines, how many units of each product are to lie on display when the days that a delivery covers end
    (`display_minimum`), and the share of units (0 to 1) that is taken of what is freshest, not of what expires first
    (`freshest_first`). `category` null: of all that have none of their own, with a floor of the whole plan. A floor
    that is null is none, what else is null is as for all."""

    category: Annotated[str, Field(min_length=1, max_length=1000, pattern=PRINTABLE)] | None = None
    goodwill: Money | None = None
    disposal: Money | None = None
    fill_rate_floor: float | None = None
    display_minimum: Quantity | None = None
    freshest_first: float | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [TERMS]})

    def told(self) -> NewTerms:
        return NewTerms(**(self.model_dump() | {"category": self.category or OF_ALL_CATEGORIES}))


class CategoryTermsOut(BaseModel):
    """The terms of a category (null: of all that have none of their own) as set by `set_by`, known from `known_at`
    on."""

    category: str | None
    goodwill: Money | None
    disposal: Money | None
    fill_rate_floor: float | None
    display_minimum: Quantity | None
    freshest_first: float | None
    known_at: datetime
    set_by: str

    model_config = ConfigDict(
        json_schema_extra={"examples": [TERMS | {"known_at": "2026-11-25T09:20:00Z", "set_by": "Li Na"}]}
    )

    @classmethod
    def of(cls, row: CategoryTermsRow) -> Self:
        told = {name: getattr(row, name) for name in cls.model_fields if name != "category"}
        return cls(category=row.category or None, **told)


class CategoryTermsList(BaseModel):
    """The terms that hold, those of all categories first, then by category."""

    items: list[CategoryTermsOut]


class CategoryTermsQuery(BaseModel):
    """Of which moment."""

    as_of: Annotated[Moment | None, Field(description="as a plan of this moment read them; left out: now")] = None

    model_config = ConfigDict(extra="forbid")


@router.get("", responses=responses())
def list_category_terms(
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    asked: Annotated[CategoryTermsQuery, Query()],
) -> CategoryTermsList:
    """What plans count on that are made now, or were made at a moment before."""
    known = category_terms_known_at(session, asked.as_of or now)
    return CategoryTermsList(items=[CategoryTermsOut.of(row) for row in known.values()])


@router.put("", responses=responses(NotFound, TooLarge, WrongMediaType))
def put_category_terms(
    session: WriteSession, now: Now, who: Annotated[Principal, requires(Scope.PLANS_WRITE)], told: CategoryTermsIn
) -> CategoryTermsOut:
    """Sets the terms of one category in place of those that it had. Plans that are made from now on count on them; what
    held before stays on record. Safe to repeat."""
    require_all_warehouses(who, "category terms")
    terms = told.told()
    set_service_level(session, [terms], now, who.name)
    return CategoryTermsOut.of(category_terms_known_at(session, now)[terms.category])
