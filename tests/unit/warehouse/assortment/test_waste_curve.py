"""What products waste by how much they sell."""

import numpy as np
import pytest

from tests.unit.warehouse.assortment.small_shop import small_shop
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
