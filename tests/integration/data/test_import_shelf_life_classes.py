"""Files of the shop's own shelf-life classes: kept, in force, and refused by name where no goods age so."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.database import reading
from data.importers.importing import import_file
from data.importers.problems import BadFile
from flows.stock.lots_ageing import shelf_life_classes
from warehouse.stock.shelf_life import BUILT_IN, Goods, ShelfLifeClass

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
HEADER = "class_id,band,subcategory,q10,reference_c,valid_from_c,valid_until_c,chilling_below_c,source"


def keep(engine: Engine, folder: Path, *rows: str) -> None:
    path = folder / "shelf-life-classes.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    import_file(engine, "shelf-life-classes", path, now=NOW)


def in_force(engine: Engine) -> list[ShelfLifeClass]:
    with reading(engine) as session:
        return shelf_life_classes(session)


def test_the_shops_own_classes_are_in_force_and_replace_those_of_their_name(engine: Engine, tmp_path: Path) -> None:
    keep(engine, tmp_path, "basil,,herbs,2.5,12,10,20,10,our trial", "leaf,leaf,,2.8,4,0,15,,our trial")

    basil, leaf, *others = in_force(engine)

    assert basil == ShelfLifeClass("basil", 2.5, 12, 10, 20, 10, "our trial", Goods(subcategory="herbs"))
    assert (leaf.q10, leaf.reference_c, leaf.valid_until_c, leaf.goods) == (2.8, 4, 15, Goods("leaf"))
    assert others == [one for one in BUILT_IN if one.class_id != "leaf"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a,leaf,,0.5,3,0,20,,x", "column q10: '0.5' is below 1"),
        ("a,leaf,,3,25,0,20,,x", "column reference_c: .* is not between valid_from_c, 0, and valid_until_c, 20"),
        ("a,leaf,,3,3,0,20,5,x", "column chilling_below_c: .* lies above reference_c, 3"),
        ("a,leaf,,3,3,0,20,,", "column source"),
    ],
)
def test_figures_that_no_goods_have_are_refused(engine: Engine, tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(BadFile, match=f"line 2, {told}"):
        keep(engine, tmp_path, row)

    assert in_force(engine) == list(BUILT_IN)
