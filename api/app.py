"""Puts the service together: `served_app()` is what `freshfront serve` has uvicorn serve."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from anyio import CapacityLimiter
from fastapi import FastAPI

from api import pages, problems, texts
from api.access import signing_in_routes
from api.assortment import assortment_routes
from api.beside_the_loop import AT_ONCE
from api.coldchain import (
    actuator_routes,
    alarm_routes,
    command_routes,
    payload_mapping_routes,
    quarantine_routes,
    reading_routes,
    sensor_routes,
    zone_log_routes,
    zone_routes,
    zone_rules_routes,
)
from api.couriers import courier_routes, courier_what_if_routes, travel_time_routes
from api.demand import (
    forecast_routes,
    hourly_forecast_routes,
    judgement_routes,
    model_routes,
    order_forecast_routes,
    promotion_effect_routes,
    what_if_routes,
)
from api.importing import import_routes
from api.middleware.bodies import BodiesChecked
from api.middleware.compressed import Compressed
from api.middleware.headers import HeadersSet
from api.middleware.heads import Heads
from api.middleware.hosts import HostsChecked
from api.middleware.languages import Spoken
from api.middleware.logs import configure_logs, silence_access_log
from api.middleware.metrics import Metrics
from api.middleware.observing import Observed
from api.middleware.traced import Traced
from api.middleware.unchanged import Unchanged
from api.morning import morning_routes
from api.notifying import delivery_routes, event_routes, silence_routes, webhook_routes
from api.openapi import describe, operation_id
from api.operating import audit_routes, day_run_routes, health_routes
from api.ordering import purchase_order_routes, sending_routes
from api.promotions import review_routes
from api.purchasing import approval_routes, category_terms_routes, plan_routes, plan_what_if_routes
from api.rate_limits import RateLimits
from api.resources import resource_routes
from api.slotting import carrying_routes, label_routes, move_batch_routes, slot_routes
from api.stock import receipt_routes, shelf_life_routes, stock_routes, transfer_routes
from api.suppliers import scorecard_routes
from api.today import today_routes
from api.trials import trial_routes
from data.database import Waiting, open_database, require_current_schema
from flows.operating.traces import trace
from flows.settings import Settings

V1 = "/v1"
COLLECTED_AFTER = (20_000, 20, 20)  # objects, and collections of the younger ones: a batch makes thousands at once
AREAS = (  # those asked most first: the first that knows an address is taken
    plan_routes,
    today_routes,
    morning_routes,
    trial_routes,
    review_routes,
    scorecard_routes,
    resource_routes,
    forecast_routes,
    hourly_forecast_routes,
    order_forecast_routes,
    courier_routes,
    courier_what_if_routes,
    travel_time_routes,
    assortment_routes,
    model_routes,
    approval_routes,
    what_if_routes,
    plan_what_if_routes,
    promotion_effect_routes,
    judgement_routes,
    category_terms_routes,
    purchase_order_routes,
    sending_routes,
    carrying_routes,
    move_batch_routes,
    slot_routes,
    label_routes,
    stock_routes,
    receipt_routes,
    transfer_routes,
    shelf_life_routes,
    reading_routes,
    quarantine_routes,
    payload_mapping_routes,
    alarm_routes,
    zone_routes,
    zone_log_routes,
    zone_rules_routes,
    actuator_routes,
    command_routes,
    sensor_routes,
    webhook_routes,
    delivery_routes,
    silence_routes,
    event_routes,
    import_routes,
    day_run_routes,
    audit_routes,
)


def served_app() -> FastAPI:
    """The service of a process that does nothing else: what is there at the start stays, so that the garbage collector
    need not go through it with every page of lines, and looks less often than at every 700 objects."""
    app = create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
    return app


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service for these settings. Starting it raises SchemaIsNotCurrent when the database needs an upgrade."""
    settings = settings or Settings()
    configure_logs(settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        silence_access_log()
        waiting = Waiting(settings.lock_seconds, settings.statement_seconds, connection=settings.lock_seconds)
        app.state.engine = open_database(settings.database_url.get_secret_value(), waiting)
        try:
            require_current_schema(app.state.engine)
            app.state.metrics.tell_of_database(app.state.engine, settings.plan_ready_before_cut_off)
            yield
        finally:
            app.state.engine.dispose()

    app = FastAPI(
        title=texts.SERVICE,
        lifespan=lifespan,
        openapi_url=f"{V1}/openapi.json",
        docs_url=None,  # both load their scripts from other sites
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    app.state.settings = settings
    app.state.metrics = Metrics()
    app.state.rate_limits = RateLimits(settings)
    app.state.long_bodies = CapacityLimiter(AT_ONCE)
    problems.install(app)
    # the last one added is the first to see a request
    app.add_middleware(BodiesChecked)
    app.add_middleware(Unchanged)
    app.add_middleware(Compressed)
    app.add_middleware(Heads)
    app.add_middleware(HeadersSet, https=(settings.public_url or "").lower().startswith("https://"))
    app.add_middleware(HostsChecked, settings=settings)
    app.add_middleware(Observed, metrics=app.state.metrics)
    app.add_middleware(Spoken, usual=settings.language)
    if settings.traces_url is not None:
        trace(settings, "service")
        app.add_middleware(Traced)
    for area in AREAS:
        app.include_router(area.router, prefix=V1)
    app.include_router(health_routes.router)
    app.include_router(signing_in_routes.router)
    app.include_router(pages.router)
    app.state.problem_page = pages.problem_page
    return app
