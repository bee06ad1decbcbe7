"""Transfers have stages: approved, sent, received, or ended before they left. Those that approval booked at once are
received.

Revision ID: 0058
"""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

LOST_GOING_BACK = (
    "how far transfers have come (transfers, transfer_lots): what is on the way then is in no warehouse's stock, and "
    "what was approved and has not left is not carried; changes of stock stay"
)
BOOKED_AT_ONCE = 1_000  # rows written in a statement

plan_transfers = sa.table(
    "plan_transfers",
    *(sa.column(name, sa.String()) for name in ("plan_id", "from_warehouse_id", "to_warehouse_id", "product_id")),
    sa.column("transfer_no", sa.Integer()),
    sa.column("lots", sa.JSON()),
    sa.column("approved_at", types.Moment()),
    sa.column("approved_by", sa.String()),
)
stock_changes = sa.table(
    "stock_changes", *(sa.column(name, sa.String()) for name in ("action_id", "warehouse_id", "lot_id"))
)


def upgrade() -> None:
    transfers = op.create_table(
        "transfers",
        sa.Column("transfer_id", sa.String(64), nullable=False),
        sa.Column("plan_id", sa.String(64)),
        sa.Column("transfer_no", sa.Integer(), nullable=False),
        sa.Column("from_warehouse_id", sa.String(64), nullable=False),
        sa.Column("to_warehouse_id", sa.String(64), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                *("approved", "sent", "received", "refused", "cancelled", "lapsed"),
                name="transferstage",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("send_by", types.Moment(), nullable=False),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.Column("approved_at", types.Moment(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        *(
            column
            for what in ("sent", "received", "ended")
            for column in (sa.Column(f"{what}_at", types.Moment()), sa.Column(f"{what}_by", sa.String()))
        ),
        sa.Column("because", sa.String()),
        sa.CheckConstraint("from_warehouse_id <> to_warehouse_id", name=op.f("ck_transfers_leads_elsewhere")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["purchase_plans.plan_id"], name=op.f("fk_transfers_plan_id"), ondelete="SET NULL"
        ),
        *(
            sa.ForeignKeyConstraint([name], ["warehouses.warehouse_id"], name=op.f(f"fk_transfers_{name}"))
            for name in ("from_warehouse_id", "to_warehouse_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.product_id"], name=op.f("fk_transfers_product_id")),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_transfers")),
    )
    for columns in (["from_warehouse_id", "stage"], ["to_warehouse_id", "stage"], ["plan_id"]):
        op.create_index(op.f(f"ix_transfers_{'_'.join(columns)}"), "transfers", columns)
    lots = op.create_table(
        "transfer_lots",
        sa.Column("transfer_id", sa.String(64), nullable=False),
        sa.Column("lot_id", sa.String(64), nullable=False),
        sa.Column("to_lot_id", sa.String(64)),
        sa.Column("action_id", sa.String(64), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("approved", types.Exact(3), nullable=False),
        sa.Column("sent", types.Exact(3)),
        sa.Column("accepted", types.Exact(3)),
        sa.CheckConstraint("approved > 0", name=op.f("ck_transfer_lots_something_is_approved")),
        sa.CheckConstraint(
            "sent >= 0 AND sent <= approved", name=op.f("ck_transfer_lots_no_more_leaves_than_was_approved")
        ),
        sa.CheckConstraint(
            "accepted >= 0 AND accepted <= sent", name=op.f("ck_transfer_lots_no_more_comes_than_has_left")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.transfer_id"], name=op.f("fk_transfer_lots_transfer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("transfer_id", "lot_id", name=op.f("pk_transfer_lots")),
        sa.UniqueConstraint("action_id", name=op.f("uq_transfer_lots_action_id")),
    )
    _keep_what_was_booked(transfers, lots)


def downgrade() -> None:
    op.drop_table("transfer_lots")
    op.drop_table("transfers")


def _keep_what_was_booked(transfers: sa.Table, lots: sa.Table) -> None:
    """What approval has carried left and came in one moment, under ids that its changes of stock have."""
    connection = op.get_bind()
    booked = connection.execute(sa.select(plan_transfers).where(plan_transfers.c.approved_at.is_not(None))).all()
    for first in range(0, len(booked), BOOKED_AT_ONCE):
        some = booked[first : first + BOOKED_AT_ONCE]
        op.bulk_insert(transfers, [_received(row) for row in some])
        parts = [_part(row, lot) for row in some for lot in row.lots]
        op.bulk_insert(lots, [part | {"to_lot_id": _came_as(connection, part, row)} for row, part in parts])


def _received(row: sa.Row[Any]) -> dict[str, object]:
    then, by = row.approved_at, row.approved_by or ""
    moments = {f"{what}_{how}": value for what in ("approved", "sent", "received")
               for how, value in (("at", then), ("by", by))}  # fmt: skip
    same = ("plan_id", "transfer_no", "from_warehouse_id", "to_warehouse_id", "product_id")
    return {
        "transfer_id": _id_of(row),
        "stage": "received",
        "send_by": then,
        "hours": 0.0,
        **{name: getattr(row, name) for name in same},
        **moments,
    }


def _part(row: sa.Row[Any], lot: dict[str, object]) -> tuple[sa.Row[Any], dict[str, object]]:
    quantity = Decimal(str(lot["quantity"]))
    name = f"plan {row.plan_id}, transfer {row.transfer_no}, lot {lot['lot_id']}"
    return row, {
        "transfer_id": _id_of(row),
        "lot_id": lot["lot_id"],
        "action_id": uuid5(NAMESPACE_URL, name).hex,
        "last_day": date.fromisoformat(str(lot["last_day"])),
        "approved": quantity,
        "sent": quantity,
        "accepted": quantity,
    }


def _came_as(connection: sa.Connection, part: dict[str, object], row: sa.Row[Any]) -> str:
    """The number of the lot where it came; its own where a plan has no changes of stock left."""
    change = stock_changes.c
    query = sa.select(change.lot_id).where(
        change.action_id == part["action_id"], change.warehouse_id == row.to_warehouse_id
    )
    return connection.scalar(query) or str(part["lot_id"])


def _id_of(row: sa.Row[Any]) -> str:
    return uuid5(NAMESPACE_URL, f"plan {row.plan_id}, transfer {row.transfer_no}").hex
