"""Days played by one buyer through the real steps: every night sales are booked and stock is counted, models trained
once a week, forecasts made, a plan made, approved and sent; in the morning its deliveries come, then customers do.

The database holds nothing of a day before its midnight has passed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, Table, select, update

from data.bulk import write_rows
from data.database import reading, writing
from data.local_days import moment_there, start_of_day
from data.tables import ForecastRow, OfferRow, PlanLineRow
from flows.demand.forecasts import forecast_warehouses
from flows.demand.models.promoting import promote_or_reject
from flows.demand.models.training import train_region_model, train_warehouses
from flows.errors import NotNow
from flows.ordering.marking_sent import mark_sent
from flows.ordering.placing import place_purchase_orders
from flows.purchasing.deciding.approving import approve_plan
from flows.purchasing.planning.foresight import Foresight
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from flows.simulating.buyers import MARGINAL, Buyer, Truth
from flows.simulating.door import Door
from flows.simulating.shelves import BY, Shelves
from flows.simulating.textbook_orders import textbook_orders
from flows.simulating.truth import as_forecasts, drawn_from
from flows.simulating.worlds import PlayableWorld
from forecasting.known.frames import QUANTILE_COLUMNS
from warehouse.purchasing.plan import PlanReason
from warehouse.purchasing.simulation.deliveries import Deliveries
from warehouse.purchasing.simulation.played import Played

Floats = NDArray[np.float64]
Draws = NDArray[np.float64]

PLANNED_AT: Final = time(0, 15)  # as the schedule has it
TRAINED_EVERY: Final = 7  # days
HORIZON_DAYS: Final = 14
SEEN_DAYS: Final = 28  # of sales that a buyer by hand looks at
FORECASTS = cast(Table, ForecastRow.__table__)


@dataclass
class Play:
    """A buyer's days against a scratch database that holds the world's past and models trained on it."""

    engine: Engine
    world: PlayableWorld
    buyer: Buyer

    @cached_property
    def deliveries(self) -> Deliveries:
        """What becomes of this buyer's orders."""
        deliveries = self.world.world.deliveries
        return deliveries.reliable() if Truth.DELIVERIES in self.buyer.told else deliveries

    def days(self, told: Callable[[int], None]) -> Played:
        """Plays all days; `told` hears how many are over."""
        world = replace(self.world.world, deliveries=self.deliveries)
        played = Played.nothing_yet(self.buyer.policy, world.days, len(world.warehouse_ids), len(world.goods))
        self._change_terms()
        with reading(self.engine) as session:
            shelves = Shelves.kept(session, world, played)
        door = Door(shelves, self.world.timezone)
        for day in range(len(world.days)):
            self._night(shelves, day)
            door.take_in(self.engine, day)
            shelves.sell(day, self.world.introduced(day))
            told(day + 1)
        self._keep_what_was_promised(played)
        return played

    def _keep_what_was_promised(self, played: Played) -> None:
        """What the plans expected, on the first day that each line covers. A line that could wait was planned again;
        what stays short of a delivery that some were asked for ahead is told by a later plan."""
        if self.buyer.rule != MARGINAL:
            played.promised_short[:] = played.promised_waste[:] = np.nan
            return
        world = self.world.world
        days = {day: at for at, day in enumerate(world.days)}
        warehouses = {name: at for at, name in enumerate(world.warehouse_ids)}
        products = {goods.product_id: at for at, goods in enumerate(world.goods)}
        line = PlanLineRow
        expected = line.expected_shortage, line.expected_waste
        query = select(line.covers_from, line.warehouse_id, line.product_id, *expected, line.reasons)
        with reading(self.engine) as session:
            for day, warehouse, product, short, waste, reasons in session.execute(query):
                codes = {reason["code"] for reason in reasons}
                if day in days and PlanReason.CAN_WAIT not in codes:
                    cell = days[day], warehouses[warehouse], products[product]
                    played.promised_short[cell] += 0.0 if PlanReason.ASKED_AHEAD in codes else short
                    played.promised_waste[cell] += waste

    def _night(self, shelves: Shelves, day: int) -> None:
        """What is done between midnight and morning."""
        today = self.world.world.days[day]
        zone = self.world.timezone
        midnight, now = start_of_day(today, zone), moment_there(today, PLANNED_AT, zone)
        if day > 0:
            with writing(self.engine) as session:
                self.world.write_news(session.connection(), midnight - timedelta(days=1), midnight)
                shelves.close(session, day - 1, midnight)
        draws = self._told_of_demand(day)
        if draws is not None:
            self._keep_as_forecasts(draws, day, now)
        elif self.buyer.needs_forecasts:
            self._forecast(day, now)
        if self.buyer.rule == MARGINAL:
            self._order_by_plan(day, now, draws)
        else:
            self._order_by_hand(shelves.played, day, now)

    def _told_of_demand(self, day: int) -> Draws | None:
        """What the buyer is told of demand from a day on; None: nothing."""
        if Truth.DEMAND in self.buyer.told:
            return self.world.come_true(day)
        return self.world.distribution(day) if Truth.FORECAST in self.buyer.told else None

    def _keep_as_forecasts(self, draws: Draws, day: int, now: datetime) -> None:
        frame = as_forecasts(draws, self.world.world, day, self.world.introduced(day + 1))
        names = ["warehouse_id", "product_id", "date", "origin", *QUANTILE_COLUMNS, "mean", "model"]
        frame["date"] = frame["date"].dt.date
        frame = frame.assign(origin=now, model="truth")[names]
        with writing(self.engine) as session:
            rows = zip(*(frame[name].tolist() for name in names), strict=True)
            rows_at = ((*row[:3], now, *row[4:]) for row in rows)
            write_rows(session.connection(), FORECASTS, names, rows_at, "fail")

    def _forecast(self, day: int, now: datetime) -> None:
        """Forecasts, with models trained anew once a week; those of the first day are there already."""
        names = self.world.world.warehouse_ids
        if day > 0 and day % TRAINED_EVERY == 0:
            train(self.engine, names, now)
        forecast_warehouses(self.engine, names, now, now, HORIZON_DAYS)

    def _order_by_plan(self, day: int, now: datetime, draws: Draws | None) -> None:
        world, told = self.world.world, self.buyer.told
        foresight = Foresight(
            draw=None if draws is None else drawn_from(draws, world),
            yields=self.deliveries.yields(day, world.days[day]) if Truth.YIELD in told else None,
        )
        settings = self.buyer.settings
        try:
            plan_id = make_purchase_plan(self.engine, world.warehouse_ids, now, BY, settings, foresight=foresight)
        except NotNow:  # nobody can be planned for
            return
        orders = approve_plan(self.engine, plan_id, now, BY, settings)
        with writing(self.engine) as session:
            for order in orders:
                mark_sent(session, order.purchase_order_id, now, BY)

    def _order_by_hand(self, played: Played, day: int, now: datetime) -> None:
        world = self.world.world
        sold = self._sold_until(played, day)
        with reading(self.engine) as session:
            lines = textbook_orders(session, world.warehouse_ids, now, self.buyer, sold)
        with writing(self.engine) as session:
            for order in place_purchase_orders(session, lines, now, BY):
                mark_sent(session, order.purchase_order_id, now, BY)

    def _sold_until(self, played: Played, day: int) -> Mapping[tuple[str, str], Floats]:
        """By warehouse and product, what was sold by day on the four weeks before a day played."""
        world = self.world.world
        sold = np.concatenate([self.world.sold_before(SEEN_DAYS), played.sold[:day]])[-SEEN_DAYS:]
        return {
            (name, goods.product_id): sold[:, warehouse, product]
            for warehouse, name in enumerate(world.warehouse_ids)
            for product, goods in enumerate(world.goods)
        }

    def _change_terms(self) -> None:
        """Offers as they would be without packs and minimums, or without a day of lead time."""
        with writing(self.engine) as session:
            if Truth.PACKS in self.buyer.told:
                for goods in self.world.world.goods:
                    terms = {"pack_size": goods.portion, "min_quantity": Decimal(0)}
                    session.execute(update(OfferRow).where(OfferRow.product_id == goods.product_id).values(terms))
            if Truth.LEAD in self.buyer.told:
                a_day_less = OfferRow.lead_time_days - 1
                session.execute(update(OfferRow).values(lead_time_days=a_day_less, order_cut_off="01:00"))


def train(engine: Engine, warehouse_ids: Sequence[str], now: datetime) -> None:
    """Trains the models of a region and its warehouses, and lets them serve if they are not worse."""
    region_model_id = train_region_model(engine, now, now, warehouse_ids)
    train_warehouses(engine, warehouse_ids, region_model_id, now)
    promote_or_reject(engine, region_model_id, now)
