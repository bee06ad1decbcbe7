"""Files of a warehouse's floor: slots, the points where tours begin, orders are packed and goods come in, walkways."""

from data.importers.kind import Column, ImportKind, Lasting, Once, kept_as
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import ID, TEXT, YES_NO, exact, number, one_of, whole
from data.tables import FloorPoint, FloorPointRow, SlotRow, WalkwayRow

ON_THE_FLOOR = number(-10_000, 10_000)


def _complete_slots(records: Records, known: Known) -> None:
    if "pick_face" in records.values:
        records.fill("pick_face", lambda row: True)
    known.stand_in(SlotRow, records, "aisle", "bay", "level")
    for row in records.good_rows():
        zone_id, warehouse_id = records.values["zone_id"][row], records.values["warehouse_id"][row]
        if known.ids("zones")[zone_id] != warehouse_id:
            reason = f"is a zone of warehouse {known.ids('zones')[zone_id]}, not of {warehouse_id}"
            records.refuse(row, "zone_id", reason, "Correct one of the two")
        _refuse_half_a_place(records, row)


def _refuse_half_a_place(records: Records, row: int) -> None:
    """A bay is one of an aisle, a level one of a bay."""
    for part, of in (("bay", "aisle"), ("level", "bay")):
        if records.values[part][row] is not None and records.values[of][row] is None:
            column = of if of in records.texts else part
            records.refuse(row, column, f"makes a {part} of no {of}", f"Write the {of} too, or leave the {part} empty")


SLOTS = ImportKind(
    "slots",
    "Places for one product each.",
    (
        Column("slot_id", ID, "the slot"),
        Column("warehouse_id", ID, "where it is", refers="warehouses"),
        Column("zone_id", ID, "in which zone", refers="zones"),
        Column("x_m", ON_THE_FLOOR, "on the floor plan", "metres"),
        Column("y_m", ON_THE_FLOOR, "on the floor plan", "metres"),
        Column("distance_m", number(0, 10_000), "the walk from the packing bench", "metres"),
        Column("volume_l", exact(3), "what it holds", "litres"),
        Column("product_id", ID, "what lies there now; empty: nothing", required=False, refers="products"),
        Column("unusable_because", TEXT, "why nothing may be put there, as a bent shelf; empty: it can be used",
               required=False),
        Column("aisle", ID, "from which it is reached; an aisle runs along y; empty: of none", required=False),
        Column("bay", whole(0, 100_000), "which one of the aisle, counted along it, on both sides alike; empty: not "
               "known", required=False),
        Column("level", whole(0, 100), "which one of the bay, 0 the lowest; empty: not known", required=False),
        Column("max_weight_kg", exact(3), "what it bears; empty: any weight", "kg", required=False),
        Column("pick_face", YES_NO, "whether orders are picked from it; no: it holds reserve; default: yes",
               required=False),
    ),
    (Once(("slot_id",)),),
    kept_as(SlotRow),
    _complete_slots,
    rules=(
        "A slot stays in its warehouse: slots of two warehouses need ids of their own, as W1-A1 and W2-A1.",
        "The slots of an aisle lie on both sides of the line along which it is walked, halfway between the least and "
        "the greatest `x_m` of its slots. Which slots are neighbours follows from aisle, bay and level.",
    ),
    lasting=(Lasting(SlotRow, "warehouse_id", "Give each warehouse's slot an id of its own, as W1-A1 and W2-A1"),),
)  # fmt: skip

FLOOR_POINTS = ImportKind(
    "floor-points",
    "Where on a warehouse's floor tours begin and end, orders are packed and goods come in.",
    (
        Column("warehouse_id", ID, "where it is", refers="warehouses"),
        Column("point", one_of(FloorPoint), "what is done there"),
        Column("x_m", ON_THE_FLOOR, "on the floor plan", "metres"),
        Column("y_m", ON_THE_FLOOR, "on the floor plan", "metres"),
    ),
    (Once(("warehouse_id", "point")),),
    kept_as(FloorPointRow),
    rules=(
        "The start lies on the front cross-aisle, which runs along x: its `y_m` says how far from there into an aisle "
        "a slot lies.",
    ),
)  # fmt: skip


def _complete_walkways(records: Records, known: Known) -> None:
    ends = ("from_x_m", "to_x_m"), ("from_y_m", "to_y_m")
    for row in records.good_rows():
        if all(records.values[begin][row] == records.values[end][row] for begin, end in ends):
            records.refuse(row, "to_x_m", "leads to where it begins", "Write where it ends, or leave the row out")


WALKWAYS = ImportKind(
    "walkways",
    "Straight pieces of floor that can be walked both ways, where aisles between two cross-aisles are not all.",
    (
        Column("warehouse_id", ID, "where it is", refers="warehouses"),
        Column("number", whole(1, 1_000_000), "which one of the warehouse"),
        Column("from_x_m", ON_THE_FLOOR, "where it begins", "metres"),
        Column("from_y_m", ON_THE_FLOOR, "where it begins", "metres"),
        Column("to_x_m", ON_THE_FLOOR, "where it ends", "metres"),
        Column("to_y_m", ON_THE_FLOOR, "where it ends", "metres"),
    ),
    (Once(("warehouse_id", "number")),),
    kept_as(WalkwayRow),
    _complete_walkways,
    rules=(
        "Pieces that meet or cross are walked from one to the other. A warehouse without any is walked along its "
        "aisles and the two cross-aisles at their ends.",
    ),
)  # fmt: skip
