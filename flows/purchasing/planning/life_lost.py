"""What life lost to warmth means for tonight's order: of which products the stock aged, and how much more is bought
than if it had not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from warehouse.purchasing.asked_ahead import is_asked_ahead
from warehouse.purchasing.need.needs import WarehouseOutlook
from warehouse.purchasing.plan import PlanLine, PlanReason
from warehouse.reasons import Reason
from warehouse.stock.lot_ageing import LotAgeing
from warehouse.stock.lots import StockLot

Key = tuple[str, str]  # warehouse and product


@dataclass(frozen=True)
class LifeLost:
    """How much stock of a product has an earlier last day (the product's unit), by how many days on average, and on
    which day most was lost."""

    quantity: float
    days: float
    worst_day: date


def life_lost(lots: Iterable[StockLot], ageing: Mapping[str, LotAgeing], today: date) -> dict[str, LifeLost]:
    """By product, of the lots of a warehouse that could be sold from today on if they had not aged, and have lost a
    day."""
    aged: defaultdict[str, list[StockLot]] = defaultdict(list)
    for lot in lots:
        could_be_sold = lot.quantity > 0 and lot.expires_on is not None and lot.expires_on >= today
        if could_be_sold and lot.last_day != lot.expires_on:
            aged[lot.product_id].append(lot)
    return {product_id: _of_product(of_it, ageing) for product_id, of_it in aged.items()}


def _of_product(lots: Sequence[StockLot], ageing: Mapping[str, LotAgeing]) -> LifeLost:
    quantity = float(sum(lot.quantity for lot in lots))
    by_day: defaultdict[date, float] = defaultdict(float)
    for lot in lots:
        for day, hours in ageing[lot.lot_id].lost_by_day.items():
            by_day[day] += hours * float(lot.quantity)
    days = sum(lot.days_lost * float(lot.quantity) for lot in lots) / quantity
    return LifeLost(quantity, days, max(by_day, key=lambda day: by_day[day]))


def as_if_not_aged(outlook: WarehouseOutlook) -> WarehouseOutlook:
    """The outlook with its lots at the last day that they were received with."""
    return replace(outlook, lots=[replace(lot, days_lost=0.0) for lot in outlook.lots])


def told_of_life_lost(
    lines: Sequence[PlanLine], without: Iterable[PlanLine], lost: Mapping[Key, LifeLost]
) -> list[PlanLine]:
    """The lines, of each product whose stock aged the first with what that means: `without` is what would have been
    bought of it for the next delivery otherwise."""
    bought, otherwise = _bought(line for line in lines if not is_asked_ahead(line)), _bought(without)
    told: set[Key] = set()
    found = []
    for line in lines:
        key = line.warehouse_id, line.product_id
        if key in lost and key not in told:
            told.add(key)
            reason = _reason(lost[key], bought[key] - otherwise.get(key, Decimal(0)), line)
            line = replace(line, reasons=(*line.reasons[:1], reason, *line.reasons[1:]))
        found.append(line)
    return found


def _bought(lines: Iterable[PlanLine]) -> dict[Key, Decimal]:
    total: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for line in lines:
        total[line.warehouse_id, line.product_id] += line.quantity
    return dict(total)


def _reason(lost: LifeLost, more: Decimal, line: PlanLine) -> Reason:
    packs = None if line.pack_size is None else more / line.pack_size
    values: dict[str, str | int | float | None] = {
        "quantity": round(lost.quantity, 3),
        "days": round(lost.days, 3),
        "day": lost.worst_day.isoformat(),
        "more": float(more),
        "packs": int(packs) if packs is not None and packs == packs.to_integral_value() else None,
        "pack_size": None if line.pack_size is None else float(line.pack_size),
    }
    return Reason(PlanReason.LIFE_LOST, values)
