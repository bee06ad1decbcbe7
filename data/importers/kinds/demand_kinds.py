"""Files of what was wanted and what moved it: orders, sales, availability, promotions, weather."""

from datetime import datetime, timedelta
from typing import Final

from data.importers.kind import Column, ImportKind, Once, kept_as
from data.importers.kinds.hourly_rows import complete_availability, complete_sales, keep_availability, keep_sales
from data.importers.kinds.order_lines import keep_orders
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import DAY, ID, MOMENT, SHARE_OF_PRICE, YES_NO, exact, number, whole
from data.local_days import end_of_day, today_there
from data.tables import OrderLineRow, PromotionRow, WeatherRow

_SERIES = (
    Column("warehouse_id", ID, "where", refers="warehouses"),
    Column("product_id", ID, "of what", refers="products"),
)
_KNOWN_AT = Column(
    "known_at", MOMENT, "when it became known; default: the end of the day", required=False, zone_by="warehouse_id",
    past=True,
)  # fmt: skip
_SOLD_TWICE = "Add up what two channels or an hour that clocks showed twice sold, or keep the row that is right"
LONGEST_AHEAD_DAYS: Final = 366  # a year that is mistyped is not an order ahead
_HOURS_APART = "Sort the file so that the hours of a day stand together, and give each day once"


def _complete_orders(records: Records, known: Known) -> None:
    records.fill("known_at", lambda row: records.values["ordered_at"][row])
    known.stand_in(OrderLineRow, records, "wanted_on")
    for row in records.good_rows():
        wanted_on = records.values["wanted_on"][row]
        if wanted_on is None:
            continue
        zone = known.zone("warehouse_id", records.values["warehouse_id"][row])
        assert zone is not None  # noqa: S101 - the warehouse is known, or the row would be bad
        ordered_on = today_there(records.values["ordered_at"][row], zone.key)
        if wanted_on < ordered_on:
            records.refuse(row, "wanted_on", f"lies before the order, of {ordered_on}", "Correct one of the two")
        elif wanted_on > ordered_on + timedelta(days=LONGEST_AHEAD_DAYS):
            too_far = f"lies more than {LONGEST_AHEAD_DAYS} days ahead"
            records.refuse(row, "wanted_on", too_far, "Correct the day or the year")


ORDERS = ImportKind(
    "orders",
    "Order lines: one product of one customer order. `freshfront sales`, or the daily flow, books sales from them.",
    (
        Column("order_id", ID, "the order, by the warehouse's own number"),
        Column("line_no", whole(1, 1_000_000), "which line of it"),
        *_SERIES,
        Column("ordered_at", MOMENT, "when it was ordered or returned", zone_by="warehouse_id", past=True),
        Column("quantity", exact(3, low=-1e9), "how much; below zero: returned; 0: the line is cancelled",
               "product's unit"),
        Column("unit_price", exact(4), "what a unit cost", "currency per unit", required=False),
        Column("known_at", MOMENT, "when it became known; default: ordered_at", required=False,
               zone_by="warehouse_id", past=True),
        Column("wanted_on", DAY, "local day for which it was ordered ahead; default: the day of `ordered_at`",
               required=False),
    ),
    (Once(("warehouse_id", "order_id", "line_no")),),
    keep_orders,
    _complete_orders,
    rules=(
        "A day is booked when it is over, and again whenever a line of it is added, corrected or cancelled.",
        "To correct a line, import it again under its key; to cancel it, with the quantity 0; to cancel an order, "
        "all its lines so. A line that moves to another warehouse is cancelled in the first.",
        "A line that is `wanted_on` a later day is a sale of that day, and known demand until then: no plan buys less. "
        "Its hours are those of the day's other sales of the product; without any, only the day is known.",
        "A return is a line of its own, of the same order or another, with a negative quantity. It takes back from the "
        "sales of its day (to take back from the day of the order, give that day in `ordered_at`), first what its own "
        "order bought. What exceeds the day's sales of the product is left out and counted.",
        "Sales that are imported count instead of booked ones, product by product and day by day.",
        "A product that sold in the 28 days before and is in no order of a day with orders sold nothing on it.",
    ),
)  # fmt: skip

SALES = ImportKind(
    "sales",
    "Units sold of a product, by local day or, with the column `hour`, by local hour.",
    (
        *_SERIES,
        Column("date", DAY, "local day, over by now"),
        Column("hour", whole(0, 23), "local hour, 9 is 09:00 to 09:59; without the column a row is a day",
               required=False),
        Column("sales", number(0), "how much was sold", "product's unit"),
        _KNOWN_AT,
    ),
    (
        Once(("warehouse_id", "product_id", "date", "known_at", "hour"), remedy=_SOLD_TWICE),
        Once(("warehouse_id", "product_id", "date", "known_at"), ("day_of_line",), _HOURS_APART),
    ),
    keep_sales,
    complete_sales,
    together=("warehouse_id", "product_id", "date"),
    rules=(
        "By hour, the rows of a warehouse, product and day stand together; an hour without a row sold nothing.",
        "A day on which nothing was sold needs a row with 0: a day without a row is a day of which nothing is known.",
        "Where bad rows are skipped, a day of which one hour is bad is left out as a whole.",
    ),
)  # fmt: skip

AVAILABILITY = ImportKind(
    "availability",
    "In which local hours a product was in stock.",
    (
        *_SERIES,
        Column("date", DAY, "local day, over by now"),
        Column("hour", whole(0, 23), "local hour, 9 is 09:00 to 09:59"),
        Column("in_stock", YES_NO, "could it be bought in that hour"),
        _KNOWN_AT,
    ),
    (
        Once(("warehouse_id", "product_id", "date", "known_at", "hour")),
        Once(("warehouse_id", "product_id", "date", "known_at"), ("day_of_line",), _HOURS_APART),
    ),
    keep_availability,
    complete_availability,
    together=("warehouse_id", "product_id", "date"),
    rules=(
        "A day has all its 24 hours, and they stand together.",
        "Where bad rows are skipped, a day of which one hour is bad is left out as a whole.",
    ),
)


def _complete_promotions(records: Records, known: Known) -> None:
    for row in records.good_rows():
        if records.values["ends_on"][row] < records.values["starts_on"][row]:
            records.refuse(row, "ends_on", "lies before starts_on", "Correct one of the two")


PROMOTIONS = ImportKind(
    "promotions",
    "Prices below list and activities, planned for whole local days. Days without a row are at full price; but where "
    "next to all days with a sale have one, discount 1 at full price, prices come with what is sold, and that of a day "
    "without a row is unknown.",
    (
        *_SERIES,
        Column("starts_on", DAY, "first local day"),
        Column("ends_on", DAY, "last local day"),
        Column("discount", SHARE_OF_PRICE, "price / list price: 0.8 for 80% of it (8折, 20% off); 1 is full price"),
        Column("promoted", YES_NO, "announced to customers"),
        Column("known_at", MOMENT, "when it was planned: forecasts made before do not see it", zone_by="warehouse_id",
               past=True),
    ),
    (Once(("warehouse_id", "product_id", "starts_on", "known_at")),),
    kept_as(PromotionRow),
    _complete_promotions,
    rules=(
        "A row with the same first day and a later known_at replaces the plan from then on; to cancel one, give "
        "discount 1 and promoted 0. Where plans overlap, the one known last counts. A price without an end may end on "
        "2099-12-31: a forecast looks at the days that it reaches.",
    ),
)  # fmt: skip


def _complete_weather(records: Records, known: Known) -> None:
    def day_is_over(row: int) -> datetime:
        zone = known.zone("warehouse_id", records.values["warehouse_id"][row])
        assert zone is not None  # noqa: S101 - the warehouse is known, or the row would be bad
        return end_of_day(records.values["date"][row], zone.key)

    known.stand_in(WeatherRow, records, "observed")
    records.fill("observed", lambda row: True)
    ends = {row: day_is_over(row) for row in records.good_rows()}
    records.values.setdefault("issued_at", [None] * len(records))
    for row in records.good_rows():
        issued = records.values["issued_at"][row]
        if not records.values["observed"][row]:
            if issued is None:
                records.refuse(row, "issued_at", "is missing of a forecast", "Write when the forecast was issued")
            elif issued >= ends[row]:
                records.refuse(row, "issued_at", "lies after the day that it forecasts", "Correct one of the two")
        elif (issued or ends[row]) < ends[row]:
            records.refuse(row, "issued_at", "lies before the end of the day observed", "Correct one of the two")
        elif ends[row] > known.now:
            records.refuse(row, "date", "is not over yet: it cannot have been observed", "Give it as a forecast")
    records.fill("issued_at", ends.__getitem__)


WEATHER = ImportKind(
    "weather",
    "A local day's weather at a warehouse, observed or forecast.",
    (
        Column("warehouse_id", ID, "where", refers="warehouses"),
        Column("date", DAY, "local day"),
        Column("observed", YES_NO, "1: observed (default), 0: forecast", required=False),
        Column("issued_at", MOMENT, "when the forecast was issued; of an observation when it became known, default: "
               "the end of the day", required=False, zone_by="warehouse_id", past=True),
        Column("temperature_c", number(-90, 60), "mean of the day", "C", required=False),
        Column("precipitation_mm", number(0, 2000), "sum of the day", "mm", required=False),
        Column("humidity_pct", number(0, 100), "relative humidity, mean of the day", "%", required=False),
        Column("wind_level", number(0, 17), "mean of the day", "Beaufort", required=False),
    ),
    (Once(("warehouse_id", "date", "issued_at")),),
    kept_as(WeatherRow),
    _complete_weather,
)  # fmt: skip
