"""What is told of a transfer, once of each stage that it comes to."""

from datetime import datetime

from sqlalchemy.orm import Session

from data.tables import TransferRow, TransferStage
from flows.notifying.outbox import OutboxEvent, as_told, write_events


def tell(session: Session, row: TransferRow, at: datetime, by: str, now: datetime) -> None:
    """Writes to the outbox at which stage a transfer is."""
    payload = {
        "transfer_id": row.transfer_id,
        "plan_id": row.plan_id,
        "from_warehouse_id": row.from_warehouse_id,
        "to_warehouse_id": row.to_warehouse_id,
        "warehouse_ids": sorted([row.from_warehouse_id, row.to_warehouse_id]),
        "product_id": row.product_id,
        "send_by": as_told(row.send_by),
        "because": row.because,
        "at": as_told(at),
        "by": by,
        "lots": [
            {
                "lot_id": lot.lot_id,
                "to_lot_id": lot.to_lot_id,
                "approved": float(lot.approved),
                "sent": None if lot.sent is None else float(lot.sent),
                "accepted": None if lot.accepted is None else float(lot.accepted),
            }
            for lot in row.lots
        ],
    }
    stage = TransferStage(row.stage)
    write_events(session, [OutboxEvent(f"{row.transfer_id}:{stage}", f"transfer.{stage}", payload, at)], now)
