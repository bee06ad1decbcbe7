"""Which router knows an address: said at once where it does not, as trying all of its routes would say it."""

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope

from api.app import create_app
from api.routing import Router
from flows.settings import Settings

UNKNOWN = ("/", "/nothing", "/v1", "/v1/nothing", "/v1/x/stock", "/stock/", "/plans/x/y/z", "//stock")


def asked_for(address: str) -> Scope:
    return {"type": "http", "method": "GET", "path": address, "root_path": ""}


def test_a_router_knows_the_addresses_of_its_routes_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(_env_file=None))
    addresses = [*(route.path.replace("{", "").replace("}", "") for route in iter_route_contexts(app.routes)), *UNKNOWN]

    def known() -> list[list[Match]]:
        return [[route.matches(asked_for(address))[0] for route in app.routes] for address in addresses]

    said_at_once = known()
    monkeypatch.delattr(Router, "matches")

    assert said_at_once == known()


def test_a_router_whose_addresses_begin_with_a_parameter_is_asked_for_every_address() -> None:
    router, app = Router(), FastAPI()
    router.add_api_route("/{anything}/here", lambda anything: anything)
    app.include_router(router, prefix="/v1")

    [*_, included] = app.routes

    assert included.matches(asked_for("/v1/something/here"))[0] == Match.FULL
    assert included.matches(asked_for("/v1/something/there"))[0] == Match.NONE
