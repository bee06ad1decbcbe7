"""Files of how goods age: shelf-life classes of the shop's own."""

from data.importers.kind import Column, ImportKind, Once, kept_as
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import ID, TEXT, number, one_of
from data.tables import Band, ShelfLifeClassRow
from data.tables.coldchain import COLDEST_C, WARMEST_C


def _complete_classes(records: Records, known: Known) -> None:
    known.stand_in(ShelfLifeClassRow, records, "chilling_below_c")
    low, high = records.column("valid_from_c"), records.column("valid_until_c")
    chilling = records.column("chilling_below_c")
    for row in records.good_rows():
        reference = records.values["reference_c"][row]
        if not low[row] <= reference <= high[row]:
            between = f"is not between valid_from_c, {low[row]:g}, and valid_until_c, {high[row]:g}"
            records.refuse(row, "reference_c", between, "Correct one of the three")
        elif chilling[row] is not None and chilling[row] > reference:
            above = f"lies above reference_c, {reference:g}"
            records.refuse(row, "chilling_below_c", above, "Correct one of the two")


SHELF_LIFE_CLASSES = ImportKind(
    "shelf-life-classes",
    "How much faster goods use their life where it is warmer.",
    (
        Column("class_id", ID, "the class; leaf, chilled and tropical replace those that come with the product"),
        Column("band", one_of(Band), "of products of this band; empty: of any", required=False),
        Column("category", TEXT, "of products of this category; empty: of any", required=False),
        Column("subcategory", TEXT, "of products of this subcategory; empty: of any", required=False),
        Column("q10", number(1, 10), "how many times as fast they use their life ten degrees warmer"),
        Column("reference_c", number(COLDEST_C, WARMEST_C), "where their shelf life is as stated", "C"),
        Column("valid_from_c", number(COLDEST_C, WARMEST_C), "from which temperature on q10 is known", "C"),
        Column("valid_until_c", number(COLDEST_C, WARMEST_C), "up to which", "C"),
        Column("chilling_below_c", number(COLDEST_C, WARMEST_C), "below it they are harmed; empty: they are not "
               "sensitive to chilling", "C", required=False),
        Column("source", TEXT, "where the figures are from"),
    ),
    (Once(("class_id",)),),
    kept_as(ShelfLifeClassRow),
    _complete_classes,
    rules=("A product is of the class that names its subcategory, else its category, else its band; without one it "
           "ages by the calendar only.",),
)  # fmt: skip
