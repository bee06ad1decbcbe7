"""What a plan carries between its warehouses, kept with it beside its lines."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from data.tables import PlanTransferRow
from warehouse.purchasing.transfers.ways import PlannedTransfer


def transfer_rows(
    transfers: Iterable[PlannedTransfer], made_at: datetime, after: Iterable[PlanTransferRow] = ()
) -> list[PlanTransferRow]:
    """Rows of a plan to come, numbered behind those that it has."""
    last = max((row.transfer_no for row in after), default=0)
    return [
        PlanTransferRow(
            transfer_no=number,
            from_warehouse_id=one.way.from_warehouse_id,
            to_warehouse_id=one.way.to_warehouse_id,
            product_id=one.product_id,
            quantity=one.quantity,
            lots=[
                {"lot_id": part.lot_id, "quantity": float(part.quantity), "last_day": part.last_day.isoformat()}
                for part in one.lots
            ],
            arrives_at=made_at + timedelta(hours=one.way.hours),
            waste_avoided=one.waste_avoided,
            shortage_avoided=one.shortage_avoided,
            bought_less=one.bought_less,
            cost=Decimal(str(round(one.cost, 4))),
            earns=Decimal(str(round(one.earns, 4))),
        )
        for number, one in enumerate(transfers, start=last + 1)
    ]
