"""What can be asked of a list: its page, filters, order and members, as a model that refuses what it does not know."""

import re
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints, create_model

from api.pagination import PageQuery
from api.resources.resource import Resource

NOT_FILTERS = ("limit", "cursor", "sort", "fields")


def asking_for(resource: Resource) -> type[PageQuery]:
    """The query parameters of a resource's list."""
    name = resource.many.title().replace(" ", "")
    asked: dict[str, Any] = {
        one.name: (one.type | None, Field(None, description=one.what, title=one.name)) for one in resource.filters
    }
    directions = tuple(sign + column for column in resource.orders for sign in ("", "-"))
    usual = resource.sorted_by or resource.key[0].key
    how = f"by which member; `-`: descending; {usual} if not given"
    asked["sort"] = (Literal[directions] | None, Field(None, description=how))
    asked["fields"] = (fields_of(resource.shown) | None, Field(None, description=WHICH_FIELDS))
    return create_model(f"{name}Query", __base__=PageQuery, __doc__=f"Which {resource.many}.", **asked)


WHICH_FIELDS = "only these members of each item, with commas between; all if not given"


@cache
def fields_of(shown: type[BaseModel]) -> Any:
    """The type of a parameter that names some of a model's members."""
    one = "|".join(map(re.escape, shown.model_fields))
    return Annotated[str, StringConstraints(pattern=f"^({one})(,({one}))*$", max_length=1000)]
