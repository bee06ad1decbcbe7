"""What a world must tell to be played, whatever it is made of."""

from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from warehouse.purchasing.simulation.world import World

Floats = NDArray[np.float64]


class Size(Protocol):
    """What a world is made from: small, and the same in every process. Days are those played, a warm-up included."""

    @property
    def days(self) -> int: ...

    @property
    def seed(self) -> int: ...

    def make(self) -> "PlayableWorld":
        """The world. Raises ValueError, or Invalid with its reason, for one that cannot be made."""
        ...


class PlayableWorld(Protocol):
    """A past that is written into an empty database, and days after it. Days are numbers from the first one played;
    arrays have warehouses and products in the order of `world`, quantities are in the product's unit."""

    @property
    def size(self) -> Size: ...

    @property
    def world(self) -> World: ...

    @property
    def timezone(self) -> str: ...

    def write_past(self, connection: Connection) -> None:
        """Writes what is known in the evening before the first day."""
        ...

    def write_news(self, connection: Connection, after: datetime, until: datetime) -> None:
        """Writes what became known between two moments: weather, promotions."""
        ...

    def introduced(self, day: int) -> NDArray[np.bool_]:
        """By product, whether it is on sale on a day."""
        ...

    def delivers(self) -> NDArray[np.bool_]:
        """Day, product: whether anybody delivers it then."""
        ...

    def lowest_prices(self) -> Floats:
        """By product, the lowest price of a unit that any offer has."""
        ...

    def sold_before(self, days: int) -> Floats:
        """What was sold on the last days of the past: day, warehouse, product."""
        ...

    def distribution(self, day: int) -> Floats:
        """Draws of what is wanted from a day on, for who knows all up to the evening before: warehouse, product, day,
        draw."""
        ...

    def come_true(self, day: int) -> Floats:
        """What will be wanted from a day on: warehouse, product, day, one draw."""
        ...
