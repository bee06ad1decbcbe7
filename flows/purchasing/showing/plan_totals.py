"""What purchase plans come to: lines, warehouses, suppliers, and money by currency. The one place that counts them.

A plan has a line for every product that it looked at; many of them buy nothing. Which count is which is said by its
name: `lines` are all, `lines_to_buy` those with a quantity above 0. Whoever changes lines keeps the totals with the
plan (`keep_totals`), in the same transaction, so that reading one costs the same however many lines there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, type_coerce
from sqlalchemy.orm import Session

from data.tables import PlanLineRow, PurchasePlanRow, SupplierRow, WarehouseRow
from data.tables.types import Exact

# quantity has three places and price four; on SQLite both are whole numbers of their smallest step, so sums are exact
COST = func.coalesce(func.sum(PlanLineRow.quantity * PlanLineRow.unit_price), 0)
BUYS = PlanLineRow.quantity > 0


@dataclass(frozen=True)
class MoneyTotals:
    """What a plan's lines cost in one currency (ISO 4217) as they stand, exactly, and what they put at risk: margin
    and goodwill lost by the shortage, and cost of the waste and its disposal, that are expected."""

    currency: str
    cost: Decimal
    short: Decimal = Decimal(0)
    wasted: Decimal = Decimal(0)


@dataclass(frozen=True)
class PlanTotals:
    """A plan added up.

    lines           all of them: one for every product and warehouse looked at, more where an order is split
    lines_to_buy    those that buy something
    lines_edited    those that a buyer changed
    lines_approved  those that are ordered
    warehouses      that the plan is for, also where nothing is to be bought
    suppliers       that something is bought from
    money           by the currency of its warehouses
    """

    lines: int = 0
    lines_to_buy: int = 0
    lines_edited: int = 0
    lines_approved: int = 0
    warehouses: int = 0
    suppliers: int = 0
    money: tuple[MoneyTotals, ...] = ()

    @property
    def cost(self) -> Decimal | None:
        """Where all is paid in one currency; None: there are several, which are never added up."""
        return Decimal(0) if not self.money else self.money[0].cost if len(self.money) == 1 else None


@dataclass(frozen=True)
class SupplierTotals:
    """What a plan buys from one supplier in one currency: lines that buy something, for how many warehouses, their
    cost, and by when the first of its purchase orders must be out."""

    supplier_id: str
    name: str
    lines_to_buy: int
    warehouses: int
    cost: Decimal
    currency: str = "CNY"
    order_by: datetime | None = None


@dataclass(frozen=True)
class _Part:
    """A plan's lines of one warehouse and supplier."""

    warehouse_id: str
    currency: str
    supplier_id: str | None
    lines: int
    lines_to_buy: int
    lines_edited: int
    lines_approved: int
    cost: Decimal
    short: Decimal
    wasted: Decimal
    order_by: datetime | None


def keep_totals(session: Session, plan: PurchasePlanRow) -> None:
    """Writes with a plan what its lines come to now."""
    session.flush()
    parts = _parts(session, plan.plan_id)
    kept = asdict(_added_up(parts)) | {"by_supplier": [asdict(one) for one in _by_supplier(parts, {})]}
    plan.totals = _as_json(kept)


def totals_of_plans(session: Session, plan_ids: Sequence[str]) -> dict[str, PlanTotals]:
    """The totals of each of these plans by plan_id; zeros for one without lines."""
    kept = select(PurchasePlanRow.plan_id, PurchasePlanRow.totals).where(PurchasePlanRow.plan_id.in_(plan_ids))
    found = {plan_id: _from_json(totals) for plan_id, totals in session.execute(kept) if totals}
    # plans that were made before totals were kept
    return {plan_id: found.get(plan_id) or _added_up(_parts(session, plan_id)) for plan_id in plan_ids}


def totals_by_supplier(session: Session, plan_id: str) -> list[SupplierTotals]:
    """The suppliers that a plan buys from: the one that costs most first, then by id."""
    kept = session.scalar(select(PurchasePlanRow.totals).where(PurchasePlanRow.plan_id == plan_id))
    ids = [part["supplier_id"] for part in kept["by_supplier"]] if kept else None
    names = select(SupplierRow.supplier_id, SupplierRow.name)
    if ids is not None:
        names = names.where(SupplierRow.supplier_id.in_(ids))
    named = dict(session.execute(names).tuples().all())
    if not kept:
        return _by_supplier(_parts(session, plan_id), named)
    return [
        SupplierTotals(
            **part
            | {
                "name": named[part["supplier_id"]],
                "cost": Decimal(part["cost"]),
                "order_by": None if part["order_by"] is None else datetime.fromisoformat(part["order_by"]),
            }
        )
        for part in kept["by_supplier"]
    ]


def plan_zone(session: Session, plan_id: str) -> str:
    """The time zone in which the plan's own times are shown: that of its first line's warehouse."""
    zones = (
        select(WarehouseRow.timezone)
        .join(PlanLineRow, PlanLineRow.warehouse_id == WarehouseRow.warehouse_id)
        .where(PlanLineRow.plan_id == plan_id)
        .order_by(PlanLineRow.line_no)
    )
    return session.scalar(zones.limit(1)) or "UTC"


def totals_of_lines(lines: Sequence[PlanLineRow], currencies: Mapping[str, str]) -> PlanTotals:
    """The totals of lines that no plan keeps, weighed; `currencies` by warehouse."""
    return _added_up(
        [
            _Part(
                line.warehouse_id,
                currencies[line.warehouse_id],
                line.supplier_id,
                1,
                int(line.quantity > 0),
                0,
                0,
                line.quantity * (line.unit_price or Decimal(0)),
                line.at_risk_short,
                line.at_risk_waste,
                None,
            )
            for line in lines
        ]
    )


def _parts(session: Session, plan_id: str) -> list[_Part]:
    query = (
        select(
            PlanLineRow.warehouse_id,
            WarehouseRow.currency,
            PlanLineRow.supplier_id,
            func.count(),
            func.count().filter(BUYS),
            func.count(PlanLineRow.edited_at),
            func.count(PlanLineRow.approved_at),
            type_coerce(COST, Exact(7)),
            func.sum(PlanLineRow.at_risk_short, type_=Exact(4)),
            func.sum(PlanLineRow.at_risk_waste, type_=Exact(4)),
            func.min(PlanLineRow.order_by, type_=PlanLineRow.order_by.type).filter(BUYS),
        )
        .join(WarehouseRow, WarehouseRow.warehouse_id == PlanLineRow.warehouse_id)
        .where(PlanLineRow.plan_id == plan_id)
        .group_by(PlanLineRow.warehouse_id, WarehouseRow.currency, PlanLineRow.supplier_id)
    )
    return [_Part(*row) for row in session.execute(query)]


def _added_up(parts: Sequence[_Part]) -> PlanTotals:
    by_currency: defaultdict[str, list[_Part]] = defaultdict(list)
    for part in parts:
        by_currency[part.currency].append(part)
    return PlanTotals(
        lines=sum(part.lines for part in parts),
        lines_to_buy=sum(part.lines_to_buy for part in parts),
        lines_edited=sum(part.lines_edited for part in parts),
        lines_approved=sum(part.lines_approved for part in parts),
        warehouses=len({part.warehouse_id for part in parts}),
        suppliers=len({part.supplier_id for part in parts if part.lines_to_buy} - {None}),
        money=tuple(
            MoneyTotals(
                currency, *(_sum(getattr(part, name) for part in of_it) for name in ("cost", "short", "wasted"))
            )
            for currency, of_it in sorted(by_currency.items())
        ),
    )


def _by_supplier(parts: Sequence[_Part], names: dict[str, str]) -> list[SupplierTotals]:
    found: defaultdict[tuple[str, str], list[_Part]] = defaultdict(list)
    for part in parts:
        if part.lines_to_buy and part.supplier_id is not None:
            found[part.supplier_id, part.currency].append(part)
    suppliers = [
        SupplierTotals(
            supplier_id=supplier_id,
            name=names.get(supplier_id, ""),
            lines_to_buy=sum(part.lines_to_buy for part in of_it),
            warehouses=len({part.warehouse_id for part in of_it}),
            cost=_sum(part.cost for part in of_it),
            currency=currency,
            order_by=min((part.order_by for part in of_it if part.order_by is not None), default=None),
        )
        for (supplier_id, currency), of_it in found.items()
    ]
    return sorted(suppliers, key=lambda one: (-one.cost, one.supplier_id))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(one) for one in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _from_json(kept: dict[str, Any]) -> PlanTotals:
    counts = {name: value for name, value in kept.items() if name not in ("money", "by_supplier")}
    money = tuple(
        MoneyTotals(one["currency"], Decimal(one["cost"]), Decimal(one["short"]), Decimal(one["wasted"]))
        for one in kept["money"]
    )
    return PlanTotals(**counts, money=money)
