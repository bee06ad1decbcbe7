"""Files of how a warehouse delivers: its terms of couriers, and a matrix of how long rides take between its places.

Terms are kept as `warehouse.couriers.terms` names them: part by part, and only those that were said. A warehouse's
matrix is kept whole: what a file says of it stands in place of what was there."""

from collections.abc import Collection
from itertools import combinations
from typing import Any, Final, cast

from sqlalchemy import Connection, Table, delete, select

from data.bulk import write_rows
from data.importers.kind import Column, ImportKind, Once, kept_as
from data.importers.problems import BadFile
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import ID, TEXT, BadValue, ValueType, number, whole
from data.tables import CourierTermsRow, TravelTimeRow
from data.tables.couriers import WAREHOUSE

MOST_PLACES: Final = 200  # of a matrix, beside the warehouse
USUAL: Final = "; empty: as usual, {}"
# columns by the part of the terms that they belong to, and their names there
TERMS: Final[dict[str, dict[str, str]]] = {
    "promise": {"promise_minutes": "minutes", "promise_share": "share", "least_share": "least_share"},
    "delivery": {
        name: name
        for name in (
            *("preparation_minutes", "preparation_spread", "loading_minutes", "handover_minutes", "handover_spread"),
            *("batch", "radius_km", "detour", "speed_kmh", "rain_slower"),
        )
    },
    "employed": {
        **{name: name for name in ("shortest_hours", "longest_hours", "break_after_hours", "break_minutes")},
        **{"employed_cost_per_hour": "cost_per_hour", "employed_at_most": "at_most"},
    },
    "crowd": {
        "crowd_cost_per_hour": "cost_per_hour",
        **{name: name for name in ("dear_hours", "dear_factor", "rain_factor", "pool", "acceptance")},
        **{name: name for name in ("rain_acceptance", "reliability")},
    },
}


def _read_hours(text: str) -> list[int]:
    hours = [hour.strip() for hour in text.split(",")]
    if not all(hour.isascii() and hour.isdigit() and int(hour) <= 23 for hour in hours):
        raise BadValue("is not a list of hours of the day", 'Write the hours in which it is so, 0 to 23, as "11,12,18"')
    return sorted({int(hour) for hour in hours})


def _read_half_hours(text: str) -> float:
    hours = number(1, 12).read(text)
    if hours % 0.5:
        raise BadValue("is not a number of half hours", "Write hours and halves, as 4 or 4.5")
    return float(hours)


def _within(low: float, high: float) -> ValueType:
    """A number between two bounds (both allowed)."""
    return ValueType(f"number, {low:g} to {high:g}", number(low, high).read)


def _above_zero(high: float, *, below: bool = False) -> ValueType:
    """A number above zero, up to a bound or `below` it."""
    between = number(0, high)

    def read(text: str) -> float:
        value = float(between.read(text))
        if not value or (below and value == high):
            raise BadValue(f"is not above 0 and {'below' if below else 'at most'} {high:g}", "Check the value")
        return value

    return ValueType(f"number above 0, {'below' if below else 'up to'} {high:g}", read)


SHARE: Final = _above_zero(1, below=True)
MINUTES: Final = _within(0, 240)
HOURS: Final = ValueType("list of hours, 0 to 23", _read_hours)
HALF_HOURS: Final = ValueType("hours and halves, 1 to 12", _read_half_hours)


def _term(name: str, type_: ValueType, meaning: str, usual: object, unit: str = "") -> Column:
    return Column(name, type_, meaning + USUAL.format(usual), unit, required=False)


def _complete_terms(records: Records, known: Known) -> None:
    """The terms as they would be kept: what the file lacks as it was, an empty cell as usual."""
    records.fill("set_by", lambda row: known.by)
    kept = known.kept(CourierTermsRow, records, ["terms"])
    records.values["terms"] = [None] * len(records)
    for row in records.good_rows():
        (before,) = kept.get((records.values["warehouse_id"][row],), ({},))
        records.values["terms"][row] = {
            part: _part(before.get(part, {}), columns, records, row) for part, columns in TERMS.items()
        }


def _part(before: dict[str, Any], columns: dict[str, str], records: Records, row: int) -> dict[str, Any]:
    said = {name: records.values[column][row] for column, name in columns.items() if column in records.values}
    return {name: value for name, value in (before | said).items() if value is not None}


def _keep_terms(connection: Connection, records: Records, known: Known) -> None:
    names = ["warehouse_id", "terms", "set_by"]
    write_rows(connection, cast(Table, CourierTermsRow.__table__), names, records.good(*names), "update",
               ["terms", *records.said("set_by")])  # fmt: skip


COURIER_TERMS = ImportKind(
    "courier-terms",
    "What a warehouse promises, how it delivers, and on what terms couriers work there.",
    (
        Column("warehouse_id", ID, "the warehouse", refers="warehouses"),
        _term("promise_minutes", whole(10, 180), "within how long an order is to be at the door", 45, "minutes"),
        _term("promise_share", SHARE, "the share of a day's orders that is", 0.95),
        _term("least_share", SHARE, "the least share of any half hour's orders that is", 0.85),
        _term("preparation_minutes", MINUTES, "from the order until a courier can take it", 8, "minutes"),
        _term("preparation_spread", MINUTES, "standard deviation of these", 2, "minutes"),
        _term("loading_minutes", MINUTES, "from taking orders to riding off", 1, "minutes"),
        _term("handover_minutes", MINUTES, "at a customer's door", 3, "minutes"),
        _term("handover_spread", MINUTES, "standard deviation of these", 1.5, "minutes"),
        _term("batch", whole(1, 6), "orders that a courier takes along at most", 3),
        _term("radius_km", _above_zero(50), "how far away customers live", 3, "km"),
        _term("detour", _within(1, 5), "ways over straight lines", 1.3),
        _term("speed_kmh", _above_zero(100), "how fast couriers ride", 18, "km/h"),
        _term("rain_slower", _within(1, 5), "how many times as long rides take in rain", 1.25),
        _term("shortest_hours", HALF_HOURS, "the shortest shift", 4, "hours"),
        _term("longest_hours", HALF_HOURS, "the longest shift", 8, "hours"),
        _term("break_after_hours", _within(0.5, 24), "who works so long rests about the middle", 6, "hours"),
        _term("break_minutes", whole(0, 120), "how long, unpaid; 0: nobody rests", 30, "minutes"),
        _term("employed_cost_per_hour", _above_zero(1e6), "what an employed courier costs", 30, "currency"),
        _term("employed_at_most", whole(0, 200), "how many are employed at once", 60),
        _term("crowd_cost_per_hour", _within(0, 1e6), "what one of the crowd costs who turns up", 45, "currency"),
        _term("dear_hours", HOURS, "hours of the day in which the crowd costs more", "none"),
        _term("dear_factor", _within(0, 10), "how many times as much then", 1.3),
        _term("rain_factor", _within(0, 10), "how many times as much in rain", 1.4),
        _term("pool", whole(0, 200), "how many of the crowd can be asked", 20),
        _term("acceptance", _within(0, 1), "the share of them who say yes", 0.5),
        _term("rain_acceptance", _within(0, 1), "that share in rain, as a part of the usual one", 0.6),
        _term("reliability", _above_zero(1), "the share of those who said yes and turn up", 0.9),
        Column("set_by", TEXT, "who set it; default: who imports it", required=False),
    ),
    (Once(("warehouse_id",)),),
    _keep_terms,
    _complete_terms,
    rules=("Days that are planned from then on rest on them; a day that has begun stays as it was planned.",),
)


def _complete_travel_times(records: Records, known: Known) -> None:
    known.stand_in(TravelTimeRow, records, "orders")
    for row in records.good_rows():
        begin, end = records.values["from_place"][row], records.values["to_place"][row]
        if begin == end:
            records.refuse(row, "to_place", "is where the way begins", "Write where it leads, or leave the row out")
        elif records.values["orders"][row] is not None and (begin != WAREHOUSE or end == WAREHOUSE):
            column = "orders" if "orders" in records.texts else "from_place"
            remedy = f"Write it on the row that leads from {WAREHOUSE} to a place, and leave it empty on others"
            records.refuse(row, column, "says nothing on a way that does not begin at the warehouse", remedy)


def _keep_travel_times(connection: Connection, records: Records, known: Known) -> None:
    """Whole: the first rows that this import says of a warehouse take the place of all that was there."""
    if new := known.met_first({warehouse_id for (warehouse_id,) in records.good("warehouse_id")}):
        connection.execute(delete(TravelTimeRow).where(TravelTimeRow.warehouse_id.in_(new)))
    kept_as(TravelTimeRow)(connection, records, known)


def _refuse_matrices_with_gaps(connection: Connection, known: Known) -> None:
    for warehouse_id in sorted(known.met):
        row = TravelTimeRow
        query = select(row.from_place, row.to_place, row.orders).where(row.warehouse_id == warehouse_id)
        ways = {(begin, end): orders for begin, end, orders in known.rows(query)}
        places = sorted({place for way in ways for place in way} | {WAREHOUSE})
        _refuse_an_odd_matrix(warehouse_id, places, ways)


def _refuse_an_odd_matrix(
    warehouse_id: str, places: Collection[str], ways: dict[tuple[str, str], float | None]
) -> None:
    of = f"The travel times of {warehouse_id}"
    if len(places) - 1 > MOST_PLACES:
        raise BadFile(
            f"{of} name {len(places) - 1} places, {MOST_PLACES} are taken. Put those together that lie close."
        )
    gaps = [(one, other) for one, other in combinations(places, 2) if not {(one, other), (other, one)} & ways.keys()]
    if gaps:
        more = f" and {len(gaps) - 1} more" if len(gaps) > 1 else ""
        raise BadFile(
            f"{of} have no row from {gaps[0][0]} to {gaps[0][1]}, nor back{more}. Add a row for each such way: one "
            "direction is enough."
        )
    if all(ways.get((WAREHOUSE, place)) == 0 for place in places if place != WAREHOUSE):
        raise BadFile(
            f"{of} have no place to which orders go. Write in the column orders how many do, or leave it out."
        )


TRAVEL_TIMES = ImportKind(
    "travel-times",
    "A matrix of how long couriers ride between the places that a warehouse delivers to; without one ways are straight "
    "lines times a detour.",
    (
        Column("warehouse_id", ID, "whose couriers ride there", refers="warehouses"),
        Column("from_place", ID, f"where the way begins; the word {WAREHOUSE} is the warehouse itself"),
        Column("to_place", ID, f"where it leads; the word {WAREHOUSE} is the warehouse itself"),
        Column("minutes", _within(0, 180), "how long the ride takes when it is dry", "minutes"),
        Column("orders", _within(0, 1e9), f"how many orders go to `to_place`, on rows from {WAREHOUSE}, in any unit "
               "that is the same for all; default: 1, as many to each", required=False),
    ),
    (Once(("warehouse_id", "from_place", "to_place")),),
    _keep_travel_times,
    _complete_travel_times,
    finish=_refuse_matrices_with_gaps,
    rules=(
        "A place is a point or a small area, as a block or a hexagon of a map: a ride from a place to itself takes no "
        "time. A way that is told in one direction takes as long in the other.",
        "A file names all of a warehouse's places and ways between them: what it says stands in place of the matrix "
        f"that was there. At most {MOST_PLACES} places a warehouse.",
    ),
)  # fmt: skip
