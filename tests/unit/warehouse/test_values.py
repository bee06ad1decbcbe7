"""What passes between rooms does not change on the way."""

import dataclasses
from collections.abc import Callable
from enum import IntEnum
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd
import pytest

import warehouse

ARRAYS = (np.ndarray, pd.DataFrame, pd.Series)
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
    held = [_holds(hint) for hint in get_type_hints(value).values()]
    if Held.ARRAYS in held:
        assert value.__eq__ is object.__eq__
    elif Held.VALUES_WITH_ARRAYS not in held:  # one that holds such values may do as they do
        assert value.__eq__ is not object.__eq__


class Held(IntEnum):
    NO_ARRAYS = 0
    VALUES_WITH_ARRAYS = 1
    ARRAYS = 2


def _holds(hint: Any) -> Held:
    """What a field of this type holds, in containers as well; what a function takes and gives it does not hold."""
    if hint in ARRAYS or get_origin(hint) in ARRAYS:
        return Held.ARRAYS
    if dataclasses.is_dataclass(hint):
        return Held.VALUES_WITH_ARRAYS if hint.__eq__ is object.__eq__ else Held.NO_ARRAYS
    if get_origin(hint) is Callable:
        return Held.NO_ARRAYS
    return max(map(_holds, get_args(hint)), default=Held.NO_ARRAYS)
