"""The words for what is found wrong with the data of warehouses."""

from collections.abc import Mapping

FINDING_WORDS: Mapping[str, str] = {
    "finding.title": "Data that cannot be right",
    "finding.means": "Forecasts and plans rest on them until they are corrected. What was so after all goes from here "
    "by itself after two weeks.",
    "finding.feed_sales": "sales",
    "finding.feed_prices": "prices",
    "finding.feed_promotions": "promotions",
    "finding.feed_availability": "hours in stock",
    "finding.feed_receipts": "receipts",
    "finding.feed_stock": "counts",
    "finding.feed_weather": "weather",
    "finding.days": "{first} to {last}",
    "finding.missing": "Nothing came.",
    "finding.repeated": "{seen} of the values are those of an earlier day, usual are {usual}.",
    "finding.other_unit": "{seen} of the values are several times as large or small as usual, else {usual} are.",
    "finding.one_value": "{seen} of the values are the same one, usual are {usual}.",
    "finding.hours_missing": "Hours that usually have {seen} of a day have nothing, else those of {usual}.",
    "finding.hours_moved": "{seen} of the day lies in other hours than usual, else {usual}.",
    "finding.items_missing": "{seen} of what usually has something has nothing, usual are {usual}.",
    "finding.rows": "{seen} rows, usual are {usual}.",
    "finding.total": "{seen} in all, usual are {usual}.",
}
