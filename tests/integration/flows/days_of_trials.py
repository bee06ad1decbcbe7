"""Days of two warehouses for a trial of another floor, and the trial begun on them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import Engine

from data.database import reading, writing
from data.frames.worth.sums import OF_PRODUCTS, OF_WAREHOUSES
from data.tables import TrialRow, WarehouseDayRow
from flows.reports.trials.starting import NewTrial, start_trial
from tests.integration.flows.conftest import NOW, TODAY, open_shop
from warehouse.worth.measures import Measures
from warehouse.worth.trials.design import Arm, Design

HISTORY = 84
ASKED = NewTrial("a floor", terms={"fill_rate_floor": 0.99}, seed=4)
NEXT_DAY = NOW + timedelta(days=1)
Rate = Callable[[str, date], float]


def add_up(engine: Engine, first: date, last: date, rate: Rate | None = None, only: str = "") -> None:
    """Keeps days on which 1,000 could be earned and a share of it was, with a little noise; in both warehouses, or in
    one."""
    nothing = dict.fromkeys((*OF_PRODUCTS, *OF_WAREHOUSES), 0.0)
    with writing(engine) as session:
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            for number, name in enumerate(("W1", "W2")):
                if only not in ("", name):
                    continue
                noise = np.random.default_rng([day.toordinal(), number]).normal(0, 0.01)
                share = (0.7 + 0.05 * number) * (1 + noise) * (1 if rate is None else rate(name, day))
                worth = Measures(days=1, known_days=1, demand=100, met=100 * share, wanted_money=1000,
                                 short_money=1000 * (1 - share))  # fmt: skip
                session.add(WarehouseDayRow(date=day, warehouse_id=name, read_at=NOW, **(nothing | vars(worth))))


def open_shop_with_days(engine: Engine) -> None:
    """The shop with the days that a trial is planned from."""
    open_shop(engine)
    add_up(engine, TODAY - timedelta(days=HISTORY), TODAY - timedelta(days=1))


def begun(engine: Engine, asked: NewTrial = ASKED, now: datetime = NOW) -> TrialRow:
    trial_id = start_trial(engine, asked, now, "ann")
    with reading(engine) as session:
        return session.get_one(TrialRow, trial_id)


def in_arm(design: Design, better: float) -> Rate:
    return lambda name, day: 1 + better * (design.arm(name, day) is Arm.CHALLENGER)
