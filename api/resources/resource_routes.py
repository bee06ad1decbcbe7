"""The routes of everything that can be read: a list and one by its key, each made from its declaration."""

from collections.abc import Sequence
from datetime import date, datetime
from inspect import Parameter, signature
from typing import Annotated, Any, Final, get_type_hints

from fastapi import Path, Query
from starlette.responses import Response

from api.problems import NotFound, responses
from api.resources.asking import asking_for
from api.resources.catalogue import OFFERS, PRODUCTS, SUPPLIER_CLOSURES, SUPPLIER_TERMS, SUPPLIERS, TRANSFER_TERMS
from api.resources.demand import CALENDAR_EVENTS, PROMOTIONS, SALES
from api.resources.findings import FINDINGS
from api.resources.places import FLOOR_POINTS, LIMITS, SENSORS, WALKWAYS, WAREHOUSES, ZONES
from api.resources.reading import one_of_resource, page_of_resource
from api.resources.readings import MEASUREMENTS, READING_HOURS, READINGS
from api.resources.resource import Resource
from api.resources.shapes import page_shape
from api.resources.stock import LOTS, RECEIPTS
from api.routing import Router
from api.security import Principal, requires
from api.transactions import ReadSession
from api.values import Day, Moment, PathId
from data.tables import FloorPoint

RESOURCES: Final[Sequence[Resource]] = (
    *(WAREHOUSES, PRODUCTS, SUPPLIERS, SUPPLIER_CLOSURES, SUPPLIER_TERMS, OFFERS, TRANSFER_TERMS),
    *(SALES, PROMOTIONS, CALENDAR_EVENTS),
    *(LOTS, RECEIPTS),
    FINDINGS,
    *(FLOOR_POINTS, WALKWAYS),
    *(ZONES, SENSORS, LIMITS, READINGS, READING_HOURS, MEASUREMENTS),
)
OF_KEYS: Final = {
    **{str: PathId, date: Annotated[Day, Path()], datetime: Annotated[Moment, Path()]},
    **{int: Annotated[int, Path(ge=1, le=10**9)], FloorPoint: FloorPoint},
}
router = Router()


def _add_list(resource: Resource) -> None:
    asking = asking_for(resource)
    who_reads = Annotated[Principal, requires(resource.scope)]

    def read_page(session: ReadSession, who: who_reads, asked: Annotated[asking, Query()]) -> Response:  # type: ignore[valid-type]
        return page_of_resource(session, resource, asked)

    router.add_api_route(
        f"/{resource.path}",
        read_page,
        name=resource.listed_as or f"list_{resource.many.replace(' ', '_')}",
        description=resource.what,
        tags=[resource.tag],
        responses=responses(),
        response_model=page_shape(resource.shown, resource.many),
    )


def _add_one(resource: Resource) -> None:
    who_reads = Annotated[Principal, requires(resource.scope)]

    def read_one(session: ReadSession, who: who_reads, **key: Any) -> Any:
        return one_of_resource(session, resource, key)

    types = get_type_hints(resource.shown)
    of_key = [
        Parameter(column.key, Parameter.KEYWORD_ONLY, annotation=OF_KEYS[types[column.key]]) for column in resource.key
    ]
    asks = signature(read_one)
    given = [one for one in asks.parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
    read_one.__signature__ = asks.replace(parameters=[*given, *of_key])  # type: ignore[attr-defined]
    router.add_api_route(
        "/".join([f"/{resource.path}", *(f"{{{column.key}}}" for column in resource.key)]),
        read_one,
        name=f"read_{resource.one.replace(' ', '_')}",
        description=f"One {resource.one}.",
        tags=[resource.tag],
        responses=responses(NotFound),
        response_model=resource.shown,
    )


for _resource in RESOURCES:
    _add_list(_resource)
    if not _resource.one_is_told_elsewhere:
        _add_one(_resource)
