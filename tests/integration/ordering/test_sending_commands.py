"""`freshfront orders send|document|link|revoke-links`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.tables import SupplierRow
from flows.ordering.supplier_links import LinkEnded, open_link
from tests.integration.flows.shell import Shell
from tests.integration.mailbox import Mailbox

from .conftest import line, order


@pytest.fixture
def orders(
    shop: Engine, database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    monkeypatch.setenv("FRESHFRONT_PUBLIC_URL", "https://shop.example")
    return Shell(capsys, monkeypatch)


@pytest.fixture
def number(shop: Engine) -> str:
    now = datetime.now(UTC)
    return order(shop, line(due=(now + timedelta(days=2)).date()), at=now)[0]


def test_an_order_is_sent_or_noted_as_told(orders: Shell, shop: Engine, number: str, mailbox: Mailbox) -> None:
    assert orders("orders", "send", number) == 2
    assert "F1 has no address to send to" in orders.err
    assert orders("orders", "send", number, "--how", "phone") == 0
    with writing(shop) as session:
        session.get_one(SupplierRow, "F1").send_to = mailbox.address

    assert orders("orders", "send", number) == 0
    assert mailbox.mails == []
    assert orders("orders", "send", number, "--again", "--json") == 0
    [mail] = mailbox.mails
    assert number in mail["subject"]
    history = [(event["kind"], event["note"]) for event in json.loads(orders.out)["history"]]
    assert history[1:] == [("sent", "phone"), ("sent", "E-Mail")]


def test_a_document_is_written_in_the_format_of_its_name(orders: Shell, number: str, tmp_path: Path) -> None:
    for name, start in (
        ("o.pdf", b"%PDF"),
        ("o.xlsx", b"PK"),
        ("o.csv", "\ufeff采购订单".encode()),
        ("o.XML", b"<?xml"),
    ):
        assert orders("orders", "document", number, "--out", f"{tmp_path}/new/{name}") == 0, orders.err
        assert (tmp_path / "new" / name).read_bytes().startswith(start)
    assert orders("orders", "document", number, "--out", f"{tmp_path}/o.csv", "--language", "en") == 0
    assert (tmp_path / "o.csv").read_text("utf-8-sig").startswith("Purchase order,")
    assert orders("orders", "document", number, "--out", f"{tmp_path}/o.doc") == 2
    assert "must end in .pdf, .xlsx, .csv, .xml" in orders.err


def test_a_link_is_printed_and_ended(orders: Shell, shop: Engine, number: str) -> None:
    assert orders("orders", "link", number) == 0
    token = orders.out.strip().removeprefix("https://shop.example/supplier/")
    with reading(shop) as session:
        assert open_link(session, token, datetime.now(UTC)).order.number == number

    assert orders("orders", "revoke-links", number, "--json") == 0
    assert json.loads(orders.out) == {"revoked": 1}
    with reading(shop) as session, pytest.raises(LinkEnded):
        open_link(session, token, datetime.now(UTC))
