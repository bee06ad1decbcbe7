"""The service keeps what its own description promises: schemathesis asks every operation, rightly and wrongly."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, Final

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from pydantic import SecretStr
from schemathesis.generation import GenerationMode
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import Engine

from api.app import create_app
from api.transactions import moment
from data.database import writing
from data.tables import DayRunRow
from flows.settings import Settings

from .conftest import NOW, ORIGIN, Bearer
from .furnished import Ids, furnish, in_address, model_of

Cases = dict[tuple[GenerationMode, str], list[Any]]
bounded = settings(
    max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def service(shop: Engine, database_url: str) -> FastAPI:
    app = create_app(
        Settings(
            _env_file=None,
            database_url=SecretStr(database_url),
            log_level="ERROR",
            allowed_hosts=["testserver"],
            wrong_keys_per_minute=1e6,
        )
    )
    app.dependency_overrides[moment] = lambda: NOW
    return app


@pytest.fixture
def ids(shop: Engine) -> Ids:
    """Of a warehouse that has one of each thing."""
    with writing(shop) as session:
        session.add_all([model_of("region", None), DayRunRow(run_id="night", started_at=ORIGIN, failed={})])
        session.flush()
        return furnish(session, "W1", "own")


@pytest.fixture(scope="module")
def made() -> Cases:
    """The requests made up so far. Making one costs ten times what asking it does, so both databases get the same."""
    return {}


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_operation_keeps_its_promises(
    service: FastAPI, bearer: Bearer, ids: Ids, mode: GenerationMode, made: Cases
) -> None:
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", service)
    schema.config.generation.with_security_parameters = False  # test_security asks with wrong keys
    leave_out_cursors(schema.raw_schema)
    headers = bearer("operator")
    answered: defaultdict[str, Counter[int]] = defaultdict(Counter)
    with asgi.get_client(service) as client:

        def keeps_them(case: Any) -> None:
            if mode is GenerationMode.POSITIVE:
                name_what_is_there(case, ids)
            # days that have passed and private addresses have the right form and are refused all the same
            takes_all = case.method == "GET" and case.operation.path not in OF_SOME_DAYS
            excluded = [] if takes_all else [positive_data_acceptance]
            answer = case.call(session=client, headers=headers, timeout=60)  # not ten seconds: machines are busy
            answered[case.operation.label][answer.status_code] += 1
            case.validate_response(answer, headers=headers, excluded_checks=excluded)

        for result in schema.get_all_operations():
            operation = result.ok()
            if (mode, operation.label) in made:
                for case in made[mode, operation.label]:
                    case.operation.app = service  # asked again without a key, it is asked of this one too
                    keeps_them(case)
            else:
                made[mode, operation.label] = make_up_and_ask(operation, mode, keeps_them)
    if mode is GenerationMode.POSITIVE:
        everything = {operation.ok().label for operation in schema.get_all_operations()}
        assert set(answered) == everything, "each operation was asked"
        done = {label for label, statuses in answered.items() if any(status < 300 for status in statuses)}
        assert len(done) > len(everything) / 2, f"of most what is asked is done, not of {sorted(everything - done)}"


# their days may have the right form and still be too many, too long ago, or to come
OF_SOME_DAYS: Final = {"/v1/zones/{zone_id}/log.{file_format}", "/v1/morning", "/v1/morning/export.csv"}


def name_what_is_there(case: Any, ids: Ids) -> None:
    """Puts ids of the shop into a request's address, query and body: those made up are of nothing, and lead to 404."""
    there = {"product_id": "milk", "supplier_id": "F2", "offer_id": "O-milk", "line_no": 1, **ids}
    for part, known in (
        (case.path_parameters, in_address(case.operation.path, ids)),
        (case.query, there),
        (case.body, there),
    ):
        if isinstance(part, dict):
            part.update({name: value for name, value in known.items() if name in part})
            if part.get("warehouse_ids"):
                part["warehouse_ids"] = ["W1", "W2"]


def make_up_and_ask(operation: Any, mode: GenerationMode, ask: Callable[[Any], None]) -> list[Any]:
    """The requests that were made up and asked."""
    made: list[Any] = []
    parts = [*operation.body, *(one for one in operation.iter_parameters() if one.location != "header")]
    if mode is GenerationMode.NEGATIVE and not parts:
        return made  # nothing can be wrong with a request that has no part, nor with a header, which is any text

    @bounded
    @given(case=operation.as_strategy(generation_mode=mode))
    def make_and_ask(case: Any) -> None:
        made.append(case)
        ask(case)

    make_and_ask()
    return made


def leave_out_cursors(described: dict[str, Any]) -> None:
    """A cursor is opaque: no made-up one is right, whatever its form."""
    for operations in described["paths"].values():
        for operation in operations.values():
            operation["parameters"] = [one for one in operation.get("parameters", []) if one["name"] != "cursor"]
