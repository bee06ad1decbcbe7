"""What lots that aged come to by product: how much, by how much, and the day that cost most."""

from datetime import date
from decimal import Decimal

from flows.purchasing.planning.life_lost import LifeLost, life_lost
from warehouse.stock.lot_ageing import AgesBy, LotAgeing
from warehouse.stock.lots import StockLot

TODAY, SUNDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 1), date(2026, 2, 28)


def lot(lot_id: str, quantity: int, expires_on: date, days_lost: float) -> StockLot:
    return StockLot(lot_id, "P1", Decimal(quantity), expires_on, days_lost)


def lost_on(day: date, hours: float) -> LotAgeing:
    return LotAgeing(AgesBy.TEMPERATURE, {day: hours})


def test_each_lot_counts_by_its_quantity_and_what_could_not_be_sold_anyway_not_at_all() -> None:
    lots = [
        lot("large", 9, date(2026, 3, 5), 1.0),
        lot("small", 3, date(2026, 3, 5), 2.0),
        lot("over", 50, SUNDAY, 3.0),
        lot("sold", 0, date(2026, 3, 5), 3.0),
        lot("fresh", 7, date(2026, 3, 5), 0.0),
    ]
    ageing = {"large": lost_on(SATURDAY, 24), "small": lost_on(SUNDAY, 48)}

    assert life_lost(lots, ageing, TODAY) == {"P1": LifeLost(12.0, 1.25, SATURDAY)}
