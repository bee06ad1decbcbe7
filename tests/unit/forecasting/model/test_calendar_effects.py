"""What a shop's years and events teach, and what is made of it for the days ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.explaining.contributions import SHARES, contributions
from forecasting.features.panel import Panel
from forecasting.known.frames import EVENT_COLUMNS, QUANTILE_COLUMNS, KnownAtOrigin, SalesHistory, end_of_day
from forecasting.model.calendar_effects import CalendarEffects, adjusted, learned_effects
from forecasting.model.region_model import RegionModel, train_region_model
from forecasting.model.warehouse_model import WarehouseModel, forecast_origins

ZONE = "Europe/Berlin"
FIRST = pd.Timestamp("2023-01-01")
Rows = Sequence[tuple[str, str, str, str, bool, str]]  # name, kind, first and last day, closed, known on
FAIRS: Rows = (
    ("Fair", "fair", "2023-06-17", "2023-06-25", False, "2023-05-01"),
    ("Fair", "fair", "2024-06-22", "2024-06-30", False, "2024-05-01"),
    ("Fair", "fair", "2025-06-21", "2025-06-29", False, "2025-06-10"),
)
CLOSED: Rows = (("Stocktaking", "closed", "2025-06-24", "2025-06-24", True, "2025-06-15"),)


def shop(last: str, rows: Rows = (*FAIRS, *CLOSED), first: pd.Timestamp = FIRST) -> KnownAtOrigin:
    """Two products of a shop in Kiel: more on Saturdays, in summer and by half during the fair; New Year's Eve sells
    three times as much, and on New Year's Day and the stocktaking nothing is sold."""
    days = pd.date_range(first, last)
    random = np.random.default_rng(1)
    fair = np.zeros(len(days), dtype=bool)
    for name, _, start, end, *_ in rows:
        if name == "Fair":
            fair |= (days >= start) & (days <= end)
    turn = 2 * np.pi * days.day_of_year / 365.25
    eve = (days.month == 12) & (days.day == 31)
    factor = np.where(days.day_of_week == 5, 1.4, 1.0) * np.exp(-0.4 * np.cos(turn)) * np.where(fair, 1.5, 1.0)
    factor = factor * np.where(eve, 3.0, 1.0)
    open_ = ~((days.month == 1) & (days.day == 1)) & (days != "2025-06-24")
    parts = []
    for product, level in (("bread", 80.0), ("rolls", 30.0)):
        sold = random.poisson(level * factor).astype(float)
        parts.append(pd.DataFrame({"product_id": product, "date": days, "sales": sold})[open_])
    sales = pd.concat(parts, ignore_index=True).assign(warehouse_id="kiel")
    sales["known_at"] = (sales["date"] + pd.Timedelta(days=1)).dt.tz_localize(ZONE).dt.tz_convert("UTC")
    plans = {"warehouse_id": "str", "product_id": "str", "date": "datetime64[ns]", "discount": float, "promoted": bool}
    weather = dict.fromkeys(("temperature_c", "precipitation_mm", "humidity_pct", "wind_speed"), float)
    moment = "datetime64[ns, UTC]"
    nothing = {name: pd.Series([], dtype=kind) for name, kind in plans.items()}
    no_weather = {name: pd.Series([], dtype=kind) for name, kind in weather.items()}
    events = pd.DataFrame(rows, columns=["name", "kind", "first_day", "last_day", "closed", "known_at"])
    events["event_id"] = events["name"] + events["first_day"]
    for name in ("first_day", "last_day"):
        events[name] = pd.to_datetime(events[name])
    events["known_at"] = pd.to_datetime(events["known_at"]).dt.tz_localize("UTC")
    return KnownAtOrigin.at(
        end_of_day(pd.Timestamp(last), ZONE),
        history=SalesHistory.of_days(sales),
        promotions=pd.DataFrame(nothing | {"known_at": pd.Series([], dtype=moment)}),
        weather=pd.DataFrame(
            {name: nothing[name] for name in ("warehouse_id", "date")} | no_weather
            | {"issued_at": pd.Series([], dtype=moment), "observed": pd.Series([], dtype=bool)}
        ),
        products=pd.DataFrame(
            {"product_id": ["bread", "rolls"], "category": "bakery", "subcategory": None, "unit": "piece",
             "introduced": pd.NaT}
        ).astype({"introduced": "datetime64[ns]"}),
        warehouses=pd.DataFrame(
            {"warehouse_id": ["kiel"], "city": ["Kiel"], "country": ["DE"], "subdivision": ["SH"]}
        ),
        zone=ZONE,
        events=events.assign(warehouse_id=None, city="Kiel", cancelled=False)[list(EVENT_COLUMNS)],
    )  # fmt: skip


def panel_of_days(known: KnownAtOrigin) -> Panel:
    return Panel.of(known, HourlyProfiles.learn(known.history, known.products))


@pytest.fixture(scope="module")
def before_the_fair() -> tuple[KnownAtOrigin, RegionModel]:
    known = shop("2025-06-20")
    return known, train_region_model(known)


def forecast(known: KnownAtOrigin, model: RegionModel, day: str) -> pd.DataFrame:
    ahead = (pd.Timestamp(day) - known.origin_day).days
    return WarehouseModel("kiel", model).forecast(known, [ahead]).set_index("product_id")


def test_a_fair_is_forecast_from_the_years_before(before_the_fair: tuple[KnownAtOrigin, RegionModel]) -> None:
    known, model = before_the_fair
    without = replace(known, events=known.events[known.events["known_at"] < "2025-06-01"])
    ratio = forecast(known, model, "2025-06-25")["mean"] / forecast(without, model, "2025-06-25")["mean"]
    assert ratio.between(1.35, 1.65).all(), "it was half as much again"


def test_a_fair_that_nobody_had_planned_yet_is_not_forecast(before_the_fair: tuple[KnownAtOrigin, RegionModel]) -> None:
    known, model = before_the_fair
    early = known.at_end_of(pd.Timestamp("2025-06-08"))
    without = replace(early, events=early.events[early.events["first_day"] < "2025-01-01"])
    pd.testing.assert_frame_equal(forecast(early, model, "2025-06-21"), forecast(without, model, "2025-06-21"))


def test_an_earlier_origin_sees_no_fair_that_was_planned_after_it(
    before_the_fair: tuple[KnownAtOrigin, RegionModel],
) -> None:
    """Replayed from later knowledge as it was forecast then."""
    known, model = before_the_fair
    own = {"kiel": WarehouseModel("kiel", model)}
    eve, ahead = pd.Timestamp("2025-06-08"), [12, 13]
    then = forecast_origins(known.at_end_of(eve), own, model, [eve], ahead)
    replayed = forecast_origins(known, own, model, [eve], ahead)
    pd.testing.assert_frame_equal(replayed, then)


def test_nothing_is_forecast_for_a_closed_day(before_the_fair: tuple[KnownAtOrigin, RegionModel]) -> None:
    known, model = before_the_fair
    closed = forecast(known, model, "2025-06-24")[[*QUANTILE_COLUMNS, "mean"]]
    assert (closed.to_numpy() == 0).all()
    assert (forecast(known, model, "2025-06-23")["q05"] > 0).all()


def test_a_closed_day_teaches_nothing(before_the_fair: tuple[KnownAtOrigin, RegionModel]) -> None:
    """Whether its rows are missing or say 0 makes no difference."""
    known = shop("2025-06-26")
    days = known.history.days
    zero = days[days["date"] == "2025-06-23"].assign(
        date=pd.Timestamp("2025-06-24"), sales=0.0, known_at=end_of_day(pd.Timestamp("2025-06-24"), ZONE)
    )
    told = replace(known, history=SalesHistory.of_days(pd.concat([days, zero], ignore_index=True)))
    _, model = before_the_fair
    columns = [*QUANTILE_COLUMNS, "mean"]
    missing, zeros = (forecast(of, model, "2025-06-28")[columns] for of in (known, told))
    pd.testing.assert_frame_equal(missing, zeros, rtol=1e-6)


def test_explanations_have_the_share_of_the_event_and_none_on_a_closed_day(
    before_the_fair: tuple[KnownAtOrigin, RegionModel],
) -> None:
    known, model = before_the_fair
    own = {"kiel": WarehouseModel("kiel", model)}
    days = range(1, 6)
    every = own["kiel"].forecast(known, days)
    explained = contributions(own, known, every, days).set_index(["date", "product_id"])
    np.testing.assert_allclose(explained[list(SHARES)].sum(axis=1), explained["mean"], rtol=1e-5, atol=1e-6)
    fair = explained.loc[(pd.Timestamp("2025-06-22"), "bread")]
    assert fair["event"] == pytest.approx(fair["mean"] * (1 - 1 / 1.5), rel=0.25)
    assert fair["season"] > 0, "more is sold in summer"
    shut = explained.loc[(pd.Timestamp("2025-06-24"), "bread")]
    assert (shut[list(SHARES)] == 0).all()


def test_the_first_of_january_is_not_forecast_from_new_year_s_eve() -> None:
    """The shop has been closed on every New Year's Day, which nobody told; and the day after is as others are."""
    known = shop("2025-12-31")
    model = train_region_model(known)
    assert (forecast(known, model, "2026-01-01")["mean"] == 0).all()
    usual = (
        known.history.days.query("date > '2025-12-07' and date < '2025-12-24'").groupby("product_id")["sales"].mean()
    )
    second = forecast(known, model, "2026-01-02")["mean"] / usual
    assert second.between(0.75, 1.25).all()


def test_the_season_is_learned_where_there_are_years_and_nothing_where_there_are_none() -> None:
    years, weeks = (
        panel_of_days(shop("2025-05-31", ())),
        panel_of_days(shop("2025-05-31", (), pd.Timestamp("2025-01-01"))),
    )
    effects = learned_effects(years, years.last + 1)
    assert effects is not None
    factors = np.exp(effects.log_factors(years))
    july, january = (years.index(pd.Timestamp(day)) for day in ("2024-07-10", "2024-01-10"))
    assert (factors[:, july] / factors[:, january]) == pytest.approx(np.exp(0.8), rel=0.15)
    assert learned_effects(weeks, weeks.last + 1) is None
    assert adjusted(weeks, None) is weeks


def test_events_are_learned_without_years_too() -> None:
    panel = panel_of_days(shop("2025-08-01", FAIRS, pd.Timestamp("2025-01-01")))
    effects = learned_effects(panel, panel.last + 1)
    assert effects is not None
    factors = np.exp(effects.log_factors(panel))
    inside, outside = (panel.index(pd.Timestamp(day)) for day in ("2025-06-25", "2025-05-20"))
    assert (factors[:, outside] == 1).all(), "neither weekday nor season is told from half a year"
    np.testing.assert_allclose(factors[:, inside], np.sqrt(1.5), rtol=0.06)  # half of an effect that was seen once


def test_what_was_learned_is_kept_to_the_last_digit(before_the_fair: tuple[KnownAtOrigin, RegionModel]) -> None:
    known, model = before_the_fair
    kept = RegionModel.from_bytes(model.to_bytes())
    pd.testing.assert_frame_equal(forecast(known, model, "2025-06-25"), forecast(known, kept, "2025-06-25"))
    assert isinstance(kept.effects, CalendarEffects)
