"""What passes between rooms does not change on the way."""

import dataclasses
from importlib import import_module
from pkgutil import walk_packages

import pytest

import warehouse

MODULES = [import_module(module.name) for module in walk_packages(warehouse.__path__, "warehouse.")]
VALUES = sorted(
    {
        one
        for module in MODULES
        for one in vars(module).values()
        if isinstance(one, type) and dataclasses.is_dataclass(one)
    },
    key=lambda one: f"{one.__module__}.{one.__qualname__}",
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__qualname__)
def test_a_value_of_the_domain_cannot_be_changed(value: type) -> None:
    one = object.__new__(value)
    for field in dataclasses.fields(value):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, field.name, None)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__qualname__)
def test_a_value_that_holds_arrays_is_equal_to_itself_only(value: type) -> None:
    holds_arrays = any(
        words in str(field.type) for field in dataclasses.fields(value) for words in ("ndarray", "DataFrame")
    )
    assert (value.__eq__ is object.__eq__) == holds_arrays
