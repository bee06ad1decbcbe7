"""Goods carried into pick faces and reserve, over HTTP: what to refill, where what came goes, what lies in reserve."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from api.places.place_queries import known_warehouse
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, not_found, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import Day, PathId, Quantity
from data.tables import ReceiptRow
from flows.slotting.putting_away import LotToPutAway, put_away_receipt
from flows.slotting.refilling import NothingToSay, Refilling, refilling
from flows.stock.in_reserve import lay_in_reserve
from warehouse.slotting.putting_away import PlaceKind

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

    quantity: Quantity
    was: Quantity | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"quantity": 6, "was": 30}]})


class InReserveOut(BaseModel):
    """How much of a lot lies in a reserve slot."""

    slot_id: str
    lot_id: str
    quantity: Quantity

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"slot_id": "W01-R-12", "lot_id": "261121-004", "quantity": 6}]}
    )


class PlaceOut(BaseModel):
    """So much goes into a slot; `slot_id` null: nowhere, for these reasons."""

    slot_id: str | None
    quantity: float
    place: PlaceKind | None
    reasons: list[dict[str, Any]]


class LotToPutAwayOut(BaseModel):
    """A lot of a receipt: how much of it lies in reserve by now, and where the rest goes."""

    line_no: int
    lot_id: str
    product_id: str
    product_name: str
    expires_on: Day | None
    in_reserve: list[InReserveOut]
    goes: list[PlaceOut]


class PutAwayOut(BaseModel):
    """Where the lots of a receipt go; those that are sold by now are left out."""

    receipt_id: str
    warehouse_id: str
    lots: list[LotToPutAwayOut]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "receipt_id": "door-2026-11-24-F01",
                    "warehouse_id": "W01",
                    "lots": [
                        {
                            "line_no": 1,
                            "lot_id": "261124-001",
                            "product_id": "P0001",
                            "product_name": "Baby spinach 200 g",
                            "expires_on": "2026-11-26",
                            "in_reserve": [],
                            "goes": [
                                {"slot_id": "W01-L-01", "quantity": 20.0, "place": "face", "reasons": []},
                                {"slot_id": "W01-R-12", "quantity": 6.0, "place": "reserve", "reasons": []},
                            ],
                        }
                    ],
                }
            ]
        }
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


@router.get("/receipts/{receipt_id}/put-away", responses=responses(NotFound))
def put_away(session: ReadSession, now: Now, who: Reader, receipt_id: PathId) -> PutAwayOut:
    """Where the lots of a receipt go: to their face, else to reserve, else to a free slot; the rule is named where
    there is no legal place. What is put into reserve is said by `PUT /v1/slots/{slot_id}/lots/{lot_id}`."""
    receipt = session.get(ReceiptRow, receipt_id)
    if receipt is None:
        raise not_found("Receipt", receipt_id)
    lots = put_away_receipt(session, known_warehouse(session, receipt.warehouse_id), receipt, now)
    return PutAwayOut(receipt_id=receipt_id, warehouse_id=receipt.warehouse_id, lots=_lots_shown(lots))


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


def _lots_shown(lots: Sequence[LotToPutAway]) -> list[LotToPutAwayOut]:
    return [
        LotToPutAwayOut(
            line_no=lot.line_no,
            lot_id=lot.lot_id,
            product_id=lot.product.product_id,
            product_name=lot.product.name,
            expires_on=lot.expires_on,
            in_reserve=[InReserveOut(slot_id=slot, lot_id=lot.lot_id, quantity=laid) for slot, laid in lot.in_reserve],
            goes=[
                PlaceOut(
                    slot_id=one.slot_id,
                    quantity=round(one.quantity, 3),
                    place=one.kind,
                    reasons=[reason.as_dict() for reason in one.reasons],
                )
                for one in lot.goes
            ],
        )
        for lot in lots
    ]
