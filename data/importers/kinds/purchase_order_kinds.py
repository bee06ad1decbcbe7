"""Files of purchase orders that were placed elsewhere."""

from data.importers.kind import Column, ImportKind, Once
from data.importers.kinds.entered_purchase_orders import NAMES, check_purchase_orders, keep_purchase_orders
from data.importers.rows.values import DAY, ID, MOMENT, TEXT, exact, exact_or_unknown

PURCHASE_ORDERS = ImportKind(
    "purchase-orders",
    "What was ordered from suppliers elsewhere, by phone say; what Freshfront ordered it knows.",
    (
        Column("number", ID, "what people call the order; without one it gets a number", required=False),
        Column("supplier_id", ID, "from whom", refers="suppliers"),
        Column("warehouse_id", ID, "for which warehouse", refers="warehouses"),
        Column("delivery_date", DAY, "the day on which it is to come"),
        Column("ordered_at", MOMENT, "when it was ordered", zone_by="warehouse_id", past=True),
        Column("product_id", ID, "what", refers="products"),
        Column("quantity", exact(3, above_zero=True), "how much", "product's unit"),
        Column("unit_price", exact_or_unknown(4), "at which price; empty or 0: not known", "currency per unit",
               required=False),
        Column("ordered_by", TEXT, "who ordered it; default: who imports", required=False),
        Column("note", TEXT, "what is to be said about the order", required=False),
        Column("known_at", MOMENT, "when it was booked; default: ordered_at", required=False, zone_by="warehouse_id",
               past=True),
    ),
    (Once((*NAMES, "product_id"), remedy="Add the two up"),),
    keep_purchase_orders,
    check_purchase_orders,
    rules=("Rows with one `number` are one order; without it, those with one supplier, warehouse, delivery date and "
           "`ordered_at`. An order stays as it was ordered: another quantity, day or supplier under its number is "
           "refused, a product that it lacks is added. What came since `ordered_at` and nobody had ordered counts "
           "against it at once.",),
)  # fmt: skip
