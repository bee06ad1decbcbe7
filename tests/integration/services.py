"""Services for tests: each with settings and a state of its own, all on routes that are put together once.

FastAPI works out for every application anew what each of its routes takes, at the first request to it; that takes
longer than most of what a test asks."""

from functools import cache

from fastapi import FastAPI

from api.app import create_app
from flows.settings import Settings


@cache
def _first() -> FastAPI:
    return create_app(Settings(_env_file=None))


def service(settings: Settings) -> FastAPI:
    """`create_app(settings)`, quicker from the second one on. Of several only the last one's overrides count."""
    first = _first()
    app = create_app(settings)
    app.router.routes = first.router.routes
    first.dependency_overrides = app.dependency_overrides  # the routes look there
    return app
