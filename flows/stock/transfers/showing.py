"""Transfers with the names that people read, and what is to be done about them: sent, received, planned anew."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from data.tables import ProductRow, TransferLotRow, TransferRow, TransferStage, Unit, WarehouseRow
from flows.stock.transfers.stages import at_stage, stage_at

LAPSED_SHOWN: Final = timedelta(days=1)  # since it should have left: whoever counted on it looks once a day
PLACES: Final = cast(Table, WarehouseRow.__table__).columns


@dataclass(frozen=True)
class ShownTransfer:
    """A transfer at the `stage` that it has come to; quantities in the product's `unit`. Who sees one end of it is told
    the other's name and clock."""

    transfer: TransferRow
    stage: TransferStage
    product_name: str
    unit: Unit
    from_warehouse_name: str
    from_timezone: str
    to_warehouse_name: str
    to_timezone: str

    @property
    def lots(self) -> Sequence[TransferLotRow]:
        """What it is of, those that expire first in front."""
        return self.transfer.lots

    @property
    def approved(self) -> Decimal:
        """All that was to leave."""
        return sum((lot.approved for lot in self.lots), Decimal(0))

    @property
    def sent(self) -> Decimal:
        """All that has left."""
        return sum((lot.sent or Decimal(0) for lot in self.lots), Decimal(0))

    @property
    def accepted(self) -> Decimal:
        """All that was accepted where it came."""
        return sum((lot.accepted or Decimal(0) for lot in self.lots), Decimal(0))

    @property
    def arrives_at(self) -> datetime | None:
        """When it comes, or came; None before it has left."""
        of = self.transfer
        if of.received_at is not None or of.sent_at is None:
            return of.received_at
        return of.sent_at + timedelta(hours=of.hours)


@dataclass(frozen=True)
class TransfersToDo:
    """What is to be sent, by when it must have left; what is on the way, by when it left; and what has lapsed lately,
    the latest first."""

    to_send: Sequence[ShownTransfer]
    to_receive: Sequence[ShownTransfer]
    lapsed: Sequence[ShownTransfer]


def shown_transfers(
    session: Session,
    which: ColumnElement[bool],
    now: datetime,
    order: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
) -> list[ShownTransfer]:
    """Those transfers, as the session sees them, in an order."""
    query = (
        select(TransferRow, ProductRow.name, ProductRow.unit)
        .join(ProductRow, ProductRow.product_id == TransferRow.product_id)
        .where(which)
        .order_by(*order, TransferRow.transfer_id)
    )
    found = session.execute(query).tuples().all()
    places = _places(session, {name for row, *_ in found for name in (row.from_warehouse_id, row.to_warehouse_id)})
    return [
        ShownTransfer(
            row, stage_at(row, now), product, unit, *places[row.from_warehouse_id], *places[row.to_warehouse_id]
        )
        for row, product, unit in found
    ]


def transfers_to_do(session: Session, warehouse_ids: Collection[str], now: datetime) -> TransfersToDo:
    """What these warehouses have to send and to receive, and what of either has lapsed in the last day."""
    row = TransferRow
    of, to = row.from_warehouse_id.in_(warehouse_ids), row.to_warehouse_id.in_(warehouse_ids)
    lapsed = at_stage(TransferStage.LAPSED, now) & (row.send_by > now - LAPSED_SHOWN)
    return TransfersToDo(
        to_send=shown_transfers(session, at_stage(TransferStage.APPROVED, now) & of, now, [row.send_by]),
        to_receive=shown_transfers(session, at_stage(TransferStage.SENT, now) & to, now, [row.sent_at]),
        lapsed=shown_transfers(session, lapsed & (of | to), now, [row.send_by.desc()]),
    )


def _places(session: Session, warehouse_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """The name and clock of warehouses, also of those whose rows the session does not see."""
    query = select(PLACES.warehouse_id, PLACES.name, PLACES.timezone).where(PLACES.warehouse_id.in_(warehouse_ids))
    return {name: (called, timezone) for name, called, timezone in session.connection().execute(query)}
