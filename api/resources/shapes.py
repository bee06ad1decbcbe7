"""How lists are described: items in full or, where `fields` was asked for, with some of their members."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from api.pagination import Page


def page_shape(shown: type[BaseModel], many: str) -> Any:
    """The model that describes a page of what is shown."""
    page: Any = Page  # of a type that is made here
    example = {"items": dict(shown.model_config)["json_schema_extra"]["examples"][:1], "next": None}  # type: ignore[index]
    members = {
        "__doc__": f"A part of the list of {many}.",
        "__module__": __name__,
        "model_config": ConfigDict(json_schema_extra={"examples": [example]}),
    }
    return type(f"{many.title().replace(' ', '')}Page", (page[shown | some_members(shown)],), members)


@cache
def some_members(shown: type[BaseModel]) -> Any:
    """The model that describes some members of what is shown."""

    def needs_none(schema: dict[str, Any]) -> None:
        schema.pop("required", None)
        schema.pop("examples", None)

    members = {
        "__doc__": f"Those members of {shown.__name__} that `fields` asked for.",
        "__module__": __name__,
        "model_config": ConfigDict(json_schema_extra=needs_none),
    }
    return type(f"Some{shown.__name__}", (shown,), members)
