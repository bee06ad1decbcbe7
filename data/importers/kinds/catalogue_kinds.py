"""Files of what is sold and who sells it: products, suppliers, offers (one row a price tier)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, delete, select, update

from data.bulk import write_rows
from data.importers.kind import Column, ImportKind, Lasting, Once, kept_as
from data.importers.kinds.odd_humidity import refuse_odd_humidity
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import (
    DAY,
    ID,
    MOMENT,
    SEND_ADDRESS,
    TEXT,
    TIME_OF_DAY,
    WEEKDAYS,
    YES_NO,
    exact,
    exact_or_unknown,
    number,
    one_of,
    some_of,
    whole,
)
from data.tables import (
    Allergen,
    Band,
    DailySalesRow,
    Ethylene,
    ForecastRow,
    InspectionRow,
    Language,
    LotRow,
    Odour,
    OfferRow,
    OfferTierRow,
    OrderLineRow,
    PlanLineRow,
    ProductRow,
    PurchaseOrderLineRow,
    SupplierClosureRow,
    SupplierRow,
    SupplierTermsRow,
    TransferTermsRow,
    Unit,
)
from data.tables.changing import UPDATED_AT, moment_of_change

_Tier = tuple[Decimal, Decimal]  # from which quantity on, and the price of a unit


def _complete_products(records: Records, known: Known) -> None:
    if "raw_meat" in records.values:
        records.fill("raw_meat", lambda row: False)
    refuse_odd_humidity(records, known, ProductRow)


PRODUCTS = ImportKind(
    "products",
    "What is sold, and what it needs.",
    (
        Column("product_id", ID, "the product"),
        Column("name", TEXT, "as people call it"),
        Column("category", TEXT, "leaf vegetables, fruit, ..."),
        Column("subcategory", TEXT, "a part of the category", required=False),
        Column("band", one_of(Band), "the storage condition it needs"),
        Column("unit", one_of(Unit), "what it is counted in"),
        Column("volume_l", exact(3, above_zero=True), "space that a unit takes", "litres", required=False),
        Column("shelf_life_days", whole(1, 10_000), "how long it may be dispatched; the day of receipt is the first",
               "days", required=False),
        Column("list_price", exact_or_unknown(4), "full price of a unit; empty or 0: not known", "currency per unit",
               required=False),
        Column("introduced_on", DAY, "first day on sale", required=False),
        Column("delisted_on", DAY, "last day on sale; empty: none is known", required=False),
        Column("weight_kg", exact(3, above_zero=True), "what a unit weighs; empty: not known", "kg", required=False),
        Column("humidity_low_pct", number(0, 100), "the least relative humidity that it bears; empty: any", "%",
               required=False),
        Column("humidity_high_pct", number(0, 100), "the most; empty: any", "%", required=False),
        Column("ethylene", one_of(Ethylene), "whether it gives off ethylene (apples, bananas, tomatoes) or is harmed "
               "by it (leaf vegetables, broccoli, cucumbers); empty: neither", required=False),
        Column("odour", one_of(Odour), "whether it gives off a smell (onions, durian) or takes it on (butter, bread); "
               "empty: neither", required=False),
        Column("allergens", some_of(Allergen), 'what labels must name, as "egg,milk"; empty: none', required=False),
        Column("raw_meat", YES_NO, "whether it is raw meat, poultry or fish, below which nothing else lies; default: "
               "no", required=False),
    ),
    (Once(("product_id",)),),
    kept_as(ProductRow),
    _complete_products,
    rules=(
        "A product stays in its unit once anything is kept that is counted in it.",
        "From `weight_kg` on the columns say what it asks of its slot and of its neighbours ([slotting](slotting.md)). "
        "One that gives off ethylene and ripens by it too, as bananas do, is one that `produces`.",
    ),
    lasting=(
        Lasting(
            ProductRow, "unit", "Give the product in the new unit an id of its own",
            {"sales": DailySalesRow, "orders": OrderLineRow, "offers": OfferRow, "lots": LotRow,
             "inspections": InspectionRow, "purchase orders": PurchaseOrderLineRow, "purchase plans": PlanLineRow,
             "forecasts": ForecastRow},
        ),
    ),
)  # fmt: skip


def _complete_suppliers(records: Records, known: Known) -> None:
    known.stand_in(SupplierRow, records, "delivers_from", "delivers_until")
    begins, ends = records.column("delivers_from"), records.column("delivers_until")
    for row in records.good_rows():
        if begins[row] is not None and ends[row] is not None and begins[row] >= ends[row]:
            records.refuse(
                row, "delivers_until", f"is not after delivers_from, {begins[row]}", "Correct one of the two"
            )


SUPPLIERS = ImportKind(
    "suppliers",
    "Farms, cooperatives and wholesalers that we buy from.",
    (
        Column("supplier_id", ID, "the supplier"),
        Column("name", TEXT, "as people call it"),
        Column("kind", TEXT, "farm, cooperative, wholesaler, ..."),
        Column("city", TEXT, "where it is", required=False),
        Column("address", TEXT, "as purchase orders show it", required=False),
        Column("contact", TEXT, "whom to ask and how, as purchase orders show it", required=False),
        Column("send_to", SEND_ADDRESS, "where purchase orders are sent, as mailto://... or wecom://...; it may hold a "
               "password and is never shown", required=False),
        Column("language", one_of(Language), "what purchase orders are written in; empty: zh", required=False),
        Column("delivers_from", TIME_OF_DAY, "from when on it delivers, in the warehouse's time", required=False),
        Column("delivers_until", TIME_OF_DAY, "until when it delivers", required=False),
    ),
    (Once(("supplier_id",)),),
    kept_as(SupplierRow),
    _complete_suppliers,
)  # fmt: skip

_TERMS = (
    *("supplier_id", "product_id", "pack_size", "min_quantity", "daily_capacity", "lead_time_days"),
    *("order_cut_off", "delivery_weekdays", "valid_from", "valid_until", "known_at"),
)
# Offers are agreed before they begin: otherwise nobody could order today for delivery tomorrow, their first day. The
# moment of the import would be honest too, but a file imported again would then say something else.
KNOWN_BEFORE_IT_BEGINS = timedelta(days=14)


def _complete_offers(records: Records, known: Known) -> None:
    known.stand_in(OfferRow, records, "valid_until")
    _complete_validity(records)


def _complete_supplier_terms(records: Records, known: Known) -> None:
    known.stand_in(SupplierTermsRow, records, "valid_until")
    _complete_validity(records)


def _complete_transfer_terms(records: Records, known: Known) -> None:
    known.stand_in(TransferTermsRow, records, "valid_until")
    _complete_validity(records)
    of, to = records.values["from_warehouse_id"], records.values["to_warehouse_id"]
    for row in records.good_rows():
        if of[row] == to[row]:
            records.refuse(row, "to_warehouse_id", "is where it comes from", "Name another warehouse")


def _complete_validity(records: Records) -> None:
    def known_at(row: int) -> datetime:
        day = records.values["valid_from"][row]
        return datetime(day.year, day.month, day.day, tzinfo=UTC) - KNOWN_BEFORE_IT_BEGINS

    records.fill("known_at", known_at)
    until = records.column("valid_until")
    for row in records.good_rows():
        if until[row] is not None and until[row] < records.values["valid_from"][row]:
            records.refuse(row, "valid_until", "lies before valid_from", "Correct one of the two")


def _keep_offers(connection: Connection, records: Records, known: Known) -> None:
    names = ["offer_id", *(name for name in _TERMS if name in records.values)]
    # terms are on every row of an offer: one of them speaks for all, `once` sees to that
    offers = {row[0]: row for row in records.good(*names)}
    said = records.said(*names)
    write_rows(connection, OfferRow.__table__, names, offers.values(), replaced=said)  # type: ignore[arg-type]
    tiers: defaultdict[str, set[_Tier]] = defaultdict(set)
    for offer_id, *tier in records.good("offer_id", "tier_min_quantity", "unit_price"):
        tiers[offer_id].add(tuple(tier))
    _keep_tiers(connection, tiers, known.met_first(offers))


def _keep_tiers(connection: Connection, tiers: Mapping[str, set[_Tier]], met_first: set[str]) -> None:
    """Writes the tiers of the offers that have others; those of offers met before are added to what these have."""
    tier = OfferTierRow
    kept: defaultdict[str, set[_Tier]] = defaultdict(set)
    for offer_id, *one in connection.execute(
        select(tier.offer_id, tier.min_quantity, tier.unit_price).where(tier.offer_id.in_(tiers))
    ):
        kept[offer_id].add(tuple(one))
    changed = [id for id, said in tiers.items() if said != (kept[id] if id in met_first else kept[id] & said)]
    connection.execute(delete(tier).where(tier.offer_id.in_(met_first.intersection(changed))))
    rows = ((id, *one) for id in changed for one in tiers[id])
    write_rows(connection, tier.__table__, ["offer_id", "min_quantity", "unit_price"], rows)  # type: ignore[arg-type]
    changed_at = {UPDATED_AT: moment_of_change()}
    connection.execute(update(OfferRow).where(OfferRow.offer_id.in_(changed)).values(changed_at))


OFFERS = ImportKind(
    "offers",
    "A supplier's terms for a product, one row a price tier: the terms stand on each row of an offer.",
    (
        Column("offer_id", ID, "the offer"),
        Column("supplier_id", ID, "who offers", refers="suppliers"),
        Column("product_id", ID, "what", refers="products"),
        Column("pack_size", exact(3, above_zero=True), "it comes in multiples of this", "product's unit"),
        Column("min_quantity", exact(3), "the least that is delivered", "product's unit"),
        Column("daily_capacity", exact(3), "the most a day over all warehouses; empty: no limit", "product's unit",
               required=False),
        Column("lead_time_days", whole(0, 365), "from order to delivery; 1: ordered tonight, here tomorrow", "days"),
        Column("order_cut_off", TIME_OF_DAY, "up to which time in the warehouse, HH:MM, an order counts as of its day; "
               "empty: all day", required=False),
        Column("delivery_weekdays", WEEKDAYS, 'on which it delivers, 1 for Monday: "1,3,5"'),
        Column("valid_from", DAY, "first day of delivery under these terms"),
        Column("valid_until", DAY, "last such day; empty: until further notice", required=False),
        Column("known_at", MOMENT, "when we learned of it; default: 14 days before valid_from begins, in UTC",
               required=False, past=True),
        Column("tier_min_quantity", exact(3), "from this quantity on the price holds", "product's unit"),
        Column("unit_price", exact(4, above_zero=True), "price of a unit, above 0", "currency per unit"),
    ),
    (
        Once(("offer_id",), _TERMS, "Give an offer's terms alike on each of its rows"),
        Once(("offer_id", "tier_min_quantity")),
    ),
    _keep_offers,
    _complete_offers,
    rules=(
        "The tiers of an offer in the file replace those that it had. An offer stays with its supplier and product.",
    ),
    lasting=(
        Lasting(OfferRow, "supplier_id", "Give the other supplier's offer an id of its own"),
        Lasting(OfferRow, "product_id", "Give the offer of the other product an id of its own"),
    ),
)  # fmt: skip


def _complete_closures(records: Records, known: Known) -> None:
    records.fill("known_at", lambda row: known.now)
    for row in records.good_rows():
        if records.values["last_day"][row] < records.values["first_day"][row]:
            records.refuse(row, "last_day", "lies before first_day", "Correct one of the two")


CLOSURES = ImportKind(
    "closures",
    "Days on which a supplier neither takes orders nor delivers, such as holidays.",
    (
        Column("supplier_id", ID, "who is closed", refers="suppliers"),
        Column("first_day", DAY, "the first day closed"),
        Column("last_day", DAY, "the last day closed"),
        Column("known_at", MOMENT, "when we learned of it; default: when it is imported", required=False, past=True),
    ),
    (Once(("supplier_id", "first_day")),),
    kept_as(SupplierClosureRow),
    _complete_closures,
    rules=("An order placed on such a day counts as of the next day that is open, and the delivery before must last "
           "until the one after.",),
)  # fmt: skip

SUPPLIER_TERMS = ImportKind(
    "supplier-terms",
    "What a supplier asks for a whole order: all products of one delivery to one warehouse.",
    (
        Column("supplier_id", ID, "who asks for it", refers="suppliers"),
        Column("valid_from", DAY, "first day of delivery under these terms"),
        Column("valid_until", DAY, "last such day; empty: until the supplier's next terms", required=False),
        Column("delivery_cost", exact(4), "what a delivery costs, whatever it holds", "currency"),
        Column("min_order_value", exact(4), "the least that an order must come to; 0: none", "currency"),
        Column("min_order_packs", whole(0, 1_000_000), "the fewest packs of an order; 0: none", "packs"),
        Column("known_at", MOMENT, "when we learned of it; default: 14 days before valid_from begins, in UTC",
               required=False, past=True),
    ),
    (Once(("supplier_id", "valid_from")),),
    kept_as(SupplierTermsRow),
    _complete_supplier_terms,
    rules=("Of the terms that hold on a delivery's day, those that began last count.",),
)  # fmt: skip

TRANSFER_TERMS = ImportKind(
    "transfer-terms",
    "How goods may be carried from one warehouse to another, and what that costs.",
    (
        Column("from_warehouse_id", ID, "from where", refers="warehouses"),
        Column("to_warehouse_id", ID, "to where; the same way back is a row of its own", refers="warehouses"),
        Column("valid_from", DAY, "first day of these terms"),
        Column("valid_until", DAY, "last such day; empty: until the way's next terms", required=False),
        Column("hours", number(0, 14 * 24), "from the approval of a plan until the goods can be sold there", "hours"),
        Column("drive_cost", exact(4), "what a drive costs, whatever it carries", "currency of both"),
        Column("cost_per_unit", exact(4), "what carrying a unit of a product costs besides", "currency per unit"),
        Column("known_at", MOMENT, "when we learned of it; default: 14 days before valid_from begins, in UTC",
               required=False, past=True),
    ),
    (Once(("from_warehouse_id", "to_warehouse_id", "valid_from")),),
    kept_as(TransferTermsRow),
    _complete_transfer_terms,
    rules=("Of a way's terms that hold on a day, those that began last count. Without a row nothing is carried.",),
)  # fmt: skip
