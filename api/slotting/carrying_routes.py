"""Goods carried into pick faces and reserve, over HTTP: what to refill, and what lies in reserve."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from api.places.place_queries import known_warehouse
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import PathId, Quantity
from flows.slotting.refilling import NothingToSay, Refilling, refilling
from flows.stock.in_reserve import lay_in_reserve

router = Router(tags=["slots and moves"])
Reader = Annotated[Principal, requires(Scope.READ)]
Mover = Annotated[Principal, requires(Scope.MOVES_WRITE)]


class ReplenishmentOut(BaseModel):
    """So much of a lot to be carried from a reserve slot, into which `was` of it had been put and where `left` then
    stays, to the face of its product. There `holds` lies now, of which `enough` is needed; it is expected to run out
    at `runs_out_at`, or, once all that is suggested for it lies there, at `then_out_at`; null: not before `until`."""

    product_id: str
    lot_id: str
    from_slot_id: str
    to_slot_id: str
    quantity: float
    was: float
    left: float
    holds: float
    enough: float
    runs_out_at: datetime | None
    then_out_at: datetime | None


class ReplenishmentsOut(BaseModel):
    """What to carry to pick faces now, in the order of work, so that they hold what is picked up to `until`."""

    until: datetime = Field(description="the chance to refill after the one that is at work or comes next")
    items: list[ReplenishmentOut]
    nothing_because: NothingToSay | None = Field(description="why nothing can be said; null: all is known")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "until": "2026-11-22T06:00:00Z",
                    "items": [
                        {
                            "product_id": "P0001",
                            "lot_id": "261121-004",
                            "from_slot_id": "W01-R-12",
                            "to_slot_id": "W01-L-01",
                            "quantity": 24.0,
                            "was": 30.0,
                            "left": 6.0,
                            "holds": 5.0,
                            "enough": 21.4,
                            "runs_out_at": "2026-11-22T01:00:00Z",
                            "then_out_at": None,
                        }
                    ],
                    "nothing_because": None,
                }
            ]
        }
    )


class InReserveIn(BaseModel):
    """How much of a lot lies in a reserve slot; `was`: how much it is thought to be so far, so that nobody's change is
    written over."""

    quantity: Decimal = Field(ge=0, max_digits=12, decimal_places=3)
    was: Decimal | None = Field(None, ge=0, max_digits=12, decimal_places=3)

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"quantity": 6, "was": 30}]})


class InReserveOut(BaseModel):
    """How much of a lot lies in a reserve slot."""

    slot_id: str
    lot_id: str
    quantity: Quantity

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"slot_id": "W01-R-12", "lot_id": "261121-004", "quantity": 6}]}
    )


@router.get("/warehouses/{warehouse_id}/replenishments", responses=responses(NotFound))
def list_replenishments(
    request: Request, session: ReadSession, now: Now, who: Reader, warehouse_id: PathId
) -> ReplenishmentsOut:
    """Which pick faces to refill now, how much and from where. When one is done, say what is left in the reserve slot:
    `PUT /v1/slots/{slot_id}/lots/{lot_id}`."""
    times = request.app.state.settings.refill_times
    return _refilling_shown(refilling(session, known_warehouse(session, warehouse_id), now, times))


@router.put("/slots/{slot_id}/lots/{lot_id}", responses=responses(NotFound, Conflict, TooLarge, WrongMediaType))
def lies_in_reserve(
    session: WriteSession, who: Mover, slot_id: PathId, lot_id: PathId, lies: InReserveIn
) -> InReserveOut:
    """So much of a lot lies in a reserve slot now: it was put away, taken to its face, or counted. Safe to repeat. 409:
    the slot holds another product, or something else than `was` lay there."""
    lay_in_reserve(session, slot_id, lot_id, lies.quantity, lies.was)
    return InReserveOut(slot_id=slot_id, lot_id=lot_id, quantity=lies.quantity)


def _refilling_shown(found: Refilling) -> ReplenishmentsOut:
    def begins(hour: int | None) -> datetime | None:
        return None if hour is None else found.hours[hour].astimezone(UTC)

    items = [
        ReplenishmentOut(
            product_id=one.product_id,
            lot_id=one.lot_id,
            from_slot_id=one.from_slot_id,
            to_slot_id=one.to_slot_id,
            quantity=one.quantity,
            was=float(found.put[one.from_slot_id, one.lot_id]),
            left=round(one.left, 3),
            holds=round(one.holds, 3),
            enough=round(one.enough, 3),
            runs_out_at=begins(one.runs_out_in),
            then_out_at=begins(one.then_out_in),
        )
        for one in found.carries
    ]
    return ReplenishmentsOut(until=found.until.astimezone(UTC), items=items, nothing_because=found.nothing_because)
