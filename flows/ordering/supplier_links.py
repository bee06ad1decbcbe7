"""Links on which a supplier confirms one purchase order without an account.

Whoever has the link may confirm, once; afterwards it shows what was confirmed. It ends with the day of delivery, or
when it is revoked. The token has 256 random bits and only its SHA-256 is kept, so there is nothing to guess or to
steal from the database.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data.local_days import end_of_day
from data.tables import PurchaseOrderLineRow, PurchaseOrderRow, SupplierLinkRow, SupplierRow, WarehouseRow
from flows.errors import Invalid, NotNow, Refusal, Unknown
from flows.ordering.confirming import confirm_purchase_order
from flows.ordering.kept_orders import id_of_purchase_order, locked_purchase_order

PLACES = 3  # of a quantity


class LinkEnded(Refusal):
    """A link that was good once: its time is over, or it was revoked."""


@dataclass(frozen=True)
class OpenedLink:
    """What a link leads to; whether its order can still be confirmed on it."""

    order: PurchaseOrderRow
    supplier: SupplierRow
    can_confirm: bool


def make_link(session: Session, name: str, now: datetime, by: str) -> str:
    """The token of a new link for the purchase order of this number or id; it is shown now and kept nowhere.

    Raises Unknown, NotNow for an order that is cancelled or closed, or whose day of delivery is over."""
    order = locked_purchase_order(session, name)
    warehouse = session.get_one(WarehouseRow, order.warehouse_id)
    expires_at = end_of_day(order.delivery_date, warehouse.timezone)
    if order.cancelled_at is not None or order.closed_at is not None:
        raise NotNow("Purchase order {number} is closed; there is nothing to confirm.", number=order.number)
    if expires_at <= now:
        raise NotNow(
            "Purchase order {number} was due on {delivery_date}: it is too late to confirm it.",
            number=order.number,
            delivery_date=order.delivery_date,
        )
    token = secrets.token_urlsafe(32)
    session.add(
        SupplierLinkRow(
            link_id=uuid4().hex,
            token_sha256=_digest(token),
            purchase_order_id=order.purchase_order_id,
            made_at=now,
            made_by=by,
            expires_at=expires_at,
        )
    )
    session.flush()
    return token


def revoke_links(session: Session, name: str, now: datetime) -> int:
    """Ends all links of the purchase order of this number or id; returns how many still worked. Safe to repeat; raises
    Unknown."""
    working = (
        SupplierLinkRow.purchase_order_id == id_of_purchase_order(session, name),
        SupplierLinkRow.revoked_at.is_(None),
        SupplierLinkRow.expires_at > now,
    )
    ended = session.scalars(
        update(SupplierLinkRow).where(*working).values(revoked_at=now).returning(SupplierLinkRow.link_id)
    )
    return len(ended.all())


def open_link(session: Session, token: str, now: datetime) -> OpenedLink:
    """What the link with this token leads to; reading it changes nothing, however often.

    Raises Unknown for a token that was never given out, LinkEnded for one that expired or was revoked."""
    link = _link(session, token, now)
    order = session.get_one(PurchaseOrderRow, link.purchase_order_id)
    return OpenedLink(order, session.get_one(SupplierRow, order.supplier_id), _can_confirm(order, link))


def confirm_by_link(session: Session, token: str, quantities: Mapping[int, Decimal], now: datetime) -> bool:
    """Confirms the link's purchase order, by line number in the product's unit, in the name of its supplier; a line
    that is not named comes in full. False where it cannot be confirmed any more, as when it was sent twice.

    Raises Unknown and LinkEnded as `open_link`, Invalid for a quantity that is not one or above what is still wanted,
    with the line as its field."""
    order = locked_purchase_order(session, _link(session, token, now).purchase_order_id)
    link = _link(session, token, now)  # as it is now that nobody else confirms
    if not _can_confirm(order, link):
        return False
    wanted = {line.line_no: still_wanted(line) for line in order.lines}
    for line_no, quantity in quantities.items():
        most = wanted.get(line_no, Decimal(0))
        if not quantity.is_finite() or not 0 <= quantity <= most or quantity != round(quantity, PLACES):
            raise Invalid(
                "Line {line_no}: 0 to {most:f} can be confirmed.",
                line_no=line_no,
                most=most.normalize(),
                field=str(line_no),
            )
    supplier = session.get_one(SupplierRow, order.supplier_id)
    confirm_purchase_order(session, order.purchase_order_id, wanted | dict(quantities), now, supplier.plain_name)
    link.used_at = now
    session.flush()
    return True


def still_wanted(line: PurchaseOrderLineRow) -> Decimal:
    """What a supplier is asked to bring of a line, in the product's unit."""
    return line.quantity - line.cancelled


def _link(session: Session, token: str, now: datetime) -> SupplierLinkRow:
    query = select(SupplierLinkRow).where(SupplierLinkRow.token_sha256 == _digest(token))
    link = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if link is None:
        raise Unknown("There is no such link.")
    if link.revoked_at is not None or link.expires_at <= now:
        raise LinkEnded("This link has ended.")
    return link


def _can_confirm(order: PurchaseOrderRow, link: SupplierLinkRow) -> bool:
    """Also an order that was confirmed in another way, as by telephone, is only shown."""
    return link.used_at is None and order.confirmed_at is None and order.closed_at is None


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
