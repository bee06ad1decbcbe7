"""What was acknowledged, looked for in the database: is it there, once, and whole? By SQL, with nothing of the code
that was to keep it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from data.database import reading
from data.tables import (
    DailySalesRow,
    LotRow,
    OrderLineRow,
    PlanLineEditRow,
    PlanLineRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    QuarantinedMessageRow,
    ReadingRow,
    SupplierRow,
)
from tests.bench.storm.imports import LONG_AGO
from tests.bench.storm.installation import SAVED_EVERY
from tests.bench.storm.record import Import, Record
from tests.bench.storm.region import BY_FILE

MOSQUITTO_LOSES: Final = SAVED_EVERY + 2.0  # seconds before its own death of which it may have saved nothing
READ_LATE: Final = 1.0  # after its death, an acknowledgement that it had sent before


@dataclass(frozen=True)
class Finding:
    """A figure; `fault` says whether it must be 0."""

    what: str
    figure: int
    fault: bool = False


def judge(engine: Engine, record: Record, broker_kills: Collection[float]) -> list[Finding]:
    """Everything that can be said of what was acknowledged."""
    with reading(engine) as session:
        return [
            *_readings(session, record, broker_kills),
            *_plans(session, record),
            *_edits(session, record),
            *_orders(session, record),
            *_imports(session, record),
            Finding("answers that should not be (500, another answer to the same key)", len(record.unexpected), True),
            Finding("requests repeated under their key", record.counts["repeats"]),
            Finding("damage that the database finds in itself", _damage(engine), True),
        ]


def _readings(session: Session, record: Record, broker_kills: Collection[float]) -> list[Finding]:
    rows = session.execute(select(ReadingRow.sensor_id, ReadingRow.taken_at, ReadingRow.temperature_c)).tuples()
    kept = {(sensor, taken_at): temperature for sensor, taken_at, temperature in rows if sensor not in BY_FILE}
    put_aside = set(session.execute(select(QuarantinedMessageRow.topic, QuarantinedMessageRow.payload)).tuples())
    in_quarantine = {name for name, temperature in record.sent.items() if _message(name, temperature) in put_aside}
    lost = {name for name in (*record.by_mqtt, *record.by_http) if name not in kept and name not in in_quarantine}
    bad_lost = {message for message in record.bad_messages if message not in put_aside}
    by_broker = {name for name in lost if _just_before(record.by_mqtt.get(name), broker_kills)}
    bad_by_broker = {one for one in bad_lost if _just_before(record.bad_messages[one], broker_kills)}
    wrong = sum(record.sent.get(name) != temperature for name, temperature in kept.items())
    return [
        Finding("readings acknowledged by MQTT", len(record.by_mqtt)),
        Finding("readings acknowledged by HTTP", len(record.by_http)),
        Finding("of them lost", len(lost - by_broker), True),
        Finding(f"of them lost by mosquitto's own death (its last {MOSQUITTO_LOSES:.0f} s)", len(by_broker)),
        Finding("kept in the quarantine", len(in_quarantine)),
        Finding("both kept and in the quarantine", len(in_quarantine & set(kept)), True),
        Finding("kept as another value, or never sent", wrong, True),
        Finding("messages that are no readings, acknowledged", len(record.bad_messages)),
        Finding("of them not in the quarantine", len(bad_lost - bad_by_broker), True),
    ]


def _just_before(acknowledged: float | None, broker_kills: Collection[float]) -> bool:
    return acknowledged is not None and any(
        -READ_LATE <= kill - acknowledged <= MOSQUITTO_LOSES for kill in broker_kills
    )


def _message(name: tuple[str, object], temperature: float) -> tuple[str, bytes]:
    sensor, taken_at = name
    body = f'{{"taken_at": "{taken_at.isoformat()}", "temperature_c": {temperature}}}'  # type: ignore[attr-defined]
    return f"freshfront/readings/{sensor}", body.encode()


def _plans(session: Session, record: Record) -> list[Finding]:
    buyers = {who for who, _ in record.plans.values()}
    by_buyers = select(PurchasePlanRow.plan_id).where(PurchasePlanRow.created_by.in_(buyers))
    there = set(session.scalars(by_buyers))
    known = {plan_id for _, plan_id in record.plans.values() if plan_id is not None}
    return [
        Finding("plans acknowledged", len(known)),
        Finding("of them not there", len(known - there), True),
        Finding("plans that nobody asked for, or made twice", max(0, len(there) - len(record.plans)), True),
    ]


def _edits(session: Session, record: Record) -> list[Finding]:
    row = PlanLineEditRow
    written = Counter(session.execute(select(row.plan_id, row.line_no, row.to_quantity)).tuples().all())
    acknowledged = [edit for edit in record.edits if edit.acknowledged]
    times = [written[edit.plan_id, edit.line_no, edit.quantity] for edit in acknowledged]
    in_effect = {
        (plan_id, line_no): quantity
        for plan_id, line_no, quantity in session.execute(
            select(PlanLineRow.plan_id, PlanLineRow.line_no, PlanLineRow.quantity)
        ).tuples()
    }
    may_be: dict[tuple[str, int], set[object]] = {}
    for edit in record.edits:
        if edit.acknowledged:
            may_be[edit.plan_id, edit.line_no] = set()
        may_be.setdefault((edit.plan_id, edit.line_no), {in_effect.get((edit.plan_id, edit.line_no))})
        may_be[edit.plan_id, edit.line_no].add(edit.quantity)
    return [
        Finding("edits acknowledged", len(acknowledged)),
        Finding("of them not written down", times.count(0), True),
        Finding("of them written down more than once", sum(number > 1 for number in times), True),
        Finding("lines on which the last one is not in effect",
                sum(in_effect.get(line) not in quantities for line, quantities in may_be.items()), True),
    ]  # fmt: skip


def _orders(session: Session, record: Record) -> list[Finding]:
    line, order, of_order = PlanLineRow, PurchaseOrderRow, PurchaseOrderLineRow
    approved = select(line.plan_id, line.line_no, line.supplier_id, line.warehouse_id, line.delivery_date,
                      line.product_id, line.quantity)  # fmt: skip
    approved = approved.where(line.approved_at.is_not(None))
    rows = list(session.execute(approved).tuples())
    numbers = {(plan_id, line_no) for plan_id, line_no, *_ in rows}
    wanted = Counter((row[0], *row[2:]) for row in rows if row[2] is not None and row[6] > 0)
    query = select(order.plan_id, order.supplier_id, order.warehouse_id, order.delivery_date, of_order.product_id,
                   of_order.quantity).join(of_order, of_order.purchase_order_id == order.purchase_order_id)  # fmt: skip
    ordered = Counter(session.execute(query.where(order.plan_id.is_not(None))).tuples().all())
    there = set(session.scalars(select(order.purchase_order_id)))
    empty = session.scalar(
        select(func.count())
        .select_from(order)
        .where(order.purchase_order_id.not_in(select(of_order.purchase_order_id)))
    )
    missing = sum((part.plan_id, line_no) not in numbers for part in record.parts for line_no in part.line_nos)
    gone = sum(order_id not in there for part in record.parts for order_id in part.order_ids)
    return [
        Finding("approvals of parts acknowledged", len(record.parts)),
        Finding("purchase orders", len(there)),
        Finding("lines of acknowledged approvals that are not approved", missing, True),
        Finding("purchase orders of acknowledged approvals that are not there", gone, True),
        Finding("approved lines without their order", (wanted - ordered).total(), True),
        Finding("lines ordered twice, or without an approval", (ordered - wanted).total(), True),
        Finding("purchase orders without lines", empty or 0, True),
    ]


def _imports(session: Session, record: Record) -> list[Finding]:
    marks = {kind: _rows(session, kind) for kind in ("suppliers", "orders", "lots", "sales", "readings")}
    groups: dict[tuple[str, str], list[Import]] = {}
    for one in record.imports:
        groups.setdefault((one.kind, one.group), []).append(one)
    missing = half = 0
    for (kind, group), told in groups.items():
        found = marks[kind].get(group, Counter())
        last = max((number for number, one in enumerate(told) if one.acknowledged), default=None)
        may_be = told if last is None else told[last:]
        missing += last is not None and not found
        half += bool(found) and not any(found == Counter({one.mark: one.rows}) for one in may_be)
    acknowledged = sum(one.acknowledged for one in record.imports)
    return [
        Finding("imports acknowledged", acknowledged),
        Finding("of them not there", missing, True),
        Finding("imports of which a part is there", half, True),
    ]


def _rows(session: Session, kind: str) -> dict[str, Counter[int]]:
    """How many rows of each mark are there, by group, as `imports.py` makes them."""
    found: dict[str, Counter[int]] = {}
    if kind == "sales":
        sales = select(DailySalesRow.date, DailySalesRow.sales)
        pairs: list[tuple[str, int]] = [(str(day), int(mark)) for day, mark in session.execute(sales).tuples()]
    elif kind == "readings":
        of_files = select(ReadingRow.taken_at).where(ReadingRow.sensor_id.in_(BY_FILE))
        hours = [int((taken_at - LONG_AGO).total_seconds() // 3600) for taken_at in session.scalars(of_files)]
        pairs = [(f"{hour}", hour) for hour in hours]
    else:
        key = {"suppliers": SupplierRow.supplier_id, "orders": OrderLineRow.order_id, "lots": LotRow.lot_id}[kind]
        numbers = [name[1:].partition("-")[0] for name in session.scalars(select(key)) if name.startswith("N")]
        pairs = [(f"N{number}-", int(number)) for number in numbers]
    for group, mark in pairs:
        found.setdefault(group, Counter())[mark] += 1
    return found


def _damage(engine: Engine) -> int:
    """What a database says of its own pages and references; PostgreSQL would not have started."""
    if engine.dialect.name != "sqlite":
        return 0
    with engine.connect() as connection:
        told: Sequence[str] = connection.scalars(text("PRAGMA integrity_check")).all()
        return sum(line != "ok" for line in told) + len(connection.execute(text("PRAGMA foreign_key_check")).all())
