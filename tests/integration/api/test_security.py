"""Who may come in, and what each role may do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from api.security import SESSION_COOKIE
from api.transactions import moment
from data.database import reading, writing
from data.tables import ApiKeyRow, Role
from flows.access.keys import (
    Purpose,
    create_key,
    create_sign_in_token,
    open_session,
    revoke_key,
    verify_key,
)
from flows.errors import Invalid, Unknown
from flows.settings import Settings

from .conftest import NOW, Bearer

HALF_A_DAY = timedelta(hours=12)
OURS = {"Origin": "http://freshfront.test"}


@pytest.fixture
async def signed_in(client: httpx.AsyncClient, shop: Engine) -> httpx.AsyncClient:
    """A browser that has opened the address that `freshfront run` prints."""
    with writing(shop) as session:
        token = create_sign_in_token(session, "the operator", Role.OPERATOR, NOW, lasts=HALF_A_DAY)
    answer = await client.post("/sign-in", data={"key": token}, headers=OURS)
    assert answer.status_code == 303
    return client


def test_a_key_is_kept_as_a_hash_only(shop: Engine) -> None:
    with writing(shop) as session:
        key_id, key = create_key(session, "Li Na", Role.BUYER, NOW)
    with reading(shop) as session:
        row = session.get_one(ApiKeyRow, key_id)
        secret = key.removeprefix(f"ff_{key_id}_")
        assert len(secret) >= 43, "256 bits"
        assert secret not in repr([getattr(row, column.key) for column in ApiKeyRow.__table__.columns])
        holder = verify_key(session, key, NOW)
    assert holder is not None
    assert (holder.name, holder.role) == ("Li Na", Role.BUYER)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "ff_",
        "ff__",
        "nonsense",
        "ff_key-1",
        "xx_key-1_secret",
        "ff_key-\0_s",
        "ff_ключ_s",
        "ff_key-1_\ud800",
        "_" * 999,
    ],
)
def test_what_is_no_key_opens_nothing(shop: Engine, wrong: str) -> None:
    with reading(shop) as session:
        assert verify_key(session, wrong, NOW) is None


def test_a_key_needs_a_name_that_can_be_read(shop: Engine) -> None:
    for name in ("", "  ", "a\0b", "a\nb"):
        with pytest.raises(Invalid), writing(shop) as session:
            create_key(session, name, Role.BUYER, NOW)


def test_revoking_a_key_ends_its_sessions_too(shop: Engine) -> None:
    with writing(shop) as session:
        key_id, key = create_key(session, "Li Na", Role.BUYER, NOW)
        opened = open_session(session, key, NOW, lasts=HALF_A_DAY)
        _, other = create_key(session, "Wang", Role.BUYER, NOW)
    assert opened is not None
    with writing(shop) as session:
        revoke_key(session, key_id, NOW)
        revoke_key(session, key_id, NOW + timedelta(days=1))
    with reading(shop) as session:
        assert verify_key(session, key, NOW) is None
        assert verify_key(session, opened, NOW, {Purpose.SESSION}) is None
        assert verify_key(session, other, NOW) is not None
        assert session.get_one(ApiKeyRow, key_id).revoked_at == NOW, "the first end stays"
    with pytest.raises(Unknown), writing(shop) as session:
        revoke_key(session, "key-000000000000", NOW)


async def test_without_a_key_nothing_of_v1_is_answered(client: httpx.AsyncClient, app: FastAPI) -> None:
    for path, operations in app.openapi()["paths"].items():
        if path.startswith("/v1/"):
            for method in operations:
                answer = await client.request(method, path.replace("{", "").replace("}", ""), json=None)
                assert answer.status_code in (401, 415, 422), (method, path, answer.text)
                if answer.status_code == 401:
                    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header", ["Bearer ff_key-1_wrong", "Bearer", "Basic dTpw", "ff_key-1_wrong", "Bearer " + "x" * 5000]
)
async def test_a_wrong_key_is_refused(
    client: httpx.AsyncClient, everything: Callable[[], dict[str, list[Any]]], header: str
) -> None:
    before = everything()
    answer = await client.post("/v1/readings", json={"readings": []}, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:freshfront:problem:unauthenticated"
    assert everything() == before


async def test_a_revoked_key_is_refused(client: httpx.AsyncClient, shop: Engine) -> None:
    with writing(shop) as session:
        key_id, key = create_key(session, "Li Na", Role.BUYER, NOW)
    header = {"Authorization": f"Bearer {key}"}
    assert (await client.get("/v1/warehouses", headers=header)).status_code == 200
    with writing(shop) as session:
        revoke_key(session, key_id, NOW)
    assert (await client.get("/v1/warehouses", headers=header)).status_code == 401


async def test_a_wrong_role_is_told_which_scope_is_missing_and_changes_nothing(
    client: httpx.AsyncClient, bearer: Bearer, everything: Callable[[], dict[str, list[Any]]]
) -> None:
    headers, before = bearer("staff"), everything()
    answer = await client.post(
        "/v1/purchase-plans", json={"warehouse_ids": ["W1"], "delivery_date": "2026-03-03"}, headers=headers
    )
    assert answer.status_code == 403
    assert "plans:write" in answer.json()["detail"]
    assert everything() == before


async def test_the_sign_in_address_opens_a_session_and_hides_the_token(
    client: httpx.AsyncClient, shop: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with writing(shop) as session:
        token = create_sign_in_token(session, "the operator", Role.OPERATOR, NOW, lasts=HALF_A_DAY)
    answer = await client.post("/sign-in", data={"key": token}, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SESSION_COOKIE}=ff_session-")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await client.get("/v1/warehouses")).status_code == 200
    again = await client.post("/sign-in", data={"key": token}, headers=OURS)
    assert again.status_code == 401, "it signs in once"
    written = capsys.readouterr()
    for secret in (token, token.split("_", 2)[2], client.cookies[SESSION_COOKIE].split("_", 2)[2]):
        assert secret not in written.out + written.err
    assert "/sign-in" in written.err, "the request itself is in the log"


async def test_who_only_looks_at_a_sign_in_address_does_not_use_it_up(
    client: httpx.AsyncClient, shop: Engine, everything: Callable[[], dict[str, list[Any]]]
) -> None:
    with writing(shop) as session:
        token = create_sign_in_token(session, "the operator", Role.OPERATOR, NOW, lasts=HALF_A_DAY)
    before = everything()
    for _ in range(3):
        answer = await client.get(f"/sign-in?token={token}", headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert f'value="{token}"' in answer.text
        assert answer.headers["cache-control"] == "no-store"
    assert SESSION_COOKIE not in client.cookies
    assert everything() == before
    assert (await client.post("/sign-in", data={"key": token}, headers=OURS)).status_code == 303


async def test_a_sign_in_address_ends(client: httpx.AsyncClient, app: FastAPI, shop: Engine) -> None:
    with writing(shop) as session:
        token = create_sign_in_token(session, "the operator", Role.OPERATOR, NOW, lasts=HALF_A_DAY)
    app.dependency_overrides[moment] = lambda: NOW + HALF_A_DAY
    answer = await client.post("/sign-in", data={"key": token}, headers=OURS)
    assert answer.status_code == 401
    assert SESSION_COOKIE not in client.cookies


async def test_a_session_lasts_as_long_as_the_settings_say(
    client: httpx.AsyncClient, app: FastAPI, shop: Engine
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"session_hours": 1})
    with writing(shop) as session:
        token = create_sign_in_token(session, "the operator", Role.OPERATOR, NOW, lasts=HALF_A_DAY)
    answer = await client.post("/sign-in", data={"key": token}, headers=OURS)
    assert "Max-Age=3600" in answer.headers["set-cookie"]
    app.dependency_overrides[moment] = lambda: NOW + timedelta(minutes=59)
    assert (await client.get("/v1/warehouses")).status_code == 200
    app.dependency_overrides[moment] = lambda: NOW + timedelta(hours=1)
    assert (await client.get("/v1/warehouses")).status_code == 401


async def test_a_session_ends(signed_in: httpx.AsyncClient, app: FastAPI) -> None:
    assert (await signed_in.get("/v1/warehouses")).status_code == 200
    app.dependency_overrides[moment] = lambda: NOW + timedelta(hours=12)
    assert (await signed_in.get("/v1/warehouses")).status_code == 401


async def test_a_typed_key_signs_in_from_our_page_only(client: httpx.AsyncClient, shop: Engine) -> None:
    with writing(shop) as session:
        _, key = create_key(session, "Li Na", Role.BUYER, NOW)
    foreign = await client.post("/sign-in", data={"key": key}, headers={"Origin": "https://elsewhere.test"})
    assert foreign.status_code == 403
    assert (await client.post("/sign-in", data={"key": key}, headers=OURS)).status_code == 303
    assert (await client.post("/v1/moves/M1/done", headers=OURS)).status_code == 403, "still a buyer"


async def test_signing_out_ends_the_session_on_the_server(signed_in: httpx.AsyncClient) -> None:
    copied = signed_in.cookies[SESSION_COOKIE]
    answer = await signed_in.post("/sign-out", headers=OURS)
    assert answer.status_code == 303
    assert SESSION_COOKIE not in signed_in.cookies
    assert (await signed_in.get("/v1/warehouses", headers={"Cookie": f"{SESSION_COOKIE}={copied}"})).status_code == 401


async def test_signing_out_with_a_key_does_not_end_the_key(client: httpx.AsyncClient, bearer: Bearer) -> None:
    headers = bearer("buyer")
    assert (await client.post("/sign-out", headers=headers)).status_code == 303
    assert (await client.get("/v1/warehouses", headers=headers)).status_code == 200


async def test_tokens_sessions_and_keys_are_taken_only_where_they_belong(
    client: httpx.AsyncClient, shop: Engine
) -> None:
    with writing(shop) as session:
        token = create_sign_in_token(session, "the operator", Role.OPERATOR, NOW, lasts=HALF_A_DAY)
        opened = open_session(session, token, NOW, lasts=HALF_A_DAY)
        _, key = create_key(session, "Li Na", Role.BUYER, NOW)
    assert opened is not None
    for wrong in (token, opened):
        answer = await client.get("/v1/warehouses", headers={"Authorization": f"Bearer {wrong}"})
        assert answer.status_code == 401
    for wrong in (token, key):
        assert (await client.get("/v1/warehouses", headers={"Cookie": f"{SESSION_COOKIE}={wrong}"})).status_code == 401
    assert (await client.post("/sign-in", data={"key": opened}, headers=OURS)).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://elsewhere.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "http://freshfront.test.elsewhere.test"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://freshfront.test"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "http://freshfront.test"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_a_cookie_changes_something_only_from_our_own_pages(
    signed_in: httpx.AsyncClient, everything: Callable[[], dict[str, list[Any]]], headers: dict[str, str], status: int
) -> None:
    before = everything()
    answer = await signed_in.post("/v1/moves/M1/done", headers=headers)
    assert answer.status_code == status, answer.text
    assert (everything() == before) == (status == 403)


async def test_behind_a_proxy_the_public_address_is_our_own(signed_in: httpx.AsyncClient, app: FastAPI) -> None:
    app.state.settings = app.state.settings.model_copy(update={"public_url": "https://fresh.example/"})
    assert (await signed_in.post("/v1/moves/M1/done", headers=OURS)).status_code == 403
    proxied = await signed_in.post("/v1/moves/M1/done", headers={"Origin": "https://fresh.example"})
    assert proxied.status_code == 200


async def test_over_https_the_cookie_is_secure(app: FastAPI, client: httpx.AsyncClient, shop: Engine) -> None:
    app.state.settings = app.state.settings.model_copy(update={"public_url": "https://fresh.example"})
    with writing(shop) as session:
        token = create_sign_in_token(session, "the operator", Role.OPERATOR, NOW, lasts=HALF_A_DAY)
    assert (
        "Secure"
        in (await client.post("/sign-in", data={"key": token}, headers={"Origin": "https://fresh.example"})).headers[
            "set-cookie"
        ]
    )


async def test_a_key_goes_before_a_cookie(signed_in: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = await signed_in.post("/v1/moves/M1/done", headers=bearer("buyer"))
    assert answer.status_code == 403
    assert "moves:write" in answer.json()["detail"]
    wrong = await signed_in.get("/v1/warehouses", headers={"Authorization": "Bearer ff_key-1_wrong"})
    assert wrong.status_code == 401, "a wrong key does not fall back to the cookie"


def test_settings_hide_the_database_password(settings: Settings) -> None:
    assert settings.database_url.get_secret_value() not in repr(settings)


def test_all_rows_of_keys_differ(shop: Engine) -> None:
    with writing(shop) as session:
        for _ in range(20):
            create_key(session, "x", Role.BUYER, NOW)
    with reading(shop) as session:
        hashes = session.scalars(select(ApiKeyRow.secret_sha256)).all()
    assert len(set(hashes)) == len(hashes) == 20
