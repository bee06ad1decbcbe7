"""The words for what is found wrong with the data and forecasts of warehouses."""

from collections.abc import Mapping

FINDING_WORDS: Mapping[str, str] = {
    "finding.title": "Data and forecasts that are not as usual",
    "finding.means": "Forecasts and plans rest on these data until they are corrected. A day that was right "
    "after all goes away by itself after two weeks.",
    "finding.feed_sales": "sales",
    "finding.feed_prices": "prices",
    "finding.feed_promotions": "promotions",
    "finding.feed_availability": "hours in stock",
    "finding.feed_receipts": "receipts",
    "finding.feed_stock": "counts",
    "finding.feed_weather": "weather",
    "finding.feed_handovers": "orders at the door",
    "finding.feed_forecasts": "forecasts",
    "finding.of_category": "{feed} of {category}",
    "finding.days": "{first} to {last}",
    "finding.missing": "Nothing came.",
    "finding.repeated": "{seen} of the values are those of an earlier day (usually {usual}).",
    "finding.other_unit": "{seen} of the values are several times larger or smaller than usual "
    "(on other days {usual}).",
    "finding.one_value": "{seen} of the values are one and the same (usually {usual}).",
    "finding.hours_missing": "Hours that usually bring {seen} of a day are empty (usually {usual}).",
    "finding.hours_moved": "{seen} of the day lies in other hours than usual (on other days {usual}).",
    "finding.items_missing": "{seen} of the products that usually have data have none (usually {usual}).",
    "finding.rows": "{seen} rows came (usually {usual}).",
    "finding.total": "They come to {seen} in all (usually {usual}).",
    "finding.too_high": "Forecasts are too high: their bias is {seen} of demand (before: {usual}).",
    "finding.too_low": "Forecasts are too low: their bias is {seen} of demand (before: {usual}).",
    "finding.further_off": "Forecasts are further off: errors come to {seen} of demand (before: {usual}).",
}
