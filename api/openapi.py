"""The API's own description: FastAPI's, with problems as they are answered and the scope that each operation needs."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api import texts
from api.beside_the_loop import SHORT
from api.description import API_DESCRIPTION
from api.importing.sent_tables import SentRows
from api.problems import KINDS, ProblemBody, TooManyRequests, responses
from api.routing import LONG, MAX_BODY
from api.security import SAFE_METHODS


def operation_id(route: APIRoute) -> str:
    """The handler's name, which generated clients use for the method."""
    return route.name


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=API_DESCRIPTION, routes=app.routes)
        schemas = document["components"]["schemas"]
        problem = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        schemas.update(problem.pop("$defs"))
        schemas["Problem"] = problem
        schemas["SentRows"] = SentRows.model_json_schema()
        for operations in document["paths"].values():
            for method, operation in operations.items():
                if "requestBody" in operation:
                    _say_how_large_a_body(operation, app.state.settings.max_body_bytes)
                _name_the_scope(operation)
                if method.upper() not in SAFE_METHODS:
                    operation["responses"]["429"] = _too_many()
                else:
                    _say_that_it_may_be_unchanged(operation)
        app.openapi_schema = document
    return app.openapi_schema


def _say_that_it_may_be_unchanged(operation: dict[str, Any]) -> None:
    etag = {"ETag": {"description": "names these bytes", "schema": {"type": "string"}}}
    operation.setdefault("parameters", []).append(
        {
            "name": "If-None-Match",
            "in": "header",
            "required": False,
            "description": "the `ETag` of the answer before: 304 while it would be the same",
            "schema": {"type": "string"},
        }
    )
    operation["responses"]["200"]["headers"] = etag
    operation["responses"]["304"] = {"description": texts.UNCHANGED, "headers": etag}


def _say_how_large_a_body(operation: dict[str, Any], most: int) -> None:
    """Up to how many bytes, and what is answered beyond that, to a body that comes too slowly, and to another type."""
    declared = operation.get(MAX_BODY, SHORT)
    operation[MAX_BODY] = most if declared == LONG else min(declared, most)
    operation["description"] += f"\n\nA body of at most {operation[MAX_BODY]:,} bytes."
    operation["responses"] |= {status: responses(KINDS[status])[status] for status in (408, 413, 415)}


def _too_many() -> dict[str, Any]:
    """What every operation that changes something may answer."""
    retry_after = {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}}
    return {**responses(TooManyRequests)[429], "headers": {"Retry-After": retry_after}}


def _name_the_scope(operation: dict[str, Any]) -> None:
    scopes = {scope for way in operation.get("security", ()) for scopes in way.values() for scope in scopes}
    for scope in sorted(scopes):
        operation["description"] += f"\n\nNeeds the scope `{scope}`."
    if "security" in operation and not scopes:
        operation["description"] += "\n\nNeeds any key or session."
