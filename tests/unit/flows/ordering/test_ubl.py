"""A purchase order as UBL 2.1: what the schema of an Order asks for, read by a parser that knows nothing of ours."""

from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from data.tables import Unit
from flows.ordering.documents.order_document import OrderDocument
from flows.ordering.documents.ubl import as_ubl

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NAMES = {
    "o": f"{UBL}Order-2",
    "cac": f"{UBL}CommonAggregateComponents-2",
    "cbc": f"{UBL}CommonBasicComponents-2",
}
# Of each type, the elements that we write, in the order of the UBL 2.1 schema (UBL-Order-2.1.xsd and
# UBL-CommonAggregateComponents-2.1.xsd); those with ! are required.
SEQUENCES = {
    "Order": "UBLVersionID !ID !IssueDate OrderTypeCode Note DocumentCurrencyCode LineCountNumeric !BuyerCustomerParty "
    "!SellerSupplierParty Delivery AnticipatedMonetaryTotal !OrderLine",
    "BuyerCustomerParty": "Party",
    "SellerSupplierParty": "Party",
    "Party": "PartyIdentification PartyName PostalAddress Contact",
    "PartyIdentification": "!ID",
    "PartyName": "!Name",
    "PostalAddress": "AddressLine",
    "Address": "AddressLine",
    "AddressLine": "!Line",
    "Contact": "Name",
    "Delivery": "DeliveryLocation RequestedDeliveryPeriod",
    "DeliveryLocation": "ID Name Address",
    "RequestedDeliveryPeriod": "StartDate StartTime EndDate EndTime",
    "AnticipatedMonetaryTotal": "LineExtensionAmount !PayableAmount",
    "OrderLine": "!LineItem",
    "LineItem": "!ID Quantity LineExtensionAmount Price Item",
    "Price": "!PriceAmount BaseQuantity",
    "Item": "PackSizeNumeric Name BuyersItemIdentification",
    "BuyersItemIdentification": "!ID",
}
NASTY = "<&\"'>]]> 中文 🍅 {x}"


def read(document: OrderDocument) -> ElementTree.Element:
    return ElementTree.fromstring(as_ubl(document))  # noqa: S314 - our own file


def texts(element: ElementTree.Element, path: str) -> list[str | None]:
    return [found.text for found in element.findall(path, NAMES)]


def local(element: ElementTree.Element) -> str:
    return element.tag.partition("}")[2]


@pytest.mark.parametrize("bare", [False, True])
def test_elements_stand_in_the_order_of_the_schema(chinese: OrderDocument, bare: bool) -> None:
    if bare:
        chinese = replace(chinese, lines=[replace(chinese.lines[1], unit_price=None, amount=None)])
        party = replace(chinese.supplier, address=None, contact=None)
        chinese = replace(chinese, supplier=party, warehouse=party, delivery_from=None, delivery_until=None, note=None)

    for element in read(chinese).iter():
        children = [local(child) for child in element]
        if not children:
            assert element.text
            assert element.tag.startswith(f"{{{NAMES['cbc']}}}")
            continue
        assert element.tag.startswith(f"{{{NAMES['o' if local(element) == 'Order' else 'cac']}}}")
        sequence = SEQUENCES[local(element)].split()
        allowed = [name.lstrip("!") for name in sequence]
        positions = [allowed.index(name) for name in children]
        assert positions == sorted(positions)
        assert {name[1:] for name in sequence if name.startswith("!")} <= set(children)


def test_it_says_what_the_order_says(chinese: OrderDocument) -> None:
    order = read(chinese)

    assert texts(order, "cbc:ID") == ["PO-20261127-014"]
    assert texts(order, "cbc:OrderTypeCode") == ["220"]  # an order, in UN/EDIFACT 1001
    assert texts(order, "cbc:DocumentCurrencyCode") == ["CNY"]
    assert texts(order, "cac:BuyerCustomerParty//cac:PartyName/cbc:Name") == ["鲜到家"]
    assert texts(order, "cac:SellerSupplierParty//cac:PartyIdentification/cbc:ID") == ["S7"]
    assert texts(order, "cac:Delivery/cac:DeliveryLocation/cbc:Name") == ["西湖前置仓"]
    assert texts(order, "cac:Delivery//cbc:Line") == ["杭州市西湖区文三路 478 号", "后门"]
    assert [element.text for element in order.find("cac:Delivery/cac:RequestedDeliveryPeriod", NAMES) or []] == [
        *("2026-11-28", "05:00:00", "2026-11-28", "07:30:00"),
    ]
    quantities = order.findall("cac:OrderLine/cac:LineItem/cbc:Quantity", NAMES)
    assert [(q.text, q.get("unitCode")) for q in quantities] == [("40", "KGM"), ("1200", "H87"), ("12.345", "KGM")]
    assert texts(order, ".//cac:BuyersItemIdentification/cbc:ID") == ["P-1", "P-2", "P-3"]
    assert texts(order, ".//cbc:PackSizeNumeric") == ["5"]


def test_sums_agree(chinese: OrderDocument) -> None:
    order = read(chinese)

    amounts = [Decimal(text or "") for text in texts(order, ".//cac:LineItem/cbc:LineExtensionAmount")]
    prices = [Decimal(text or "") for text in texts(order, ".//cbc:PriceAmount")]
    quantities = [Decimal(text or "") for text in texts(order, ".//cbc:Quantity")]
    assert all(abs(a - p * q) <= Decimal("0.005") for a, p, q in zip(amounts, prices, quantities, strict=True))
    assert texts(order, "cac:AnticipatedMonetaryTotal/*") == [str(sum(amounts))] * 2
    assert {e.get("currencyID") for e in order.iter() if local(e).endswith("Amount")} == {"CNY"}
    assert texts(order, "cbc:LineCountNumeric") == [str(len(amounts))]


def test_names_of_any_kind_come_back_as_they_were(chinese: OrderDocument) -> None:
    party = replace(chinese.supplier, name=NASTY, address=NASTY, contact=NASTY, party_id=NASTY)
    line = replace(chinese.lines[0], product_name=NASTY, product_id=NASTY)

    order = read(replace(chinese, supplier=party, warehouse=party, shop_name=NASTY, lines=[line], note=NASTY))

    assert [element.text for element in order.iter()].count(NASTY) == 13


def test_what_xml_cannot_hold_is_replaced_not_lost(chinese: OrderDocument) -> None:
    line = replace(chinese.lines[0], product_name="菠\x08菜\ufffe")

    assert texts(read(replace(chinese, lines=[line])), ".//cac:Item/cbc:Name") == ["菠\ufffd菜\ufffd"]


def test_every_unit_has_a_code_of_its_own(chinese: OrderDocument) -> None:
    order = read(replace(chinese, lines=[replace(chinese.lines[0], unit=unit) for unit in Unit]))

    codes = [q.get("unitCode") for q in order.findall("cac:OrderLine/cac:LineItem/cbc:Quantity", NAMES)]
    assert dict(zip(Unit, codes, strict=True)) == {  # UN/ECE Recommendations 20 and, behind an X, 21
        "kg": "KGM", "litre": "LTR", "money": "M4", "piece": "H87", "bunch": "XBH", "box": "XBX", "bag": "XBG",
        "bottle": "XBO", "tray": "XPU",
    }  # fmt: skip
