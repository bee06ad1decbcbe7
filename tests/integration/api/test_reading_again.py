"""What has not changed is not sent again, HEAD answers wherever GET does, and long texts are compressed."""

import gzip

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import Engine, update

from data.database import writing
from data.tables import Language, NameKind, NameRow, ProductRow

from .conftest import Bearer

# none of it is a matter of the database
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def reader(bearer: Bearer) -> dict[str, str]:
    return bearer("operator")


@pytest.mark.parametrize("address", ["/v1/products", "/v1/warehouses/W1/stock", "/", "/v1/openapi.json"])
async def test_what_has_not_changed_is_not_sent_again(
    client: httpx.AsyncClient, reader: dict[str, str], address: str
) -> None:
    first = await client.get(address, headers=reader)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (tag, f'W/"other", {tag}', tag.removeprefix("W/"), "*"):
        again = await client.get(address, headers=reader | {"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "content-type" not in again.headers
        assert again.headers["x-content-type-options"] == "nosniff"
    assert (await client.get(address, headers=reader | {"If-None-Match": 'W/"other"'})).content == first.content


async def test_what_has_changed_is_sent_under_another_tag(
    client: httpx.AsyncClient, reader: dict[str, str], shop: Engine
) -> None:
    first = await client.get("/v1/products/milk", headers=reader)
    with writing(shop) as session:
        session.execute(update(ProductRow).where(ProductRow.product_id == "milk").values(name="Whole milk"))
    again = await client.get("/v1/products/milk", headers=reader | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.json()["name"]) == (200, "Whole milk")
    assert again.headers["etag"] != first.headers["etag"]


async def test_what_has_a_version_is_sent_again_where_its_names_are_others_and_is_changed_by_its_tag(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine, draft: str
) -> None:
    buyer, in_chinese, address = bearer("buyer"), {"Accept-Language": "zh"}, f"{draft}/lines/2"
    with writing(shop) as session:
        session.add(NameRow(kind=NameKind.PRODUCTS, id="milk", language=Language.ZH, name="牛奶"))
    seen = await client.get(address, headers=buyer)
    known = {"If-None-Match": seen.headers["etag"]}
    assert (await client.get(address, headers=buyer | known)).status_code == 304
    again = await client.get(address, headers=buyer | in_chinese | known)
    assert (again.status_code, again.json()["product_name"]) == (200, "牛奶")

    with writing(shop) as session:
        session.execute(update(ProductRow).where(ProductRow.product_id == "milk").values(name="Whole milk"))
    renamed = await client.get(address, headers=buyer | known)
    assert (renamed.status_code, renamed.json()["product_name"]) == (200, "Whole milk")

    edit = {"quantity": "70", "reason_code": "other", "reason": "a feast"}
    done = await client.patch(address, json=edit, headers=buyer | {"If-Match": seen.headers["etag"]})
    late = await client.patch(
        address, json=edit | {"quantity": "50"}, headers=buyer | {"If-Match": again.headers["etag"]}
    )
    assert (done.status_code, late.status_code) == (200, 412), "names are not what it was changed from"


async def test_a_problem_and_a_secret_are_kept_by_nobody(client: httpx.AsyncClient, reader: dict[str, str]) -> None:
    answers = [
        await client.get("/v1/products/none", headers=reader | {"If-None-Match": "*"}),
        await client.post("/v1/webhooks", json={"url": "https://example.org/"}, headers=reader),
        await client.get("/sign-in"),
        await client.get("/supplier/none"),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store", answer.url
        assert "etag" not in answer.headers
    assert [answer.status_code for answer in answers] == [404, 201, 401, 404]


async def test_head_answers_as_get_does_without_a_body(
    client: httpx.AsyncClient, app: FastAPI, reader: dict[str, str], draft: str
) -> None:
    names = {"warehouse_id": "W1", "product_id": "milk", "plan_id": "plan-1", "line_no": "1", "supplier_id": "F1"}
    asked = 0
    for context in iter_route_contexts(app.routes):
        if "GET" not in (context.methods or ()) or context.path in {"/metrics", "/static/{name}"}:
            continue
        address = context.path
        for name, value in names.items():
            address = address.replace(f"{{{name}}}", value)
        whole = await client.get(address, headers=reader)
        head = await client.head(address, headers=reader)
        assert (head.status_code, head.content) == (whole.status_code, b""), address
        assert head.headers.get("content-type") == whole.headers.get("content-type"), address
        if whole.status_code == 200 and "content-disposition" not in whole.headers:
            assert head.headers["content-length"] == str(len(whole.content)) or "content-encoding" in head.headers
            # forms for entering something carry an id that is new each time
            assert head.headers["etag"] == whole.headers["etag"] or not address.startswith("/v1/"), address
        asked += 1
    assert asked > 60


async def test_an_address_without_get_has_no_head(client: httpx.AsyncClient, reader: dict[str, str]) -> None:
    answer = await client.head("/v1/what-if", headers=reader)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    answer = await client.delete("/v1/products", headers=reader)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_a_request_with_head_is_counted_as_one(client: httpx.AsyncClient, reader: dict[str, str]) -> None:
    await client.head("/v1/products/milk", headers=reader)
    figures = (await client.get("/metrics")).text
    assert 'requests_total{method="HEAD",route="/v1/products/{product_id}",status="200"} 1.0' in figures


@pytest.mark.parametrize("address", ["/v1/openapi.json", "/", "/v1/imports"])
async def test_long_texts_are_compressed_for_who_takes_it(
    client: httpx.AsyncClient, reader: dict[str, str], address: str
) -> None:
    plain = await client.get(address, headers=reader | {"Accept-Encoding": "gzip;q=0, br"})
    assert "content-encoding" not in plain.headers
    assert "accept-encoding" in plain.headers["vary"].lower()
    async with client.stream("GET", address, headers=reader | {"Accept-Encoding": "br, gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(raw) < len(plain.content) / 2
    assert gzip.decompress(raw) == plain.content
    assert answer.headers["etag"] == plain.headers["etag"]


async def test_what_is_short_or_compressed_as_it_is_goes_as_it_is(
    client: httpx.AsyncClient, reader: dict[str, str], draft: str
) -> None:
    for address in ("/livez", "/v1/products/milk", f"{draft}/export.xlsx"):
        answer = await client.get(address, headers=reader | {"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert "content-encoding" not in answer.headers, address
