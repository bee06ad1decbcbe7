"""Purchase orders go to a real mail server: what arrives, what is marked, and what happens when something fails."""

import logging
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import PurchaseOrderEventKind, PurchaseOrderEventRow, PurchaseOrderRow, SupplierLinkRow, SupplierRow
from flows.errors import NotNow, Unknown
from flows.ordering import sending
from flows.ordering.cancelling import cancel_purchase_order
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.ordering.sending import send_purchase_order
from flows.ordering.supplier_links import open_link
from flows.ordering.to_send import mark_all_sent, purchase_orders_to_send, send_all
from flows.settings import Settings
from tests.integration.mailbox import Mailbox
from tests.ports import free_port

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
DELIVERY = date(2026, 3, 4)
SETTINGS = Settings(
    _env_file=None, database_url=SecretStr("sqlite://"), shop_name="鲜到家", public_url="https://shop.example/"
)


@pytest.fixture
def number(shop: Engine, mailbox: Mailbox) -> str:
    """The number of an order of spinach and milk from F1, who reads mail in Chinese."""
    with writing(shop) as session:
        farm = session.get_one(SupplierRow, "F1")
        farm.send_to, farm.language, farm.delivers_from, farm.delivers_until = mailbox.address, "zh", "05:00", "07:30"
        lines = [
            NewPurchaseOrderLine("F1", "W1", DELIVERY, product, Decimal(quantity), Decimal("6.5"))
            for product, quantity in (("spinach", "40"), ("milk", "12"))
        ]
        [order] = place_purchase_orders(session, lines, NOW, "Li")
        return order.number


def sent_events(engine: Engine) -> list[PurchaseOrderEventRow]:
    query = select(PurchaseOrderEventRow).where(PurchaseOrderEventRow.kind == PurchaseOrderEventKind.SENT)
    with reading(engine) as session:
        return list(session.scalars(query))


def sent_at(engine: Engine, number: str) -> datetime | None:
    with reading(engine) as session:
        return session.scalars(select(PurchaseOrderRow.sent_at).where(PurchaseOrderRow.number == number)).one()


def set_address(engine: Engine, address: str | None) -> None:
    with writing(engine) as session:
        session.get_one(SupplierRow, "F1").send_to = address


def test_an_order_arrives_with_its_document_and_a_link_and_is_sent_once(
    shop: Engine, mailbox: Mailbox, number: str
) -> None:
    assert send_purchase_order(shop, number, SETTINGS, NOW, "Li")

    [mail] = mailbox.mails
    assert mail["subject"] == f"鲜到家采购订单 {number}"
    assert "farm@farm.example" in mail["to"]
    body = mail.get_body(("plain", "html"))
    assert body is not None
    text = body.get_content()
    for words in ("送货时间：2026年3月4日星期三 05:00–07:30", "收货地址：W1", "spinach", "40", "公斤", "不用注册"):
        assert words in text
    [document] = list(mail.iter_attachments())
    assert (document.get_filename(), document.get_content_type()) == (f"{number}.pdf", "application/pdf")
    assert document.get_content().startswith(b"%PDF")
    [token] = set(re.findall(r"https://shop\.example/supplier/([\w-]{43})", text))
    with reading(shop) as session:
        assert open_link(session, token, NOW).order.number == number
    assert sent_at(shop, number) == NOW
    assert [(event.by, event.note) for event in sent_events(shop)] == [("Li", "E-Mail")]

    assert not send_purchase_order(shop, number, SETTINGS, NOW, "Li")
    assert len(mailbox.mails) == 1
    later = NOW + timedelta(hours=1)
    assert send_purchase_order(shop, number, SETTINGS, later, "Li", again=True)
    assert [mail["subject"] for mail in mailbox.mails] == [f"鲜到家采购订单 {number}"] * 2
    assert sent_at(shop, number) == NOW


def test_an_order_whose_sender_died_before_it_was_marked_is_sent_again_under_its_number(
    shop: Engine, mailbox: Mailbox, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sending, "mark_sent", killed)
        with pytest.raises(KeyboardInterrupt):
            send_purchase_order(shop, number, SETTINGS, NOW, "Li")
    assert sent_at(shop, number) is None

    assert send_purchase_order(shop, number, SETTINGS, NOW, "Li")

    assert [mail["subject"] for mail in mailbox.mails] == [f"鲜到家采购订单 {number}"] * 2
    with reading(shop) as session:
        assert [order.number for order in session.scalars(select(PurchaseOrderRow))] == [number]


def test_what_is_not_taken_is_not_marked_and_tells_no_password(
    shop: Engine, number: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for address in (
        f"mailto://shop:hunter2@127.0.0.1:{free_port()}?from=shop@shop.example&to=farm@farm.example",
        "nosuchservice://hunter2@farm",
        "mailto://hunter2",
    ):
        set_address(shop, address)
        with pytest.raises(NotNow, match=f"{number} was not sent") as refused:
            send_purchase_order(shop, number, SETTINGS, NOW, "Li")
        assert "hunter2" not in str(refused.value)

    assert sent_at(shop, number) is None
    assert sent_events(shop) == []
    output = capfd.readouterr()
    assert "hunter2" not in caplog.text + output.out + output.err


def test_what_cannot_be_sent_is_refused_before_anything_is_written(shop: Engine, mailbox: Mailbox, number: str) -> None:
    with pytest.raises(Unknown):
        send_purchase_order(shop, "PO-none", SETTINGS, NOW, "Li")
    set_address(shop, None)
    with pytest.raises(NotNow, match="F1 has no address to send to"):
        send_purchase_order(shop, number, SETTINGS, NOW, "Li")
    set_address(shop, mailbox.address)
    with pytest.raises(NotNow, match="too late"):
        send_purchase_order(shop, number, SETTINGS, NOW + timedelta(days=3), "Li")
    with writing(shop) as session:
        cancel_purchase_order(session, number, NOW, "Li")
    with pytest.raises(NotNow):
        send_purchase_order(shop, number, SETTINGS, NOW, "Li")

    assert mailbox.mails == []
    with reading(shop) as session:
        assert session.scalars(select(SupplierLinkRow)).all() == []


def test_a_long_order_is_told_in_short(shop: Engine, mailbox: Mailbox, number: str) -> None:
    with writing(shop) as session:
        session.get_one(SupplierRow, "F1").language = "en"
        lines = [NewPurchaseOrderLine("F1", "W2", DELIVERY, "spinach", Decimal(n)) for n in range(1, 24)]
        [order] = place_purchase_orders(session, lines, NOW, "Li")
        long = order.number

    send_purchase_order(shop, long, SETTINGS, NOW, "Li")

    body = mailbox.mails[0].get_body(("plain", "html"))
    assert body is not None
    text = body.get_content()
    assert "20. spinach" in text
    assert "21. spinach" not in text
    assert "and 3 more, see the document" in text


def test_all_that_waits_goes_out_and_what_cannot_is_told(shop: Engine, mailbox: Mailbox, number: str) -> None:
    with writing(shop) as session:
        session.get_one(SupplierRow, "F2").send_to = None
        urgent = NewPurchaseOrderLine("F2", "W2", DELIVERY, "milk", Decimal(20), send_by=NOW + timedelta(hours=2))
        later = NewPurchaseOrderLine("F1", "W2", DELIVERY, "milk", Decimal(20), send_by=NOW + timedelta(hours=9))
        unreachable, other = place_purchase_orders(session, [urgent, later], NOW, "Li")[::-1]
        names = unreachable.number, other.number
    with reading(shop) as session:
        waiting = purchase_orders_to_send(session, NOW)
    assert [(one.number, one.reachable) for one in waiting] == [(names[0], False), (names[1], True), (number, True)]

    sent = send_all(shop, waiting, SETTINGS, NOW, "Li")

    assert sent.done == [names[1], number]
    assert list(sent.failed) == [names[0]]
    assert len(mailbox.mails) == 2
    with reading(shop) as session:
        left = purchase_orders_to_send(session, NOW)
        assert [one.number for one in left] == [names[0]]
        assert purchase_orders_to_send(session, NOW + timedelta(days=9)) == []
    assert mark_all_sent(shop, left, NOW, "Li", "phone").done == [names[0]]
    with reading(shop) as session:
        assert purchase_orders_to_send(session, NOW) == []
