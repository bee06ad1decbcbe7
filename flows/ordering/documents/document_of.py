"""A kept purchase order as the document for its supplier: what is still ordered, from whom, to be brought where."""

from datetime import time
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.languages import reading_in
from data.local_days import today_there
from data.tables import Language, ProductRow, PurchaseOrderLineRow, PurchaseOrderRow, SupplierRow, WarehouseRow
from flows.errors import NotNow, Unknown
from flows.ordering.documents.order_document import DocumentLine, OrderDocument, Party, amount_of

USUAL_LANGUAGE = Language.ZH


def document_of(
    session: Session, purchase_order_id: str, shop_name: str, language: Language | None = None
) -> OrderDocument:
    """The document of a purchase order, in the supplier's language or the one asked for, its names too, and the
    warehouse's currency.
    What was cancelled of it is no longer on it.

    Raises Unknown where there is no such order, NotNow where all of it was cancelled."""
    order = session.get(PurchaseOrderRow, purchase_order_id)
    if order is None:
        raise Unknown("There is no purchase order {purchase_order_id}.", purchase_order_id=purchase_order_id)
    supplier = session.get_one(SupplierRow, order.supplier_id)
    read_in = language or Language(supplier.language or USUAL_LANGUAGE)
    with reading_in(read_in):
        return _document(session, order, supplier, shop_name, read_in)


def _document(
    session: Session, order: PurchaseOrderRow, supplier: SupplierRow, shop_name: str, language: Language
) -> OrderDocument:
    warehouse = session.get_one(WarehouseRow, order.warehouse_id)
    lines = _lines(session, order, warehouse.currency)
    if not lines:
        raise NotNow("Purchase order {number} was cancelled: nothing of it is ordered any more.", number=order.number)
    return OrderDocument(
        number=order.number,
        order_date=today_there(order.ordered_at, warehouse.timezone),
        language=language,
        shop_name=shop_name,
        warehouse=Party(warehouse.warehouse_id, warehouse.name, warehouse.address, warehouse.contact),
        supplier=Party(supplier.supplier_id, supplier.name, supplier.address, supplier.contact),
        delivery_date=order.delivery_date,
        delivery_from=_time_of_day(supplier.delivers_from),
        delivery_until=_time_of_day(supplier.delivers_until),
        currency=warehouse.currency,
        lines=lines,
        note=order.note,
    )


def _lines(session: Session, order: PurchaseOrderRow, currency: str) -> list[DocumentLine]:
    products = select(ProductRow).where(ProductRow.product_id.in_([line.product_id for line in order.lines]))
    by_id = {product.product_id: product for product in session.scalars(products)}
    return [_line(line, by_id[line.product_id], currency) for line in order.lines if line.quantity > line.cancelled]


def _line(line: PurchaseOrderLineRow, product: ProductRow, currency: str) -> DocumentLine:
    quantity = line.quantity - line.cancelled
    return DocumentLine(
        line_no=line.line_no,
        product_id=product.product_id,
        product_name=product.name,
        quantity=quantity,
        unit=product.unit,
        unit_price=line.unit_price,
        amount=None if line.unit_price is None else amount_of(quantity, line.unit_price, currency),
        packs=_packs(quantity, line.pack_size),
        pack_size=line.pack_size,
    )


def _packs(quantity: Decimal, pack_size: Decimal | None) -> Decimal | None:
    """How many packs a quantity is, where it is whole packs."""
    return quantity / pack_size if pack_size and not quantity % pack_size else None


def _time_of_day(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)
