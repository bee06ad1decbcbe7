"""The words for what is found wrong with the data and forecasts of warehouses."""

from collections.abc import Mapping

FINDING_WORDS: Mapping[str, str] = {
    "finding.title": "Data and forecasts that are not as usual",
    "finding.means": "Forecasts and plans rest on these data until they are corrected. A finding that was right after "
    "all goes away by itself.",
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
    "finding.repeated": "{seen} of the values are those of an earlier day; usually it is {usual}.",
    "finding.other_unit": "{seen} of the values are several times larger or smaller than usual; usually it is {usual}.",
    "finding.one_value": "{seen} of the values are the same one; usually it is {usual}.",
    "finding.hours_missing": "Hours that usually make {seen} of a day have nothing; usually such gaps make {usual}.",
    "finding.hours_moved": "{seen} of the day lies in other hours than usual; usually it is {usual}.",
    "finding.items_missing": "{seen} of what usually has something has nothing; usually it is {usual}.",
    "finding.rows": "{seen} rows; usually it is {usual}.",
    "finding.total": "{seen} in all; usually it is {usual}.",
    "finding.too_high": "Forecasts lie above demand: forecast - demand is {seen} of demand; before it was {usual}.",
    "finding.too_low": "Forecasts lie below demand: forecast - demand is {seen} of demand; before it was {usual}.",
    "finding.further_off": "Errors come to {seen} of demand; before it was {usual}.",
}
