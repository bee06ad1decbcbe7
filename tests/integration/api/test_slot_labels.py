"""Labels for slots: what is printed on them, and what a scanner reads in their codes."""

import io
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal

import httpx
import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream
from sqlalchemy import Engine

from data.database import writing
from data.tables import Role, SlotRow
from flows.slotting.labels import CODE, HEIGHT, WIDTH

Bearer = Callable[[Role], dict[str, str]]
Module = tuple[int, int]
CAPITALS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
LABELS = "/v1/warehouses/W1/slot-labels.pdf"
MASKS: list[Callable[[int, int], int]] = [
    lambda i, j: (i + j) % 2, lambda i, j: i % 2, lambda i, j: j % 3, lambda i, j: (i + j) % 3,
    lambda i, j: (i // 2 + j // 3) % 2, lambda i, j: i * j % 2 + i * j % 3, lambda i, j: (i * j % 2 + i * j % 3) % 2,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2,
]  # fmt: skip


def codes_of(pdf: bytes) -> list[str]:
    """What the codes hold, page by page, row by row."""
    return [text for page in PdfReader(io.BytesIO(pdf)).pages for text in _codes_of_page(page)]


def _codes_of_page(page) -> list[str]:
    dark: defaultdict[tuple[int, int], list[tuple[float, float, float, float]]] = defaultdict(list)
    kept: list[tuple[float, float]] = []
    at = (0.0, 0.0)
    for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:
        numbers = [float(one) for one in operands] if operator in (b"cm", b"re") else []
        if operator == b"q":
            kept.append(at)
        elif operator == b"Q":
            at = kept.pop()
        elif operator == b"cm":
            at = at[0] + numbers[4], at[1] + numbers[5]
        elif operator == b"re" and numbers[3] < CODE / 2:
            x, y = at[0] + numbers[0], at[1] + numbers[1]
            dark[int((page.mediabox.height - float(y)) // HEIGHT), int(x // WIDTH)].append((x, y, *numbers[2:]))
    return [_text_of(_modules(dark[cell])) for cell in sorted(dark)]


def _modules(rectangles: list[tuple[float, float, float, float]]) -> tuple[set[Module], int]:
    """The dark modules (row, column) of a code, and how many it has along a side: the finders touch three corners."""
    size = min(depth for *_, depth in rectangles)
    left, top = min(x for x, *_ in rectangles), max(y + depth for _, y, _, depth in rectangles)
    side = round((max(x + width for x, _, width, _ in rectangles) - left) / size)
    dark = {
        (round((top - y) / size) - 1, round((x - left) / size) + n)
        for x, y, width, _ in rectangles
        for n in range(round(width / size))
    }
    return dark, side


def _text_of(code: tuple[set[Module], int]) -> str:
    """The text that a code of versions 1 to 3 holds (ISO/IEC 18004): its mask taken off, its modules read in pairs of
    columns, up and down in turn."""
    dark, side = code
    assert side in (21, 25, 29), "a code of one block"
    mask = MASKS[sum(((8, 2 + n) in dark) << (2 - n) for n in range(3)) ^ 0b101]
    bits = []
    pairs = [column - (column <= 6) for column in range(side - 1, 0, -2)]
    for n, right in enumerate(pairs):
        for row in range(side) if n % 2 else range(side - 1, -1, -1):
            for column in (right, right - 1):
                if not _is_pattern(row, column, side):
                    bits.append(((row, column) in dark) ^ (mask(row, column) == 0))
    return _read("".join("01"[bit] for bit in bits))


def _read(bits: str) -> str:
    """Bytes (UTF-8), or digits, capitals and a few signs, of which two take eleven bits and a last one six."""
    if bits.startswith("0100"):
        length = int(bits[4:12], 2)
        return bytes(int(bits[12 + 8 * n : 20 + 8 * n], 2) for n in range(length)).decode()
    assert bits.startswith("0010"), "neither bytes nor capitals"
    length, text = int(bits[4:13], 2), ""
    for n in range(length // 2):
        first, second = divmod(int(bits[13 + 11 * n : 24 + 11 * n], 2), 45)
        text += CAPITALS[first] + CAPITALS[second]
    last = 13 + 11 * (length // 2)
    return text + (CAPITALS[int(bits[last : last + 6], 2)] if length % 2 else "")


def _is_pattern(row: int, column: int, side: int) -> bool:
    corner = (row < 9 and (column < 9 or column >= side - 8)) or (row >= side - 8 and column < 9)
    alignment = side > 21 and abs(row - (side - 7)) <= 2 and abs(column - (side - 7)) <= 2
    return corner or alignment or row == 6 or column == 6


async def test_every_slot_has_a_label_whose_code_holds_its_id(
    client: httpx.AsyncClient, shop: Engine, bearer: Bearer
) -> None:
    with writing(shop) as session:
        for n in range(30):
            session.add(SlotRow(slot_id=f"W1-C-{n:02d}L{n:02d}-{'x' * (n % 3 * 9)}", warehouse_id="W1", zone_id="Z1",
                                x_m=n, y_m=1, distance_m=n, volume_l=Decimal(9)))  # fmt: skip
        session.add(SlotRow(slot_id="冷柜-1", warehouse_id="W1", zone_id="Z1", x_m=0, y_m=1, distance_m=1,
                            volume_l=Decimal(9)))  # fmt: skip
    key = bearer(Role.STAFF)
    listed = (await client.get("/v1/warehouses/W1/slots", headers=key, params={"limit": 200})).json()["items"]

    answer = await client.get(LABELS, headers=key)

    assert answer.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    assert len(pages) == 2
    assert codes_of(answer.content) == [slot["slot_id"] for slot in listed]
    text = pages[0].extract_text()
    assert "C-00L00-" in text
    assert listed[0]["zone_name"] in text
    assert listed[0]["band"] in text


async def test_labels_of_some_slots(client: httpx.AsyncClient, bearer: Bearer) -> None:
    key = bearer(Role.STAFF)
    [some, *_, last] = (await client.get("/v1/warehouses/W1/slots", headers=key)).json()["items"]

    answer = await client.get(LABELS, headers=key, params={"slot_id": [last["slot_id"], some["slot_id"]]})
    assert codes_of(answer.content) == [some["slot_id"], last["slot_id"]]
    of_zone = await client.get(LABELS, headers=key, params={"zone_id": some["zone_id"], "slot_id": some["slot_id"]})
    assert codes_of(of_zone.content) == [some["slot_id"]]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"slot_id": "nowhere"}, 404, "Slot 'nowhere' was not found"),
        ({"zone_id": "nowhere"}, 404, "There are no slots"),
        ({"slot": "leaf-1"}, 422, "not valid"),
    ],
)
async def test_what_there_is_not_has_no_label(
    client: httpx.AsyncClient, bearer: Bearer, asked: dict[str, str], status: int, said: str
) -> None:
    answer = await client.get(LABELS, headers=bearer(Role.STAFF), params=asked)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    missing = await client.get("/v1/warehouses/nope/slot-labels.pdf", headers=bearer(Role.STAFF))
    assert missing.status_code == 404


async def test_more_labels_than_are_made_at_once_are_asked_for_by_zone(
    client: httpx.AsyncClient, shop: Engine, bearer: Bearer
) -> None:
    with writing(shop) as session:
        session.add_all(
            SlotRow(slot_id=f"W1-{n}", warehouse_id="W1", zone_id="Z1", x_m=n, y_m=1, distance_m=n, volume_l=Decimal(9))
            for n in range(1_001)
        )
    answer = await client.get(LABELS, headers=bearer(Role.STAFF))
    assert answer.status_code == 422
    assert "1,000 are made at once. Ask for some zones." in answer.text
