"""What would be ordered if something happened, beside what must be ordered as things are: two plans of one moment, the
second told what is supposed (`supposed.py`); nothing is written.

Both are worked out anew, so they differ by what is supposed alone. They are laid side by side by warehouse and product,
what puts most money more at risk first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading
from data.tables import PlanLineRow, ProductRow, SupplierRow, Unit, WarehouseRow
from flows.errors import Invalid
from flows.purchasing.notes.plan_notes import notes_seen
from flows.purchasing.planning.foresight import NO_FORESIGHT, Foresight
from flows.purchasing.planning.planning import plan_what_to_order
from flows.purchasing.planning.purchase_plans import lines_of_new_plan, order_days
from flows.purchasing.showing.plan_totals import PlanTotals, totals_of_lines
from flows.purchasing.supposing.supposed import Supposed, foresight_of, settings_of
from warehouse.purchasing.plan_settings import USUAL, PlanSettings

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Ordered:
    """What one of the plans orders of a product for a warehouse, its lines together: quantity and expectations in the
    product's unit, money in the warehouse's currency."""

    quantity: Decimal
    suppliers: tuple[str, ...]  # names, of those that something is bought from
    delivery_date: date
    cost: Decimal
    expected_shortage: float
    expected_waste: float
    at_risk: Decimal


@dataclass(frozen=True)
class ProductChange:
    """A product of a warehouse whose order differs; None where a plan can say nothing of it, since no forecast reaches
    its next delivery."""

    warehouse_id: str
    warehouse_name: str
    product_id: str
    product_name: str
    unit: Unit
    currency: str
    before: Ordered | None
    after: Ordered | None

    @property
    def more_at_risk(self) -> Decimal:
        """Money at risk after, less before."""
        return self._difference("at_risk")

    @property
    def more_cost(self) -> Decimal:
        """Cost after, less before."""
        return self._difference("cost")

    def _difference(self, name: str) -> Decimal:
        before, after = (NOTHING if one is None else getattr(one, name) for one in (self.before, self.after))
        return Decimal(after - before)


@dataclass(frozen=True)
class Comparison:
    """Two plans of one moment: what they come to, the products that differ, and what each says beside its lines, as
    things are (`notes`) and as they would be (`notes_after`)."""

    made_at: datetime
    asked_for: date | None
    before: PlanTotals
    after: PlanTotals
    changes: tuple[ProductChange, ...]
    notes: tuple[Mapping[str, object], ...]
    notes_after: tuple[Mapping[str, object], ...]


def what_if(
    engine: Engine,
    warehouse_ids: Sequence[str],
    supposed: Sequence[Supposed],
    now: datetime,
    settings: PlanSettings = USUAL,
    asked_for: date | None = None,
) -> Comparison:
    """The plan for these warehouses as things are, and if all that is supposed were so.

    Raises what `plan_what_to_order` and `foresight_of` do, and Invalid where nothing is supposed."""
    if not supposed:
        raise Invalid(
            "Suppose at least one thing: a farm that fails, a late delivery, a stopped harvest, a promotion, a budget."
        )
    with reading(engine) as session:
        today = order_days(session, warehouse_ids, now)
        told = foresight_of(engine, session, today, now, supposed, settings.overdue_counts) if today else NO_FORESIGHT

        def lines_told(
            foresight: Foresight, settings: PlanSettings
        ) -> tuple[list[PlanLineRow], list[dict[str, object]]]:
            planned = plan_what_to_order(session, warehouse_ids, now, settings, asked_for, foresight)
            return lines_of_new_plan(session, planned), [dict(note.as_dict()) for note in planned.notes]

        before, notes = lines_told(NO_FORESIGHT, settings)
        after, notes_after = lines_told(told, settings_of(settings, supposed))
        places = {place.warehouse_id: place for place in session.scalars(select(WarehouseRow))}
        currencies = {name: place.currency for name, place in places.items()}
        return Comparison(
            made_at=now,
            asked_for=asked_for,
            before=totals_of_lines(before, currencies),
            after=totals_of_lines(after, currencies),
            changes=_changes(session, before, after, places),
            notes=tuple(notes),
            notes_after=tuple(notes_after),
        )


def seen_by(session: Session, compared: Comparison) -> Comparison:
    """With what concerns the warehouses that a session sees of what the plans say."""
    return replace(
        compared,
        notes=tuple(notes_seen(session, compared.notes)),
        notes_after=tuple(notes_seen(session, compared.notes_after)),
    )


def _changes(
    session: Session, before: Sequence[PlanLineRow], after: Sequence[PlanLineRow], places: Mapping[str, WarehouseRow]
) -> tuple[ProductChange, ...]:
    names = dict(session.execute(select(SupplierRow.supplier_id, SupplierRow.name)).tuples().all())
    was, would_be = _by_product(before, names), _by_product(after, names)
    differing = [key for key in was | would_be if was.get(key) != would_be.get(key)]
    products = _products(session, {product_id for _, product_id in differing})
    changes = [
        ProductChange(
            warehouse_id=warehouse_id,
            warehouse_name=places[warehouse_id].name,
            product_id=product_id,
            product_name=products[product_id].name,
            unit=products[product_id].unit,
            currency=places[warehouse_id].currency,
            before=was.get((warehouse_id, product_id)),
            after=would_be.get((warehouse_id, product_id)),
        )
        for warehouse_id, product_id in differing
    ]
    return tuple(sorted(changes, key=worst_first))


def worst_first(change: ProductChange) -> tuple[object, ...]:
    """What no plan can order any more first, then by the money more at risk, then by the cost, each currency's by
    itself."""
    return (
        change.after is not None,
        change.currency,
        -change.more_at_risk,
        -change.more_cost,
        change.warehouse_id,
        change.product_id,
    )


def _by_product(lines: Iterable[PlanLineRow], names: Mapping[str, str]) -> dict[tuple[str, str], Ordered]:
    found: defaultdict[tuple[str, str], list[PlanLineRow]] = defaultdict(list)
    for line in lines:
        found[line.warehouse_id, line.product_id].append(line)
    return {key: _ordered(of_it, names) for key, of_it in found.items()}


def _ordered(lines: Sequence[PlanLineRow], names: Mapping[str, str]) -> Ordered:
    bought = [line for line in lines if line.quantity > 0]
    suppliers = dict.fromkeys(line.supplier_id for line in bought if line.supplier_id is not None)
    return Ordered(
        quantity=sum((line.quantity for line in lines), NOTHING),
        suppliers=tuple(names.get(name, name) for name in suppliers),
        delivery_date=lines[0].delivery_date,
        cost=sum((line.quantity * (line.unit_price or NOTHING) for line in lines), NOTHING),
        expected_shortage=sum(line.expected_shortage for line in lines),
        expected_waste=sum(line.expected_waste for line in lines),
        at_risk=sum((line.at_risk for line in lines), NOTHING),
    )


def _products(session: Session, product_ids: set[str]) -> dict[str, ProductRow]:
    if not product_ids:
        return {}
    return {row.product_id: row for row in session.scalars(select(ProductRow)) if row.product_id in product_ids}
