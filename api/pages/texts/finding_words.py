"""The words for what is found wrong with the data and forecasts of warehouses."""

from collections.abc import Mapping

FINDING_WORDS: Mapping[str, str] = {
    "finding.title": "Data and forecasts that are not as usual",
    "finding.means": "Forecasts and plans rest on data until they are corrected. What was so after all goes from here "
    "by itself.",
    "finding.feed_sales": "sales",
    "finding.feed_prices": "prices",
    "finding.feed_promotions": "promotions",
    "finding.feed_availability": "hours in stock",
    "finding.feed_receipts": "receipts",
    "finding.feed_stock": "counts",
    "finding.feed_weather": "weather",
    "finding.feed_forecasts": "forecasts",
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
    "finding.too_high": "Forecast - demand comes to {seen} of demand, before to {usual}.",
    "finding.too_low": "Demand is above the forecast: forecast - demand comes to {seen} of it, before to {usual}.",
    "finding.further_off": "Errors come to {seen} of demand, before to {usual}.",
}
