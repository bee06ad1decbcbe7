"""What the places that events tell of are called in the language in which somebody is told; in the events themselves
stand the plain names, which are the same for every receiver."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import Named, WarehouseRow, ZoneRow

Payload = Mapping[str, Any]
PLACES: Final[Mapping[str, type[Named]]] = {
    "warehouse": WarehouseRow,
    "zone": ZoneRow,
}  # what an event calls the name of what has the id


def places_called(session: Session, payloads: Iterable[Payload]) -> Callable[[Payload], dict[str, str]]:
    """The names of the places of each of these, by what their events call them; one statement a kind of place."""
    names: dict[str, dict[str, str]] = {}
    told = list(payloads)
    for what, row in PLACES.items():
        ids = {one[row.ID] for one in told if what in one and one.get(row.ID)}
        key = getattr(row, row.ID)
        names[what] = dict(session.execute(select(key, row.name).where(key.in_(ids))).tuples().all()) if ids else {}

    def called(payload: Payload) -> dict[str, str]:
        return {
            what: names[what][payload[row.ID]]
            for what, row in PLACES.items()
            if what in payload and payload.get(row.ID) in names[what]
        }

    return called
