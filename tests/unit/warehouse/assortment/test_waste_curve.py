"""What products waste by how much they sell."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.warehouse.assortment.small_shop import day_after, small_shop
from warehouse.assortment.levels import sales_levels
from warehouse.assortment.panel import panels_of
from warehouse.assortment.waste_curve import waste_levels


@pytest.mark.parametrize("power", [-1.0, 1.0])
def test_how_waste_goes_with_volume_is_learned_from_all_products(power: float) -> None:
    history = small_shop(warehouses=4, waste={f"{c}{p}": 2.0 * ((4 + p) / 7) ** power for c in "ab" for p in range(8)})
    panels = panels_of(history)

    found = waste_levels(panels, sales_levels(panels, 28.0), 84.0)

    slopes = np.concatenate([one.elasticity for one in found])
    assert slopes.mean() == pytest.approx(power, abs=0.3)
    assert all((one.level.mean > 0.5).all() for one in found)


def test_a_shop_that_wastes_nothing_has_nothing_to_save() -> None:
    history = small_shop(warehouses=1)
    history.days["waste"] = 0.0
    panels = panels_of(history)

    (found,) = waste_levels(panels, sales_levels(panels, 28.0), 84.0)

    assert found.level.mean == pytest.approx(0.0, abs=1e-5)
    assert found.elasticity == pytest.approx(0.0)


def test_the_curve_bends_with_volume_and_shelf_life_and_its_slope_is_that_of_each_product() -> None:
    # given: waste that goes exactly as a bent curve of volume and shelf life, with a level of each category
    random = np.random.default_rng(8)
    panels = []
    for panel in panels_of(small_shop(days=56, warehouses=3, out=0.0)):
        size = len(panel.product_ids)
        sold = np.repeat(np.exp(random.normal(1.5, 0.8, size))[:, None], 56, axis=1)
        panels.append(replace(panel, sold=sold, shelf_life=np.exp(random.normal(1.5, 0.5, size))))
    sales = sales_levels(panels, 28.0)
    volume = np.log(np.concatenate([level.mean for level in sales]))
    life = np.log(np.concatenate([panel.shelf_life for panel in panels]))
    x, y = volume - volume.mean(), life - life.mean()
    category = np.concatenate([panel.category for panel in panels])
    wasted = np.exp(0.2 + 0.4 * x + 0.3 * x**2 - 0.5 * x * y - 0.6 * y + 1.5 * category)
    parts = np.split(wasted, len(panels))
    panels = [
        replace(panel, waste=np.repeat(part[:, None], 56, axis=1)) for panel, part in zip(panels, parts, strict=True)
    ]

    found = waste_levels(panels, sales, 84.0)

    assert np.concatenate([one.usual for one in found]) == pytest.approx(wasted, rel=0.01)
    assert np.concatenate([one.elasticity for one in found]) == pytest.approx(0.4 + 0.6 * x - 0.5 * y, abs=0.03)


def test_more_warehouses_tell_more_surely_how_waste_goes_with_volume() -> None:
    few, many = (panels_of(small_shop(warehouses=number, waste={"a0": 3.0, "b7": 2.0})) for number in (1, 6))

    unsure, sure = (waste_levels(panels, sales_levels(panels, 28.0), 84.0)[0] for panels in (few, many))

    assert (sure.elasticity_sd > 0).all()
    assert sure.elasticity_sd.mean() < 0.7 * unsure.elasticity_sd.mean()


def test_a_product_that_wasted_much_is_believed_the_less_the_fewer_its_days() -> None:
    # given: a3 and b3 have wasted five times what is usual, b3 for the last week only
    history = small_shop(warehouses=2, waste={f"{c}{p}": 5.0 if p == 3 else 1.0 for c in "ab" for p in range(8)})
    days = history.days
    young = (days["product_id"] == "b3") & (days["date"] < day_after(133))
    panels = panels_of(replace(history, days=days[~young]))

    found = waste_levels(panels, sales_levels(panels, 28.0), 84.0)[0]

    old, new = (panels[0].product_ids.index(name) for name in ("a3", "b3"))
    seen = np.nanmean(panels[0].waste, axis=1)
    assert found.usual[old] < found.level.mean[old] <= seen[old] * 1.2
    assert found.level.mean[new] / seen[new] < found.level.mean[old] / seen[old]
