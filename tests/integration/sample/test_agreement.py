"""What the tables say of the same thing agrees: orders and sales, lots and inspections, offers and orders under way."""

import re
from collections import Counter
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import Engine, select, union
from sqlalchemy.orm import Session

from data.importers.kinds.name_kinds import ROWS
from data.tables import (
    DailyAvailabilityRow,
    DailySalesRow,
    HandoverRow,
    InspectionRow,
    Language,
    LotRow,
    NameKind,
    NameRow,
    OfferRow,
    OrderLineRow,
    ProductRow,
    PromotionRow,
    PurchaseOrderRow,
    Stage,
    SupplierRow,
    WarehouseRow,
)
from tests.integration.sample.conftest import SMALL, UNTIL

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def session(small_region: Engine):
    with Session(small_region) as session:
        yield session


def test_the_order_lines_of_an_hour_add_up_to_its_sales_exactly(session: Session) -> None:
    ordered: Counter[tuple[str, str, object, int]] = Counter()
    baskets: Counter[tuple[str, str]] = Counter()
    for line in session.scalars(select(OrderLineRow)):
        local = line.ordered_at.astimezone(SHANGHAI)
        ordered[line.warehouse_id, line.product_id, local.date(), local.hour] += line.quantity
        baskets[line.order_id, line.product_id] += 1
    sold: Counter[tuple[str, str, object, int]] = Counter()
    recent = select(DailySalesRow).where(DailySalesRow.date > UNTIL - timedelta(days=14))
    for day in session.scalars(recent):
        for hour, quantity in enumerate(np.frombuffer(day.hourly_sales, "<f4").tolist()):
            if quantity:
                sold[day.warehouse_id, day.product_id, day.date, hour] += Decimal(str(quantity))

    assert len(sold) > 5_000
    assert ordered == sold
    assert max(baskets.values()) == 1, "no order has a product on two lines"


def test_nearly_every_order_is_at_the_door_in_time_once_it_was_made(session: Session) -> None:
    ordered = {(line.warehouse_id, line.order_id): line.ordered_at for line in session.scalars(select(OrderLineRow))}
    done = session.scalars(select(HandoverRow)).all()
    took = [one.delivered_at - ordered[one.warehouse_id, one.order_id] for one in done]

    assert 0.98 < len(done) / len(ordered) < 1
    assert min(took) > timedelta(minutes=12)
    assert np.mean([one <= timedelta(minutes=45) for one in took]) == pytest.approx(0.95, abs=0.02)
    ended = datetime.combine(UNTIL + timedelta(days=1), time(), SHANGHAI)
    assert max(one.delivered_at for one in done) < ended


def test_what_is_known_of_a_day_is_known_when_it_ends(session: Session) -> None:
    for entity in (DailySalesRow, DailyAvailabilityRow):
        for day, known_at in session.execute(select(entity.date, entity.known_at).distinct()):
            local = known_at.astimezone(SHANGHAI)
            assert (local.date(), local.hour) == (day + timedelta(days=1), 0)


def test_lots_hold_what_can_still_be_dispatched(session: Session) -> None:
    lots = session.scalars(select(LotRow)).all()
    life = dict(session.execute(select(ProductRow.product_id, ProductRow.shelf_life_days)).all())
    in_stock_at_midnight = {
        (day.warehouse_id, day.product_id): bool(day.in_stock_hours >> 23 & 1)
        for day in session.scalars(select(DailyAvailabilityRow).where(DailyAvailabilityRow.date == UNTIL))
    }
    left = [lot for lot in lots if lot.quantity_on_hand > 0]
    assert left
    for lot in lots:
        assert 0 <= lot.quantity_on_hand <= lot.quantity_received
        received_on = lot.received_at.astimezone(SHANGHAI).date()
        assert lot.expires_on == received_on + timedelta(days=life[lot.product_id] - 1)
    for lot in left:
        assert lot.expires_on > UNTIL, "what expired on the last evening has been thrown away"
        assert in_stock_at_midnight[lot.warehouse_id, lot.product_id]


def test_receipts_are_inspected_and_lots_hold_what_was_accepted(session: Session) -> None:
    accepted = {
        inspection.lot_id: inspection
        for inspection in session.scalars(select(InspectionRow).where(InspectionRow.stage == Stage.RECEIPT))
    }
    recent = UNTIL - timedelta(days=27)
    for lot in session.scalars(select(LotRow)):
        if lot.received_at.astimezone(SHANGHAI).date() >= recent:
            assert accepted[lot.lot_id].accepted_quantity == lot.quantity_received
            assert accepted[lot.lot_id].supplier_id == lot.supplier_id


def test_three_stages_leave_fewer_and_fewer_defects(session: Session) -> None:
    rejected = {}
    for stage in (Stage.ORIGIN, Stage.RECEIPT, Stage.DISPATCH):
        shares = [
            1 - float(inspection.accepted_quantity / inspection.inspected_quantity)
            for inspection in session.scalars(select(InspectionRow).where(InspectionRow.stage == stage))
        ]
        assert len(shares) > 50
        rejected[stage] = np.mean(shares)
    assert rejected[Stage.ORIGIN] > rejected[Stage.RECEIPT] > rejected[Stage.DISPATCH] > 0


def test_orders_under_way_are_in_whole_packs_from_who_offers_the_product(session: Session) -> None:
    offers = {(offer.supplier_id, offer.product_id): offer for offer in session.scalars(select(OfferRow))}
    orders = session.scalars(select(PurchaseOrderRow)).all()
    assert {order.delivery_date for order in orders} >= {UNTIL + timedelta(days=1)}
    bought: Counter[str] = Counter()
    for order in orders:
        assert order.closed_at is None
        for line in order.lines:
            offer = offers[order.supplier_id, line.product_id]
            assert line.quantity % offer.pack_size == 0
            assert line.quantity >= min(offer.min_quantity, offer.pack_size)
            assert str(order.delivery_date.isoweekday()) in offer.delivery_weekdays.split(",")
            bought[offer.offer_id] += line.quantity
    capacity = {offer.offer_id: offer.daily_capacity for offer in offers.values()}
    assert all(quantity <= 2 * capacity[offer_id] for offer_id, quantity in bought.items())


def test_every_product_has_one_to_three_offers_cheaper_in_larger_quantities(session: Session) -> None:
    offered = Counter(offer.product_id for offer in session.scalars(select(OfferRow)))
    prices = dict(session.execute(select(ProductRow.product_id, ProductRow.list_price)).all())
    suppliers = set(session.scalars(select(SupplierRow.supplier_id)))
    assert offered.keys() == prices.keys()
    assert set(offered.values()) <= {1, 2, 3}
    for offer in session.scalars(select(OfferRow)):
        costs = [tier.unit_price for tier in offer.tiers]
        assert costs == sorted(costs, reverse=True)
        assert 0.75 < float(costs[0]) * 1.63 / float(prices[offer.product_id]) < 1.3
        suppliers.discard(offer.supplier_id)
    assert not suppliers, "a supplier without an offer"


def test_promotions_are_known_ahead_and_reach_past_the_last_day(session: Session) -> None:
    runs = session.scalars(select(PromotionRow)).all()
    for run in runs:
        assert run.known_at.astimezone(SHANGHAI).date() <= min(run.starts_on - timedelta(days=2), UNTIL)
        assert run.starts_on <= run.ends_on
        assert 0.5 < run.discount < 1
    assert any(run.starts_on > UNTIL for run in runs)
    assert SMALL["until"] == UNTIL


def test_all_that_is_named_has_a_chinese_name_and_no_two_of_a_kind_the_same(session: Session) -> None:
    named = {kind: select(getattr(row, row.ID)) for kind, row in ROWS.items()}
    named[NameKind.CATEGORIES] = select(ProductRow.category)
    named[NameKind.SUBCATEGORIES] = select(ProductRow.subcategory)
    named[NameKind.CITIES] = union(select(WarehouseRow.city), select(SupplierRow.city))
    for kind in NameKind:
        rows = session.scalars(select(NameRow).where(NameRow.kind == kind)).all()
        assert {row.id for row in rows} == set(session.scalars(named[kind]))
        assert {row.language for row in rows} == {Language.ZH}
        assert [row.name for row in rows if re.search(r"[A-Za-z]{3}", row.name)] == []
        if kind not in (NameKind.ZONES, NameKind.SENSORS, NameKind.ACTUATORS):  # of which each warehouse has its own
            assert len({row.name for row in rows}) == len(rows)
