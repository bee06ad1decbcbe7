"""What approving a plan, or a part of it, would order: asked before anything is ordered."""

from datetime import date
from typing import Annotated, Any, Self

from fastapi import Body, Request
from pydantic import BaseModel, ConfigDict

from api.problems import NotFound, TooLarge, WrongMediaType, not_found, responses
from api.purchasing.plan_schemas import LinesChosen
from api.routing import LISTS, Router, body_up_to
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from api.values import Money, PathId
from data.tables import PurchasePlanRow
from flows.purchasing.deciding.approval_summary import ApprovalSummary, approval_summary, lines_to_approve
from warehouse.reasons import Reason

router = Router(prefix="/purchase-plans", tags=["purchase plans"])
BELOW: dict[str, Any] = {
    "supplier_id": "S017",
    "warehouse_id": "W01",
    "delivery_date": "2026-11-23",
    "minimum_packs": 40,
    "packs": 18,
    "minimum_value": 0.0,
    "value": 540.0,
}
OVER: dict[str, Any] = {"warehouse_id": "W01", "supplier_id": None, "left": 1200.0, "currency": "CNY"}


class OrderBelowMinimum(BaseModel):
    """An order that would hold less than its supplier asks for a whole order, with what is ordered of its delivery
    already."""

    supplier_id: str
    warehouse_id: str
    delivery_date: date
    minimum_packs: int
    packs: int
    minimum_value: Money
    value: Money

    model_config = ConfigDict(json_schema_extra={"examples": [BELOW]})

    @classmethod
    def of(cls, reason: Reason) -> Self:
        told = reason.as_dict()
        names = {"supplier_id": "supplier", "warehouse_id": "warehouse", "delivery_date": "day"}
        return cls.model_validate({name: told[names.get(name, name)] for name in cls.model_fields})


class OverBudget(BaseModel):
    """A warehouse whose lines come to more than is `left` of the order day's budget, or of a supplier's share of it
    (`supplier_id`; null: of the whole budget)."""

    warehouse_id: str
    supplier_id: str | None
    left: Money
    currency: str

    model_config = ConfigDict(json_schema_extra={"examples": [OVER]})

    @classmethod
    def of(cls, reason: Reason) -> Self:
        told = reason.as_dict()
        return cls.model_validate(told | {"warehouse_id": told["warehouse"], "supplier_id": told.get("supplier")})


class CostOut(BaseModel):
    """What orders cost in a currency (ISO 4217)."""

    currency: str
    cost: Money

    model_config = ConfigDict(json_schema_extra={"examples": [{"currency": "CNY", "cost": 18240.35}]})


class ApprovalPreview(BaseModel):
    """What would be ordered: `lines` that buy something, in so many `orders` (a supplier, warehouse and delivery date
    each), those `edited` and those with warnings (`warned`) among them; `left` would wait. Orders below what their
    supplier asks for, or beyond a budget by a buyer's changes, are placed all the same if they are approved."""

    lines: int
    orders: int
    money: list[CostOut]
    edited: int
    warned: int
    left: int
    orders_below_minimum: list[OrderBelowMinimum]
    over_budget: list[OverBudget]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lines": 12,
                    "orders": 2,
                    "money": [{"currency": "CNY", "cost": 1240.5}],
                    "edited": 1,
                    "warned": 0,
                    "left": 272,
                    "orders_below_minimum": [BELOW],
                    "over_budget": [OVER],
                }
            ]
        }
    )

    @classmethod
    def of(cls, found: ApprovalSummary) -> Self:
        return cls(
            lines=found.lines,
            orders=found.orders,
            money=[CostOut(currency=currency, cost=cost) for currency, cost in found.money.items()],
            edited=found.edited,
            warned=found.warned,
            left=found.left,
            orders_below_minimum=[OrderBelowMinimum.of(reason) for reason in found.below_minimum],
            over_budget=[OverBudget.of(reason) for reason in found.over_budget],
        )


@router.post(
    "/{plan_id}/approve/preview",
    responses=responses(NotFound, TooLarge, WrongMediaType),
    openapi_extra=body_up_to(LISTS),
)
def preview_approval(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.PLANS_WRITE)],
    plan_id: PathId,
    chosen: Annotated[LinesChosen | None, Body(examples=[{"supplier_id": "S017"}])] = None,
) -> ApprovalPreview:
    """What approving a draft, or the lines chosen of it, would order now. Nothing is ordered."""
    chosen = chosen or LinesChosen()
    if session.get(PurchasePlanRow, plan_id) is None:
        raise not_found("Purchase plan", plan_id)
    numbers = lines_to_approve(session, plan_id, chosen.as_filter(), chosen.line_nos)
    limits = request.app.state.settings.purchasing.limits
    return ApprovalPreview.of(approval_summary(session, plan_id, numbers, now, limits))
