"""What was decided: demand models, forecasts, purchase plans, slot suggestions and moves."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from data.tables.declaration import Base, Id, LocalDay, Money, Quantity


class DemandModelRow(Base):
    """A trained model: what the region's warehouses share (`warehouse_id` null), or a warehouse's own on top of it.

    `origin` is what it was trained up to. Of the models that may serve at an origin, those with no later `origin` that
    are served and not refused, the one that serves is the latest by `served_from`. A region's model and the warehouse
    models on it (`region_model_id`) are one set. The id is a digest of all that a training depends on, so that the same
    training, done again, is found instead of repeated."""

    __tablename__ = "demand_models"

    model_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id | None] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    region_model_id: Mapped[Id | None] = mapped_column(ForeignKey("demand_models.model_id"))
    origin: Mapped[datetime]
    trained_at: Mapped[datetime]
    code: Mapped[str]  # version of the package + digest of the sources and libraries that train
    settings: Mapped[dict[str, Any]]
    trained_on: Mapped[dict[str, Any]]  # rows, first_day, last_day, warehouses, products, digest; warehouses left out
    artifact: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
    artifact_sha256: Mapped[str]
    choices: Mapped[dict[str, Any] | None]  # of the region's: forecasting.model.choice.Choice by reach; null: not kept
    scores: Mapped[dict[str, Any] | None]  # on the latest origins, beside those of the one that served then
    served_from: Mapped[datetime | None]  # null: has never served
    rejected_because: Mapped[str | None]  # why it does not serve, or serves no more

    __table_args__ = (Index(None, "warehouse_id", "served_from"), Index(None, "region_model_id"))


class ForecastRow(Base):
    """The distribution of a day's demand in the product's unit, made with what was known at `origin`.

    `model` names what served: lightgbm, exponential_smoothing, ..., or ended where the product has."""

    __tablename__ = "forecasts"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    origin: Mapped[datetime] = mapped_column(primary_key=True)
    q05: Mapped[float]
    q10: Mapped[float]
    q25: Mapped[float]
    q50: Mapped[float]
    q75: Mapped[float]
    q90: Mapped[float]
    q95: Mapped[float]
    mean: Mapped[float]
    model: Mapped[str]

    __table_args__ = (Index(None, "warehouse_id", "origin", "date"), {"sqlite_with_rowid": False})


class PlanStatus(StrEnum):
    """A plan is edited as a draft and ordered when approved; a draft may be discarded, also for a newer one."""

    DRAFT = "draft"
    APPROVED = "approved"
    DISCARDED = "discarded"


class EditReason(StrEnum):
    """Why a buyer orders another quantity than was suggested."""

    EVENT = "event"  # a fair, a holiday, a campaign that the forecast does not know
    PROMOTION = "promotion"
    WEATHER = "weather"
    CUSTOMER_ORDER = "customer_order"
    STOCK_IS_WRONG = "stock_is_wrong"
    SUPPLIER_HAS_NO_MORE = "supplier_has_no_more"
    QUALITY = "quality"
    PRICE = "price"
    SUBSTITUTE = "substitute"  # another product is bought in its place, or it in another's
    OTHER = "other"


class PurchasePlanRow(Base):
    """What to order on a day; `origin` is what its forecasts knew up to. `notes` is what concerns more than a line: a
    list of {code, ...values} (flows/purchasing/notes/plan_notes.py).

    `asked_for` is the delivery date that somebody asked for; null: whatever must be ordered now. Its lines are
    delivered from `delivery_date` to `last_delivery_date`.

    `version` counts its changes; a line's is the plan's at the line's last change. `totals` is what its lines come to,
    written with each change (flows/purchasing/showing/plan_totals.py)."""

    __tablename__ = "purchase_plans"

    plan_id: Mapped[Id] = mapped_column(primary_key=True)
    asked_for: Mapped[LocalDay | None]
    delivery_date: Mapped[LocalDay] = mapped_column(index=True)
    last_delivery_date: Mapped[LocalDay] = mapped_column(
        default=lambda row: row.get_current_parameters()["delivery_date"]
    )
    origin: Mapped[datetime]
    status: Mapped[PlanStatus]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]
    discarded_at: Mapped[datetime | None]
    discarded_by: Mapped[str | None]
    exported_at: Mapped[datetime | None]
    exported_by: Mapped[str | None]
    notes: Mapped[list[Any]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    totals: Mapped[dict[str, Any] | None]

    lines: Mapped[list["PlanLineRow"]] = relationship(order_by="PlanLineRow.line_no", cascade="all, delete-orphan")
    transfers: Mapped[list["PlanTransferRow"]] = relationship(
        order_by="PlanTransferRow.transfer_no", cascade="all, delete-orphan"
    )
    warehouses: Mapped[list["PlanWarehouseRow"]] = relationship(
        order_by="PlanWarehouseRow.warehouse_id", cascade="all, delete-orphan"
    )


class PlanWarehouseRow(Base):
    """A warehouse that a plan orders for, on its local day `order_date`. A warehouse stands in one plan a day that is
    `open`: neither approved, discarded, nor replaced by the part of a newer one (`replaced_by`)."""

    __tablename__ = "plan_warehouses"

    plan_id: Mapped[Id] = mapped_column(ForeignKey("purchase_plans.plan_id", ondelete="CASCADE"), primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    order_date: Mapped[LocalDay]
    open: Mapped[bool]
    replaced_by: Mapped[Id | None]

    __table_args__ = (
        Index(
            "ix_plan_warehouses_open",
            "warehouse_id",
            "order_date",
            unique=True,
            postgresql_where=text("open"),
            sqlite_where=text("open"),
        ),
        Index(None, "warehouse_id", "order_date"),
    )


CHOSEN_BY: Final = (
    *("plan_id", "line_no", "warehouse_id", "product_id", "supplier_id", "delivery_date", "quantity", "unit_price"),
    *("at_risk", "usable_stock", "forecast_mean", "warnings", "edited_at", "approved_at"),
)


class PlanLineRow(Base):
    """One product for one warehouse from one supplier, delivered on `delivery_date`; the supplier must have the order
    by `order_by`. Quantities are in the product's unit.

    `planned_quantity` is what we suggested, `quantity` what will be ordered after the buyer's edit.
    `reasons` is a list of {code, ...values}; the words for the codes live with the pages; `warnings` are the codes
    among them to look at before approving, with a space before and after each.

    What a quantity risks is read from `outcome` (warehouse.purchasing.outcomes.outcome.OutcomeCurve), which lines of
    one need share, `share_accepted`, `unit_cost` (of an accepted unit) and `selling_price`: `at_risk` is margin and
    goodwill lost by the expected shortage (`at_risk_short`) and cost of the expected waste and its disposal
    (`at_risk_waste`), in the warehouse's currency, and `one_pack_more` and `one_pack_less` are what they would
    change it by. For `days_of_cover` of the forecast's days stock, what is under way and what is ordered last
    together (null: nothing is wanted). `previous_quantity` and `previous_forecast_mean` are of the plan of an
    earlier day (null: there is none)."""

    __tablename__ = "plan_lines"

    plan_id: Mapped[Id] = mapped_column(ForeignKey("purchase_plans.plan_id", ondelete="CASCADE"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    supplier_id: Mapped[Id | None] = mapped_column(ForeignKey("suppliers.supplier_id"))
    offer_id: Mapped[Id | None] = mapped_column(ForeignKey("offers.offer_id"))
    delivery_date: Mapped[LocalDay] = mapped_column(default=lambda row: row.get_current_parameters()["covers_from"])
    order_by: Mapped[datetime | None]
    covers_from: Mapped[LocalDay]
    covers_until: Mapped[LocalDay]
    forecast_mean: Mapped[float]
    forecast_q10: Mapped[float]
    forecast_q50: Mapped[float]
    forecast_q90: Mapped[float]
    usable_stock: Mapped[Quantity]
    on_order: Mapped[Quantity]
    pack_size: Mapped[Quantity | None]
    planned_quantity: Mapped[Quantity]
    quantity: Mapped[Quantity]
    unit_price: Mapped[Money | None]
    expected_shortage: Mapped[float]
    expected_waste: Mapped[float]
    selling_price: Mapped[Money | None]
    unit_cost: Mapped[Money | None]
    share_accepted: Mapped[float] = mapped_column(default=1.0, server_default="1")
    outcome: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    at_risk: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    at_risk_short: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    at_risk_waste: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    one_pack_more: Mapped[Money | None]
    one_pack_less: Mapped[Money | None]
    days_of_cover: Mapped[float | None]
    previous_quantity: Mapped[Quantity | None]
    previous_forecast_mean: Mapped[float | None]
    reasons: Mapped[list[Any]]
    warnings: Mapped[str] = mapped_column(default="", server_default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    edit_reason: Mapped[str | None]
    edit_reason_code: Mapped[EditReason | None]
    edited_by: Mapped[str | None]
    edited_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]

    __table_args__ = (
        Index(None, "plan_id", "warehouse_id"),
        # all that lines are chosen and sorted by, so that a page is found without reading the lines
        Index("ix_plan_lines_chosen", *CHOSEN_BY),
        CheckConstraint("quantity >= 0", "quantity_is_not_negative"),
    )


class PlanTransferRow(Base):
    """What a plan carries of a product from one of its warehouses to another, in the product's unit; money in their
    currency. `lots` are {lot_id, quantity, last_day}; `arrives_at` is when it comes if it leaves as the plan is made.
    It `earns` what the waste, shortage and purchases that it avoids are worth beyond its `cost`. Once approved it is
    booked as a change of stock."""

    __tablename__ = "plan_transfers"

    plan_id: Mapped[Id] = mapped_column(ForeignKey("purchase_plans.plan_id", ondelete="CASCADE"), primary_key=True)
    transfer_no: Mapped[int] = mapped_column(primary_key=True)
    from_warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    to_warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    quantity: Mapped[Quantity]
    lots: Mapped[list[Any]]
    arrives_at: Mapped[datetime]
    waste_avoided: Mapped[float]
    shortage_avoided: Mapped[float]
    bought_less: Mapped[float]
    cost: Mapped[Money]
    earns: Mapped[Money]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]

    __table_args__ = (CheckConstraint("quantity > 0", "something_is_carried"),)


class PlanLineEditRow(Base):
    """A change that somebody made to a plan's line, written once; `from_quantity` null: the line was added by it."""

    __tablename__ = "plan_line_edits"

    edit_id: Mapped[Id] = mapped_column(primary_key=True)
    plan_id: Mapped[Id] = mapped_column(ForeignKey("purchase_plans.plan_id", ondelete="CASCADE"))
    line_no: Mapped[int]
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    from_supplier_id: Mapped[Id | None] = mapped_column(ForeignKey("suppliers.supplier_id"))
    to_supplier_id: Mapped[Id | None] = mapped_column(ForeignKey("suppliers.supplier_id"))
    from_quantity: Mapped[Quantity | None]
    to_quantity: Mapped[Quantity]
    reason_code: Mapped[EditReason]
    reason: Mapped[str | None]
    edited_by: Mapped[str]
    edited_at: Mapped[datetime]

    __table_args__ = (Index(None, "plan_id", "line_no"),)


class DayRunRow(Base):
    """A run of the day's flow: begun, and finished with what went wrong by warehouse.

    Until `held_until` it is at work, or waits to begin (`attempts` 0); one that is not finished by then was killed.
    `steps` are those that are over, each with what went wrong in it by warehouse: the next attempt passes over them."""

    __tablename__ = "day_runs"

    run_id: Mapped[Id] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    plan_id: Mapped[Id | None]
    failed: Mapped[dict[str, Any]]
    steps: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    def is_dead(self, now: datetime) -> bool:
        """Whether it was killed: not finished, and not held any more."""
        return self.finished_at is None and (self.held_until is None or self.held_until <= now)


class SlotSuggestionRow(Base):
    """Where a product should lie (`slot_id` null: no slot suits it), from its forecast order lines a day. One that
    needs several slots has a row for each, `number` 1 the first."""

    __tablename__ = "slot_suggestions"

    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, default=1, server_default="1")
    slot_id: Mapped[Id | None] = mapped_column(ForeignKey("slots.slot_id"))
    lines_per_day: Mapped[float]
    origin: Mapped[datetime]
    reasons: Mapped[list[Any]]


class MoveStatus(StrEnum):
    """What became of a suggested move."""

    SUGGESTED = "suggested"
    PARTLY_DONE = "partly_done"  # some of it was carried, the rest is still to be
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # a later suggestion replaced it, or it cannot be made any more


TO_BE_MADE = (MoveStatus.SUGGESTED, MoveStatus.PARTLY_DONE)


class MoveBatchRow(Base):
    """Moves suggested together. By the order `lines` known then, each was walked in so many metres `before` them, and
    in so many is it expected to be `after` them; both null: no order was known to walk."""

    __tablename__ = "move_batches"

    batch_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    created_at: Mapped[datetime]
    lines: Mapped[int]
    metres_before: Mapped[float | None]
    metres_after: Mapped[float | None]

    __table_args__ = (Index(None, "warehouse_id", "created_at", "batch_id"),)


class MoveRow(Base):
    """A product to be carried from one slot to another; done in the order of `rank`. The two moves of an
    exchange change places with each other and are settled as one. Those of one `batch_id` were suggested together.

    `carried` is how much of it lies in its new slot where that is a part, `depended_on` the move whose settlement made
    this one impossible."""

    __tablename__ = "moves"

    move_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    batch_id: Mapped[Id | None] = mapped_column(ForeignKey("move_batches.batch_id"), index=True)
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    from_slot_id: Mapped[Id | None] = mapped_column(ForeignKey("slots.slot_id"))
    to_slot_id: Mapped[Id] = mapped_column(ForeignKey("slots.slot_id"))
    rank: Mapped[int]
    exchange_id: Mapped[Id | None]
    quantity: Mapped[Quantity | None]
    metres_saved_per_day: Mapped[float]
    minutes: Mapped[float | None]
    reasons: Mapped[list[Any]]
    status: Mapped[MoveStatus]
    carried: Mapped[Quantity | None]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decision_reason: Mapped[str | None]
    depended_on: Mapped[Id | None]

    __table_args__ = (
        Index(None, "warehouse_id", "status", "decided_at"),
        Index(None, "to_slot_id", "product_id"),
        *(  # few of all there ever were
            Index(None, one, sqlite_where=text(f"{one} IS NOT NULL"), postgresql_where=text(f"{one} IS NOT NULL"))
            for one in ("exchange_id", "depended_on")
        ),
    )
