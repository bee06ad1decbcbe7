"""One small region, trained once for all tests that only read it."""

from __future__ import annotations

import pandas as pd
import pytest

from forecasting.frames import KnownAtOrigin
from forecasting.prior import RegionPrior, train_region_prior
from forecasting.settings import TrainingSettings
from forecasting.warehouse_model import WarehouseModel, train_warehouse_models
from tests.unit.forecasting.small_region import DAYS, FIRST, Region, small_region

TRAINED_TO = FIRST + pd.Timedelta(days=DAYS - 15)


@pytest.fixture(scope="session")
def region() -> Region:
    return small_region()


@pytest.fixture(scope="session")
def known(region: Region) -> KnownAtOrigin:
    return region.at_end_of(TRAINED_TO)


@pytest.fixture(scope="session")
def quick() -> TrainingSettings:
    return TrainingSettings(least_rows=500, rounds=40, spread_rounds=20, leaves=15)


@pytest.fixture(scope="session")
def prior(known: KnownAtOrigin, quick: TrainingSettings) -> RegionPrior:
    return train_region_prior(known, quick)


@pytest.fixture(scope="session")
def models(known: KnownAtOrigin, prior: RegionPrior) -> dict[str, WarehouseModel]:
    return train_warehouse_models(known, prior)
