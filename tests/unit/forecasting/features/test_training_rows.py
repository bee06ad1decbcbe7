"""Training rows: of which days, and at which horizons."""

import numpy as np
import pandas as pd
import pytest

from forecasting.features.features import codes_of
from forecasting.features.panel import BEHIND, Panel
from forecasting.features.training_rows import training_rows
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.region_model import RegionModel

DAYS = range(BEHIND + 40, BEHIND + 61)  # three weeks
HORIZONS = (1, 2, 3, 5, 8, 13)


@pytest.fixture(scope="module")
def panel(known: KnownAtOrigin, region_model: RegionModel) -> Panel:
    return Panel.of(known, region_model.profiles)


def rows_of(panel: Panel, known: KnownAtOrigin, first_origin: int = 0) -> pd.DataFrame:
    found = training_rows(panel, DAYS, HORIZONS, 0.95, codes_of(known.products), first_origin)
    return pd.DataFrame({"series": found.series, "target": found.target, "horizon": found.horizon})


def test_every_day_seen_whole_has_a_row_one_day_ahead_and_one_from_further(panel: Panel, known: KnownAtOrigin) -> None:
    rows = rows_of(panel, known)
    whole = {(series, day) for day in DAYS for series in np.flatnonzero(panel.exposure[:, day] >= 0.95)}

    for seen in (rows[rows["horizon"] == 1], rows[rows["horizon"] > 1]):
        assert not seen.duplicated(["series", "target"]).any()
        assert set(zip(seen["series"], seen["target"], strict=True)) == whole


def test_no_day_belongs_to_one_horizon(panel: Panel, known: KnownAtOrigin) -> None:
    """Otherwise what happened on that day would be learned as an effect of the horizon."""
    further = rows_of(panel, known).query("horizon > 1")

    assert (further.groupby("target")["horizon"].nunique() == 3).all()
    assert (further.groupby("horizon")["target"].nunique() >= 7).all()


def test_a_warehouse_alone_has_the_rows_that_it_has_among_all(panel: Panel, known: KnownAtOrigin) -> None:
    alone = panel.of_warehouses(["w2"])
    rows, own = rows_of(panel, known), rows_of(alone, known)
    of_all = panel.series.assign(series=range(len(panel.series))).merge(alone.series.reset_index(names="own"))
    among = rows.merge(of_all[["series", "own"]])[["own", "target", "horizon"]]

    pd.testing.assert_frame_equal(
        among.sort_values(["target", "horizon", "own"], ignore_index=True),
        own.rename(columns={"series": "own"}).sort_values(["target", "horizon", "own"], ignore_index=True),
        check_dtype=False,
    )


def test_no_row_has_an_origin_before_there_is_enough_history(panel: Panel, known: KnownAtOrigin) -> None:
    rows = rows_of(panel, known, first_origin=DAYS[0])

    assert (rows["target"] - rows["horizon"] >= DAYS[0]).all()
