"""One small region, trained once for all tests that only read it."""

from __future__ import annotations

import pytest

from forecasting.known.frames import KnownAtOrigin
from forecasting.model.mean_models import TREES
from forecasting.model.region_model import RegionModel, train_region_model
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.warehouse_model import WarehouseModel, train_warehouse_models
from tests.unit.forecasting.small_region import TRAINED_TO, Region, small_region


@pytest.fixture(scope="session")
def region() -> Region:
    return small_region()


@pytest.fixture(scope="session")
def known(region: Region) -> KnownAtOrigin:
    return region.at_end_of(TRAINED_TO)


@pytest.fixture(scope="session")
def quick() -> TrainingSettings:
    return TrainingSettings(
        rounds=40, spread_rounds=10, leaves=15, training_rows=2500, hold_out_rows=500, rungs=(TREES,)
    )


@pytest.fixture(scope="session")
def region_model(known: KnownAtOrigin, quick: TrainingSettings) -> RegionModel:
    return train_region_model(known, quick)


@pytest.fixture(scope="session")
def models(known: KnownAtOrigin, region_model: RegionModel) -> dict[str, WarehouseModel]:
    return train_warehouse_models(known, region_model)
