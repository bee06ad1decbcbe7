"""What promotions did beside what was planned, as JSON and CSV: of all that ended within some weeks, and of one."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from api.problems import Conflict, NotFound, responses
from api.promotions.review_schemas import (
    OnePromotionOut,
    PromotionReviewOut,
    PromotionReviewsOut,
    ReviewsPageQuery,
    ReviewsQuery,
)
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import ReadSession
from api.values import Day, PathId
from flows.reports.promotions.as_csv import as_csv, file_name
from flows.reports.promotions.reviews import promotion_reviews, review_of

router = Router(prefix="/promotions", tags=["promotion reviews"])
Reader = Annotated[Principal, requires(Scope.READ)]


@router.get("/reviews", responses=responses(NotFound, Conflict))
def read_promotion_reviews(
    session: ReadSession, who: Reader, asked: Annotated[ReviewsPageQuery, Query()]
) -> PromotionReviewsOut:
    """What promotions did that ended within 4 or 13 weeks: planned and real uplift, what siblings lost, what was bought
    ahead and thrown away, and what they earned. Those that lost most come first, in pages: `cursor=<next>`. 409: no day
    has been added up yet."""
    return PromotionReviewsOut.of(promotion_reviews(session, asked.asked()), asked)


@router.get(
    "/reviews/export.csv",
    response_class=Response,
    responses=responses(NotFound, Conflict)
    | {200: {"content": {"text/csv": {"example": "product_id,product,starts_on,ends_on,discount,...\r\n"}}}},
)
def export_promotion_reviews(session: ReadSession, who: Reader, asked: Annotated[ReviewsQuery, Query()]) -> Response:
    """The same figures as CSV, a row each, of all promotions."""
    found = promotion_reviews(session, asked.asked())
    headers = {"Content-Disposition": f'attachment; filename="{file_name(found)}"'}
    return Response(as_csv(found.reviews), media_type="text/csv", headers=headers)


@router.get("/reviews/{product_id}/{starts_on}", responses=responses(NotFound))
def read_promotion_review(session: ReadSession, who: Reader, product_id: PathId, starts_on: Day) -> OnePromotionOut:
    """What a product's promotion that began on a day did, together and by warehouse. 404: none has been reviewed, which
    is a week after it ended."""
    together, by_warehouse = review_of(session, product_id, starts_on)
    return OnePromotionOut(
        together=[PromotionReviewOut.of(one) for one in together],
        by_warehouse=[PromotionReviewOut.of(one) for one in by_warehouse],
    )
