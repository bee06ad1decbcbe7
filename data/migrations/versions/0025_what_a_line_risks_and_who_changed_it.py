"""what a plan's line risks in money, who changed it and why, versions, and the currency of a warehouse"""

import json

import sqlalchemy as sa
from alembic import op
from babel.numbers import get_territory_currencies

from data.tables import types

revision = "0025"
down_revision = "0024"

LOST_GOING_BACK = "what plan lines risk, who changed them and why, versions, and currencies of warehouses"

REASONS = (
    "event",
    "promotion",
    "weather",
    "customer_order",
    "stock_is_wrong",
    "supplier_has_no_more",
    "quality",
    "price",
    "substitute",
    "other",
)
CHOSEN_BY = (
    *("plan_id", "line_no", "warehouse_id", "product_id", "supplier_id", "delivery_date", "quantity", "unit_price"),
    *("at_risk", "usable_stock", "forecast_mean", "warnings", "edited_at", "approved_at"),
)
# of a plan made before this, its lines to look at before approving
WARNINGS = frozenset(
    {
        "stock_expires_before_use",
        "capped_by_capacity",
        "no_offer",
        "no_delivery_that_day",
        "ordered_too_late",
        "declined",
        "price_above_list",
        "no_forecast",
        "no_sales_lately",
        "taken_as_delisted",
        "zeros_may_be_stock_outs",
        "sold_again",
        "bulk_order_left_out",
        "delivered_on_closed_day",
    }
)


def upgrade() -> None:
    op.add_column("purchase_plans", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("purchase_plans", sa.Column("totals", sa.JSON()))
    _upgrade_lines()
    op.create_table(
        "plan_line_edits",
        sa.Column("edit_id", sa.String(64), nullable=False),
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column("from_supplier_id", sa.String(64)),
        sa.Column("to_supplier_id", sa.String(64)),
        sa.Column("from_quantity", types.Exact(3)),
        sa.Column("to_quantity", types.Exact(3), nullable=False),
        sa.Column("reason_code", _reason(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("edited_by", sa.String(), nullable=False),
        sa.Column("edited_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["purchase_plans.plan_id"], ondelete="CASCADE",
                                name=op.f("fk_plan_line_edits_plan_id_purchase_plans")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouses.warehouse_id"],
                                name=op.f("fk_plan_line_edits_warehouse_id_warehouses")),
        sa.ForeignKeyConstraint(["product_id"], ["products.product_id"],
                                name=op.f("fk_plan_line_edits_product_id_products")),
        sa.ForeignKeyConstraint(["from_supplier_id"], ["suppliers.supplier_id"],
                                name=op.f("fk_plan_line_edits_from_supplier_id_suppliers")),
        sa.ForeignKeyConstraint(["to_supplier_id"], ["suppliers.supplier_id"],
                                name=op.f("fk_plan_line_edits_to_supplier_id_suppliers")),
        sa.PrimaryKeyConstraint("edit_id", name=op.f("pk_plan_line_edits")),
    )  # fmt: skip
    op.create_index("ix_plan_line_edits_plan_id_line_no", "plan_line_edits", ["plan_id", "line_no"])
    op.create_index("ix_plan_warehouses_warehouse_id_order_date", "plan_warehouses", ["warehouse_id", "order_date"])
    _tell_currencies()


def downgrade() -> None:
    op.drop_index("ix_plan_warehouses_warehouse_id_order_date", "plan_warehouses")
    op.drop_column("warehouses", "currency")
    op.drop_table("plan_line_edits")
    op.drop_index("ix_plan_lines_chosen", "plan_lines")
    for column in (
        "selling_price",
        "unit_cost",
        "share_accepted",
        "outcome",
        "at_risk",
        "at_risk_short",
        "at_risk_waste",
        "one_pack_more",
        "one_pack_less",
        "previous_quantity",
        "previous_forecast_mean",
        "days_of_cover",
        "warnings",
        "version",
        "edit_reason_code",
    ):
        op.drop_column("plan_lines", column)
    op.drop_column("purchase_plans", "totals")
    op.drop_column("purchase_plans", "version")


def _reason() -> sa.Enum:
    return sa.Enum(*REASONS, name="editreason", native_enum=False, length=24)


def _upgrade_lines() -> None:
    for column in ("at_risk", "at_risk_short", "at_risk_waste"):
        op.add_column("plan_lines", sa.Column(column, types.Exact(4), server_default="0", nullable=False))
    for column in ("selling_price", "unit_cost", "one_pack_more", "one_pack_less"):
        op.add_column("plan_lines", sa.Column(column, types.Exact(4)))
    op.add_column("plan_lines", sa.Column("share_accepted", sa.Double(), server_default="1", nullable=False))
    op.add_column("plan_lines", sa.Column("outcome", sa.JSON()))
    op.add_column("plan_lines", sa.Column("previous_quantity", types.Exact(3)))
    op.add_column("plan_lines", sa.Column("previous_forecast_mean", sa.Double()))
    op.add_column("plan_lines", sa.Column("days_of_cover", sa.Double()))
    op.add_column("plan_lines", sa.Column("warnings", sa.String(), server_default="", nullable=False))
    op.add_column("plan_lines", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("plan_lines", sa.Column("edit_reason_code", _reason()))
    op.create_index("ix_plan_lines_chosen", "plan_lines", list(CHOSEN_BY))
    names = ("plan_id", "line_no", "warnings", "edit_reason_code", "edited_at")
    lines = sa.table("plan_lines", *map(sa.column, names), sa.column("reasons", sa.JSON()))
    plans = sa.table("purchase_plans", sa.column("plan_id"), sa.column("status"))
    drafts = sa.select(plans.c.plan_id).where(plans.c.status == "draft")
    bind = op.get_bind()
    bind.execute(sa.update(lines).where(lines.c.edited_at.is_not(None)).values(edit_reason_code="other"))
    of_drafts = sa.select(lines.c.plan_id, lines.c.line_no, lines.c.reasons).where(lines.c.plan_id.in_(drafts))
    for plan_id, line_no, reasons in bind.execute(of_drafts).all():
        codes = [reason["code"] for reason in (json.loads(reasons) if isinstance(reasons, str) else reasons)]
        warned = [code for code in codes if code in WARNINGS]
        if warned:
            one = (lines.c.plan_id == plan_id, lines.c.line_no == line_no)
            bind.execute(sa.update(lines).where(*one).values(warnings="".join(f" {code} " for code in warned)))


def _tell_currencies() -> None:
    """Of a warehouse that is there already: its country's."""
    op.add_column("warehouses", sa.Column("currency", sa.String(3), server_default="CNY", nullable=False))
    places = sa.table("warehouses", sa.column("country"), sa.column("currency"))
    bind = op.get_bind()
    for country in bind.scalars(sa.select(places.c.country).distinct()).all():
        tender = get_territory_currencies(country)
        if tender:
            bind.execute(sa.update(places).where(places.c.country == country).values(currency=tender[0]))
