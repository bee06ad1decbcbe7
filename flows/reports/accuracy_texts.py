"""Every word of the accuracy report in English, and how its figures are written. `{name}` is filled in; a key is the
context of its Chinese in the catalogue."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from babel.dates import format_date

from data.languages import language_now, locale_now, worded
from data.languages import say as in_language
from data.languages.reading import Language
from forecasting.evaluation.baselines import MEAN_7_DAYS, SEASONAL_NAIVE, SMOOTHED, TSB

WORDS: Mapping[str, str] = {
    "language": "en",
    "title": "Forecast accuracy",
    "period": "{start} to {end}",
    "size": "{days} days, {warehouses} warehouses, forecast {horizon} ahead",
    "day": "1 day",
    "days": "{n} days",
    # headline
    "head.wape": "Error (WAPE)",
    "head.wape_says": "of sales: all deviations, too much and too little, added up",
    "head.wpe": "Bias of the mean (WPE)",
    "head.wpe_says": "{bias}. Of the median, by which the error is measured: {median}; it lies lower, since few days "
    "sell far more than most.",
    "head.wpe_high": "Too much was forecast, on balance",
    "head.wpe_low": "Too little was forecast, on balance",
    "head.wpe_even": "Neither too much nor too little was forecast, on balance",
    "head.q90": "Ordering at 90%",
    "head.q90_says": "of product days were covered by the quantity meant to cover 90%",
    "head.gain": "Better than the best baseline",
    "head.gain_says": "less error than: {method} ({wape})",
    "head.worse": "Worse than the best baseline",
    "head.worse_says": "more error than: {method} ({wape})",
    "head.scored": "Scored",
    "head.scored_says": "of product days; on the others something was out of stock between 06:00 and 22:00, so "
    "sales do not show demand",
    "head.in_stock": "Bias on all days",
    "head.in_stock_says": "of the forecasts that orders are based on, over all days; a day that sold out is completed "
    "by what it sold until then. With the forecasts of scored days: {seen_whole}",
    "head.between": "{low} to {high}",
    # sections
    "methods.title": "Compared with baselines",
    "methods.says": "Error by method; the bar is the 90% interval. Left is better.",
    "methods.plain": "baselines",
    "methods.all": "Every figure, by method",
    "methods.all_says": "Under each figure its 90% interval.",
    "methods.method": "Method",
    "methods.wape": "Error (WAPE)",
    "methods.wpe_mean": "Bias of the mean (WPE)",
    "methods.wpe": "Bias of the median",
    "methods.pinball": "Loss at ordered quantities (pinball)",
    "methods.coverage": "Covered by the 90% quantity",
    "methods.rmsse": "RMSSE",
    "methods.gain": "Our error is lower by",
    "calibration.title": "Do the ordered quantities cover what they say?",
    "calibration.says": "Each quantity is meant to cover a share of product days. On the line it does; above the line "
    "it covers more than meant, below it less.",
    "calibration.x": "meant to cover",
    "calibration.y": "covered",
    "horizon.title": "By days ahead",
    "horizon.says": "Error of forecasts made so many days before.",
    "horizon.x": "days ahead",
    "category.title": "By category",
    "category.says": "The {n} categories with the most sales.",
    "city.title": "By city",
    "city.says": "The {n} cities with the most sales.",
    "decile.title": "By volume",
    "decile.says": "Tenths of the products of warehouses, from the slowest to the fastest selling. Sales of slow "
    "sellers are largely chance, so their relative error is larger for every method.",
    "decile.1": "slowest",
    "decile.10": "fastest",
    "promotion.title": "Promoted or not",
    "promotion.says": "Days with and without an announced promotion of the product.",
    "promotion.promoted": "promoted",
    "promotion.not promoted": "not promoted",
    "daily.title": "Bias by day",
    "daily.says": "Above the line too much was forecast that day, over everything; below it too little.",
    "daily.x": "%-d %b",
    "daily.y": "bias (WPE)",
    "warehouses.title": "Warehouses to look at",
    "warehouses.says": "The {n} with the largest error, of {of}. Half of all warehouses lie between {low} and {high}.",
    "warehouses.warehouse": "Warehouse",
    "warehouses.demand": "Sold a day",
    "warehouses.plain": "Best baseline",
    "ladder.title": "Which model was chosen",
    "ladder.says": "Each training has three models forecast its last days, held out of what they learn from; the one "
    "that misses least serves. What each missed is given as a share of what exponential smoothing missed.",
    "ladder.training": "Trained to the end of",
    "ladder.when": "{day}, {reach}",
    "ladder.near": "for tomorrow",
    "ladder.far": "for further days",
    "ladder.held_out": "Days held out",
    "ladder.chosen": "Chosen",
    "ladder.unseen": "Not counted or not learned yet",
    "ladder.kind.prices": "price changes",
    "ladder.kind.promotions": "promotions",
    "ladder.kind.weather": "weather",
    "ladder.kind.holidays": "holidays",
    "ladder.kind.events": "events",
    "ladder.kind.season": "seasons",
    "served.title": "Which model served",
    "served.says": "Products not listed lately are forecast by exponential smoothing, whatever was chosen. The rows "
    "compare each model with the best baseline on the same product days.",
    "served.model": "Model",
    "served.rows": "Product days",
    "served.wape": "Error (WAPE)",
    "served.plain": "Its error there",
    "served.best": "Best baseline there",
    "served.verdict": "Which is better",
    "served.wins": "the model",
    "served.loses": "the baseline",
    "served.open": "no clear difference",
    "served.lost": "{kind} {group}: {method} has {share} less error.",
    "served.lost_nowhere": "By city, category, volume and promotion no baseline is better over its whole interval.",
    "served.lost_warehouses": "A baseline is better over its whole interval in {n} of {of} warehouses; of four "
    "baselines tried everywhere, some win by chance.",
    "served.kind.city": "City",
    "served.kind.category": "Category",
    "served.kind.decile": "Volume",
    "served.kind.promotion": "Products",
    "error": "error (WAPE)",
    "interval": "90% interval",
    "how.title": "How this was measured",
    "how.replay": "Every day was forecast again with only what was known {ahead} before. The models were trained on "
    "what was known at the end of {trained}; each forecast is by the latest of them that knew no more than it may.",
    "how.scored": "{scored} of {rows} product days are scored. {left_out} are left out because something was out of "
    "stock between 06:00 and 22:00; they held {sales} of what was sold. {unknown} have no full record of availability "
    "and count as in stock.",
    "how.missing": "{missing} scored product days had no forecast; they count as a forecast of zero.",
    "how.interval": "Intervals hold 90% of the results when the days are resampled {resamples} times: "
    "other weeks would have given other figures. With fewer than 5 days there are none.",
    "how.plain": "Baselines see the same sales. Their quantities to order are the forecast plus a safety stock "
    "from their own past errors.",
    "how.wape": "WAPE: sum of absolute errors over sum of sales. WPE: sum of forecast less sales over sum of sales. "
    "Both of the median.",
    "how.pinball": "Pinball loss: what a quantity costs when a missing unit and one too many are weighed as its "
    "quantile says; mean over 5, 10, 25, 50, 75, 90 and 95%, relative to sales.",
    "how.rmsse": "RMSSE: the root of the mean squared error, each product's relative to its change from one day to "
    "the next before these days; below 1 is better than taking yesterday's sales.",
    "none": "–",
}

METHODS: Mapping[str, str] = {
    "freshfront": "Freshfront",
    SEASONAL_NAIVE: "Same day last week",
    MEAN_7_DAYS: "Mean of 7 days",
    SMOOTHED: "Exponential smoothing",
    TSB: "TSB (rare demand)",
}
MODELS: Mapping[str, str] = {
    "lightgbm": "trees (LightGBM)",
    "regression": "regression (statsmodels)",
    "exponential_smoothing": "exponential smoothing",
    "ended": "taken as ended",
    "none": "no forecast",
}
DAY: Final = {Language.EN: ("d MMM", "d MMM y"), Language.ZH: ("M月d日", "y年M月d日")}  # without and with the year


def say(key: str, **values: object) -> str:
    """The words under a key, with what is to be filled in."""
    return worded(key, WORDS[key]).format(**values)


def method(name: str) -> str:
    """What a method is called."""
    return in_language(METHODS[name]) if name in METHODS else name


def model(name: str) -> str:
    """What a model that serves is called."""
    return worded(name, MODELS[name]) if name in MODELS else name


def kinds(names: Sequence[str]) -> str:
    """What a model does not see, named one after the other; a dash for nothing."""
    return in_language("{names}", names=[say(f"ladder.kind.{name}") for name in names]) or say("none")


def ahead(horizon: int) -> str:
    """`1 day`, `7 days`."""
    return say("day") if horizon == 1 else say("days", n=horizon)


def day(value: date, *, year: bool = False) -> str:
    """`29 May`, with the year `29 May 2024`."""
    return format_date(value, DAY[language_now()][year], locale=locale_now())


def percent(share: float | None, places: int = 1) -> str:
    """`28.5%`; a dash for what cannot be told."""
    if share is None or share != share:
        return say("none")
    return number(share * 100, places) + "%"


def signed_percent(share: float | None, places: int = 1) -> str:
    """`+1.4%` or `−1.1%`."""
    text = percent(share, places)
    return f"+{text}" if text[0].isdigit() and text.strip("0.%") else text


def number(value: float | None, places: int = 0) -> str:
    """`1,234.5` with a real minus sign."""
    if value is None or value != value:
        return say("none")
    text = f"{value:,.{places}f}"
    if not text.startswith("-"):
        return text
    return "\N{MINUS SIGN}" + text[1:] if text.strip("-0.,") else text[1:]
