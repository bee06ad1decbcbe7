"""What a purchase plan is made from, besides forecasts: stock, offers and what suppliers have promised, inspections,
terms, what a shortage and waste cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from data.local_days import end_of_day
from data.tables import (
    CategoryTermsRow,
    InspectionRow,
    LotRow,
    OfferRow,
    ProductRow,
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    Stage,
    SupplierClosureRow,
    SupplierTermsRow,
    TransferTermsRow,
    WarehouseRow,
)

if TYPE_CHECKING:
    import pandas as pd


BROUGHT_LEARNED_FROM: Final = timedelta(days=56)
IN_A_QUERY: Final = 1000  # orders that are asked about by their numbers
YIELDS_LEARNED_FROM: Final = timedelta(days=365)  # every season once; more would slow plans as history grows
_LOT: Final = InspectionRow.warehouse_id + "/" + InspectionRow.lot_id


@dataclass(frozen=True)
class Promised:
    """What a supplier will bring of a product on a day to all warehouses, in the product's unit, and whether it has
    `declined` to bring all that was ordered."""

    quantity: Decimal
    declined: bool


class OrderedLine(NamedTuple):
    """A product of a purchase order that was not cancelled, in the product's unit: what is `wanted` of it still, and
    what its supplier says that it will bring (`confirmed`; None: it has not answered)."""

    supplier_id: str
    warehouse_id: str
    product_id: str
    delivery_date: date
    ordered_at: datetime
    plan_id: str | None
    wanted: Decimal
    confirmed: Decimal | None
    pack_size: Decimal | None
    unit_price: Decimal | None

    @property
    def quantity(self) -> Decimal:
        """What will be brought."""
        return self.wanted if self.confirmed is None else min(self.confirmed, self.wanted)


def offers_known_at(session: Session, moment: datetime, day: date) -> Sequence[OfferRow]:
    """The offers known at the moment that hold on a delivery day or begin later, with their tiers."""
    return session.scalars(
        select(OfferRow)
        .where(or_(OfferRow.valid_until.is_(None), OfferRow.valid_until >= day), OfferRow.known_at <= moment)
        .order_by(OfferRow.offer_id)
    ).all()


def closures_known_at(session: Session, moment: datetime, day: date) -> dict[str, tuple[tuple[date, date], ...]]:
    """By supplier, the days from `day` on, first and last, on which it was known at the moment to be closed."""
    closures: dict[str, list[tuple[date, date]]] = {}
    for row in session.scalars(
        select(SupplierClosureRow)
        .where(SupplierClosureRow.last_day >= day, SupplierClosureRow.known_at <= moment)
        .order_by(SupplierClosureRow.first_day)
    ):
        closures.setdefault(row.supplier_id, []).append((row.first_day, row.last_day))
    return {supplier_id: tuple(days) for supplier_id, days in closures.items()}


def supplier_terms_known_at(session: Session, moment: datetime, day: date) -> Sequence[SupplierTermsRow]:
    """The terms of whole orders known at the moment that hold on a delivery day or begin later, those that begin first
    in front."""
    row = SupplierTermsRow
    return session.scalars(
        select(row)
        .where(or_(row.valid_until.is_(None), row.valid_until >= day), row.known_at <= moment)
        .order_by(row.supplier_id, row.valid_from)
    ).all()


def transfer_terms_known_at(session: Session, moment: datetime, day: date) -> Sequence[TransferTermsRow]:
    """How goods are carried between warehouses on a day, as known at the moment, by from where and to where. Of the
    terms of a way that hold, those that began last."""
    row = TransferTermsRow
    holding = session.scalars(
        select(row)
        .where(row.valid_from <= day, or_(row.valid_until.is_(None), row.valid_until >= day), row.known_at <= moment)
        .order_by(row.from_warehouse_id, row.to_warehouse_id, row.valid_from)
    )
    return list({(one.from_warehouse_id, one.to_warehouse_id): one for one in holding}.values())


def lines_ordered(session: Session, moment: datetime, day: date) -> list[OrderedLine]:
    """What is ordered for deliveries from `day` on, line by line, over all warehouses."""
    line, order = PurchaseOrderLineRow, PurchaseOrderRow
    query = (
        select(
            order.supplier_id,
            order.warehouse_id,
            line.product_id,
            order.delivery_date,
            order.ordered_at,
            order.plan_id,
            line.quantity - line.cancelled,
            line.confirmed,
            line.pack_size,
            line.unit_price,
        )
        .join(order, order.purchase_order_id == line.purchase_order_id)
        .where(order.delivery_date >= day, order.ordered_at <= moment, order.cancelled_at.is_(None))
    )
    return [OrderedLine(*row) for row in session.execute(query).tuples()]


def promised_by_suppliers(ordered: Iterable[OrderedLine]) -> dict[tuple[str, str, date], Promised]:
    """By supplier, product and delivery day, what will be brought of what is ordered."""
    # added up here: grouped by supplier, SQLite would go through all orders there ever were
    quantities: defaultdict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    declined: set[tuple[str, str, date]] = set()
    for line in ordered:
        key = line.supplier_id, line.product_id, line.delivery_date
        quantities[key] += line.quantity
        if line.quantity < line.wanted:
            declined.add(key)
    return {key: Promised(quantity, key in declined) for key, quantity in quantities.items()}


def days_due(ordered: Iterable[OrderedLine]) -> dict[str, set[date]]:
    """By supplier, the days on which it is to bring something of what is ordered."""
    days: defaultdict[str, set[date]] = defaultdict(set)
    for line in ordered:
        if line.quantity > 0:
            days[line.supplier_id].add(line.delivery_date)
    return dict(days)


def receipt_inspections(session: Session, moment: datetime) -> pd.DataFrame:
    """product_id, supplier_id, inspected, accepted (floats, the product's unit), lot (by warehouse, None: not named) of
    a year's inspections at receipt."""
    import pandas as pd  # large, and not wanted by who reads no frames

    query = select(
        InspectionRow.product_id,
        InspectionRow.supplier_id,
        InspectionRow.inspected_quantity,
        InspectionRow.accepted_quantity,
        _LOT,
    ).where(
        InspectionRow.stage == Stage.RECEIPT,
        InspectionRow.supplier_id.is_not(None),
        InspectionRow.inspected_quantity > 0,
        InspectionRow.known_at.between(moment - YIELDS_LEARNED_FROM, moment),
    )
    columns = ["product_id", "supplier_id", "inspected", "accepted", "lot"]
    frame = pd.DataFrame(session.execute(query).all(), columns=columns)
    return frame.astype({"inspected": float, "accepted": float})


def lost_after_receipt(session: Session, moment: datetime) -> pd.DataFrame:
    """lot, product_id, supplier_id, quantity (float, the product's unit): what of a year was rejected before dispatch
    or complained about; of a lot that is known, its supplier is."""
    import pandas as pd  # large, and not wanted by who reads no frames

    lost = InspectionRow.inspected_quantity - InspectionRow.accepted_quantity
    of_lot = (LotRow.warehouse_id == InspectionRow.warehouse_id) & (LotRow.lot_id == InspectionRow.lot_id)
    query = (
        select(_LOT, InspectionRow.product_id, func.coalesce(InspectionRow.supplier_id, LotRow.supplier_id), lost)
        .outerjoin(LotRow, of_lot)
        .where(
            InspectionRow.stage.in_([Stage.DISPATCH, Stage.COMPLAINT]),
            lost > 0,
            InspectionRow.known_at.between(moment - YIELDS_LEARNED_FROM, moment),
        )
    )
    columns = ["lot", "product_id", "supplier_id", "quantity"]
    return pd.DataFrame(session.execute(query).all(), columns=columns).astype({"quantity": float})


def brought_by_suppliers(session: Session, moment: datetime, day: date) -> pd.DataFrame:
    """supplier_id, share, late (0..1): of what each supplier was to bring on each of the last days before `day`, what
    came on that day and what came after it (late: NaN for the day just before, of which more may come). What it has
    declined in time was not to come; days before the first receipt of it that was entered say nothing."""
    import pandas as pd  # large, and not wanted by who reads no frames

    line, order, place = PurchaseOrderLineRow, PurchaseOrderRow, WarehouseRow
    promised = func.coalesce(line.confirmed, line.quantity)
    wanted = case((promised < line.quantity - line.cancelled, promised), else_=line.quantity - line.cancelled)
    query = (
        select(
            order.purchase_order_id,
            order.supplier_id,
            order.delivery_date,
            place.timezone,
            order.closed_at,
            func.sum(line.received),
            func.sum(wanted),
        )
        .join(order, order.purchase_order_id == line.purchase_order_id)
        .join(place, place.warehouse_id == order.warehouse_id)
        .where(
            order.delivery_date.between(day - BROUGHT_LEARNED_FROM, day),
            order.delivery_date < day,
            order.ordered_at <= moment,
            order.cancelled_at.is_(None),
            wanted > 0,
        )
        .group_by(order.purchase_order_id, place.timezone)
    )
    rows = session.execute(query).tuples().all()
    ended = {(due, zone): end_of_day(due, zone) for _, _, due, zone, *_ in rows}
    completed_later = {
        number: ended[due, zone]
        for number, _, due, zone, closed_at, *_ in rows
        if closed_at is not None and closed_at > ended[due, zone]
    }
    came_late = _received_after(session, completed_later)
    sums: defaultdict[tuple[str, date], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for number, supplier_id, due, _, _, came, to_come in rows:
        late = float(came_late.get(number, 0))
        for at, quantity in enumerate((float(came) - late, late, float(to_come))):
            sums[supplier_id, due][at] += quantity
    yesterday = day - timedelta(days=1)
    shares = [
        (supplier_id, min(came / to_come, 1.0), float("nan") if due == yesterday else min(late / to_come, 1.0))
        for (supplier_id, due), (came, late, to_come) in sorted(sums.items())
    ]
    frame = pd.DataFrame(shares, columns=["supplier_id", "share", "late"]).astype({"share": float, "late": float})
    began = (frame["share"] + frame["late"].fillna(0)).groupby(frame["supplier_id"]).cummax() > 0
    return frame[began].reset_index(drop=True)


def _received_after(session: Session, moments: Mapping[str, datetime]) -> dict[str, Decimal]:
    """By purchase order, what came of it from a moment on."""
    event = PurchaseOrderEventRow
    columns = event.purchase_order_id, event.happened_at, event.quantity
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    numbers = sorted(moments)
    for first in range(0, len(numbers), IN_A_QUERY):
        these = event.purchase_order_id.in_(numbers[first : first + IN_A_QUERY])
        query = select(*columns).where(these, event.kind == PurchaseOrderEventKind.RECEIVED)
        for number, happened_at, quantity in session.execute(query).tuples():
            if happened_at >= moments[number]:
                found[number] += quantity or 0
    return found


def product_terms(
    session: Session,
    product_ids: Sequence[str],
    closed_on: date | None = None,
    sold_until: Mapping[str, date] = MappingProxyType({}),
) -> pd.DataFrame:
    """product_id, in_wholes (bool), shelf_life_days (float, NaN unknown), list_price (Decimal or None),
    category_id, last_day (the last on sale in a warehouse that closes on `closed_on` and sells products `sold_until` a
    day, or None), in the order given."""
    import pandas as pd  # large, and not wanted by who reads no frames

    query = select(
        ProductRow.product_id,
        ProductRow.unit,
        ProductRow.shelf_life_days,
        ProductRow.list_price,
        ProductRow.category,
        ProductRow.delisted_on,
    )
    found = {row.product_id: row for row in session.execute(query)}
    terms = [found[product_id] for product_id in product_ids]
    return pd.DataFrame(
        {
            "product_id": list(product_ids),
            "in_wholes": [row.unit.in_wholes for row in terms],
            "shelf_life_days": [float("nan") if row.shelf_life_days is None else row.shelf_life_days for row in terms],
            "list_price": pd.Series([row.list_price for row in terms], dtype=object),
            "category_id": [row.category for row in terms],
            "last_day": pd.Series(
                [
                    min(filter(None, (row.delisted_on, closed_on, sold_until.get(row.product_id))), default=None)
                    for row in terms
                ],
                dtype=object,
            ),
        }
    )


def category_terms_known_at(session: Session, moment: datetime) -> dict[str, CategoryTermsRow]:
    """By category, what was known at the moment of what a shortage and waste cost, and of floors on the fill rate."""
    row = CategoryTermsRow
    known = session.scalars(select(row).where(row.known_at <= moment).order_by(row.category, row.known_at))
    return {terms.category: terms for terms in known}  # the last one known of each stays
