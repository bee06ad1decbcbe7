"""Sends a purchase order to its supplier by mail or chat: a short text with a link to confirm on, and the PDF.

What is promised: an order is sent under one number, whatever happens, and it is marked as sent only after the service
took the message. Killed in between, it went out and is not marked: sending it again sends the same number again. So a
message may come twice, never with another number, and never not at all while it is marked. No transaction is open
while the message is on its way.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from apprise import Apprise, AppriseAttachment, NotifyBase, NotifyFormat
from apprise.attachment.memory import AttachMemory
from sqlalchemy import Engine

from data.database import writing
from data.tables import PurchaseOrderRow, SupplierRow
from flows.errors import NotNow
from flows.ordering.documents.document_of import document_of
from flows.ordering.documents.formats import WRITERS
from flows.ordering.documents.order_document import OrderDocument
from flows.ordering.kept_orders import locked_purchase_order
from flows.ordering.marking_sent import mark_sent
from flows.ordering.supplier_links import make_link
from flows.ordering.words import words_in
from flows.settings import Settings

LINES_IN_TEXT = 20


@dataclass(frozen=True)
class Message:
    """What goes to a supplier. `send_to` may hold a password: it is never logged or shown."""

    send_to: str
    title: str
    text: str
    document: OrderDocument


def send_purchase_order(
    engine: Engine, name: str, settings: Settings, now: datetime, by: str, *, again: bool = False
) -> bool:
    """Sends the purchase order of this number or id to its supplier and marks it as sent. False where it was sent
    before; `again` sends it all the same, under the same number.

    Raises Unknown, and NotNow for an order that is cancelled, closed or due before today, a supplier without an address
    to send to, or a service that does not take the message."""
    with writing(engine) as session:
        order = locked_purchase_order(session, name)
        if order.sent_at is not None and not again:
            return False
        supplier = session.get_one(SupplierRow, order.supplier_id)
        if supplier.send_to is None:
            raise NotNow(
                "Supplier {supplier_id} has no address to send to: import it as send_to, or mark "
                "{number} as sent once it was told in another way.",
                supplier_id=supplier.supplier_id,
                number=order.number,
            )
        token = make_link(session, order.purchase_order_id, now, by)
        document = document_of(session, order.purchase_order_id, settings.shop_name)
        message = _message(order, supplier.send_to, document, settings.supplier_url(token))
    service = _send(message)
    with writing(engine) as session:
        mark_sent(session, document.number, now, by, service)
    return True


def _message(order: PurchaseOrderRow, send_to: str, document: OrderDocument, link: str) -> Message:
    words = words_in(document.language)
    hours = words.hours(document.delivery_from, document.delivery_until)
    title = words.say("Purchase order {number} from {shop}", number=order.number, shop=document.shop_name)
    when = " ".join(filter(None, [words.day(document.delivery_date), hours]))
    where = ", ".join(filter(None, [document.warehouse.name, document.warehouse.address]))
    lines = [
        f"{line.line_no}. {line.product_name}  {words.quantity(line.quantity, line.unit)}"
        for line in document.lines[:LINES_IN_TEXT]
    ]
    if more := len(document.lines) - len(lines):
        lines.append(words.say("and {count} more, see the document", count=more))
    text = [
        words.say("Delivery: {when}", when=when),
        words.say("Deliver to: {where}", where=where),
        "",
        *lines,
        "",
        words.say("Please confirm what you will bring, no account needed:"),
        link,
    ]
    return Message(send_to, title, "\n".join(text), document)


def _send(message: Message) -> str:
    """Hands the message to its service and returns what the service is called; raises NotNow where it is not taken."""
    number = message.document.number
    _silence_apprise()
    service = Apprise.instantiate(message.send_to)
    if not isinstance(service, NotifyBase):
        raise NotNow(
            "{number} was not sent: the supplier's send_to is not an address that can be sent to.", number=number
        )
    target = Apprise()
    target.add(service)
    taken = target.notify(
        body=message.text,
        title=message.title,
        body_format=NotifyFormat.TEXT,
        attach=_attachment(message.document) if service.attachment_support else None,
    )
    if not taken:
        raise NotNow(
            "{number} was not sent: {service_name} did not take the message. Try again later, check the "
            "supplier's send_to, or tell the supplier in another way and mark the order as sent.",
            number=number,
            service_name=service.service_name,
        )
    return str(service.service_name)


def _attachment(document: OrderDocument) -> AppriseAttachment:
    writer = WRITERS["pdf"]
    attachment = AppriseAttachment()
    file = f"{document.number}.pdf"
    attachment.add(AttachMemory(writer.write(document), name=file, mimetype=writer.media_type))  # type: ignore[no-untyped-call]
    return attachment


def _silence_apprise() -> None:
    """What apprise logs of a failure names addresses, and with them passwords."""
    logging.getLogger("apprise").disabled = True
