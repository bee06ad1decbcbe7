"""Products and warehouses that have sold nothing yet are forecast from their siblings; nobody else's forecast moves."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.features.features import features, scale_of
from forecasting.features.panel import Panel
from forecasting.known.frames import QUANTILE_COLUMNS, KnownAtOrigin, KnownLaterError
from forecasting.model.all_days_forecasts import of_all_days
from forecasting.model.mean_models import TREES
from forecasting.model.region_model import RegionModel
from forecasting.model.warehouse_model import WarehouseModel, forecast_origins
from tests.unit.forecasting.small_region import Region

Models = dict[str, WarehouseModel]
NEW = ("w0", "p04")


def without(region: Region, warehouse: str, product: str | None = None) -> Region:
    """The region as if the warehouse had never sold the product, or anything; its price plans are gone too."""

    def other(frame: pd.DataFrame) -> pd.Series:
        return (frame["warehouse_id"] != warehouse) | ((frame["product_id"] != product) if product else False)

    kept = region.only(other(region.history.days).to_numpy())
    return replace(kept, promotions=region.promotions[other(region.promotions)].reset_index(drop=True))


def listed(known: KnownAtOrigin, *pairs: tuple[str, str], days: int = 7) -> KnownAtOrigin:
    frame = pd.DataFrame(pairs, columns=["warehouse_id", "product_id"]).astype("str")
    frame["until"] = known.origin_day + pd.Timedelta(days=days)
    frame["known_at"] = known.origin - pd.Timedelta(hours=3)
    return replace(known, listed=frame)


def test_a_listed_product_is_forecast_from_its_siblings_before_it_has_sold(
    region: Region, known: KnownAtOrigin, models: Models
) -> None:
    never_sold = without(region, *NEW).at_end_of(known.origin_day)
    assert NEW[1] not in set(models["w0"].forecast(never_sold, [1])["product_id"])

    of_new = models["w0"].forecast(listed(never_sold, NEW), [1]).set_index("product_id").loc["p04"]

    old = models["w0"].forecast(known, [1]).set_index("product_id")
    assert of_new["model"] == TREES
    assert of_new["mean"] == pytest.approx(old.loc["p04", "mean"], rel=0.6)
    of_unit = old.loc[[name for name in old.index if int(name[1:]) % 2 == 0 and name != "p04"]]  # of its unit
    usual = ((of_unit["q95"] - of_unit["q05"]) / of_unit["mean"]).median()
    assert (of_new["q95"] - of_new["q05"]) / of_new["mean"] > 1.15 * usual


def test_nobody_elses_forecast_moves(region: Region, known: KnownAtOrigin, models: Models) -> None:
    never_sold = without(region, *NEW).at_end_of(known.origin_day)
    before = models["w0"].forecast(never_sold, [1, 5])
    after = models["w0"].forecast(listed(never_sold, NEW), [1, 5])
    others = after[after["product_id"] != "p04"].reset_index(drop=True)
    pd.testing.assert_frame_equal(before, others, check_exact=True)


def test_a_planned_price_lists_a_product(region: Region, known: KnownAtOrigin, models: Models) -> None:
    never_sold = without(region, *NEW)
    plan = pd.DataFrame({"warehouse_id": ["w0"], "product_id": ["p04"], "discount": [1.0], "promoted": [False]})
    plan["date"], plan["known_at"] = known.origin_day + pd.Timedelta(days=2), known.origin - pd.Timedelta(days=1)
    planned = replace(never_sold, promotions=pd.concat([never_sold.promotions, plan], ignore_index=True))
    assert "p04" in set(models["w0"].forecast(planned.at_end_of(known.origin_day), [1])["product_id"])
    # an origin before the plan was known does not list it, in a batch or alone
    eve = known.origin_day - pd.Timedelta(days=2)
    batch = forecast_origins(
        planned.at_end_of(known.origin_day), {"w0": models["w0"]}, models["w0"].region_model, [eve], [1]
    )
    alone = models["w0"].forecast(planned.at_end_of(eve), [1])
    assert "p04" not in set(batch["product_id"])
    pd.testing.assert_frame_equal(of_all_days(batch), alone, check_exact=True)


def test_a_listing_ends(region: Region, known: KnownAtOrigin, models: Models) -> None:
    never_sold = without(region, *NEW).at_end_of(known.origin_day)
    assert "p04" not in set(models["w0"].forecast(listed(never_sold, NEW, days=-1), [1])["product_id"])


def test_a_listing_known_later_is_refused(known: KnownAtOrigin) -> None:
    later = listed(known, NEW).listed
    assert later is not None
    with pytest.raises(KnownLaterError, match="listed"):
        replace(known, listed=later.assign(known_at=known.origin + pd.Timedelta(minutes=1)))
    assert known.listed is None


def test_a_new_warehouse_is_forecast_as_the_citys_mean_warehouse(
    region: Region, known: KnownAtOrigin, region_model: RegionModel, models: Models
) -> None:
    unopened = without(region, "w0").at_end_of(known.origin_day)
    with pytest.raises(ValueError, match="warehouse w0 has no sales"):
        WarehouseModel("w0", region_model).forecast(unopened)

    products = sorted(region.products["product_id"])
    forecast = WarehouseModel("w0", region_model).forecast(listed(unopened, *(("w0", p) for p in products)), [1])

    assert forecast["product_id"].tolist() == products
    siblings = [models[name].forecast(known, [1]).set_index("product_id")["mean"] for name in ("w2", "w4")]
    city = pd.concat(siblings, axis=1).mean(axis=1)
    assert np.corrcoef(np.log(city), np.log(forecast["mean"]))[0, 1] > 0.9
    assert 0.7 < forecast["mean"].sum() / city.sum() < 1.4
    quantiles = forecast[list(QUANTILE_COLUMNS)].to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles >= 0).all()


def test_what_nothing_is_known_of_looks_as_ever_and_not_as_if_sales_had_stopped(
    region: Region, known: KnownAtOrigin, region_model: RegionModel
) -> None:
    alone = replace(without(region, "w0"), warehouses=region.warehouses.assign(city=lambda w: w["warehouse_id"]))
    panel = Panel.of(listed(alone.at_end_of(known.origin_day), ("w0", "p04")), region_model.profiles).of_warehouses(
        ["w0"]
    )
    scale = scale_of(panel, panel.last)
    values, names = features(panel, panel.last, 1, scale, region_model.codes)
    row = dict(zip(names, values[0], strict=True))
    assert scale[0] > 1, "in a city of its own a warehouse starts from the region's mean"
    for name in ("city_product_7", "city_3", "warehouse_1", "warehouse_category_same_kind", "own_7", "own_28"):
        assert row[name] == pytest.approx(1), name
    assert row["city_product_level"] == 0
    assert np.isnan(row["day_0"])
