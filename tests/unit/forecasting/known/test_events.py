"""Events are seen from an origin as they were known then, in the warehouses that they are about."""

import numpy as np
import pandas as pd

from forecasting.known.events import Events

FIRST = pd.Timestamp("2026-03-01")
WAREHOUSES, CITIES = ["w1", "w2", "w3"], ["Kiel", "Kiel", "Lübeck"]


def events(*rows: dict[str, object]) -> Events:
    usual = {"event_id": "e", "name": "Fair", "kind": "fair", "first_day": 20, "last_day": 22, "warehouse_id": None,
             "city": None, "closed": False, "cancelled": False, "known": 10}  # fmt: skip
    frame = pd.DataFrame([usual | row for row in rows])
    for name in ("first_day", "last_day"):
        frame[name] = FIRST + pd.to_timedelta(frame[name], unit="D")
    known = frame.pop("known").to_numpy(dtype=np.int16)
    moment = (FIRST + pd.to_timedelta(known, unit="D")).tz_localize("UTC")
    return Events.of(frame.assign(known_at=moment), known, FIRST, WAREHOUSES, CITIES)


def test_an_event_is_not_seen_before_it_was_planned() -> None:
    fair = events({})
    assert [bool(fair.known_at(origin)[0]) for origin in (9, 10, 30)] == [False, True, True]
    assert fair.on(np.array([19, 20, 22, 23])).tolist() == [[False, True, True, False]]


def test_an_event_that_moves_is_where_it_was_known_to_be() -> None:
    moved = events({"first_day": 25, "last_day": 26, "known": 15}, {})

    def days_at(origin: int) -> list[int]:
        on = moved.on(np.arange(40)) & moved.known_at(origin)[:, None]
        return [int(day) for day in np.flatnonzero(on.any(axis=0))]

    assert days_at(14) == [20, 21, 22]
    assert days_at(15) == [25, 26]


def test_an_event_that_is_cancelled_takes_place_no_more() -> None:
    cancelled = events({}, {"cancelled": True, "known": 18})
    assert cancelled.known_at(17).any()
    assert not cancelled.known_at(18).any()


def test_an_event_is_in_one_warehouse_in_a_city_or_everywhere() -> None:
    here = events({"event_id": "a", "warehouse_id": "w2"}, {"event_id": "b", "city": "Kiel"}, {"event_id": "c"}).here
    assert here.tolist() == [[False, True, False], [True, True, False], [True, True, True]]


def test_a_warehouse_is_closed_on_the_days_told_once_that_is_known() -> None:
    shut = events({"closed": True, "city": "Lübeck"})
    assert shut.closed_on(10, 21).tolist() == [False, False, True]
    assert not shut.closed_on(9, 21).any()
    assert not shut.closed_on(10, 23).any()
    assert not events({"city": "Lübeck"}).closed_on(10, 21).any()
