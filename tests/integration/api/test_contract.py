"""The service keeps what its own description promises: schemathesis asks every operation, rightly and wrongly."""

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

bounded = settings(
    max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def service(shop: Engine, database_url: str) -> FastAPI:
    app = create_app(Settings(_env_file=None, database_url=SecretStr(database_url), log_level="ERROR"))
    app.dependency_overrides[moment] = lambda: NOW
    return app


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_operation_keeps_its_promises(service: FastAPI, bearer: Bearer, draft: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", service)
    schema.config.generation.with_security_parameters = False  # test_security asks with wrong keys
    headers = bearer("operator")
    with asgi.get_client(service) as client:
        for result in schema.get_all_operations():
            operation = result.ok()

            @bounded
            @given(case=operation.as_strategy(generation_mode=mode).filter(has_no_cursor))
            def keeps_them(case: Any) -> None:
                # days that have passed and private addresses have the right form and are refused all the same
                excluded = [] if case.method == "GET" else [positive_data_acceptance]
                answer = case.call(session=client, headers=headers)
                case.validate_response(answer, headers=headers, excluded_checks=excluded)

            with suppress(Unsatisfiable):  # nothing can be wrong with a request that has no part
                keeps_them()


def has_no_cursor(case: Any) -> bool:
    """A cursor is opaque: no made-up one is right, whatever its form."""
    return "cursor" not in (case.query or {})
