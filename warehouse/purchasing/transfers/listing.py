"""What is carried as a plan shows it: by way and product, from which lots, for what, and at what cost."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.plan import PlanReason
from warehouse.purchasing.transfers.balance import Balance
from warehouse.purchasing.transfers.carried import lots_without, parts_taken
from warehouse.purchasing.transfers.loads import Load, Place
from warehouse.purchasing.transfers.ways import LotPart, PlannedTransfer, Way
from warehouse.reasons import Reason


def transfers_of(places: Mapping[str, Place], saved: Mapping[Load, tuple[int, Balance]]) -> tuple[PlannedTransfer, ...]:
    """In the order of warehouses and products, from the units of each load and what they save in the two places. A
    drive is paid for by its products in proportion to what they earn without it."""
    together: defaultdict[tuple[Way, str], list[Load]] = defaultdict(list)
    earned: defaultdict[Way, float] = defaultdict(float)
    for load in saved:
        together[load.way, load.product_id].append(load)
    for (way, _), loads in together.items():
        earned[way] += max(_earned(loads, saved), 0.0)
    lots = {name: place.outlook.lots for name, place in places.items()}
    found = []
    for (way, product_id), loads in sorted(together.items(), key=lambda one: (*one[0][0].ends, one[0][1])):
        parts: list[LotPart] = []
        for load in sorted(loads, key=lambda load: load.last_day):
            taken = parts_taken(lots[way.from_warehouse_id], product_id, load.last_day, saved[load][0])
            lots[way.from_warehouse_id] = lots_without(lots[way.from_warehouse_id], taken)
            parts += taken
        in_all = sum((saved[load][1] for load in loads), Balance())
        units = sum(saved[load][0] for load in loads)
        of_drive = way.drive_cost * max(_earned(loads, saved), 0.0) / earned[way] if way.drive_cost else 0.0
        cost = units * way.cost_per_unit + of_drive
        found.append(
            PlannedTransfer(
                way=way,
                product_id=product_id,
                lots=tuple(parts),
                waste_avoided=in_all.wasted,
                shortage_avoided=in_all.short,
                bought_less=in_all.bought,
                cost=cost,
                earns=in_all.lost - cost,
            )
        )
    return tuple(found)


def _earned(loads: Iterable[Load], saved: Mapping[Load, tuple[int, Balance]]) -> float:
    """Before the drive is paid for."""
    return sum(saved[load][1].lost - saved[load][0] * load.way.cost_per_unit for load in loads)


def told_of_transfers(need: Need, transfers: Iterable[PlannedTransfer]) -> Need:
    """The need with what is carried among its reasons, behind the days that it covers."""
    told = []
    for one in transfers:
        if one.product_id == need.product_id and need.warehouse_id in one.way.ends:
            here = need.warehouse_id == one.way.to_warehouse_id
            other = one.way.from_warehouse_id if here else one.way.to_warehouse_id
            code = PlanReason.CARRIED_HERE if here else PlanReason.CARRIED_AWAY
            told.append(Reason(code, {"quantity": float(one.quantity), "warehouse": other}))
    return replace(need, reasons=(*need.reasons[:1], *told, *need.reasons[1:])) if told else need
