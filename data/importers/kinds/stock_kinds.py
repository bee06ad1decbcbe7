"""Files of what we hold and how cold it was: lots, inspections, readings."""

from data.importers.kind import Column, ImportKind, Lasting, Once, kept_as
from data.importers.kinds.counted_lots import keep_lots, keep_stock_list
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import DAY, ID, MOMENT, TEXT, exact, exact_or_unknown, number, one_of
from data.local_days import today_there
from data.tables import InspectionRow, LotRow, ReadingRow, Stage


def _complete_lots(records: Records, known: Known) -> None:
    said = zip(records.column("known_at"), records.column("quantity_on_hand"), strict=True)
    counted = [known_at or (known.now if on_hand is not None else None) for known_at, on_hand in said]
    known.stand_in(LotRow, records, "quantity_on_hand", "expires_on")
    records.fill("known_at", lambda row: records.values["received_at"][row])
    records.fill("counted_at", lambda row: counted[row] or records.values["received_at"][row])
    records.fill("quantity_on_hand", lambda row: records.values["quantity_received"][row])
    _refuse_more_left_than_came(records, known)
    expires = records.column("expires_on")
    for row in records.good_rows():
        zone = known.ids("warehouses")[records.values["warehouse_id"][row]]
        day = today_there(records.values["received_at"][row], zone)
        if expires[row] is not None and expires[row] < day:
            records.refuse(row, "expires_on", f"lies before the day of receipt, {day}", "Correct one of the two")


def _refuse_more_left_than_came(records: Records, known: Known) -> None:
    said = "quantity_on_hand" in records.texts
    # a count may have found more than was booked as received: then what is kept of both stays
    kept = {} if said else known.kept(LotRow, records, ["quantity_received"])
    for row in records.good_rows():
        received, on_hand = records.values["quantity_received"][row], records.values["quantity_on_hand"][row]
        if on_hand > received and said:
            records.refuse(row, "quantity_on_hand", f"is more than was received, {received}", "Correct one of the two")
        elif on_hand > received:
            lot = (records.values["warehouse_id"][row], records.values["lot_id"][row])
            if kept.get(lot) != (received,):
                left = f"{on_hand.normalize():f}"
                records.refuse(row, "quantity_received", f"is less than is left, {left}", "Give quantity_on_hand too")


LOTS = ImportKind(
    "lots",
    "Receipts with an expiry, and what is left of them.",
    (
        Column("lot_id", ID, "the lot; a number of its warehouse"),
        Column("warehouse_id", ID, "where it lies", refers="warehouses"),
        Column("product_id", ID, "of what", refers="products"),
        Column("supplier_id", ID, "from whom", required=False, refers="suppliers"),
        Column("received_at", MOMENT, "when it came", zone_by="warehouse_id", past=True),
        Column("expires_on", DAY, "the last day on which it may be dispatched; empty: it keeps", required=False),
        Column("quantity_received", exact(3), "how much came", "product's unit"),
        Column("quantity_on_hand", exact(3), "how much is left; default: all of it", "product's unit", required=False),
        Column("unit_cost", exact_or_unknown(4), "what a unit cost; empty or 0: not known", "currency per unit",
               required=False),
        Column("known_at", MOMENT, "when it was booked; default: received_at", required=False, zone_by="warehouse_id",
               past=True),
        Column("counted_at", MOMENT, "when so much was left; default: known_at if the file has it, else the moment of "
               "the import, else (no quantity_on_hand) received_at", required=False, zone_by="warehouse_id", past=True),
    ),
    (Once(("warehouse_id", "lot_id")),),
    keep_lots,
    _complete_lots,
    rules=("What came counts against the purchase orders that had been placed by then, those due that day first, then "
           "the earliest due: of the lot's supplier, or of any where the lot names none. The rest of them stays under "
           "way, and what nobody had ordered is a receipt without an order. Only what is new of a lot counts, so "
           "importing it again changes nothing and a corrected `quantity_received` corrects the purchase orders too.",
           "A lot stays of its product. What is left of a lot that is there already is a count, kept in the ledger of "
           "stock; one that is older than the last count of the lot changes nothing."),
    lasting=(Lasting(LotRow, "product_id", "Give the lot of the other product a number of its own"),),
)  # fmt: skip


def _complete_stock(records: Records, known: Known) -> None:
    records.fill("counted_at", lambda row: known.now)
    records.values["lot_id"] = records.column("product_id")  # which number the product's own lot has
    of_products = known.kept(LotRow, records, ["product_id"])
    keys = list(zip(records.column("warehouse_id"), records.column("product_id"), strict=True))
    for row in records.good_rows():
        (of_product,) = of_products.get(keys[row], (keys[row][1],))
        if of_product != keys[row][1]:
            reason = f"is the number of a lot of product {of_product}, and a list keeps a product under its own id"
            records.refuse(row, "product_id", reason, "Import this warehouse's stock as lots")


STOCK = ImportKind(
    "stock",
    "How much of each product there is, for a shop that does not know its lots.",
    (
        Column("warehouse_id", ID, "where", refers="warehouses"),
        Column("product_id", ID, "of what", refers="products"),
        Column("quantity", exact(3), "how much is there", "product's unit"),
        Column("counted_at", MOMENT, "when so much was there; default: the moment of the import", required=False,
               zone_by="warehouse_id", past=True),
    ),
    (Once(("warehouse_id", "product_id"), remedy="Add up what lies in two places, or keep the row that is right"),),
    keep_stock_list,
    _complete_stock,
    rules=("What is less than before was sold, first-expired first; what is more, or new, lies in a lot that has the "
           "product's id for its number and is taken as received on the day of the count, since nobody says how old it "
           "is. A row says all that there is of its product, besides blocked lots; one that is older than the last "
           "count changes nothing.",),
)  # fmt: skip


def _complete_inspections(records: Records, known: Known) -> None:
    records.fill("known_at", lambda row: records.values["inspected_at"][row])
    for row in records.good_rows():
        inspected, accepted = (records.values[f"{what}_quantity"][row] for what in ("inspected", "accepted"))
        if accepted > inspected:
            records.refuse(row, "accepted_quantity", f"is more than was inspected, {inspected}", "Correct one of them")


INSPECTIONS = ImportKind(
    "inspections",
    "How much of what was inspected was accepted: at origin, at receipt, before dispatch; customers' complaints.",
    (
        Column("inspection_id", ID, "the inspection"),
        Column("stage", one_of(Stage), "where it took place"),
        Column("supplier_id", ID, "whose goods", required=False, refers="suppliers"),
        Column("product_id", ID, "of what", refers="products"),
        Column("warehouse_id", ID, "in which warehouse; empty at origin", required=False, refers="warehouses"),
        Column("lot_id", ID, "of which lot of that warehouse", required=False),
        Column("inspected_at", MOMENT, "when; at origin with its offset", zone_by="warehouse_id", past=True),
        Column("inspected_quantity", exact(3), "how much was inspected", "product's unit"),
        Column("accepted_quantity", exact(3), "how much of it was accepted", "product's unit"),
        Column("defect", TEXT, "what was wrong with the rest", required=False),
        Column("residues", TEXT, "what a laboratory found", required=False),
        Column("known_at", MOMENT, "when it was booked; default: inspected_at", required=False,
               zone_by="warehouse_id", past=True),
    ),
    (Once(("inspection_id",)),),
    kept_as(InspectionRow),
    _complete_inspections,
    rules=("An inspection stays in its warehouse: inspections of two warehouses need ids of their own.",),
    lasting=(Lasting(InspectionRow, "warehouse_id", "Give each warehouse's inspection an id of its own"),),
)  # fmt: skip


def _complete_readings(records: Records, known: Known) -> None:
    if "known_at" not in records.values:
        records.values["known_at"] = list(records.values["taken_at"])
        return
    records.fill("known_at", lambda row: records.values["taken_at"][row])


READINGS = ImportKind(
    "readings",
    "Temperatures that sensors took.",
    (
        Column("sensor_id", ID, "which sensor", refers="sensors"),
        Column("taken_at", MOMENT, "when", zone_by="sensor_id"),
        Column("temperature_c", number(), "what it read", "C"),
        Column("known_at", MOMENT, "when it reached us; default: taken_at", required=False, zone_by="sensor_id",
               past=True),
    ),
    (Once(("sensor_id", "taken_at"), remedy="Keep the right one, or write the offsets where clocks went back"),),
    kept_as(ReadingRow, "ignore"),
    _complete_readings,
    rules=("A reading that is there already stays as it came first. What no thermometer can say is refused, as it is "
           "of readings that are sent. The readings raise and end alarms, in the order of their times and after what "
           "was kept before, and webhooks are told of them ([alerting](alerting.md)).",
           "A large CSV file is read fastest without quotes, known_at and bad rows, its moments with their offset."),
)  # fmt: skip
