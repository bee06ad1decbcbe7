"""The needs of a warehouse, each product's for its own delivery, worked out for what it has and expects: for the plan,
and again for what it would have if something were carried or its stock had not aged."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from sqlalchemy.orm import Session

from data.frames.found_by_forecasts import bulk_orders
from data.frames.product_ranges import last_days_of, ranges_of
from data.frames.purchase_terms import product_terms
from data.local_days import today_there
from data.tables import BulkOrderRow, WarehouseRow
from flows.purchasing.notes.bulk_orders import with_bulk_order
from flows.purchasing.notes.no_longer_sold import asked_about, questions_of
from flows.purchasing.planning.purchase_terms import PurchaseTerms
from warehouse.purchasing.need.needs import Need, WarehouseOutlook, estimate_needs
from warehouse.purchasing.need.scenarios import DrawDemand, drawn_once
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.suppliers.delivery import NextDelivery, later_deliveries, next_delivery_of
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.reasons import Reason

if TYPE_CHECKING:
    import pandas as pd

FARTHEST_DELIVERY_DAYS: Final = 14  # as far as forecasts reach


@dataclass(frozen=True, eq=False)
class NeedsOfWarehouse:
    """What is known of a warehouse besides its outlook; called with one, the needs of its products with the offers that
    they can be met by, for the delivery `asked_for` or each for the one that must be ordered now."""

    session: Session
    place: WarehouseRow
    order_date: date
    terms: PurchaseTerms
    draw: DrawDemand
    settings: PlanSettings
    asked_for: date | None
    questions: Mapping[str, Reason]
    latest_bulk: Mapping[str, BulkOrderRow]
    last_days: Mapping[str, date]
    _products: dict[tuple[str, ...], "pd.DataFrame"] = field(default_factory=dict)

    @classmethod
    def known_at(
        cls,
        session: Session,
        place: WarehouseRow,
        origin: datetime,
        now: datetime,
        terms: PurchaseTerms,
        draw: DrawDemand,
        settings: PlanSettings,
        asked_for: date | None,
    ) -> Self:
        """As of a moment, by the forecasts of an origin."""
        return cls(
            session=session,
            place=place,
            order_date=today_there(now, place.timezone),
            terms=terms.seen_from(now, place.timezone),
            draw=draw,
            settings=settings,
            asked_for=asked_for,
            questions=questions_of(session, place, origin, now),
            latest_bulk={row.product_id: row for row in bulk_orders(session, place.warehouse_id, origin)},
            last_days=last_days_of(ranges_of(session, place.warehouse_id, now)),
        )

    def __call__(self, outlook: WarehouseOutlook) -> list[tuple[Need, Supply]]:
        """In the order of the products' ids."""
        return self._asked(outlook, self._by_delivery(outlook))

    def of_later_deliveries(self, outlook: WarehouseOutlook) -> list[tuple[Need, Supply]]:
        """The same for the deliveries after the next one for which some suppliers must be asked now."""
        found: defaultdict[date, dict[str, date | None]] = defaultdict(dict)
        for product_id in outlook.products_from(self.order_date):
            for day in later_deliveries(self.terms.offers.get(product_id, ()), self.order_date):
                if day <= self._farthest:
                    found[day][product_id] = None
        return self._asked(outlook, _still_wanted(outlook, found))

    def _asked(
        self, outlook: WarehouseOutlook, by_delivery: Mapping[date, Mapping[str, date | None]]
    ) -> list[tuple[Need, Supply]]:
        asked = []
        for delivery_date, products in by_delivery.items():
            estimated = estimate_needs(
                outlook,
                self._terms_of(tuple(sorted(products))),
                [offer for product_id in products for offer in self.terms.offers.get(product_id, ())],
                order_date=self.order_date,
                delivery_date=delivery_date,
                draw=self.draw,
                settings=self.settings,
            )
            for need in asked_about(estimated, self.questions):
                supply = self.terms.supply_of(need, self.order_date, products[need.product_id], self.place.currency)
                asked.append((with_bulk_order(need, self.latest_bulk), supply))
        return sorted(asked, key=lambda of_product: of_product[0].product_id)

    def often(self) -> "NeedsOfWarehouse":
        """The same for who asks again and again about a few products: their demand is drawn once, and kept."""
        return replace(self, draw=drawn_once(self.draw))

    def _terms_of(self, product_ids: tuple[str, ...]) -> "pd.DataFrame":
        if product_ids not in self._products:
            self._products[product_ids] = product_terms(self.session, product_ids, self.place.closed_on, self.last_days)
        return self._products[product_ids]

    def _by_delivery(self, outlook: WarehouseOutlook) -> dict[date, dict[str, date | None]]:
        """The products that are looked at, by the delivery that is planned for them, each with the day up to which its
        order can wait (None: it must be placed now). What nobody delivers is looked at for tomorrow."""
        if self.asked_for is not None:
            return {self.asked_for: dict.fromkeys(outlook.products_from(self.asked_for))}
        found: defaultdict[date, dict[str, date | None]] = defaultdict(dict)
        for product_id in outlook.products_from(self.order_date):
            delivery = next_delivery_of(self.terms.offers.get(product_id, ()), self.order_date)
            day, wait = self._delivery_of(delivery)
            found[day][product_id] = wait
        return _still_wanted(outlook, found)

    def _delivery_of(self, delivery: NextDelivery | None) -> tuple[date, date | None]:
        if delivery is None or delivery.day > self._farthest:
            return self.order_date + timedelta(days=1), None
        return delivery.day, delivery.order_until if delivery.can_wait else None

    @property
    def _farthest(self) -> date:
        return self.order_date + timedelta(days=FARTHEST_DELIVERY_DAYS)


def _still_wanted(
    outlook: WarehouseOutlook, by_delivery: Mapping[date, Mapping[str, date | None]]
) -> dict[date, dict[str, date | None]]:
    """Those that are forecast, or ordered ahead, from their delivery on; the earliest delivery first."""
    return {
        day: {name: products[name] for name in outlook.products_from(day) if name in products}
        for day, products in sorted(by_delivery.items())
    }
