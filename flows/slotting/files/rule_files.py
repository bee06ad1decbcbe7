"""What files say beyond where slots are: what each place gives, and what products ask of theirs.

Columns are named and read as those that are imported; what is not said asks for nothing. Where both files tell bands
these say in which zones a product may lie, else it stays in the one in which it lies.
"""

from pathlib import Path
from typing import Final

import pandas as pd

from data.importers.kind import ImportKind
from data.importers.kinds.catalogue_kinds import PRODUCTS
from data.importers.kinds.floor_kinds import SLOTS
from data.importers.kinds.place_kinds import ZONES
from data.importers.rows.values import ValueType, exact
from data.languages import Sentence
from flows.errors import Invalid
from flows.slotting.files.floor_files import AssignmentFile, FloorFile
from flows.slotting.files.tables import refuse, table_of, values

BAND: Final = "band"
HUMIDITY: Final = ("humidity_low_pct", "humidity_high_pct")
SELDOM_SAID: Final = ("pick_face", "unusable_because")  # that slots ask by themselves, whatever lies there


def _columns(kind: ImportKind, *names: str) -> tuple[tuple[str, ValueType], ...]:
    types = {column.name: column.type for column in kind.columns}
    return tuple((name, types[name]) for name in names)


OF_PLACES: Final = (
    *_columns(ZONES, BAND, *HUMIDITY),
    *_columns(SLOTS, "bay", "level", "volume_l", "max_weight_kg", *SELDOM_SAID),
)
OF_GOODS: Final = (
    *_columns(PRODUCTS, BAND, "volume_l", "weight_kg", *HUMIDITY, "ethylene", "odour", "allergens", "raw_meat"),
    ("space_l", exact(3)),
    ("peak_stock", exact(3, above_zero=True)),
)


def bars_slots(floor: FloorFile) -> bool:
    """Whether the file of slots bars some of them, whatever products ask."""
    return any(name in floor.told for name in SELDOM_SAID)


def places_of(floor: FloorFile) -> pd.DataFrame:
    """(slots,) as `Places.of` takes them, but for where they are and what lies there; with unusable_because."""
    places = _said(floor.path, floor.told, OF_PLACES)
    for name in ("slot_id", "zone_id", "aisle"):
        places[name] = floor.told.get(name, "")
    return places.reset_index(drop=True)


def goods_of(path: Path | None, floor: FloorFile, assignment: AssignmentFile) -> pd.DataFrame:
    """(products,) what each that lies somewhere asks, as `Goods.of` takes it, but for the lines; without a file nothing
    but its id."""
    if path is None:
        return pd.DataFrame({"product_id": assignment.product_ids})
    table = table_of(path, ("product_id",))
    refuse(path, table["product_id"], table["product_id"] == "", Sentence("{name} is missing", name="product_id"))
    refuse(path, table["product_id"], table["product_id"].duplicated(), Sentence("product {value!r} is given twice"))
    goods = _said(path, table, OF_GOODS).set_index(pd.Index(table["product_id"], name="product_id"))
    if BAND in goods and BAND not in floor.told:
        raise Invalid(
            "{name} lacks the column band, which {rules} asks for. Add it.",
            name=floor.path.name,
            rules=path.name,
            field=BAND,
        )
    for product_id in assignment.product_ids:
        if product_id not in goods.index:
            raise Invalid(
                "{file} lacks product {product_id!r}, which lies in a slot by {assignment}. Add its row; cells may "
                "stay empty.",
                file=path.name,
                product_id=product_id,
                assignment=assignment.path.name,
                field="product_id",
            )
    return _sized(goods.loc[list(assignment.product_ids)].reset_index())


def _said(path: Path, table: pd.DataFrame, columns: tuple[tuple[str, ValueType], ...]) -> pd.DataFrame:
    """The columns that a file has, read; refuses a band that is missing and a humidity that no place could have."""
    said = values(path, table, columns)
    if BAND in said:
        problem = Sentence("band is missing; write it in every row, or leave the column out")
        refuse(path, table[BAND], said[BAND].isna(), problem)
    if set(HUMIDITY) <= set(said):
        low, high = (said[name].astype(float) for name in HUMIDITY)
        problem = Sentence("humidity_low_pct {value!r} is not below humidity_high_pct; correct one of the two")
        refuse(path, table[HUMIDITY[0]], low >= high, problem)
    return said


def _sized(goods: pd.DataFrame) -> pd.DataFrame:
    """With space_l and peak_kg of the peak stock, which is one unit where it is not told."""
    number = {
        name: goods[name].astype(float) if name in goods else pd.Series(float("nan"), goods.index)
        for name in ("space_l", "volume_l", "weight_kg", "peak_stock")
    }
    stock = number["peak_stock"].fillna(1.0)
    return goods.assign(
        space_l=number["space_l"].fillna(stock * number["volume_l"]), peak_kg=stock * number["weight_kg"]
    )
