"""`--cities`: which cities a command is about. A city is named as it was imported; a number means the city that the
public data set FreshRetailNet numbers so, wherever the option is."""

from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.datasets.city_names import city_name, city_number
from data.tables import WarehouseRow
from flows.errors import Invalid, Unknown

Cities = Annotated[
    str,
    typer.Option(
        "--cities", help="cities by name, or FreshRetailNet's by number, separated by commas; all if not given"
    ),
]


def city_names(text: str) -> list[str] | None:
    """The names of the cities that the option holds, None for all. Raises Invalid where one is empty."""
    if not text.strip():
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise Invalid(
            "--cities {text!r} has an empty name; write names or numbers like 6,13.", text=text, field="cities"
        )
    return [city_name(int(part)) if part.isascii() and part.isdecimal() else part for part in parts]


def city_numbers(text: str) -> list[int] | None:
    """The same as FreshRetailNet's numbers. Raises Invalid for a city that the data set cannot have."""
    names = city_names(text)
    if names is None:
        return None
    numbers = {name: city_number(name) for name in names}
    if strange := [name for name, number in numbers.items() if number is None]:
        raise Invalid(
            "--cities: FreshRetailNet numbers its cities and has no {city!r}.", city=strange[0], field="cities"
        )
    return [number for number in numbers.values() if number is not None]


def warehouses_in(session: Session, cities: Sequence[str]) -> list[str]:
    """The warehouses of these cities, in order of their ids. Raises Unknown for a city without one."""
    found = session.execute(
        select(WarehouseRow.city, WarehouseRow.warehouse_id)
        .where(WarehouseRow.city.in_(cities))
        .order_by(WarehouseRow.warehouse_id)
    ).all()
    if missing := sorted(set(cities) - {row.city for row in found}):
        raise Unknown(
            "--cities: no warehouse is in {city!r}; write its name as imported.", city=missing[0], field="cities"
        )
    return [row.warehouse_id for row in found]
