"""A purchase order as UBL 2.1 Order, the XML that ordering systems exchange (OASIS, ISO/IEC 19845).

Elements stand in the order that the schema asks for. Units are UN/ECE Recommendation 20 codes, days and times those of
the warehouse. Characters that XML cannot hold become U+FFFD.
"""

from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from typing import cast
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from data.tables import Unit
from flows.ordering.documents.order_document import DocumentLine, OrderDocument, Party
from flows.spreadsheet_cells import NOT_IN_XML

NAMESPACES = {
    "xmlns": "urn:oasis:names:specification:ubl:schema:xsd:Order-2",
    "xmlns:cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "xmlns:cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
# UN/ECE Recommendation 20; packages are those of Recommendation 21 behind an X
UNIT_CODES = {
    Unit.KG: "KGM",
    Unit.LITRE: "LTR",
    Unit.MONEY: "M4",
    Unit.PIECE: "H87",
    Unit.BUNCH: "XBH",
    Unit.BOX: "XBX",
    Unit.BAG: "XBG",
    Unit.BOTTLE: "XBO",
    Unit.TRAY: "XPU",
}
PURCHASE_ORDER = "220"  # UN/EDIFACT 1001


def as_ubl(document: OrderDocument) -> bytes:
    """The document as XML in UTF-8."""
    order = Element("Order", NAMESPACES)
    _text(order, "cbc:UBLVersionID", "2.1")
    _text(order, "cbc:ID", document.number)
    _text(order, "cbc:IssueDate", document.order_date.isoformat())
    _text(order, "cbc:OrderTypeCode", PURCHASE_ORDER)
    if document.note:
        _text(order, "cbc:Note", document.note, languageID=document.language)
    _text(order, "cbc:DocumentCurrencyCode", document.currency)
    _text(order, "cbc:LineCountNumeric", str(len(document.lines)))
    buyer = Party(document.warehouse.party_id, document.shop_name, contact=document.warehouse.contact)
    _party(SubElement(order, "cac:BuyerCustomerParty"), buyer)
    _party(SubElement(order, "cac:SellerSupplierParty"), document.supplier)
    _delivery(SubElement(order, "cac:Delivery"), document)
    if document.total is not None:
        total = SubElement(order, "cac:AnticipatedMonetaryTotal")
        _amount(total, "cbc:LineExtensionAmount", document.total, document.currency)
        _amount(total, "cbc:PayableAmount", document.total, document.currency)
    for line in document.lines:
        _line(SubElement(SubElement(order, "cac:OrderLine"), "cac:LineItem"), line, document.currency)
    indent(order)
    return cast(bytes, tostring(order, encoding="UTF-8", xml_declaration=True))


def _party(role: Element, party: Party) -> None:
    element = SubElement(role, "cac:Party")
    _text(SubElement(element, "cac:PartyIdentification"), "cbc:ID", party.party_id)
    _text(SubElement(element, "cac:PartyName"), "cbc:Name", party.name)
    if party.address:
        _address_lines(SubElement(element, "cac:PostalAddress"), party.address.splitlines())
    if party.contact:
        _text(SubElement(element, "cac:Contact"), "cbc:Name", party.contact)


def _delivery(delivery: Element, document: OrderDocument) -> None:
    warehouse = document.warehouse
    location = SubElement(delivery, "cac:DeliveryLocation")
    _text(location, "cbc:ID", warehouse.party_id)
    _text(location, "cbc:Name", warehouse.name)
    if warehouse.address:
        _address_lines(SubElement(location, "cac:Address"), warehouse.address.splitlines())
    period = SubElement(delivery, "cac:RequestedDeliveryPeriod")
    _text(period, "cbc:StartDate", document.delivery_date.isoformat())
    _time(period, "cbc:StartTime", document.delivery_from)
    _text(period, "cbc:EndDate", document.delivery_date.isoformat())
    _time(period, "cbc:EndTime", document.delivery_until)


def _line(item: Element, line: DocumentLine, currency: str) -> None:
    _text(item, "cbc:ID", str(line.line_no))
    _quantity(item, "cbc:Quantity", line.quantity, line.unit)
    if line.amount is not None:
        _amount(item, "cbc:LineExtensionAmount", line.amount, currency)
    if line.unit_price is not None:
        price = SubElement(item, "cac:Price")
        _amount(price, "cbc:PriceAmount", line.unit_price, currency)
        _quantity(price, "cbc:BaseQuantity", Decimal(1), line.unit)
    product = SubElement(item, "cac:Item")
    if line.pack_size is not None:
        _text(product, "cbc:PackSizeNumeric", _digits(line.pack_size))
    _text(product, "cbc:Name", line.product_name)
    _text(SubElement(product, "cac:BuyersItemIdentification"), "cbc:ID", line.product_id)


def _address_lines(address: Element, lines: Sequence[str]) -> None:
    for line in filter(str.strip, lines):
        _text(SubElement(address, "cac:AddressLine"), "cbc:Line", line)


def _text(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _time(parent: Element, name: str, moment: time | None) -> None:
    if moment:
        _text(parent, name, moment.isoformat())


def _quantity(parent: Element, name: str, quantity: Decimal, unit: Unit) -> None:
    _text(parent, name, _digits(quantity), unitCode=UNIT_CODES[unit])


def _amount(parent: Element, name: str, amount: Decimal, currency: str) -> None:
    _text(parent, name, f"{amount:f}", currencyID=currency)


def _digits(value: Decimal) -> str:
    return f"{value.normalize():f}"
