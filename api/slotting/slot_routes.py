"""Slots of a warehouse, where products should lie, and the moves that take them there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.idempotency import Repeatable, answer_once
from api.pagination import AnyRow, AnySelect, Page, PageQuery, page_of
from api.places.place_queries import known_warehouse
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, not_found, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import Identifier, PathId, Quantity, Remark
from data.frames.barred_places import is_in_alarm
from data.tables import TO_BE_MADE, Band, MoveRow, MoveStatus, ProductRow, SlotRow, SlotSuggestionRow, ZoneRow
from flows.slotting.barring import take_into_use, take_out_of_use
from flows.slotting.settling import do_move, do_part_of_move, refuse_move, take_back_move
from flows.stock.lots_ageing import least_days_left

router = Router(tags=["slots and moves"])
Reader = Annotated[Principal, requires(Scope.READ)]
Mover = Annotated[Principal, requires(Scope.MOVES_WRITE)]
WITH_A_BODY = responses(NotFound, Conflict, TooLarge, WrongMediaType)
MOVE: dict[str, Any] = {
    "move_id": "0d3f5b7c9a1e4f60b2c4d6e8f0a1b2c3",
    "warehouse_id": "W01",
    "rank": 1,
    "product_id": "P0001",
    "product_name": "Baby spinach 200 g",
    "from_slot_id": "W01-L-07",
    "to_slot_id": "W01-L-01",
    "exchange_id": None,
    "quantity": 24.0,
    "metres_saved_per_day": 84.5,
    "minutes": 4.0,
    "reasons": [{"code": "saves_walking", "metres_per_day": 84.5, "repaid_after_days": 3.6}],
    "status": "suggested",
    "carried": None,
    "created_at": "2026-11-22T01:00:00Z",
    "decided_at": None,
    "decided_by": None,
    "decision_reason": None,
    "depended_on": None,
    "zone_in_alarm": False,
}


class SlotOut(BaseModel):
    """A place for one product, in metres on the floor plan; `distance_m` is the walk from the packing bench. It is
    reached from an `aisle` at a `bay`, on a `level` (0: the lowest); null: not known. `pick_face` false: it holds
    reserve."""

    slot_id: str
    zone_id: str
    zone_name: str
    band: Band
    x_m: float
    y_m: float
    distance_m: float
    volume_l: Quantity
    aisle: str | None
    bay: int | None
    level: int | None
    max_weight_kg: Quantity | None
    pick_face: bool
    product_id: str | None = Field(description="what lies there")
    product_name: str | None
    unusable_because: str | None = Field(description="why nothing may be put there; null: it can be used")
    days_left: float | None = Field(
        None, description="for how many days its lot with the least life left may be dispatched, today included"
    )

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "slot_id": "W01-L-01",
                    "zone_id": "W01-L",
                    "zone_name": "Leaf vegetables",
                    "band": "leaf",
                    "x_m": 1.5,
                    "y_m": 2.0,
                    "distance_m": 4.5,
                    "volume_l": 120.0,
                    "aisle": "L-01",
                    "bay": 2,
                    "level": 0,
                    "max_weight_kg": 300.0,
                    "pick_face": True,
                    "product_id": "P0001",
                    "product_name": "Baby spinach 200 g",
                    "unusable_because": None,
                    "days_left": 1.6,
                }
            ]
        },
    )


class SlotSuggestionOut(BaseModel):
    """Where a product should lie; `slot_id` is null where no slot suits it. One that needs several has several, from
    `number` 1 on. `lines_per_day` is how often it is expected to be picked."""

    product_id: str
    number: int
    slot_id: str | None
    lines_per_day: float
    origin: datetime
    reasons: list[dict[str, Any]]

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "product_id": "P0001",
                    "number": 1,
                    "slot_id": "W01-L-01",
                    "lines_per_day": 24.1,
                    "origin": "2026-11-21T16:00:00Z",
                    "reasons": [
                        {"code": "ranked_in_band", "rank": 1, "products": 42, "band": "leaf", "lines_per_day": 24.1}
                    ],
                }
            ]
        },
    )


class MoveOut(BaseModel):
    """A product to be carried from one slot to another, in the order of `rank`. Two moves with one `exchange_id`
    change places and are settled together."""

    move_id: str
    warehouse_id: str
    rank: int
    product_id: str
    product_name: str
    from_slot_id: str | None
    to_slot_id: str
    exchange_id: str | None
    quantity: Quantity | None = Field(description="how much is to be carried, in the product's unit; null: all of it")
    metres_saved_per_day: float
    minutes: float | None = Field(description="how long carrying is taken to last")
    reasons: list[dict[str, Any]]
    status: MoveStatus
    carried: Quantity | None = Field(description="how much of it lies in its new slot, where that is a part")
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    decision_reason: str | None
    depended_on: str | None = Field(
        description="of a move that was withdrawn: the move whose settlement made it impossible"
    )
    zone_in_alarm: bool = Field(
        description="whether the zone that it goes into has a temperature alarm now: then it waits"
    )

    model_config = ConfigDict(json_schema_extra={"examples": [MOVE]})


class PartlyDone(BaseModel):
    """How much of a move's product lies in its new slot now, in all. It may be left out of a move of an exchange: this
    product is there whole, the other one is still to be put away."""

    quantity: Quantity | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"quantity": 10}]})


class Refused(BaseModel):
    """Why a move was not made; `slot_unusable`: nothing can be put into its new slot."""

    reason: Remark
    slot_unusable: bool = False

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "the shelf is broken"}]})


class OutOfUse(BaseModel):
    """Why nothing may be put into a slot."""

    reason: Remark

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "the shelf is bent"}]})


class SlotsQuery(PageQuery):
    """Which slots."""

    zone_id: Identifier | None = None


class MovesQuery(PageQuery):
    """Which moves."""

    status: MoveStatus | None = Field(None, description="left out: those that are to be made, whole or the rest")


@router.get("/warehouses/{warehouse_id}/slots", responses=responses(NotFound))
def list_slots(
    session: ReadSession, now: Now, who: Reader, warehouse_id: PathId, asked: Annotated[SlotsQuery, Query()]
) -> Page[SlotOut]:
    """The slots of a warehouse, what lies in them and how much life that has left."""
    left = least_days_left(session, known_warehouse(session, warehouse_id), now)
    query = _slots().where(SlotRow.warehouse_id == warehouse_id)
    if asked.zone_id is not None:
        query = query.where(SlotRow.zone_id == asked.zone_id)
    return page_of(session, query, [SlotRow.slot_id], asked, lambda row: _as_slot(row, left))


@router.post("/slots/{slot_id}/unusable", responses=responses(NotFound, TooLarge, WrongMediaType))
def slot_unusable(session: WriteSession, now: Now, who: Mover, slot_id: PathId, why: OutOfUse) -> SlotOut:
    """Nothing is suggested to be put into the slot any more, moves into it are withdrawn, and what lies there is
    suggested to be moved first. Safe to repeat."""
    take_out_of_use(session, slot_id, why.reason, now)
    return _read_slot(session, slot_id, now)


@router.post("/slots/{slot_id}/usable", responses=responses(NotFound))
def slot_usable(session: WriteSession, now: Now, who: Mover, slot_id: PathId) -> SlotOut:
    """The slot can be used again, from the next suggestions on. Safe to repeat."""
    take_into_use(session, slot_id)
    return _read_slot(session, slot_id, now)


@router.get("/warehouses/{warehouse_id}/slot-suggestions", responses=responses(NotFound))
def list_slot_suggestions(
    session: ReadSession, who: Reader, warehouse_id: PathId, asked: Annotated[PageQuery, Query()]
) -> Page[SlotSuggestionOut]:
    """Where each product of a warehouse should lie."""
    known_warehouse(session, warehouse_id)
    query = select(SlotSuggestionRow).where(SlotSuggestionRow.warehouse_id == warehouse_id)
    return page_of(
        session,
        query,
        [SlotSuggestionRow.product_id, SlotSuggestionRow.number],
        asked,
        lambda row: SlotSuggestionOut.model_validate(row.SlotSuggestionRow),
    )


@router.get("/warehouses/{warehouse_id}/moves", responses=responses(NotFound))
def list_moves(
    session: ReadSession, who: Reader, warehouse_id: PathId, asked: Annotated[MovesQuery, Query()]
) -> Page[MoveOut]:
    """The moves of a warehouse in the order in which to make them; by default those that are to be made."""
    known_warehouse(session, warehouse_id)
    statuses = TO_BE_MADE if asked.status is None else (asked.status,)
    query = _moves().where(MoveRow.warehouse_id == warehouse_id, MoveRow.status.in_(statuses))
    return page_of(session, query, [MoveRow.rank, MoveRow.move_id], asked, _as_move)


@router.get("/moves/{move_id}", responses=responses(NotFound))
def read_move(session: ReadSession, who: Reader, move_id: PathId) -> MoveOut:
    """One move."""
    found = session.execute(_moves().where(MoveRow.move_id == move_id)).one_or_none()
    if found is None:
        raise not_found("Move", move_id)
    return _as_move(found)


@dataclass(frozen=True)
class Answer:
    """What staff say of a move; it is said once, however often it is sent."""

    session: WriteSession
    now: Now
    who: Mover
    move_id: PathId
    repeatable: Repeatable

    def settles(self, settle: Callable[[], None]) -> Response:
        """The move after what was said of it."""

        def work() -> MoveOut:
            settle()
            return _read_move(self.session, self.move_id)

        return answer_once(self.session, self.repeatable, self.who.key_id, self.now, work, 200)


Said = Annotated[Answer, Depends()]


@router.post("/moves/{move_id}/done", response_model=MoveOut, responses=responses(NotFound, Conflict))
def move_done(said: Said) -> Response:
    """The product lies in its new slot now. 409: a slot holds something else, or the move was settled otherwise."""
    return said.settles(lambda: do_move(said.session, said.move_id, said.now, said.who.name))


@router.post("/moves/{move_id}/partly-done", response_model=MoveOut, responses=WITH_A_BODY)
def move_partly_done(said: Said, part: PartlyDone) -> Response:
    """A part of the product lies in its new slot now, the rest where it was; the move stays on the list."""
    return said.settles(lambda: do_part_of_move(said.session, said.move_id, part.quantity, said.now, said.who.name))


@router.post("/moves/{move_id}/refused", response_model=MoveOut, responses=WITH_A_BODY)
def move_refused(said: Said, refused: Refused) -> Response:
    """The move is not made, and why. Moves that cannot be made without it are withdrawn and name it (`depended_on`)."""
    unusable = refused.slot_unusable
    return said.settles(
        lambda: refuse_move(said.session, said.move_id, refused.reason, said.now, said.who.name, slot_unusable=unusable)
    )


@router.post("/moves/{move_id}/undone", response_model=MoveOut, responses=responses(NotFound, Conflict))
def move_undone(said: Said) -> Response:
    """What was said of the move is taken back, and it is to be made. 409: its slots no longer hold what it left."""
    return said.settles(lambda: take_back_move(said.session, said.move_id, said.now, said.who.name))


def _slots() -> AnySelect:
    query: AnySelect = (
        select(
            *SlotRow.__table__.columns,
            ZoneRow.name.label("zone_name"),
            ZoneRow.band,
            ProductRow.name.label("product_name"),
        )
        .join(ZoneRow, ZoneRow.zone_id == SlotRow.zone_id)
        .outerjoin(ProductRow, ProductRow.product_id == SlotRow.product_id)
    )
    return query


def _as_slot(row: AnyRow, left: Mapping[str, float]) -> SlotOut:
    slot = SlotOut.model_validate(row)
    return slot.model_copy(update={"days_left": left.get(slot.product_id or "")})


def _read_slot(session: Session, slot_id: str, now: datetime) -> SlotOut:
    session.flush()
    row = session.execute(_slots().where(SlotRow.slot_id == slot_id)).one()
    return _as_slot(row, least_days_left(session, known_warehouse(session, row.warehouse_id), now))


def _moves() -> AnySelect:
    query: AnySelect = (
        select(MoveRow, ProductRow.name.label("product_name"), is_in_alarm(SlotRow.zone_id).label("zone_in_alarm"))
        .join(ProductRow, ProductRow.product_id == MoveRow.product_id)
        .join(SlotRow, SlotRow.slot_id == MoveRow.to_slot_id)
    )
    return query


def _as_move(row: AnyRow) -> MoveOut:
    besides = {name: getattr(row, name) for name in ("product_name", "zone_in_alarm")}
    shown = {name: getattr(row.MoveRow, name) for name in MoveOut.model_fields if name not in besides}
    return MoveOut(**shown, **besides)


def _read_move(session: Session, move_id: str) -> MoveOut:
    session.flush()
    return _as_move(session.execute(_moves().where(MoveRow.move_id == move_id)).one())
