"""The slots of a warehouse: the floor, what lies where, and the moves that staff carry out or refuse."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from fastapi import Form, Query, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.pages.rendering import done, page, part, short_slot
from api.pages.slots.floor_plan import COLOURS, ZONE_COLOURS, busy_levels, draw_floor
from api.pages.slots.shown_slots import ShownSlot, SlotSort, in_order, is_found, slots_of
from api.pages.texts import list_sentences, move_sentences, number, paragraph, say, slot_sentences
from api.pages.typed_numbers import TypedNumber
from api.places.place_queries import known_warehouse
from api.problems import NotFound
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from data.frames.barred_places import zones_in_alarm
from data.frames.floor_and_lines import floor_points, walkways
from data.tables import TO_BE_MADE, MoveRow, MoveStatus, ProductRow, SlotRow, SlotSuggestionRow, WarehouseRow, ZoneRow
from flows.slotting.barring import take_into_use
from flows.slotting.open_moves import ListedMove, OpenMoves, open_moves
from flows.slotting.proving import latest_batches, proved_batches
from flows.slotting.settling import do_move, do_part_of_move, refuse_move, take_back_move
from flows.stock.lots_ageing import least_days_left

SETTLED_SHOWN = 10
STEPS_SHOWN = 20  # more than a shift carries; all of them would be most of the page
BATCHES_SHOWN = 5

router = Router(include_in_schema=False)

Reads = Annotated[Principal, requires(Scope.READ)]
Writes = Annotated[Principal, requires(Scope.MOVES_WRITE)]
Words = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True)
class WarehouseMoves:
    """A warehouse in the list: its slots and open moves."""

    warehouse: WarehouseRow
    slots: int
    open_moves: OpenMoves


@dataclass(frozen=True)
class MoveStep:
    """One step of work: a move, or the two halves of an exchange."""

    moves: Sequence[tuple[MoveRow, ProductRow]]
    metres_saved_per_day: float
    sentences: Sequence[str]
    waits_for: str | None  # the name of a zone in alarm that something of it goes into

    @property
    def first(self) -> MoveRow:
        return self.moves[0][0]

    @property
    def minutes(self) -> float | None:
        """How long it is taken to last; None where nobody said."""
        told = [move.minutes for move, _ in self.moves if move.minutes is not None]
        return sum(told) if told else None


@router.get("/slots")
def warehouses(request: Request, session: ReadSession, who: Reads) -> Response:
    """The warehouses, those with the most to gain first."""
    return page(request, "slots/warehouses.html", rows=warehouses_with_moves(session))


@router.get("/warehouses/{warehouse_id}/slots")
def slots(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Reads,
    warehouse_id: str,
    q: Words = "",
    steps: Literal["first", "all"] = "first",
) -> Response:
    """The floor of one warehouse and its moves, the first of them or all."""
    warehouse = known_warehouse(session, warehouse_id)
    rows = slots_of(session, warehouse_id)
    zones = _zones(session, warehouse_id)
    in_alarm = zones_in_alarm(session, warehouse_id)
    here = f"/warehouses/{quote(warehouse_id, safe='')}"
    to_be_made = open_steps(
        session, warehouse_id, {zone.zone_id: zone.name for zone in zones if zone.zone_id in in_alarm}
    )
    return page(
        request,
        "slots/slots.html",
        warehouse=warehouse,
        count=len(rows),
        q=q,
        found=sum(is_found(row, q) for row in rows),
        drawing=f"{here}/floor.svg{'?' + urlencode({'q': q}) if q else ''}",
        legend=_legend(busy_levels([row.lines_per_day or 0 for row in rows])),
        in_alarm=[zone for zone in zones if zone.zone_id in in_alarm],
        steps=to_be_made if steps == "all" else to_be_made[:STEPS_SHOWN],
        step_count=len(to_be_made),
        told=list_sentences(_open(warehouse_id, to_be_made)),
        settled=settled_moves(session, warehouse_id),
        proved=proved_batches(session, warehouse, latest_batches(session, warehouse_id, BATCHES_SHOWN), now),
        homeless=products_without_slot(session, warehouse_id, {zone.zone_id: zone.name for zone in zones}),
    )


@router.get("/warehouses/{warehouse_id}/floor.svg")
def floor_drawing(request: Request, session: ReadSession, who: Reads, warehouse_id: str, q: Words = "") -> Response:
    """The floor of one warehouse as a drawing, with what is searched for picked out."""
    warehouse = known_warehouse(session, warehouse_id)
    rows = slots_of(session, warehouse_id)
    if not rows:
        raise NotFound(say("slots.none"))
    floor = draw_floor(
        _zones(session, warehouse_id),
        [row.slot for row in rows],
        floor_points(session, warehouse_id),
        walkways(session, warehouse_id),
        {row.slot.slot_id: row.lines_per_day for row in rows if row.lines_per_day is not None},
        {row.slot.slot_id: _words(row, warehouse) for row in rows},
        frozenset(row.slot.slot_id for row in rows if is_found(row, q)),
    )
    drawing = part(
        request,
        "slots/floor.svg",
        floor=floor,
        colours=COLOURS,
        zone_colours=ZONE_COLOURS,
        searching=bool(q),
        names={one.slot.slot_id: " ".join(one.product.all_names) for one in rows if one.product and one.product.names},
    )
    return Response(drawing, media_type="image/svg+xml")


@router.get("/warehouses/{warehouse_id}/slots/table")
def slot_table(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Reads,
    warehouse_id: str,
    q: Words = "",
    sort: SlotSort = SlotSort.LINES,
) -> Response:
    """All slots of one warehouse, or those that are searched for, in an order."""
    warehouse = known_warehouse(session, warehouse_id)
    rows = slots_of(session, warehouse_id, least_days_left(session, warehouse, now))
    shown = [row for row in rows if is_found(row, q)] if q else rows
    return page(
        request,
        "slots/slot_table.html",
        warehouse=warehouse,
        rows=in_order(shown, sort),
        count=len(rows),
        q=q,
        sort=sort,
    )


@router.post("/warehouses/{warehouse_id}/moves")
def settle(
    session: WriteSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    move_id: Annotated[str, Form(max_length=64)],
    answer: Annotated[Literal["done", "partly_done", "refused", "undone"], Form()],
    quantity: Annotated[TypedNumber | None, Form()] = None,
    reason: Annotated[str | None, Form(max_length=500)] = None,
    slot_id: Annotated[str | None, Form(max_length=64)] = None,
) -> Response:
    """Records what became of a move; a refusal may name its new slot as one that cannot be used."""
    if answer == "done":
        do_move(session, move_id, now, who.name)
    elif answer == "partly_done":
        do_part_of_move(session, move_id, quantity, now, who.name)
    elif answer == "refused":
        refuse_move(session, move_id, reason, now, who.name, slot_unusable=slot_id is not None)
    else:
        take_back_move(session, move_id, now, who.name)
    return done(f"/warehouses/{quote(warehouse_id, safe='')}/slots", f"move_{answer}")


@router.post("/slots/{slot_id}/use")
def use_again(session: WriteSession, now: Now, who: Writes, slot_id: str) -> Response:
    """Takes a slot into use again."""
    slot = take_into_use(session, slot_id)
    return done(f"/warehouses/{quote(slot.warehouse_id, safe='')}/slots/table", "slot_usable")


def warehouses_with_moves(session: Session) -> list[WarehouseMoves]:
    """Every warehouse with its number of slots and what is open."""
    slots = dict(
        session.execute(select(SlotRow.warehouse_id, func.count()).group_by(SlotRow.warehouse_id)).tuples().all()
    )
    moves = {row.warehouse_id: row for row in open_moves(session)}
    nothing = OpenMoves.of("", [])
    places = session.scalars(select(WarehouseRow).order_by(WarehouseRow.name, WarehouseRow.warehouse_id)).all()
    by_saving = sorted(places, key=lambda place: -moves.get(place.warehouse_id, nothing).metres_saved_per_day)
    return [
        WarehouseMoves(place, slots.get(place.warehouse_id, 0), moves.get(place.warehouse_id, nothing))
        for place in by_saving
    ]


def open_steps(session: Session, warehouse_id: str, in_alarm: Mapping[str, str]) -> list[MoveStep]:
    """What to carry where, in the order of work; the halves of an exchange are one step. `in_alarm` are the names of
    zones that nothing is moved into now."""
    rows = session.execute(
        select(MoveRow, ProductRow, SlotRow.zone_id)
        .join(ProductRow, ProductRow.product_id == MoveRow.product_id)
        .join(SlotRow, SlotRow.slot_id == MoveRow.to_slot_id)
        .where(MoveRow.warehouse_id == warehouse_id, MoveRow.status.in_(TO_BE_MADE))
        .order_by(MoveRow.rank)
    )
    together: defaultdict[str, list[tuple[MoveRow, ProductRow]]] = defaultdict(list)
    names: dict[str, str] = {}
    waits: dict[str, str] = {}
    for move, product, zone_id in rows:
        if zone_id in in_alarm:
            waits[move.exchange_id or move.move_id] = in_alarm[zone_id]
        together[move.exchange_id or move.move_id].append((move, product))
        names[product.product_id] = product.name
    return [
        MoveStep(
            moves=halves,
            metres_saved_per_day=sum(move.metres_saved_per_day for move, _ in halves),
            sentences=move_sentences(halves[0][0].reasons, names),
            waits_for=waits.get(key),
        )
        for key, halves in together.items()
    ]


def _open(warehouse_id: str, steps: Sequence[MoveStep]) -> OpenMoves:
    moves = (move for step in steps for move, _ in step.moves)
    return OpenMoves.of(warehouse_id, (ListedMove(m.product_id, m.metres_saved_per_day, m.reasons) for m in moves))


def settled_moves(session: Session, warehouse_id: str) -> Sequence[Any]:
    """The moves decided last: (move, product name)."""
    return session.execute(
        select(MoveRow, ProductRow.name)
        .join(ProductRow, ProductRow.product_id == MoveRow.product_id)
        .where(MoveRow.warehouse_id == warehouse_id)
        .where(MoveRow.status.in_([MoveStatus.DONE, MoveStatus.REFUSED]) | MoveRow.depended_on.is_not(None))
        .order_by(MoveRow.decided_at.desc())
        .limit(SETTLED_SHOWN)
    ).all()


def products_without_slot(session: Session, warehouse_id: str, zones: Mapping[str, str]) -> list[tuple[str, str]]:
    """Products for which no slot could be found: name and why."""
    rows = session.execute(
        select(ProductRow.name, SlotSuggestionRow.reasons)
        .join(SlotSuggestionRow, SlotSuggestionRow.product_id == ProductRow.product_id)
        .where(SlotSuggestionRow.warehouse_id == warehouse_id, SlotSuggestionRow.slot_id.is_(None))
        .order_by(SlotSuggestionRow.lines_per_day.desc())
    )
    return [(name, paragraph(slot_sentences(reasons, zones))) for name, reasons in rows]


def _zones(session: Session, warehouse_id: str) -> Sequence[ZoneRow]:
    return session.scalars(select(ZoneRow).where(ZoneRow.warehouse_id == warehouse_id).order_by(ZoneRow.name)).all()


def _legend(levels: Sequence[float]) -> list[tuple[str, str]]:
    """What each colour of the drawing says."""
    ends = [say("slots.level", to=number(end, 1)) for end in levels]
    return list(zip(COLOURS, [say("slots.not_picked"), *ends], strict=False))


def _words(row: ShownSlot, warehouse: WarehouseRow) -> str:
    slot = short_slot(row.slot.slot_id, warehouse)
    if row.slot.unusable_because:
        return say("slots.point_unusable", slot=slot, because=row.slot.unusable_because)
    if row.product is None:
        return say("slots.point_empty" if row.slot.pick_face else "slots.point_reserve", slot=slot)
    lines = say("slots.unknown") if row.lines_per_day is None else number(row.lines_per_day, 1)
    return say("slots.point", slot=slot, product=row.product.name, lines=lines)
