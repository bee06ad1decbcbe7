"""What the steps of a run are called where people read of them: beside a progress bar, and in what became of a run."""

from collections.abc import Mapping
from typing import Final

from data.languages import worded

STEPS: Final[Mapping[str, str]] = {
    "step.weather": "weather",
    "step.train-region": "train-region",
    "step.train": "train",
    "step.promote": "promote",
    "step.forecast": "forecast",
    "step.orders": "orders",
    "step.promotion-effects": "promotion-effects",
    "step.plan": "plan",
    "step.slots": "slots",
    "step.couriers": "couriers",
    "step.days": "days",
    "step.assortment": "assortment",
    "step.trials": "trials",
    "step.feeds": "feeds",
    "step.backtest": "backtest",
    "step.report accuracy": "report accuracy",
    "step.the region's past": "the region's past",
    "step.Sealing": "Sealing",
}


def step_in_words(step: str) -> str:
    """The name of a step; one that has no other as it is."""
    name = f"step.{step}"
    return worded(name, STEPS[name]) if name in STEPS else step
