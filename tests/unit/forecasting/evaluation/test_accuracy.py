"""Scores by group with their intervals, against the definition written out slowly and on its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.evaluation.accuracy import KINDS, Accuracy, accuracy, joined
from forecasting.evaluation.figures import FIGURES, covered, pinball_loss
from forecasting.evaluation.resampling import interval
from forecasting.evaluation.scored_days import left_out, observed_days
from forecasting.known.frames import QUANTILE_COLUMNS, KnownAtOrigin, SalesHistory, end_of_day
from tests.unit.forecasting.plain_scores import wape, wpe

START = pd.Timestamp("2026-05-01")
DAYS = 6
KEYS = ["warehouse_id", "product_id", "date"]


def test_the_pinball_loss_charges_a_high_quantile_more_for_being_low() -> None:
    assert pinball_loss(10, [8, 12], 0.9).tolist() == pytest.approx([1.8, 0.2])
    assert pinball_loss([[10.0]], [[8, 12]], [0.5, 0.1]).tolist() == [pytest.approx([1.0, 1.8])]


def test_demand_at_a_quantile_is_covered_by_it() -> None:
    assert covered([1, 2, 3, 4], [1, 1, 3, 5]).tolist() == [True, False, True, True]


def region(seed: int = 3, days: int = DAYS, before: int = 20) -> KnownAtOrigin:
    """Three warehouses with four products each, of which some hours ran out and some were never watched."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range(START - pd.Timedelta(days=before), periods=before + days)
    w, p, d = np.meshgrid(["w0", "w1", "w2"], ["p0", "p1", "p2", "p3"], np.arange(len(dates)), indexing="ij")
    frame = pd.DataFrame({"warehouse_id": w.ravel(), "product_id": p.ravel(), "date": dates[d.ravel()]})
    level = frame["product_id"].map({"p0": 0.3, "p1": 0.8, "p2": 2.0, "p3": 5.0})
    frame["sales"] = rng.poisson(level * 10) / 10
    frame["known_at"] = (frame["date"] + pd.Timedelta(days=1)).dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")
    in_stock = np.ones((len(frame), 24), dtype=np.int8)
    gone = rng.random(len(frame)) < 0.3
    in_stock[gone, rng.integers(6, 22, gone.sum())] = 0
    in_stock[rng.random(len(frame)) < 0.1] = -1
    in_stock[:, [0, 5, 22, 23]] = 0  # closed: no matter
    hourly = np.zeros((len(frame), 24), dtype=np.float32)
    promotions = frame[rng.random(len(frame)) < 0.4][[*KEYS, "known_at"]].assign(discount=0.8, promoted=True)
    promotions["promoted"] = rng.random(len(promotions)) < 0.7
    return KnownAtOrigin.at(
        end_of_day(dates[-1], "Asia/Shanghai"),
        history=SalesHistory(frame, hourly, in_stock),
        promotions=promotions,
        weather=pd.DataFrame(
            {
                "warehouse_id": pd.Series(dtype="str"),
                "date": pd.Series(dtype="datetime64[us]"),
                **{n: pd.Series(dtype=float) for n in ("temperature_c", "precipitation_mm", "humidity_pct")},
                "wind_speed": pd.Series(dtype=float),
                "issued_at": pd.Series(dtype="datetime64[us, UTC]"),
                "observed": pd.Series(dtype=bool),
            }
        ),
        products=pd.DataFrame(
            {
                "product_id": ["p0", "p1", "p2", "p3"],
                "category": ["leaf", "leaf", "fruit", "fruit"],
                "subcategory": None,
                "unit": "kg",
                "introduced": pd.Series([pd.NaT] * 4, dtype="datetime64[us]"),
            }
        ),
        warehouses=pd.DataFrame({"warehouse_id": ["w0", "w1", "w2"], "city": ["n", "n", "s"]}),
        zone="Asia/Shanghai",
    )


def forecasts(observed: pd.DataFrame, seed: int = 4, horizon: int = 1, missing: float = 0.05) -> pd.DataFrame:
    """Made-up forecasts of the observed days, of which some are missing."""
    rng = np.random.default_rng(seed)
    frame = observed.loc[rng.random(len(observed)) >= missing, KEYS].reset_index(drop=True)
    frame["origin"] = frame["date"] - pd.Timedelta(days=horizon)
    frame[list(QUANTILE_COLUMNS)] = np.sort(rng.gamma(2, 1, (len(frame), 7)), axis=1).astype(np.float32)
    frame["mean"] = frame["q50"] * 1.1
    frame["model"] = np.where(rng.random(len(frame)) < 0.8, "lightgbm", "exponential_smoothing")
    return frame


@pytest.fixture(scope="module")
def observed() -> pd.DataFrame:
    return observed_days(region(), START, START + pd.Timedelta(days=DAYS - 1))


@pytest.fixture(scope="module")
def scored(observed: pd.DataFrame) -> Accuracy:
    return accuracy(observed, {"ours": forecasts(observed), "theirs": forecasts(observed, seed=9)}, 1, resamples=200)


def of(found: Accuracy, kind: str, group: str, method: str = "ours") -> pd.Series:
    frame = found.scores
    chosen = frame[(frame["kind"] == kind) & (frame["group"] == group) & (frame["method"] == method)]
    assert len(chosen) == 1
    return chosen.iloc[0]


def slowly(known: KnownAtOrigin, forecast: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Every scored row, one at a time, by the words of the definition."""
    last = START + pd.Timedelta(days=DAYS - 1)
    days = known.history.days
    window = days[(days["date"] >= START) & (days["date"] <= last)]
    for at, day in window.iterrows():
        if any(known.history.in_stock[at, hour] == 0 for hour in range(6, 22)):
            continue
        same = window[(window["warehouse_id"] == day["warehouse_id"]) & (window["product_id"] == day["product_id"])]
        fits = forecast[(forecast[KEYS] == day[KEYS]).all(axis=1)]
        values = {c: float(fits[c].iloc[0]) if len(fits) else 0.0 for c in (*QUANTILE_COLUMNS, "mean")}
        yield {
            "y": day["sales"],
            "volume": "high" if sum(same["sales"]) / len(same) >= 1 else "low",
            "warehouse": day["warehouse_id"],
            "category": "leaf" if day["product_id"] in ("p0", "p1") else "fruit",
            "date": day["date"],
            **values,
        }


@pytest.mark.parametrize(
    ("kind", "group"),
    [("overall", "all"), ("volume", "low"), ("volume", "high"), ("warehouse", "w1"), ("category", "leaf")],
)
def test_scores_are_the_definition_written_out_row_by_row(
    scored: Accuracy, observed: pd.DataFrame, kind: str, group: str
) -> None:
    rows = [row for row in slowly(region(), forecasts(observed)) if kind == "overall" or row[kind] == group]
    demand = sum(row["y"] for row in rows)

    found = of(scored, kind, group)

    assert found["rows"] == len(rows)
    assert found["demand"] == pytest.approx(demand)
    assert found["wape"] == pytest.approx(sum(abs(row["y"] - row["q50"]) for row in rows) / demand)
    assert found["wpe"] == pytest.approx(sum(row["q50"] - row["y"] for row in rows) / demand)
    assert found["wpe_mean"] == pytest.approx(sum(row["mean"] - row["y"] for row in rows) / demand)
    losses = []
    for column in QUANTILE_COLUMNS:
        share = int(column[1:]) / 100
        loss = sum(
            share * (row["y"] - row[column]) if row["y"] >= row[column] else (1 - share) * (row[column] - row["y"])
            for row in rows
        )
        losses.append(loss / demand)
        assert found[f"pinball_{column}"] == pytest.approx(loss / demand)
        covered = sum(row["y"] <= row[column] + 1e-9 for row in rows)
        assert found[f"coverage_{column}"] == pytest.approx(covered / len(rows))
    assert found["pinball"] == pytest.approx(sum(losses) / 7)


def test_the_days_are_scored_one_by_one_too(scored: Accuracy, observed: pd.DataFrame) -> None:
    rows = pd.DataFrame(slowly(region(), forecasts(observed)))
    daily = scored.daily[scored.daily["method"] == "ours"].set_index("date")
    for date, day in rows.groupby("date"):
        assert daily.loc[date, "wape"] == pytest.approx(wape(day["y"], day["q50"]))
        assert daily.loc[date, "wpe"] == pytest.approx(wpe(day["y"], day["q50"]))


def test_rmsse_is_scaled_by_the_change_from_day_to_day_before_the_first_day(
    scored: Accuracy, observed: pd.DataFrame
) -> None:
    known = region()
    days = known.history.days
    whole = ~(known.history.in_stock[:, 6:22] == 0).any(axis=1)
    scale = {}
    for series, rows in days[whole & (days["date"] < START)].groupby(["warehouse_id", "product_id"]):
        sold = dict(zip(rows["date"], rows["sales"], strict=True))
        changes = [(sold[d] - sold[d - pd.Timedelta(days=1)]) ** 2 for d in sold if d - pd.Timedelta(days=1) in sold]
        scale[series] = np.mean(changes) if len(changes) >= 7 else np.nan
    matched = observed[observed["scored"]].merge(forecasts(observed), on=KEYS, how="left").fillna({"q50": 0})
    of_series = [scale[key] for key in zip(matched["warehouse_id"], matched["product_id"], strict=True)]
    squared = (matched["sales"] - matched["q50"]) ** 2 / np.array(of_series)

    assert of(scored, "overall", "all")["rmsse"] == pytest.approx(np.sqrt(squared.dropna().mean()))


def test_yesterdays_sales_have_an_rmsse_of_one_where_nothing_changes_its_ways() -> None:
    known = region(days=300, before=300)
    whole = SalesHistory(known.history.days, known.history.hourly_sales, np.ones_like(known.history.in_stock))
    known = KnownAtOrigin(
        known.origin, whole, known.promotions, known.weather, known.products, known.warehouses, known.zone
    )
    observed = observed_days(known, START, START + pd.Timedelta(days=299))
    yesterday = known.history.days[[*KEYS, "sales"]].copy()
    yesterday["date"] += pd.Timedelta(days=1)
    naive = observed[KEYS].merge(yesterday, on=KEYS)
    naive["origin"] = naive["date"] - pd.Timedelta(days=1)
    for column in (*QUANTILE_COLUMNS, "mean"):
        naive[column] = naive["sales"]
    found = accuracy(observed, {"naive": naive.assign(model="naive")}, 1, resamples=10)
    assert of(found, "overall", "all", "naive")["rmsse"] == pytest.approx(1, abs=0.05)


def test_a_missing_forecast_counts_as_zero_and_is_counted(observed: pd.DataFrame) -> None:
    nothing = forecasts(observed, missing=1.0)
    found = of(accuracy(observed, {"ours": nothing}, 1, resamples=10), "overall", "all")
    assert found["missing"] == found["rows"] == observed["scored"].sum()
    assert found["wape"] == pytest.approx(1)
    assert found["wpe"] == pytest.approx(-1)


def test_days_with_a_stock_out_are_left_out_and_counted() -> None:
    known = region()
    observed = observed_days(known, START, START + pd.Timedelta(days=DAYS - 1))
    share = left_out(observed)
    assert share["rows"] == 3 * 4 * DAYS
    assert share["scored_rows"] == observed["scored"].sum() < share["rows"]
    assert share["left_out_share"] == pytest.approx(1 - share["scored_rows"] / share["rows"])
    assert 0 < share["unknown_availability_share"] < 0.3


def test_every_kind_of_group_holds_every_scored_row_once(scored: Accuracy) -> None:
    frame = scored.scores
    rows = frame[frame["method"] == "ours"].groupby("kind")["rows"].sum()
    assert set(rows.index) == set(KINDS)
    assert (rows == rows["overall"]).all()
    demand = frame[frame["method"] == "ours"].groupby("kind")["demand"].sum()
    np.testing.assert_allclose(demand, demand["overall"])


def test_deciles_hold_a_tenth_of_the_series_each(observed: pd.DataFrame) -> None:
    series = observed.drop_duplicates(["warehouse_id", "product_id"])
    assert series["decile"].value_counts().between(1, 2).all()  # twelve series
    level = observed.groupby("decile")["sales"].mean()
    assert level["1"] == level.min()
    assert level["10"] == level.max()


def test_intervals_are_those_of_redrawn_days(scored: Accuracy, observed: pd.DataFrame) -> None:
    matched = observed[observed["scored"]].merge(forecasts(observed), on=KEYS, how="left").fillna({"q50": 0})
    sums = matched.assign(e=(matched["sales"] - matched["q50"]).abs()).groupby("date")[["e", "sales"]].sum().to_numpy()
    rng = np.random.default_rng(5)
    redrawn = []
    for _ in range(4000):
        drawn = sums[rng.integers(0, len(sums), len(sums))].sum(axis=0)
        redrawn.append(drawn[0] / drawn[1])
    low, high = np.quantile(redrawn, [0.05, 0.95])
    found = of(scored, "overall", "all")
    width = high - low
    assert found["wape_low"] == pytest.approx(low, abs=0.2 * width)
    assert found["wape_high"] == pytest.approx(high, abs=0.2 * width)


def test_too_few_days_have_no_interval(observed: pd.DataFrame) -> None:
    short = observed[observed["date"] < START + pd.Timedelta(days=4)]
    found = accuracy(short, {"ours": forecasts(observed), "theirs": forecasts(observed, 9)}, 1, resamples=20)
    assert found.scores["wape"].notna().any()
    assert found.scores[["wape_low", "wape_high", "coverage_q90_low"]].isna().all().all()
    assert found.gains[["gain_low", "gain_high"]].isna().all().all()


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    observed = observed_days(region(), START, START + pd.Timedelta(days=DAYS - 1))
    forecast = forecasts(observed)
    one = accuracy(observed, {"ours": forecast}, 1, resamples=30)
    shuffled = accuracy(
        observed.sample(frac=1, random_state=seed), {"ours": forecast.sample(frac=1, random_state=seed + 1)}, 1,
        resamples=30,
    )  # fmt: skip
    pd.testing.assert_frame_equal(one.scores, shuffled.scores)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(0.1, 50))
def test_shares_do_not_depend_on_the_unit(seed: int, scale: float) -> None:
    observed = observed_days(region(seed), START, START + pd.Timedelta(days=DAYS - 1))
    forecast = forecasts(observed, seed)
    in_other_unit = forecast.copy()
    in_other_unit[[*QUANTILE_COLUMNS, "mean"]] = forecast[[*QUANTILE_COLUMNS, "mean"]].astype(float) * scale
    rescaled = observed.assign(sales=observed["sales"] * scale, naive_mse=observed["naive_mse"] * scale**2)
    one = of(accuracy(observed, {"ours": forecast}, 1, resamples=20), "overall", "all")
    other = of(accuracy(rescaled, {"ours": in_other_unit}, 1, resamples=20), "overall", "all")
    for figure in ("wape", "wpe", "wpe_mean", "pinball", "rmsse", "wape_low", "pinball_high", "rmsse_low"):
        assert other[figure] == pytest.approx(one[figure], rel=1e-6), figure


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.floats(-100, 100) | st.just(float("nan")), min_size=1, max_size=40))
def test_an_interval_holds_the_middle_of_what_was_redrawn(values: list[float]) -> None:
    resampled = np.array(values)[:, None]
    low, high = interval(resampled)
    if np.isnan(resampled).all():
        assert np.isnan(low).all()
        assert np.isnan(high).all()
        return
    assert low[0] <= np.nanmedian(resampled) <= high[0]
    expected = np.nanquantile(resampled, [0.05, 0.95])
    np.testing.assert_allclose([low[0], high[0]], expected, atol=1e-9)


def test_the_same_seed_gives_the_same_intervals(observed: pd.DataFrame) -> None:
    one, two = (accuracy(observed, {"ours": forecasts(observed)}, 1, resamples=40, seed=8) for _ in range(2))
    pd.testing.assert_frame_equal(one.scores, two.scores)


def test_gains_are_over_each_rival_and_nothing_over_itself(observed: pd.DataFrame) -> None:
    ours = forecasts(observed)
    found = accuracy(observed, {"ours": ours, "same": ours, "theirs": forecasts(observed, seed=9)}, 1, resamples=50)
    overall = found.gains[found.gains["kind"] == "overall"]
    gains = overall.set_index(["method", "figure"])
    assert gains.loc[("same", "wape"), ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]
    both = [of(found, "overall", "all", name)["pinball"] for name in ("ours", "theirs")]
    assert gains.loc[("theirs", "pinball"), "gain"] == pytest.approx(1 - both[0] / both[1])


def test_horizons_are_scored_apart(observed: pd.DataFrame) -> None:
    both = pd.concat([forecasts(observed, 4, horizon=1), forecasts(observed, 5, horizon=3)], ignore_index=True)
    parts = [accuracy(observed, {"ours": both}, horizon, resamples=10) for horizon in (1, 3)]
    alone = accuracy(observed, {"ours": forecasts(observed, 5, horizon=3)}, 3, resamples=10)
    together = joined(parts)
    assert together.scores["horizon"].unique().tolist() == [1, 3]
    pd.testing.assert_frame_equal(parts[1].scores, alone.scores)
    assert set(FIGURES) <= set(together.scores.columns)


def test_two_forecasts_of_one_day_are_refused_by_name(observed: pd.DataFrame) -> None:
    forecast = forecasts(observed)
    twice = pd.concat([forecast, forecast.iloc[[3]]], ignore_index=True)
    with pytest.raises(ValueError, match="ours: two forecasts 1 days ahead for warehouse w0, product p"):
        accuracy(observed, {"ours": twice}, 1)


def test_days_without_sales_cannot_be_scored() -> None:
    with pytest.raises(ValueError, match="nothing to score"):
        observed_days(region(), pd.Timestamp("2027-01-01"), pd.Timestamp("2027-01-05"))
