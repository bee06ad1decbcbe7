"""Files of what a shortage and waste cost by category, how much of demand is to be met at least, what is to lie on
display, and what is taken freshest first."""

from typing import Any

from sqlalchemy import select

from data.importers.kind import Column, ImportKind, Once, kept_as
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import MOMENT, TEXT, BadValue, ValueType, exact, number
from data.tables import CategoryTermsRow, ProductRow
from data.tables.judgements import HIGHEST_FLOOR, OF_ALL_CATEGORIES

SAID = ("goodwill", "disposal", "fill_rate_floor", "display_minimum", "freshest_first")


def _read_floor(text: str) -> Any:
    try:
        return number(0, HIGHEST_FLOOR).read(text)
    except BadValue as wrong:
        raise BadValue(wrong.reason, "Write the share of demand that is to be met at least, as 0.97 for 97%") from wrong


def _complete_category_terms(records: Records, known: Known) -> None:
    records.fill("category", lambda row: OF_ALL_CATEGORIES)
    records.fill("set_by", lambda row: known.by)
    _take_over_what_the_file_lacks(records, known)
    there = {OF_ALL_CATEGORIES, *(category for (category,) in known.rows(select(ProductRow.category).distinct()))}
    for row in records.good_rows():
        if records.values["category"][row] not in there:
            remedy = "Write it as the products have it, or import its products first"
            records.refuse(row, "category", "is the category of no product", remedy)


def _take_over_what_the_file_lacks(records: Records, known: Known) -> None:
    """Gives columns that the file lacks the values that were known of a row's category before: it counts alone."""
    lacking = [name for name in SAID if name not in records.values]
    kept = list(known.rows(select(CategoryTermsRow.__table__).order_by(CategoryTermsRow.known_at))) if lacking else []
    for name in lacking:
        records.values[name] = [None] * len(records)
        for row in records.good_rows():
            category, known_at = records.values["category"][row], records.values["known_at"][row]
            before = [one for one in kept if one.category == category and one.known_at <= known_at]
            records.values[name][row] = getattr(before[-1], name) if before else None


CATEGORY_TERMS = ImportKind(
    "category-terms",
    "What a shortage and waste cost beyond margin and price, how much of demand is to be met at least, what is to lie "
    "on display, and what share is taken freshest first.",
    (
        Column("category", TEXT, "of which category; empty: of all that have none of their own", required=False),
        Column("known_at", MOMENT, "from when on: plans that are made later count on it", past=True),
        Column("goodwill", exact(4), "what a unit short costs beyond its margin; empty: as for all",
               "currency per unit", required=False),
        Column("disposal", exact(4), "what a unit thrown away costs beyond its price; empty: as for all",
               "currency per unit", required=False),
        Column("fill_rate_floor", ValueType(f"number, 0 to {HIGHEST_FLOOR}", _read_floor),
               "the least share of demand to be met over the category's lines of a plan, without a category over the "
               "whole plan; empty: none", required=False),
        Column("display_minimum", exact(3), "how much of each product is to lie on display when the days that a "
               "delivery covers end; empty: as for all", "product's unit", required=False),
        Column("freshest_first", number(0, 1), "the share of units (0 to 1) that is taken of what is freshest, not of "
               "what expires first; empty: as for all", required=False),
        Column("set_by", TEXT, "who set it; default: who imports it", required=False),
    ),
    (Once(("category", "known_at")),),
    kept_as(CategoryTermsRow),
    _complete_category_terms,
    rules=("Of a category the row that was known last counts; what was known before is kept.",),
)  # fmt: skip
