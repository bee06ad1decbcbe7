"""What a shop's system imports as CSV: kinds whose rows are new each time, and kinds whose rows replace those of the
import before, so that a half import shows in either."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from tests.bench.storm.asking import Client
from tests.bench.storm.record import Import, Record
from tests.bench.storm.region import BY_FILE, PRODUCTS, WAREHOUSES

PAUSE: Final = (0.5, 2.5)  # seconds
REPEATED: Final = 0.3
DAYS: Final = 5
LONG_AGO: Final = datetime(2026, 6, 1, tzinfo=UTC)
Rows = tuple[str, str, list[str]]  # the group they replace, the header, the rows


def suppliers(number: int) -> Rows:
    """Farms that nobody buys from."""
    return f"N{number}-", "supplier_id,name,kind", [f"N{number}-{n},Farm {n},farm" for n in range(60)]


def orders(number: int) -> Rows:
    """Customers' orders of a day that is over."""
    rows = [f"N{number}-{n},1,{WAREHOUSES[n % 3]},{PRODUCTS[n % 20]},2026-06-01T10:00:00+08:00,1" for n in range(150)]
    return f"N{number}-", "order_id,line_no,warehouse_id,product_id,ordered_at,quantity", rows


def sales(number: int) -> Rows:
    """A day's sales, told anew; each time all of them are the import's number."""
    day = (LONG_AGO + timedelta(days=number % DAYS)).date()
    rows = [f"{warehouse},{product},{day},{number}" for warehouse in WAREHOUSES for product in PRODUCTS]
    return f"{day}", "warehouse_id,product_id,date,sales", rows


def readings(number: int) -> Rows:
    """Half an hour of sensors that keep it in a file."""
    begun = LONG_AGO + timedelta(hours=number)
    moments = [f"{begun + timedelta(seconds=5 * n):%Y-%m-%dT%H:%M:%SZ}" for n in range(360)]
    rows = [f"{sensor},{moment},{2 + number % 10 / 10}" for sensor in BY_FILE for moment in moments]
    return f"{number}", "sensor_id,taken_at,temperature_c", rows


def lots(number: int) -> Rows:
    """What came to a warehouse."""
    rows = [f"N{number}-{n},W1,{PRODUCTS[n]},2026-06-01T10:00:00+08:00,1" for n in range(len(PRODUCTS))]
    return f"N{number}-", "lot_id,warehouse_id,product_id,received_at,quantity_received", rows


KINDS: Final[dict[str, Callable[[int], Rows]]] = {
    "suppliers": suppliers,
    "orders": orders,
    "sales": sales,
    "readings": readings,
    "lots": lots,
}


def keep_importing(client: Client, record: Record, kinds: list[str], chance: random.Random) -> None:
    """Imports one of the kinds after the other; some again, under the same key."""
    for number in count():
        for kind in kinds:
            if not client.pause(chance.uniform(*PAUSE)):
                return
            group, header, rows = KINDS[kind](number)
            headers = {"Idempotency-Key": f"{kind}-{number}", "Content-Type": "text/csv"}
            asked = {"content": "\n".join([header, *rows]), "headers": headers}
            answer, _ = client.ask("POST", f"/v1/imports/{kind}", **asked)
            kept = answer is not None and answer.is_success
            if answer is not None and not kept:
                record.note_unexpected(f"import of {kind} {answer.status_code}", answer.text)
            record.imports.append(Import(kind, group, number, len(rows), kept))
            if kept and answer is not None and chance.random() < REPEATED:
                again, _ = client.ask("POST", f"/v1/imports/{kind}", **asked)
                if again is not None:
                    record.count("repeats")
                    if again.content != answer.content:
                        record.note_unexpected(f"import {kind}-{number} asked again is another", again.text)
