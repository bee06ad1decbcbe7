"""The service keeps what its own description promises: schemathesis asks every operation, rightly and wrongly."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from pydantic import SecretStr
from schemathesis.generation import GenerationMode
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import Engine

from api.app import create_app
from api.transactions import moment
from flows.settings import Settings

from .conftest import NOW, Bearer

Cases = dict[tuple[GenerationMode, str], list[Any]]
bounded = settings(
    max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def service(shop: Engine, database_url: str) -> FastAPI:
    app = create_app(Settings(_env_file=None, database_url=SecretStr(database_url), log_level="ERROR"))
    app.dependency_overrides[moment] = lambda: NOW
    return app


@pytest.fixture(scope="module")
def made() -> Cases:
    """The requests made up so far. Making one costs ten times what asking it does, so both databases get the same."""
    return {}


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_operation_keeps_its_promises(
    service: FastAPI, bearer: Bearer, draft: str, mode: GenerationMode, made: Cases
) -> None:
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", service)
    schema.config.generation.with_security_parameters = False  # test_security asks with wrong keys
    headers = bearer("operator")
    with asgi.get_client(service) as client:

        def keeps_them(case: Any) -> None:
            # days that have passed and private addresses have the right form and are refused all the same
            excluded = [] if case.method == "GET" else [positive_data_acceptance]
            answer = case.call(session=client, headers=headers)
            case.validate_response(answer, headers=headers, excluded_checks=excluded)

        for result in schema.get_all_operations():
            operation = result.ok()
            if (mode, operation.label) in made:
                for case in made[mode, operation.label]:
                    keeps_them(case)
            else:
                made[mode, operation.label] = make_up_and_ask(operation, mode, keeps_them)


def make_up_and_ask(operation: Any, mode: GenerationMode, ask: Callable[[Any], None]) -> list[Any]:
    """The requests that were made up and asked."""
    made: list[Any] = []

    @bounded
    @given(case=operation.as_strategy(generation_mode=mode).filter(has_no_cursor))
    def make_and_ask(case: Any) -> None:
        made.append(case)
        ask(case)

    with suppress(Unsatisfiable):  # nothing can be wrong with a request that has no part
        make_and_ask()
    return made


def has_no_cursor(case: Any) -> bool:
    """A cursor is opaque: no made-up one is right, whatever its form."""
    return "cursor" not in (case.query or {})
