"""The assortment by API: proposals in pages, decided on once, and the range with its classes as JSON and CSV."""

import csv
from datetime import timedelta
from io import StringIO

import httpx
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import AssortmentProposalRow, ProductClassRow, ProposalKind, ProposalStatus, Role
from flows.access.keys import create_key

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


PART = {"warehouse_id": "W1", "first": "2026-02-01", "last": "2026-02-28", "margin": -20.0, "waste": -90.0,
        "siblings_margin": 8.0, "siblings_waste": 3.0, "own_error": 3.0, "siblings_error": 4.0, "shared_error": 0.0,
        "together": "leaf 2026-02-01"}  # fmt: skip


@pytest.fixture
def over(proposed: Engine) -> Engine:
    """Two were accepted: of one it is told what it came to, of the other that it was changed again; a third waits for
    its weeks to end."""
    came = {
        "p1": {"until": "2026-03-01", "parts": [PART], "not_told": None},
        "p0": {"until": "2026-03-01", "parts": [], "not_told": "changed"},
    }
    with writing(proposed) as session:
        for name in ("p0", "p1", "p2"):
            row = session.get_one(AssortmentProposalRow, name)
            row.status, row.day, row.decided_at, row.decided_by = ProposalStatus.ACCEPTED, TODAY, NOW, "=Ada"
            row.day = TODAY - timedelta(days=30)
            row.details = row.details | {"came": came[name]} if name in came else row.details
    return proposed


async def test_what_decisions_came_to_is_told_beside_what_was_promised(
    client: httpx.AsyncClient, bearer: Bearer, over: Engine
) -> None:
    found = (await client.get("/v1/assortment/outcomes", headers=bearer("staff"))).json()
    (together,) = found["sums"]

    assert (found["running"], found["not_told"]) == (1, 1)
    assert (together["currency"], together["decisions"]) == ("CNY", 1)
    assert (together["money_promised"], together["waste_saved_promised"]) == (214.6, 224.6)
    assert (together["money"], together["margin"], together["waste_saved"]) == (75.0, -12.0, 87.0)
    assert together["money_high"] - together["money_low"] == pytest.approx(2 * 1.96 * 5, rel=1e-3)
    one = (await client.get(f"{PROPOSALS}/p1", headers=bearer("staff"))).json()["came"]
    assert (one["money"], one["first"]) == (75.0, (TODAY - timedelta(days=29)).isoformat())
    changed = (await client.get(f"{PROPOSALS}/p0", headers=bearer("staff"))).json()["came"]
    assert (changed["money"], changed["not_told"]) == (None, "changed")
    late = (await client.get(f"/v1/assortment/outcomes?since={TODAY}", headers=bearer("staff"))).json()
    assert (late["sums"], late["running"]) == ([], 0)
    assert (await client.get("/v1/assortment/outcomes?warehouse_id=nope", headers=bearer("staff"))).status_code == 404


async def test_proposals_are_a_file_with_what_came(client: httpx.AsyncClient, bearer: Bearer, over: Engine) -> None:
    file = await client.get("/v1/assortment/proposals.csv?status=accepted", headers=bearer("staff"))
    rows = list(csv.DictReader(StringIO(file.text)))

    assert file.headers["content-type"].startswith("text/csv")
    assert [(row["proposal_id"], row["money"], row["came"], row["not_told"]) for row in rows] == [
        ("p1", "214.6", "75.0", ""),
        ("p0", "80.0", "", "changed"),
        ("p2", "12.0", "", ""),
    ]
    assert (rows[0]["came_margin"], rows[0]["came_waste_saved_money"]) == ("-12.0", "87.0")
    assert rows[0]["decided_by"] == "'=Ada", "no formula"
    assert rows[0]["first"] == (TODAY - timedelta(days=29)).isoformat()
    none = await client.get("/v1/assortment/proposals.csv?warehouse_id=W2&status=waiting", headers=bearer("staff"))
    assert len(none.text.splitlines()) == 1


async def test_a_key_of_one_warehouse_reads_what_its_own_decisions_came_to(
    client: httpx.AsyncClient, over: Engine
) -> None:
    with writing(over) as session:
        _, key = create_key(session, "of W2", Role.BUYER, NOW, ["W2"])
    headers = {"Authorization": f"Bearer {key}"}

    found = (await client.get("/v1/assortment/outcomes", headers=headers)).json()
    assert (found["sums"], found["running"], found["not_told"]) == ([], 1, 0)
    rows = list(csv.DictReader(StringIO((await client.get("/v1/assortment/proposals.csv", headers=headers)).text)))
    assert [row["proposal_id"] for row in rows] == ["p2"]
