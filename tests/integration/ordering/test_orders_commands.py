"""`freshfront orders`: what it says is what the tables hold, now and as of a moment."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.integration.flows.shell import Shell

IDENTITY = ("under_way", "received", "declined", "cancelled", "lapsed")


@pytest.fixture
def orders(
    shop: Engine, database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    return Shell(capsys, monkeypatch)


def told(orders: Shell, *command: str) -> dict:
    assert orders("orders", *command, "--json") == 0, orders.err
    return json.loads(orders.out)


def test_an_order_placed_by_phone_goes_its_way_and_is_seen_as_it_was(orders: Shell, tmp_path: Path) -> None:
    today = datetime.now(UTC) + timedelta(hours=8)  # in Shanghai
    terms = ("--supplier", "F1", "-w", "W1", "--delivery-date", f"{today + timedelta(days=1):%Y-%m-%d}")
    placed = told(orders, "place", *terms, "--line", "milk=40@5.5", "--line", "kefir=12", "--note", "by phone")
    number = placed["number"]
    assert number == f"PO-{today:%Y%m%d}-001"
    assert (placed["status"], float(placed["cost"]), placed["note"]) == ("ordered", 220, "by phone")
    after_placing = f"{datetime.now(UTC).isoformat()}"

    assert told(orders, "send", number, "--how", "chat")["status"] == "sent"
    short = told(orders, "confirm", number, "--quantity", "1=30", "--quantity", "2=12")
    assert (short["status"], float(short["lines"][0]["declined"])) == ("confirmed_short", 10)
    part = told(orders, "receive", number, "--quantity", "1=25", "--receipt", "R1")
    assert part == told(orders, "receive", number, "--quantity", "1=25", "--receipt", "R1")
    assert (part["status"], float(part["lines"][0]["under_way"])) == ("received_in_part", 5)
    told(orders, "cancel", number, "--line", "1")
    closed = told(orders, "receive", placed["purchase_order_id"])
    assert closed["status"] == "closed"
    for line in closed["lines"]:
        assert sum(float(line[name]) for name in IDENTITY) == float(line["ordered"])
    assert [event["kind"] for event in closed["history"]] == [
        *("ordered", "sent", "confirmed", "confirmed", "received", "cancelled", "received")
    ]

    as_it_was = told(orders, "show", number, "--as-of", after_placing)
    assert (as_it_was["status"], [event["kind"] for event in as_it_was["history"]]) == ("ordered", ["ordered"])
    assert told(orders, "list", "--as-of", after_placing)[0]["number"] == number
    assert told(orders, "list") == []
    assert [order["status"] for order in told(orders, "list", "--all", "--supplier", "F1", "-w", "W1")] == ["closed"]
    assert told(orders, "list", "--status", "closed", "--supplier", "F2") == []

    assert orders("orders", "show", number) == 0
    assert "closed. by phone" in orders.out
    assert f"{number}  " in (orders("orders", "list", "--all") or orders.out)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_done_is_said_in_words(orders: Shell) -> None:
    terms = ("orders", "place", "--supplier", "F1", "-w", "W1", "--delivery-date", "2099-01-01")
    for command, words in [
        (("orders", "show", "PO-1"), "Purchase order 'PO-1' was not found."),
        ((*terms, "--line", "milk"), "PRODUCT=QUANTITY"),
        ((*terms, "--line", "milk=many"), "'many' is not a number"),
        (("orders", "confirm", "PO-1", "--quantity", "milk=4"), "LINE=QUANTITY"),
        (("orders", "list", "--as-of", "yesterday"), "--as-of"),
    ]:
        assert orders(*command) == 2
        assert words in orders.err.replace("\n", " ")
    assert orders("orders", "list") == 0
    assert "There are no such purchase orders." in orders.out
