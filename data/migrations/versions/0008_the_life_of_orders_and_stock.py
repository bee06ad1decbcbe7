"""the life of purchase orders, stock with an age, plans of an order day, keys of some warehouses"""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0008"
down_revision = "0007"

LOST_GOING_BACK = (
    "what happened to purchase orders (their numbers, by whom, sent, confirmed, cancelled; of an open order only "
    "what is still to come stays), receipts, the ledger of stock, blocked lots, supplier closures and links, "
    "discarded plans, lines of drafts that are ordered, runs of the day, addresses and contacts; keys of some "
    "warehouses are revoked, since the older version takes them for keys of all"
)

NEW_COLUMNS = {
    "suppliers": ("address", "contact", "send_to", "language", "delivers_from", "delivers_until"),
    "warehouses": ("address", "contact"),
    "offers": ("order_cut_off",),
    "inspections": ("residues",),
}


def upgrade() -> None:
    for table, columns in NEW_COLUMNS.items():
        for column in columns:
            op.add_column(table, sa.Column(column, sa.String()))
    op.add_column("order_lines", sa.Column("wanted_on", sa.Date()))
    wanted = sa.text("wanted_on IS NOT NULL")
    op.create_index(
        "ix_order_lines_ahead",
        "order_lines",
        ["warehouse_id", "wanted_on"],
        sqlite_where=wanted,
        postgresql_where=wanted,
    )
    _make_small_tables()
    _make_stock_tables()
    _upgrade_plans()
    _upgrade_purchase_orders()
    _make_tables_of_purchase_orders()


def downgrade() -> None:
    now = sa.text("CURRENT_TIMESTAMP")
    keys = sa.table("api_keys", *map(sa.column, ("key_id", "revoked_at")))
    limited = sa.select(sa.column("key_id", sa.String())).select_from(sa.table("api_key_warehouses"))
    op.execute(sa.update(keys).where(keys.c.key_id.in_(limited)).values(revoked_at=now))
    for table in ("supplier_links", "purchase_order_numbers", "purchase_order_events"):
        op.drop_table(table)
    _downgrade_purchase_orders()
    _downgrade_plans()
    for table in ("receipt_lines", "receipts", "stock_changes"):
        op.drop_table(table)
    with op.batch_alter_table("lots") as lots:
        for column in ("counted_at", "blocked_at", "blocked_by", "blocked_because"):
            lots.drop_column(column)
    for table in ("day_runs", "api_key_warehouses", "supplier_closures"):
        op.drop_table(table)
    op.drop_index("ix_order_lines_ahead", "order_lines")
    op.drop_column("order_lines", "wanted_on")
    for table, columns in NEW_COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)


def _of(owner: str) -> sa.ForeignKey:
    """Rows that go with the row that they belong to."""
    return sa.ForeignKey(owner, ondelete="CASCADE")


def _make_small_tables() -> None:
    op.create_table(
        "supplier_closures",
        sa.Column("supplier_id", sa.String(64), sa.ForeignKey("suppliers.supplier_id"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("supplier_id", "first_day", name=op.f("pk_supplier_closures")),
    )
    op.create_table(
        "api_key_warehouses",
        sa.Column("key_id", sa.String(64), sa.ForeignKey("api_keys.key_id", ondelete="CASCADE"), nullable=False),
        sa.Column("warehouse_id", sa.String(64), sa.ForeignKey("warehouses.warehouse_id"), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "warehouse_id", name=op.f("pk_api_key_warehouses")),
    )
    op.create_table(
        "day_runs",
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("started_at", types.Moment(), nullable=False),
        sa.Column("finished_at", types.Moment()),
        sa.Column("plan_id", sa.String(64)),
        sa.Column("failed", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_day_runs")),
    )
    op.create_index(op.f("ix_day_runs_started_at"), "day_runs", ["started_at"])


def _make_stock_tables() -> None:
    with op.batch_alter_table("lots") as lots:
        lots.add_column(sa.Column("counted_at", types.Moment()))
        lots.add_column(sa.Column("blocked_at", types.Moment()))
        lots.add_column(sa.Column("blocked_by", sa.String()))
        lots.add_column(sa.Column("blocked_because", sa.String()))
    # nobody said when they were counted: as late as their warehouse's stock was last told of
    op.execute(
        "UPDATE lots SET counted_at = "
        "(SELECT max(known_at) FROM lots AS told WHERE told.warehouse_id = lots.warehouse_id)"
    )
    with op.batch_alter_table("lots") as lots:
        lots.alter_column("counted_at", existing_type=types.Moment(), nullable=False)
    op.create_table(
        "stock_changes",
        sa.Column("change_id", sa.String(64), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("lot_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("quantity", types.Exact(3), nullable=False),
        sa.Column("left", types.Exact(3), nullable=False),
        sa.Column("happened_at", types.Moment(), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("note", sa.String()),
        sa.ForeignKeyConstraint(
            ["warehouse_id", "lot_id"],
            ["lots.warehouse_id", "lots.lot_id"],
            name=op.f("fk_stock_changes_warehouse_id_lots"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_stock_changes")),
    )
    op.create_index(
        op.f("ix_stock_changes_warehouse_id_lot_id_known_at"), "stock_changes", ["warehouse_id", "lot_id", "known_at"]
    )
    op.create_index(op.f("ix_stock_changes_warehouse_id_happened_at"), "stock_changes", ["warehouse_id", "happened_at"])
    op.create_table(
        "receipts",
        sa.Column("receipt_id", sa.String(64), nullable=False),
        sa.Column("warehouse_id", sa.String(64), sa.ForeignKey("warehouses.warehouse_id"), nullable=False),
        sa.Column("supplier_id", sa.String(64), sa.ForeignKey("suppliers.supplier_id")),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("note", sa.String()),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_warehouse_id_received_at"), "receipts", ["warehouse_id", "received_at"])
    op.create_table(
        "receipt_lines",
        sa.Column(
            "receipt_id", sa.String(64), sa.ForeignKey("receipts.receipt_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.String(64), sa.ForeignKey("products.product_id"), nullable=False),
        sa.Column("accepted", types.Exact(3), nullable=False),
        sa.Column("rejected", types.Exact(3), nullable=False),
        sa.Column("defect", sa.String()),
        sa.Column("lot_id", sa.String(64)),
        sa.Column("expires_on", sa.Date()),
        sa.Column("without_order", types.Exact(3), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", "line_no", name=op.f("pk_receipt_lines")),
    )


def _upgrade_plans() -> None:
    for column in ("discarded_at", "exported_at"):
        op.add_column("purchase_plans", sa.Column(column, types.Moment()))
    for column in ("discarded_by", "exported_by"):
        op.add_column("purchase_plans", sa.Column(column, sa.String()))
    op.add_column("purchase_plans", sa.Column("asked_for", sa.Date()))
    op.add_column("purchase_plans", sa.Column("last_delivery_date", sa.Date()))
    op.execute("UPDATE purchase_plans SET asked_for = delivery_date, last_delivery_date = delivery_date")
    with op.batch_alter_table("purchase_plans") as batch:
        batch.alter_column("last_delivery_date", existing_type=sa.Date(), nullable=False)
    for name, kind in (("delivery_date", sa.Date()), ("order_by", types.Moment()), ("approved_at", types.Moment())):
        op.add_column("plan_lines", sa.Column(name, kind))
    op.add_column("plan_lines", sa.Column("approved_by", sa.String()))
    plans = sa.table("purchase_plans", *map(sa.column, ("plan_id", "delivery_date", "approved_at", "approved_by")))
    lines = sa.table("plan_lines", *map(sa.column, ("plan_id", "delivery_date", "approved_at", "approved_by")))
    of_plan = {
        name: sa.select(plans.c[name]).where(plans.c.plan_id == lines.c.plan_id).scalar_subquery()
        for name in ("delivery_date", "approved_at", "approved_by")
    }
    op.execute(lines.update().values(of_plan))
    with op.batch_alter_table("plan_lines") as batch:
        batch.alter_column("delivery_date", existing_type=sa.Date(), nullable=False)
    op.create_table(
        "plan_warehouses",
        sa.Column(
            "plan_id", sa.String(64), sa.ForeignKey("purchase_plans.plan_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("warehouse_id", sa.String(64), sa.ForeignKey("warehouses.warehouse_id"), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("replaced_by", sa.String(64)),
        sa.PrimaryKeyConstraint("plan_id", "warehouse_id", name=op.f("pk_plan_warehouses")),
    )
    is_open = sa.text("open")
    op.create_index(
        "ix_plan_warehouses_open",
        "plan_warehouses",
        ["warehouse_id", "order_date"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    _keep_the_latest_draft_of_a_day_open()


def _keep_the_latest_draft_of_a_day_open() -> None:
    connection = op.get_bind()
    plans = sa.table(
        "purchase_plans", sa.column("plan_id"), sa.column("status"), sa.column("created_at", types.Moment())
    )
    lines = sa.table("plan_lines", sa.column("plan_id"), sa.column("warehouse_id"))
    part = sa.table(
        "plan_warehouses",
        *(sa.column(name) for name in ("plan_id", "warehouse_id")),
        sa.column("order_date", sa.Date()),
        sa.column("open", sa.Boolean()),
        sa.column("replaced_by"),
    )
    rows = connection.execute(
        sa.select(plans.c.plan_id, plans.c.status, plans.c.created_at, lines.c.warehouse_id)
        .join(lines, lines.c.plan_id == plans.c.plan_id)
        .distinct()
        .order_by(plans.c.created_at.desc(), plans.c.plan_id, lines.c.warehouse_id)
    ).all()
    latest: dict[tuple[Any, ...], str] = {}
    kept = []
    for plan_id, status, created_at, warehouse_id in rows:
        day = created_at.date()
        later = latest.get((warehouse_id, day))
        is_open = status == "draft" and later is None
        if status == "draft":
            latest.setdefault((warehouse_id, day), plan_id)
        of_it = {"plan_id": plan_id, "warehouse_id": warehouse_id, "order_date": day}
        kept.append(of_it | {"open": is_open, "replaced_by": later if status == "draft" else None})
    if kept:
        connection.execute(part.insert(), kept)


def _downgrade_plans() -> None:
    # what an older version would order again, or for the first time
    ordered = "SELECT plan_id FROM purchase_orders WHERE plan_id IS NOT NULL"
    drafts = "SELECT plan_id FROM purchase_plans WHERE status = 'draft'"
    gone = "SELECT plan_id FROM purchase_plans WHERE status = 'discarded'"
    op.execute(f"UPDATE purchase_plans SET status = 'approved' WHERE status = 'discarded' AND plan_id IN ({ordered})")  # noqa: S608
    op.execute(f"DELETE FROM plan_lines WHERE plan_id IN ({gone})")  # noqa: S608
    op.execute(f"DELETE FROM plan_lines WHERE approved_at IS NOT NULL AND plan_id IN ({drafts})")  # noqa: S608
    op.drop_table("plan_warehouses")
    op.execute("DELETE FROM purchase_plans WHERE status = 'discarded'")
    with op.batch_alter_table("plan_lines") as lines:
        for column in ("delivery_date", "order_by", "approved_at", "approved_by"):
            lines.drop_column(column)
    with op.batch_alter_table("purchase_plans") as plans:
        for column in ("discarded_at", "exported_at", "discarded_by", "exported_by", "asked_for", "last_delivery_date"):
            plans.drop_column(column)


def _upgrade_purchase_orders() -> None:
    with op.batch_alter_table("purchase_orders") as orders:
        orders.add_column(sa.Column("number", sa.String(64)))
        for column in ("ordered_by", "note"):
            orders.add_column(sa.Column(column, sa.String()))
        for column in ("send_by", "sent_at", "confirmed_at", "cancelled_at"):
            orders.add_column(sa.Column(column, types.Moment()))
    op.execute("ALTER TABLE purchase_orders RENAME COLUMN received_at TO closed_at")
    _number_purchase_orders()
    with op.batch_alter_table("purchase_orders") as orders:
        orders.alter_column("number", existing_type=sa.String(64), nullable=False)
        orders.alter_column("ordered_by", existing_type=sa.String(), nullable=False)
        orders.create_unique_constraint(op.f("uq_purchase_orders_number"), ["number"])
    op.create_index(op.f("ix_purchase_orders_plan_id"), "purchase_orders", ["plan_id"])
    op.create_index(
        op.f("ix_purchase_orders_supplier_id_delivery_date"), "purchase_orders", ["supplier_id", "delivery_date"]
    )
    with op.batch_alter_table("purchase_order_lines") as lines:
        lines.add_column(sa.Column("offer_id", sa.String(64)))
        lines.add_column(sa.Column("pack_size", types.Exact(3)))
        lines.add_column(sa.Column("confirmed", types.Exact(3)))
        lines.add_column(sa.Column("received", types.Exact(3), server_default="0", nullable=False))
        lines.add_column(sa.Column("cancelled", types.Exact(3), server_default="0", nullable=False))
        lines.alter_column("unit_price", existing_type=types.Exact(4), nullable=True)
        lines.create_foreign_key(op.f("fk_purchase_order_lines_offer_id_offers"), "offers", ["offer_id"], ["offer_id"])
    op.execute("DELETE FROM purchase_order_lines WHERE quantity <= 0")
    op.execute(
        "UPDATE purchase_order_lines SET received = quantity WHERE purchase_order_id IN "
        "(SELECT purchase_order_id FROM purchase_orders WHERE closed_at IS NOT NULL)"
    )
    with op.batch_alter_table("purchase_order_lines") as lines:
        lines.create_check_constraint("quantity_is_positive", "quantity > 0")
        lines.create_check_constraint(
            "no_more_came_than_ordered", "received >= 0 AND cancelled >= 0 AND received + cancelled <= quantity"
        )


def _number_purchase_orders() -> None:
    connection = op.get_bind()
    orders = sa.table(
        "purchase_orders",
        *(sa.column(name) for name in ("purchase_order_id", "plan_id", "number", "ordered_by")),
        sa.column("ordered_at", types.Moment()),
    )
    plans = sa.table("purchase_plans", sa.column("plan_id"), sa.column("approved_by"))
    rows = connection.execute(
        sa.select(orders.c.purchase_order_id, orders.c.ordered_at, plans.c.approved_by)
        .outerjoin(plans, plans.c.plan_id == orders.c.plan_id)
        .order_by(orders.c.ordered_at, orders.c.purchase_order_id)
    ).all()
    highest: defaultdict[Any, int] = defaultdict(int)
    for purchase_order_id, ordered_at, approved_by in rows:
        day = ordered_at.date()
        highest[day] += 1
        values = {"number": f"PO-{day:%Y%m%d}-{highest[day]:03}", "ordered_by": approved_by or "before 0008"}
        connection.execute(orders.update().where(orders.c.purchase_order_id == purchase_order_id).values(values))
    op.create_table(
        "purchase_order_numbers",
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("highest", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("order_date", name=op.f("pk_purchase_order_numbers")),
    )
    numbers = sa.table("purchase_order_numbers", sa.column("order_date", sa.Date()), sa.column("highest"))
    if highest:
        connection.execute(numbers.insert(), [{"order_date": day, "highest": n} for day, n in highest.items()])


def _downgrade_purchase_orders() -> None:
    with op.batch_alter_table("purchase_order_lines") as lines:
        lines.drop_constraint(op.f("ck_purchase_order_lines_no_more_came_than_ordered"), type_="check")
        lines.drop_constraint(op.f("ck_purchase_order_lines_quantity_is_positive"), type_="check")
        lines.drop_constraint(op.f("fk_purchase_order_lines_offer_id_offers"), type_="foreignkey")
    # an order is under way with all of its lines, or not at all: of one that is open, what is still to come stays
    open_ones = "SELECT purchase_order_id FROM purchase_orders WHERE closed_at IS NULL"
    op.execute(
        f"UPDATE purchase_order_lines SET quantity = quantity - received - cancelled "  # noqa: S608
        f"WHERE purchase_order_id IN ({open_ones})"
    )
    op.execute("DELETE FROM purchase_order_lines WHERE quantity <= 0")
    op.execute("UPDATE purchase_order_lines SET unit_price = 0 WHERE unit_price IS NULL")
    with op.batch_alter_table("purchase_order_lines") as lines:
        lines.alter_column("unit_price", existing_type=types.Exact(4), nullable=False)
        for column in ("offer_id", "pack_size", "confirmed", "received", "cancelled"):
            lines.drop_column(column)
    op.drop_index(op.f("ix_purchase_orders_plan_id"), "purchase_orders")
    op.drop_index(op.f("ix_purchase_orders_supplier_id_delivery_date"), "purchase_orders")
    with op.batch_alter_table("purchase_orders") as orders:
        orders.drop_constraint(op.f("uq_purchase_orders_number"), type_="unique")
        for column in ("number", "ordered_by", "note", "send_by", "sent_at", "confirmed_at", "cancelled_at"):
            orders.drop_column(column)
    op.execute("ALTER TABLE purchase_orders RENAME COLUMN closed_at TO received_at")


def _make_tables_of_purchase_orders() -> None:
    order = "purchase_orders.purchase_order_id"
    op.create_table(
        "purchase_order_events",
        sa.Column("order_event_id", sa.String(64), nullable=False),
        sa.Column("purchase_order_id", sa.String(64), sa.ForeignKey(order, ondelete="CASCADE"), nullable=False),
        sa.Column("line_no", sa.Integer()),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("quantity", types.Exact(3)),
        sa.Column("happened_at", types.Moment(), nullable=False),
        sa.Column("known_at", types.Moment(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("note", sa.String()),
        sa.Column("lot_id", sa.String(64)),
        sa.Column("receipt_id", sa.String(64)),
        sa.PrimaryKeyConstraint("order_event_id", name=op.f("pk_purchase_order_events")),
    )
    op.create_index(op.f("ix_purchase_order_events_purchase_order_id"), "purchase_order_events", ["purchase_order_id"])
    op.create_table(
        "supplier_links",
        sa.Column("link_id", sa.String(64), nullable=False),
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("purchase_order_id", sa.String(64), sa.ForeignKey(order, ondelete="CASCADE"), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("revoked_at", types.Moment()),
        sa.Column("used_at", types.Moment()),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_supplier_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_supplier_links_token_sha256")),
    )
    op.create_index(op.f("ix_supplier_links_purchase_order_id"), "supplier_links", ["purchase_order_id"])
