"""What a plan carries between its warehouses, by the terms of transfer that hold at its moment.

Only between warehouses of one currency, and of the plan: a buyer of one of two warehouses plans for that alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from data.frames.purchase_terms import transfer_terms_known_at
from data.local_days import today_there
from data.tables import WarehouseRow
from flows.purchasing.planning.outlook import hour_there
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.purchasing.transfers.exchange import exchange
from warehouse.purchasing.transfers.loads import Place
from warehouse.purchasing.transfers.ways import PlannedTransfer, Way


@dataclass(frozen=True)
class CarriedBetween:
    """What is carried, and the places by warehouse that give or get something, as they are with it."""

    transfers: Sequence[PlannedTransfer]
    places: Mapping[str, Place]


def carried_between(
    session: Session,
    warehouses: Sequence[WarehouseRow],
    places: Mapping[str, Place],
    yields: Yields,
    now: datetime,
    settings: PlanSettings,
) -> CarriedBetween:
    """What is worth carrying between these warehouses, whose places are given by id."""
    transfers: list[PlannedTransfer] = []
    changed: dict[str, Place] = {}
    for ways in ways_between(session, warehouses, now):
        ends = dict.fromkeys(name for way in ways for name in way.ends)
        found = exchange([places[name] for name in ends], ways, yields, settings)
        transfers += found.transfers
        changed |= found.places
    return CarriedBetween(transfers, changed)


def ways_between(session: Session, warehouses: Sequence[WarehouseRow], now: datetime) -> list[list[Way]]:
    """The ways between these warehouses for what leaves now, those of each currency together."""
    by_id = {place.warehouse_id: place for place in warehouses}
    days = {place.warehouse_id: today_there(now, place.timezone) for place in warehouses}
    found: defaultdict[str, list[Way]] = defaultdict(list)
    for day in sorted(set(days.values())):
        for row in transfer_terms_known_at(session, now, day):
            of, to = by_id.get(row.from_warehouse_id), by_id.get(row.to_warehouse_id)
            if of is None or to is None or of.currency != to.currency or days[of.warehouse_id] != day:
                continue
            arrives_at = now + timedelta(hours=row.hours)
            way = Way(
                row.from_warehouse_id,
                row.to_warehouse_id,
                arrives=today_there(arrives_at, to.timezone),
                hour=hour_there(arrives_at, to.timezone),
                hours=row.hours,
                drive_cost=float(row.drive_cost),
                cost_per_unit=float(row.cost_per_unit),
            )
            found[of.currency].append(way)
    return list(found.values())
