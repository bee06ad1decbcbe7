"""What a purchase plan is made from, besides forecasts: stock, offers, inspections, terms."""

from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from data.tables import InspectionRow, LotRow, OfferRow, ProductRow, Stage


def lots_on_hand(session: Session, warehouse_id: str) -> Sequence[LotRow]:
    """The lots of a warehouse that something is left of."""
    return session.scalars(
        select(LotRow).where(LotRow.warehouse_id == warehouse_id, LotRow.quantity_on_hand > 0).order_by(LotRow.lot_id)
    ).all()


def offers_valid_on(session: Session, day: date, moment: datetime) -> Sequence[OfferRow]:
    """The offers that hold on a delivery day and were known at the moment, with their tiers."""
    return session.scalars(
        select(OfferRow)
        .where(
            OfferRow.valid_from <= day,
            or_(OfferRow.valid_until.is_(None), OfferRow.valid_until >= day),
            OfferRow.known_at <= moment,
        )
        .order_by(OfferRow.offer_id)
    ).all()


def receipt_inspections(session: Session, moment: datetime) -> pd.DataFrame:
    """product_id, supplier_id, inspected, accepted (floats, the product's unit) of inspections at receipt."""
    query = select(
        InspectionRow.product_id,
        InspectionRow.supplier_id,
        InspectionRow.inspected_quantity,
        InspectionRow.accepted_quantity,
    ).where(
        InspectionRow.stage == Stage.RECEIPT,
        InspectionRow.supplier_id.is_not(None),
        InspectionRow.inspected_quantity > 0,
        InspectionRow.known_at <= moment,
    )
    frame = pd.DataFrame(session.execute(query).all(), columns=["product_id", "supplier_id", "inspected", "accepted"])
    return frame.astype({"inspected": float, "accepted": float})


def product_terms(session: Session, product_ids: Sequence[str], closed_on: date | None = None) -> pd.DataFrame:
    """product_id, unit, shelf_life_days (float, NaN unknown), list_price (Decimal or None), last_day (the last on sale
    in a warehouse that closes on `closed_on`, or None), in the order given."""
    query = select(
        ProductRow.product_id,
        ProductRow.unit,
        ProductRow.shelf_life_days,
        ProductRow.list_price,
        ProductRow.delisted_on,
    )
    found = {row.product_id: row for row in session.execute(query)}
    terms = [found[product_id] for product_id in product_ids]
    return pd.DataFrame(
        {
            "product_id": list(product_ids),
            "unit": [str(row.unit) for row in terms],
            "shelf_life_days": [float("nan") if row.shelf_life_days is None else row.shelf_life_days for row in terms],
            "list_price": pd.Series([row.list_price for row in terms], dtype=object),
            "last_day": pd.Series(
                [min(filter(None, (row.delisted_on, closed_on)), default=None) for row in terms], dtype=object
            ),
        }
    )
