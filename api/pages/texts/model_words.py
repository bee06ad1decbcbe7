"""The words about the model that made a forecast."""

from collections.abc import Mapping

MODEL_WORDS: Mapping[str, str] = {
    "model.last_level": "Forecast by the level at which it last sold, since nothing is known of its sales in the last "
    "4 weeks. Weekday, price and weather count for nothing.",
    "model.level_alone": "Forecast by the level at which it sells: too few days are known to try anything else.",
    "model.best": "Forecast by {model}: on {n} held-out day {gains}."
    "|Forecast by {model}: on {n} held-out days {gains}.",
    "model.gain": "{gain} better than {other}",
    "model.no_gain": "no worse than {other}",
    "model.lightgbm": "decision trees on calendar, price, weather and latest sales",
    "model.regression": "a regression on calendar, price, weather and latest sales",
    "model.exponential_smoothing": "smoothing of what sold lately, by weekday",
    "model.other.lightgbm": "decision trees",
    "model.other.regression": "a regression",
    "model.other.exponential_smoothing": "smoothing",
    "model.takes_no_account": "It takes no account of {kinds}.",
    "model.not_learned": "It has not learned yet, for want of examples: {kinds}.",
    "model.kind.prices": "price changes",
    "model.kind.promotions": "promotions",
    "model.kind.weather": "weather",
    "model.kind.holidays": "holidays",
    "model.kind.events": "events",
    "model.kind.season": "seasons of the year",
    "model.and_better": "{first} and {last}",
    "model.and": "{first} and {last}",
}
