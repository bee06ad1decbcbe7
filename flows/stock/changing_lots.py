"""One request that changes lots: done once under the id that its caller gave it, told again when it comes again."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.kept.stock_ledger import LotChange, NotEnough, write_changes
from data.languages import Sentence
from data.tables import LotRow, ProductRow, StockChangeRow, Unit, WarehouseRow
from flows.errors import Invalid, NotNow, Unknown
from flows.ordering.locking import lock_warehouses
from flows.ordering.placing import LARGEST_QUANTITY

Asked = Sequence[LotChange]
UNITS: Final = {
    Unit.KG: Sentence("kg"),
    Unit.LITRE: Sentence("litre"),
    Unit.MONEY: Sentence("money"),
    Unit.PIECE: Sentence("piece"),
    Unit.BUNCH: Sentence("bunch"),
    Unit.BOX: Sentence("box"),
    Unit.BAG: Sentence("bag"),
    Unit.BOTTLE: Sentence("bottle"),
    Unit.TRAY: Sentence("tray"),
}


def change_once(
    session: Session,
    action_id: str,
    warehouse_ids: Sequence[str],
    same: Callable[[Sequence[StockChangeRow]], bool],
    work: Callable[[dict[str, WarehouseRow]], None],
) -> Sequence[StockChangeRow]:
    """Locks warehouses and does the work that writes changes under `action_id`, unless it was done before; the changes
    either way, in order. Raises NotNow where what was done under the id is not the `same`."""
    places = lock_warehouses(session, warehouse_ids)
    if not (kept := changes_of_action(session, action_id)):
        work(places)
        return changes_of_action(session, action_id)
    if {change.warehouse_id for change in kept} <= set(warehouse_ids) and same(kept):
        return kept
    raise NotNow(
        "The id {action_id!r} was used for another change of stock. Give this one an id of its own.",
        action_id=action_id,
    )


def changes_of_action(session: Session, action_id: str) -> Sequence[StockChangeRow]:
    """What one request changed, by warehouse and lot."""
    query = select(StockChangeRow).where(StockChangeRow.action_id == action_id)
    return session.scalars(query.order_by(StockChangeRow.warehouse_id, StockChangeRow.lot_id)).all()


def write(session: Session, changes: Asked, action_id: str, by: str) -> None:
    """Writes changes to the ledger of lots. Raises NotNow where more is taken than is left, naming what is."""
    session.flush()
    try:
        write_changes(session.connection(), changes, action_id, by)
    except NotEnough as error:
        lot = session.get_one(LotRow, error.change.lot)
        left, wanted = in_unit(session, lot.product_id, error.left), f"{-error.change.quantity.normalize():f}"
        raise NotNow(
            "Lot {lot_id} of warehouse {warehouse_id} has {left} left as of its last count: {wanted} "
            "cannot be taken. Count the lot if there is more.",
            lot_id=lot.lot_id,
            warehouse_id=lot.warehouse_id,
            left=left,
            wanted=wanted,
        ) from error
    session.expire_all()  # the ledger wrote what is left past the session's own rows


def known_lot(session: Session, warehouse_id: str, lot_id: str) -> LotRow:
    """A lot of a warehouse. Raises Unknown."""
    lot = session.get(LotRow, (warehouse_id, lot_id))
    if lot is None:
        raise Unknown(
            "Warehouse {warehouse_id} has no lot {lot_id!r}.", warehouse_id=warehouse_id, lot_id=lot_id, field="lot_id"
        )
    return lot


def known_product(session: Session, product_id: str) -> ProductRow:
    """A product. Raises Unknown."""
    product = session.get(ProductRow, product_id)
    if product is None:
        raise Unknown("Product {product_id!r} was not found.", product_id=product_id, field="product_id")
    return product


def in_unit(session: Session, product_id: str, quantity: Decimal) -> Sentence:
    """A quantity of a product as messages say it."""
    unit = UNITS[known_product(session, product_id).unit]
    return Sentence("{quantity:f} {unit}", quantity=quantity.normalize(), unit=unit)


def require_quantity(quantity: Decimal, field: str = "quantity", *, above_zero: bool = True) -> None:
    """Raises Invalid for a quantity that nobody can have."""
    if not quantity.is_finite() or quantity > LARGEST_QUANTITY:
        raise Invalid(
            "A quantity is a number up to {largest_quantity:,}.", largest_quantity=LARGEST_QUANTITY, field=field
        )
    if quantity < 0 or (above_zero and quantity == 0):
        raise (
            Invalid("The quantity must be above 0.", field=field)
            if above_zero
            else Invalid("The quantity must be at least 0.", field=field)
        )
    if quantity != round(quantity, 3):
        raise Invalid("A quantity has at most 3 places.", field=field)


def require_past(happened_at: datetime, now: datetime, field: str) -> None:
    """Raises Invalid for a moment that has not come yet."""
    if happened_at > now:
        raise Invalid("{happened_at} lies in the future.", happened_at=happened_at.isoformat(), field=field)


def require_after_count(lot: LotRow, happened_at: datetime) -> None:
    """Raises NotNow where the lot was counted later: the count has seen what happened before it."""
    if happened_at < lot.counted_at:
        raise NotNow(
            "Lot {lot_id} of warehouse {warehouse_id} was counted at {counted_at}, after {happened_at}: "
            "that count has seen it already. Count the lot again if it has not.",
            lot_id=lot.lot_id,
            warehouse_id=lot.warehouse_id,
            counted_at=lot.counted_at.isoformat(),
            happened_at=happened_at.isoformat(),
        )
