"""Files of where things are: warehouses, temperature zones and their limits, sensors."""

from data.importers.kind import Column, ImportKind, Lasting, Once, kept_as
from data.importers.kinds.odd_humidity import refuse_odd_humidity
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import (
    COUNTRY,
    CURRENCY,
    DAY,
    ID,
    MOMENT,
    TEXT,
    TIMEZONE,
    currency_of,
    holiday_places,
    number,
    one_of,
    whole,
)
from data.local_days import same_clock
from data.tables import (
    Band,
    DailyAvailabilityRow,
    DailySalesRow,
    LimitRow,
    LotRow,
    OrderLineRow,
    PromotionRow,
    Routing,
    SensorRow,
    WarehouseRow,
    WeatherRow,
    ZoneRow,
)

USUAL_DELAY_MINUTES = 30


def _complete_warehouses(records: Records, known: Known) -> None:
    if "routing" in records.values:
        records.fill("routing", lambda row: Routing.COMBINED)
    known.stand_in(WarehouseRow, records, "country", "subdivision", "currency")
    records.fill("country", lambda row: "CN")
    records.fill("currency", lambda row: currency_of(records.values["country"][row]))
    for row in records.good_rows():
        country, subdivision = records.values["country"][row], records.values["subdivision"][row]
        parts = holiday_places()[country]
        if subdivision is not None and subdivision not in parts:
            column = "subdivision" if "subdivision" in records.texts else "country"
            remedy = f"Write one of {', '.join(parts)}" if parts else "Leave it empty"
            records.refuse(row, column, f"makes {country} with {subdivision}, whose holidays are not known", remedy)


WAREHOUSES = ImportKind(
    "warehouses",
    "Front warehouses. Their time zone says what a local day and a time without an offset mean in every other file.",
    (
        Column("warehouse_id", ID, "the warehouse"),
        Column("name", TEXT, "as people call it"),
        Column("city", TEXT, "where it is"),
        Column("timezone", TIMEZONE, "its IANA time zone, as Asia/Shanghai"),
        Column("latitude", number(-90, 90), "for the weather", "degrees north", required=False),
        Column("longitude", number(-180, 180), "for the weather", "degrees east", required=False),
        Column("opened_on", DAY, "first day of business", required=False),
        Column("closed_on", DAY, "last day of business; empty: none is known", required=False),
        Column("address", TEXT, "where suppliers deliver to", required=False),
        Column("contact", TEXT, "whom they ask there and how", required=False),
        Column("country", COUNTRY, "whose public holidays it keeps: code of ISO 3166-1, as DE; default: CN",
               required=False),
        Column("subdivision", TEXT, "the part of the country whose holidays it keeps too: code of ISO 3166-2 without "
               "the country, as SH; empty: those of the whole country alone", required=False),
        Column("currency", CURRENCY, "in which its prices and costs are: code of ISO 4217, as EUR; default: its "
               "country's", required=False),
        Column("routing", one_of(Routing), "the rule that its pickers are led by ([slotting](slotting.md)); default: "
               "combined", required=False),
    ),
    (Once(("warehouse_id",)),),
    kept_as(WarehouseRow),
    _complete_warehouses,
    rules=(
        "Warehouses of several time zones and countries live side by side, each by its own local days and calendar. "
        "Those of one clock (Asia/Chongqing, Asia/Shanghai and Asia/Hong_Kong have one) are a region, which learns "
        "together. The clock of a warehouse stays what it is once something of its local days is kept.",
        "Sums of money are told by currency and never added across currencies.",
    ),
    lasting=(
        Lasting(
            WarehouseRow, "timezone", "Write the zone that it has, or give the warehouse an id of its own",
            {"sales": DailySalesRow, "availability": DailyAvailabilityRow, "orders": OrderLineRow,
             "promotions": PromotionRow, "weather": WeatherRow, "lots": LotRow},
            lambda known, kept, new: same_clock(kept, new, known.now),
        ),
    ),
)  # fmt: skip

ZONES = ImportKind(
    "zones",
    "Parts of a warehouse kept at one condition: rectangles on its floor plan.",
    (
        Column("zone_id", ID, "the zone"),
        Column("warehouse_id", ID, "where it is", refers="warehouses"),
        Column("name", TEXT, "as people call it"),
        Column("band", one_of(Band), "the storage condition it gives"),
        Column("x_m", number(-10_000, 10_000), "left edge", "metres"),
        Column("y_m", number(-10_000, 10_000), "upper edge", "metres"),
        Column("width_m", number(0, 10_000), "along x", "metres"),
        Column("depth_m", number(0, 10_000), "along y", "metres"),
        Column("humidity_low_pct", number(0, 100), "the least relative humidity that it keeps; empty: not known", "%",
               required=False),
        Column("humidity_high_pct", number(0, 100), "the most; empty: not known", "%", required=False),
    ),
    (Once(("zone_id",)),),
    kept_as(ZoneRow),
    lambda records, known: refuse_odd_humidity(records, known, ZoneRow),
    rules=("A zone stays in its warehouse: zones of two warehouses need ids of their own, as W1-cold and W2-cold.",),
    lasting=(Lasting(ZoneRow, "warehouse_id", "Give each warehouse's zone an id of its own, as W1-cold and W2-cold"),),
)  # fmt: skip


def _complete_limits(records: Records, known: Known) -> None:
    known.stand_in(LimitRow, records, "low_c", "high_c")
    for side in ("low", "high"):
        records.fill(f"{side}_delay_minutes", lambda row: USUAL_DELAY_MINUTES)
    if "recovery_margin_c" in records.values:
        records.fill("recovery_margin_c", lambda row: 0.0)
    low, high = records.column("low_c"), records.column("high_c")
    for row in records.good_rows():
        if low[row] is not None and high[row] is not None and low[row] >= high[row]:
            records.refuse(row, "low_c", f"is not below high_c, {high[row]:g}", "Correct one of the two")


LIMITS = ImportKind(
    "limits",
    "The temperatures that a zone must keep from a moment on; both empty: none from then on.",
    (
        Column("zone_id", ID, "the zone", refers="zones"),
        Column("valid_from", MOMENT, "from when on", zone_by="zone_id"),
        Column("low_c", number(-100, 100), "not below", "C", required=False),
        Column("high_c", number(-100, 100), "not above", "C", required=False),
        Column("low_delay_minutes", whole(0, 1440), "how long it may be below before an alarm; default 30", "minutes",
               required=False),
        Column("high_delay_minutes", whole(0, 1440), "how long it may be above before an alarm; default 30", "minutes",
               required=False),
        Column("recovery_margin_c", number(0, 20), "how far back inside it must be for an alarm to end; default 0", "C",
               required=False),
    ),
    (Once(("zone_id", "valid_from")),),
    kept_as(LimitRow),
    _complete_limits,
)  # fmt: skip


SENSORS = ImportKind(
    "sensors",
    "Thermometers.",
    (
        Column("sensor_id", ID, "the sensor, as it names itself in readings"),
        Column("zone_id", ID, "where it hangs", refers="zones"),
        Column("name", TEXT, "as people call it"),
        Column("interval_minutes", number(0.1, 1_440), "how often it sends; empty: as most do (the settings)",
               "minutes", required=False),
        Column("gateway", ID, "what it sends through, as that names itself on its status topic; empty: it sends by "
               "itself", required=False),
    ),
    (Once(("sensor_id",)),),
    kept_as(SensorRow),
    rules=("A sensor that comes with another zone than before was carried there when the file is imported: what it "
           "said before stays with the zone where it hung ([alerting](alerting.md#sensors)).",),
)  # fmt: skip
