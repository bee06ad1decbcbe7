"""The assortment by API: proposals in pages, decided on once, and the range with its classes as JSON and CSV."""

import csv
from datetime import timedelta
from io import StringIO

import httpx
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import AssortmentProposalRow, ProductClassRow, ProposalKind, ProposalStatus

from .conftest import NOW, TODAY, Bearer

PROPOSALS = "/v1/assortment/proposals"
HOLDS = {"share": 0.2, "orders": 40.0, "margin": 81.5, "margin_high": 120.0, "times_chance": 3.0, "comes_back": None,
         "holds": True}  # fmt: skip


@pytest.fixture
def proposed(shop: Engine) -> Engine:
    """Milk and spinach are to leave W1; baskets hang on milk, which leaves W2 too."""
    with writing(shop) as session:
        for number, (warehouse, product, money, held) in enumerate(
            (("W1", "milk", 80.0, True), ("W1", "spinach", 214.6, False), ("W2", "milk", 12.0, False))
        ):
            details = {"evidence": [{"code": "days_without_sale", "days": 31, "of": 84}], "siblings": [],
                       "baskets": HOLDS if held else None, "held_out": None}  # fmt: skip
            session.add(
                AssortmentProposalRow(
                    proposal_id=f"p{number}", warehouse_id=warehouse, product_id=product, kind=ProposalKind.RETIRE,
                    proposed_at=NOW, horizon_days=28, money=money, money_low=money - 9, money_high=money + 9,
                    margin_lost=20.0, margin_kept=10.0, waste_saved=5.0, waste_saved_money=money + 10,
                    held_by_baskets=held, details=details, status=ProposalStatus.WAITING, version=1,
                )
            )  # fmt: skip
        session.add_all(
            ProductClassRow(warehouse_id="W1", product_id=product, worked_out_at=NOW, abc=abc, xyz="X", rank=rank,
                            figures={"sold_a_day": 3.0, "sell_through": 0.9, "margin": 4.0, "days_without_sale": 1.0,
                                     "of_days": 84.0, "worth": 90.0})
            for rank, (product, abc) in enumerate((("milk", "C"), ("spinach", "A")), start=1)
        )  # fmt: skip
    return shop


async def test_proposals_come_with_most_money_first_in_pages(
    client: httpx.AsyncClient, bearer: Bearer, proposed: Engine
) -> None:
    first = (await client.get(f"{PROPOSALS}?limit=2", headers=bearer("buyer"))).json()
    rest = (await client.get(f"{PROPOSALS}?limit=2&cursor={first['next']}", headers=bearer("buyer"))).json()

    assert [one["proposal_id"] for one in first["items"] + rest["items"]] == ["p1", "p0", "p2"]
    assert rest["next"] is None
    of_w2 = (await client.get(f"{PROPOSALS}?warehouse_id=W2&status=waiting", headers=bearer("buyer"))).json()
    assert [one["product_id"] for one in of_w2["items"]] == ["milk"]


async def test_a_proposal_is_decided_on_as_it_was_seen(
    client: httpx.AsyncClient, bearer: Bearer, proposed: Engine
) -> None:
    seen = await client.get(f"{PROPOSALS}/p1", headers=bearer("buyer"))
    told = {"day": (TODAY + timedelta(days=4000)).isoformat()}
    tag = {"If-Match": seen.headers["ETag"]}

    done = await client.post(f"{PROPOSALS}/p1/accept", json=told, headers=bearer("buyer") | tag)
    assert (done.status_code, done.json()["status"], done.headers["ETag"]) == (200, "accepted", '"2"')
    again = await client.post(f"{PROPOSALS}/p1/accept", json=told, headers=bearer("buyer") | tag)
    assert again.json() == done.json()
    late = await client.post(f"{PROPOSALS}/p1/refuse", json={}, headers=bearer("buyer") | tag)
    assert late.status_code == 409

    back = await client.post(f"{PROPOSALS}/p1/take-back", headers=bearer("buyer"))
    assert (back.json()["status"], back.json()["day"]) == ("waiting", None)
    outdated = await client.post(f"{PROPOSALS}/p1/refuse", json={}, headers=bearer("buyer") | tag)
    assert outdated.status_code == 412


async def test_what_baskets_hang_on_is_named_before_it_is_accepted(
    client: httpx.AsyncClient, bearer: Bearer, proposed: Engine
) -> None:
    refused = await client.post(f"{PROPOSALS}/p0/accept", json={}, headers=bearer("buyer"))
    assert refused.status_code == 422
    assert "40 orders" in refused.text
    known = await client.post(f"{PROPOSALS}/p0/accept", json={"despite_baskets": True}, headers=bearer("buyer"))
    assert known.json()["status"] == "accepted"


async def test_the_range_is_told_with_its_classes_and_its_days(
    client: httpx.AsyncClient, bearer: Bearer, proposed: Engine
) -> None:
    until = (TODAY + timedelta(days=20)).isoformat()
    put = await client.put(
        "/v1/warehouses/W1/range/milk", json={"kind": "trial", "sold_until": until}, headers=bearer("buyer")
    )
    assert put.status_code == 200, put.text

    found = (await client.get("/v1/warehouses/W1/range?abc=C", headers=bearer("staff"))).json()["items"]
    assert [(one["product_id"], one["rank"]) for one in found] == [("milk", 1)]
    file = await client.get("/v1/warehouses/W1/range.csv", headers=bearer("staff"))
    rows = list(csv.DictReader(StringIO(file.text)))
    assert [(row["product_id"], row["abc"], row["worth"]) for row in rows] == [
        ("milk", "C", "90.0"),
        ("spinach", "A", "90.0"),
    ]
    assert rows[0]["sold_until"] in (until, ""), "as known at the moment of the question"


async def test_a_range_without_an_end_says_so(client: httpx.AsyncClient, bearer: Bearer, proposed: Engine) -> None:
    wrong = await client.put("/v1/warehouses/W1/range/milk", json={"kind": "retired"}, headers=bearer("buyer"))
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "sold_until"
    nobody = await client.put("/v1/warehouses/W1/range/nope", json={"kind": "kept"}, headers=bearer("buyer"))
    assert nobody.status_code == 404


@pytest.mark.parametrize("kind", list(ProposalKind))
async def test_a_day_that_leads_out_of_the_calendar_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, bearer: Bearer, proposed: Engine, kind: ProposalKind
) -> None:
    with writing(proposed) as session:
        row = session.get_one(AssortmentProposalRow, "p1")
        row.kind, row.to_warehouse_id = kind, "W2" if kind is ProposalKind.MOVE else None
    buyer = bearer("buyer")
    answer = await client.post(f"{PROPOSALS}/p1/accept", json={"day": "9999-12-31"}, headers=buyer)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "day")
    assert (await client.get(f"{PROPOSALS}/p1", headers=buyer)).json()["status"] == "waiting"


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"kind": "kept", "sold_from": "0001-01-01"}, "sold_from"),
        ({"kind": "trial", "sold_from": "2026-12-06", "sold_until": "9999-12-31"}, "sold_until"),
    ],
)
async def test_a_range_is_said_of_days_of_this_century(
    client: httpx.AsyncClient, bearer: Bearer, proposed: Engine, told: dict[str, str], field: str
) -> None:
    answer = await client.put("/v1/warehouses/W1/range/milk", json=told, headers=bearer("buyer"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
