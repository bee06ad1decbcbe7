"""Which warehouses a request speaks of: by their ids, or by what belongs to one, in its path, query or body.

Names mean the same in every operation, so this is said once: an operation that takes something of a warehouse under a
new name adds it here, which a test over all operations asks for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fastapi import Request
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api import long_json
from api.beside_the_loop import beside_the_loop
from data.tables import (
    ActuatorRow,
    AlarmRow,
    AssortmentProposalRow,
    CommandRow,
    DemandJudgementRow,
    EventRow,
    FindingRow,
    InspectionRow,
    MoveRow,
    PlanWarehouseRow,
    PurchaseOrderRow,
    ReceiptRow,
    SensorRow,
    SilenceRow,
    SlotRow,
    WarehouseRow,
    ZoneRow,
)

ASKED_AT_ONCE = 5_000  # ids; SQLite takes 32,766 values in a statement
WAREHOUSES = frozenset({"warehouse_id", "warehouse_ids", "warehouse", "from_warehouse_id", "to_warehouse_id"})
# what belongs to warehouses, by which keys; a lot is named together with its warehouse
ORDERS = (select(PurchaseOrderRow.warehouse_id), (PurchaseOrderRow.number, PurchaseOrderRow.purchase_order_id))
PROPOSALS = (AssortmentProposalRow.proposal_id,)
OF_PROPOSAL = or_(  # a move is of both
    AssortmentProposalRow.warehouse_id == WarehouseRow.warehouse_id,
    AssortmentProposalRow.to_warehouse_id == WarehouseRow.warehouse_id,
)
INSPECTIONS = (select(InspectionRow.warehouse_id), (InspectionRow.inspection_id,))
OF_WAREHOUSES: Final[Mapping[str, tuple[Select[Any], Sequence[InstrumentedAttribute[str]]]]] = {
    "plan_id": (select(PlanWarehouseRow.warehouse_id), (PlanWarehouseRow.plan_id,)),
    "order": ORDERS,
    "purchase_order_id": ORDERS,
    "receipt_id": (select(ReceiptRow.warehouse_id), (ReceiptRow.receipt_id,)),
    "move_id": (select(MoveRow.warehouse_id), (MoveRow.move_id,)),
    "alarm_id": (select(AlarmRow.warehouse_id), (AlarmRow.alarm_id,)),
    "actuator_id": (select(ZoneRow.warehouse_id).join(ActuatorRow), (ActuatorRow.actuator_id,)),
    "command_id": (select(CommandRow.warehouse_id), (CommandRow.command_id,)),
    "zone_id": (select(ZoneRow.warehouse_id), (ZoneRow.zone_id,)),
    "silence_id": (select(SilenceRow.warehouse_id), (SilenceRow.silence_id,)),
    "slot_id": (select(SlotRow.warehouse_id), (SlotRow.slot_id,)),
    "event_id": (select(EventRow.warehouse_id), (EventRow.event_id,)),
    "judgement_id": (select(DemandJudgementRow.warehouse_id), (DemandJudgementRow.judgement_id,)),
    "finding_id": (select(FindingRow.warehouse_id), (FindingRow.finding_id,)),
    "proposal_id": (select(WarehouseRow.warehouse_id).join(AssortmentProposalRow, OF_PROPOSAL), PROPOSALS),
    "sensor_id": (select(ZoneRow.warehouse_id).join(SensorRow), (SensorRow.sensor_id,)),
    "replaced_by": (select(ZoneRow.warehouse_id).join(SensorRow), (SensorRow.sensor_id,)),
    "id": INSPECTIONS,
    "complaint_id": INSPECTIONS,
}
Named = Mapping[str, set[str]]


async def named_in(request: Request) -> Named:
    """What a request names, by field: ids of warehouses and of what belongs to one. A body that cannot be read names
    nothing; whoever wanted one refuses it."""
    named: defaultdict[str, set[str]] = defaultdict(set)
    for field, value in [*request.path_params.items(), *request.query_params.multi_items()]:
        _note(named, field, value)
    kind = request.headers.get("content-type", "")
    if kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        for field, value in (await request.form()).multi_items():
            _note(named, field, value)
        return named
    for field, value in await beside_the_loop(request, _fields_of, await request.body()):
        _note(named, field, value)
    return named


def _fields_of(body: bytes) -> list[tuple[str, Any]]:
    try:
        return list(_fields(long_json.loads(body or b"null")))
    except ValueError:
        return []


def warehouses_named(session: Session, named: Named) -> set[str]:
    """The warehouses of all that was named; what there is not belongs to none."""
    found = {value for field in WAREHOUSES for value in named.get(field, ())}
    for field in OF_WAREHOUSES.keys() & named.keys():
        query, keys = OF_WAREHOUSES[field]
        values = list(named[field])
        for first in range(0, len(values), ASKED_AT_ONCE):
            some = values[first : first + ASKED_AT_ONCE]
            found |= set(session.scalars(query.where(or_(*(key.in_(some) for key in keys)))))
    return found - {None}


def _fields(body: Any) -> Iterator[tuple[str, Any]]:
    """Every field of a JSON value, however deep."""
    ahead = [body]
    while ahead:
        value = ahead.pop()
        if isinstance(value, dict):
            yield from value.items()
            ahead += value.values()
        elif isinstance(value, list):
            ahead += value


def _note(named: defaultdict[str, set[str]], field: str, value: Any) -> None:
    if field in WAREHOUSES or field in OF_WAREHOUSES:
        values = value if isinstance(value, list) else [value]
        named[field] |= {one for one in values if isinstance(one, str) and one}
