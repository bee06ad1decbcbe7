from dataclasses import replace

import pandas as pd

from forecasting.features.panel import Panel
from forecasting.known.frames import KnownAtOrigin
from forecasting.known.units import learned_with
from forecasting.model.region_model import RegionModel


def of_units(*counts: tuple[str, bool, int]) -> pd.DataFrame:
    return pd.DataFrame(
        [(unit, in_wholes) for unit, in_wholes, count in counts for _ in range(count)], columns=["unit", "in_wholes"]
    )


def test_few_products_of_a_unit_err_as_those_of_its_kind_and_many_have_shapes_of_their_own() -> None:
    products = of_units(
        ("kg", False, 3), ("piece", True, 3), ("litre", False, 29), ("box", True, 29), ("bag", True, 30)
    )
    found = learned_with(products).groupby(products["unit"]).unique()
    assert {unit: list(names) for unit, names in found.items()} == {
        "kg": ["kg"], "piece": ["piece"], "litre": ["kg"], "box": ["piece"], "bag": ["bag"],
    }  # fmt: skip


def test_where_nothing_tells_wholes_from_what_can_be_divided_every_unit_stands_alone() -> None:
    products = of_units(("litre", False, 1), ("box", True, 1)).drop(columns="in_wholes")
    assert learned_with(products).tolist() == ["litre", "box"]


def test_a_panel_learns_errors_of_a_rare_unit_with_its_kind(known: KnownAtOrigin, region_model: RegionModel) -> None:
    weighed = known.products["unit"] == "kg"
    products = known.products.assign(unit=known.products["unit"].where(weighed, "tray"), in_wholes=~weighed)
    panel = Panel.of(replace(known, products=products), region_model.profiles)
    usual = Panel.of(known, region_model.profiles)
    assert panel.series["unit"].tolist() == usual.series["unit"].tolist()
    assert "tray" not in set(panel.series["unit"])
