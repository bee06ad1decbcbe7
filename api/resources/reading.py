"""Reads resources: one page of a list in the order asked for, or one thing by its key."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from starlette.responses import Response

from api.pagination import Page, PageQuery, rows_of_page
from api.problems import not_found
from api.resources.asking import NOT_FILTERS
from api.resources.resource import Resource
from data.tables.changing import UPDATED_AT, asked_of_each

SINCE = "updated_since"


def _conditions(resource: Resource, asked: PageQuery, by_change: bool) -> Iterator[ColumnElement[bool]]:
    """Which rows are asked for."""
    named = {name: value for name, value in asked if name not in NOT_FILTERS and value is not None}
    for one in resource.filters:
        if one.name in named:
            stays = one.stays(named[one.name])
            yield asked_of_each(stays) if by_change and one.name != SINCE else stays
    if resource.all_of is not None and resource.key[0].key not in named and not by_change:
        yield resource.key[0].in_(select(resource.all_of))


def page_of_resource(session: Session, resource: Resource, asked: PageQuery) -> Response:
    """A page of what is asked for, with the members asked for."""
    key, newest_first = _order(resource, asked)
    query = resource.rows().where(*_conditions(resource, asked, by_change=key[0].key == UPDATED_AT))
    rows, following = rows_of_page(session, query, key, asked, newest_first=newest_first)
    page = Page[Any](items=[resource.show(row[0]) for row in rows], next=following)
    return answer_with(page, getattr(asked, "fields", None))


def one_of_resource(session: Session, resource: Resource, key: Mapping[str, Any]) -> Any:
    """The thing of this key; raises NotFound."""
    query = resource.rows().where(*(column == key[column.key] for column in resource.key))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise not_found(resource.one.capitalize(), " ".join(map(str, key.values())))
    return resource.show(found)


def answer_with(page: Page[Any], fields: str | None) -> Response:
    """The page as JSON, its items with some of their members only."""
    kept: Any = None
    if fields is not None:
        kept = dict.fromkeys(type(page).model_fields, True) | {"items": {"__all__": set(fields.split(","))}}
    return Response(ANY_PAGE.dump_json(page, include=kept), media_type="application/json")


ANY_PAGE: TypeAdapter[Any] = TypeAdapter(Any)


def _order(resource: Resource, asked: PageQuery) -> tuple[list[InstrumentedAttribute[Any]], bool]:
    """The columns that order the list, ending in its key, and whether it is descending."""
    changed = getattr(asked, SINCE, None) is not None
    how = getattr(asked, "sort", None) or (UPDATED_AT if changed else resource.sorted_by) or resource.key[0].key
    first = resource.orders[how.removeprefix("-")]
    return [first, *(column for column in resource.key if column is not first)], how.startswith("-")
