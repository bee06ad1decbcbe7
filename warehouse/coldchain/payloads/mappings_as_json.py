"""A mapping as people write it and as it is kept: JSON in which a value may be its path alone, and what is left out has
its default. What is not known is refused by its name, so that a slip of the pen is not passed over."""

from collections.abc import Mapping
from typing import Any, Final

from warehouse.coldchain.payloads.mappings import BadMapping, PayloadMapping, Place
from warehouse.coldchain.quantities import Quantity

TEXTS: Final = ("name", "topic", "time_path", "timezone", "sensor_path", "online_path")


def mapping_as_json(mapping: PayloadMapping) -> dict[str, Any]:
    """As JSON has it."""
    values = {
        quantity.value: {"path": place.path, "unit": place.unit, "unit_path": place.unit_path, "scale": place.scale}
        for quantity, place in mapping.values.items()
    }
    return {name: getattr(mapping, name) for name in TEXTS} | {"values": values}


def mapping_from_json(said: Mapping[str, Any]) -> PayloadMapping:
    """The mapping that `mapping_as_json` gave, or somebody wrote. Raises BadMapping."""
    known = {*TEXTS, "values"}
    if unknown := sorted(set(said) - known):
        raise BadMapping(unknown[0][:50], f"is not known; a mapping has {', '.join(sorted(known))}")
    for name in TEXTS:
        value = said.get(name)
        if not isinstance(value, str) and (name in ("name", "topic") or value is not None):
            raise BadMapping(name, "is missing" if value is None else f"is a text, not {str(value)[:50]!r}")
    values = said.get("values", {})
    if not isinstance(values, Mapping):
        raise BadMapping("values", "is an object of places by quantity")
    places = {_quantity(name): _place(name, place) for name, place in values.items()}
    rest = {name: said[name] for name in TEXTS if name in said}
    return PayloadMapping(values=places, **rest)


def _quantity(name: Any) -> Quantity:
    try:
        return Quantity(name)
    except ValueError:
        raise BadMapping(f"values.{str(name)[:50]}", f"is no quantity; {', '.join(Quantity)} are known") from None


def _place(name: str, said: Any) -> Place:
    if isinstance(said, str):
        return Place(said)
    if not isinstance(said, Mapping) or not isinstance(said.get("path"), str):
        raise BadMapping(f"values.{name}", "is a path, or an object with path, unit, unit_path, scale")
    if unknown := sorted(set(said) - {"path", "unit", "unit_path", "scale"}):
        raise BadMapping(f"values.{name}.{unknown[0][:50]}", "is not known; path, unit, unit_path and scale are")
    for text in ("unit", "unit_path"):
        if said.get(text) is not None and not isinstance(said[text], str):
            raise BadMapping(f"values.{name}.{text}", "is a text")
    scale = said.get("scale", 1.0)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < abs(scale) < 1e9:
        raise BadMapping(f"values.{name}.scale", f"is a number other than 0, not {str(scale)[:50]!r}")
    return Place(said["path"], said.get("unit"), said.get("unit_path"), float(scale))
