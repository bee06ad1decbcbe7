"""What approving a plan, or some lines of it, would order: looked at and confirmed before anything is ordered."""

from collections import defaultdict
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from data.frames.plan_lines import EVERY_LINE, LineFilter, line_numbers
from data.frames.purchase_terms import lines_ordered
from data.local_days import today_there
from data.tables import PlanLineRow, ProductRow, PurchasePlanRow, SupplierRow, WarehouseRow
from flows.purchasing.deciding.order_minimums import orders_below_minimum
from flows.purchasing.deciding.over_budget import over_budget
from flows.purchasing.deciding.transfers_of_plan import transfers_meant
from flows.purchasing.planning.whole_order_terms import WholeOrderTerms
from warehouse.purchasing.allocation.terms import NO_LIMITS, Limits
from warehouse.reasons import Reason

NEAR: Final = timedelta(hours=2)  # chosen: less is little time to send orders and hear of suppliers
NAMED: Final = 5


@dataclass(frozen=True)
class LineNamed:
    """A line by the names that people read."""

    line_no: int
    product_name: str
    warehouse_name: str


@dataclass(frozen=True)
class CutOff:
    """A supplier's order that must be out by `order_by`: soon, or it is too late already."""

    supplier_name: str
    order_by: datetime
    timezone: str
    missed: bool


@dataclass(frozen=True)
class ApprovalSummary:
    """Of the lines that would be ordered: how many buy something, for how many orders (a supplier, warehouse and
    delivery date each), the money by currency, those with warnings among them (some named), cut-offs missed or near,
    the first first, orders below what their supplier asks for at least (Change.ORDER_MINIMUM), and what is beyond the
    order day's budget (Change.BUDGET, SHARE_OF_BUDGET). `left` are the lines that buy something and would wait,
    `left_warned` those of them with warnings. `transfers` are what is booked with them."""

    line_nos: list[int]
    lines: int
    orders: int
    money: dict[str, Decimal]
    warned: int
    warned_named: list[LineNamed]
    edited: int
    cut_offs: list[CutOff]
    below_minimum: list[Reason]
    over_budget: list[Reason]
    left: int
    left_warned: int
    transfers: int


def lines_to_approve(
    session: Session, plan_id: str, chosen: LineFilter = EVERY_LINE, line_nos: Collection[int] | None = None
) -> list[int]:
    """The numbers of the lines that are meant, ascending: those of a filter, those named, or those that are both."""
    if line_nos is not None and chosen == EVERY_LINE:
        return sorted(set(line_nos))
    found = line_numbers(session, plan_id, chosen)
    return found if line_nos is None else sorted(set(found) & set(line_nos))


def approval_summary(
    session: Session, plan_id: str, line_nos: Collection[int], now: datetime, limits: Limits = NO_LIMITS
) -> ApprovalSummary:
    """What ordering these lines of a plan comes to now; what is ordered already is not counted again."""
    line = PlanLineRow
    query = (
        select(
            line.line_no, line.supplier_id, line.warehouse_id, line.delivery_date, line.warnings, line.edited_at,
            line.order_by, line.quantity, line.pack_size, line.unit_price, WarehouseRow.currency, WarehouseRow.timezone,
            SupplierRow.name.label("supplier_name"), ProductRow.name.label("product_name"),
            WarehouseRow.name.label("warehouse_name"),
        )
        .join(WarehouseRow, WarehouseRow.warehouse_id == line.warehouse_id)
        .join(ProductRow, ProductRow.product_id == line.product_id)
        .outerjoin(SupplierRow, SupplierRow.supplier_id == line.supplier_id)
        .where(line.plan_id == plan_id, line.approved_at.is_(None), line.quantity > 0)
        .order_by(line.at_risk.desc(), line.line_no)
    )  # fmt: skip
    chosen = set(line_nos)
    open_lines = session.execute(query).all()
    taken = [row for row in open_lines if row.line_no in chosen]
    left = [row for row in open_lines if row.line_no not in chosen]
    warned = [row for row in taken if row.warnings]
    terms = _terms(session, taken, now)
    money: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in taken:
        money[row.currency] += row.quantity * (row.unit_price or 0)
    return ApprovalSummary(
        line_nos=sorted(chosen),
        lines=len(taken),
        orders=len({(row.supplier_id, row.warehouse_id, row.delivery_date) for row in taken}),
        money=dict(sorted(money.items())),
        warned=len(warned),
        warned_named=[LineNamed(row.line_no, row.product_name, row.warehouse_name) for row in warned[:NAMED]],
        edited=sum(row.edited_at is not None for row in taken),
        cut_offs=_cut_offs(taken, now),
        below_minimum=orders_below_minimum(taken, terms),
        over_budget=over_budget(session, taken, limits, terms, now),
        left=len(left),
        left_warned=sum(bool(row.warnings) for row in left),
        transfers=_transfers(session, plan_id, chosen, all_of_it=not left),
    )


def _terms(session: Session, taken: Sequence[Row[Any]], now: datetime) -> WholeOrderTerms:
    """Of the deliveries of these lines, and of all that were ordered today."""
    zones = {row.timezone for row in taken}
    day = min((today_there(now, zone) for zone in zones), default=date.max)
    return WholeOrderTerms.known_at(session, now, day, lines_ordered(session, now, day))


def _transfers(session: Session, plan_id: str, line_nos: Set[int], *, all_of_it: bool) -> int:
    plan = session.get_one(PurchasePlanRow, plan_id)
    return len(transfers_meant(plan, [line for line in plan.lines if line.line_no in line_nos], all_of_it=all_of_it))


def _cut_offs(rows: list[Any], now: datetime) -> list[CutOff]:
    """Of each supplier the first that is missed or near."""
    first: dict[str, CutOff] = {}
    for row in sorted((row for row in rows if row.order_by is not None), key=lambda row: row.order_by):
        if row.order_by <= now + NEAR:
            first.setdefault(row.supplier_id, CutOff(row.supplier_name, row.order_by, row.timezone, row.order_by < now))
    return list(first.values())
