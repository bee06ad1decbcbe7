"""The figures that a trial can be about, each a ratio of the sums that the morning report adds up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from warehouse.worth.measures import Measures
from warehouse.worth.morning_figures import Better, thrown_away
from warehouse.worth.trials.design import Arm


@dataclass(frozen=True)
class TrialFigure:
    """`part` / `whole`; it is called as the figure of the morning report that it is."""

    name: str
    better: Better
    part: Callable[[Measures], float]
    whole: Callable[[Measures], float]
    of_money: bool = False

    def winner(self, effect: float) -> Arm:
        """Which arm an effect speaks for."""
        return Arm.CHALLENGER if (effect > 0) == (self.better is Better.HIGHER) else Arm.CHAMPION


TRIAL_FIGURES: Final = {
    one.name: one
    for one in (
        TrialFigure(
            "earned",
            Better.HIGHER,
            lambda m: m.wanted_money - m.short_money - m.waste_money,
            lambda m: m.wanted_money,
            of_money=True,
        ),
        TrialFigure("fill_rate", Better.HIGHER, lambda m: m.met, lambda m: m.demand),
        TrialFigure("waste", Better.LOWER, thrown_away, lambda m: m.came),
        TrialFigure("wape", Better.LOWER, lambda m: m.forecast_off, lambda m: m.forecast_demand),
    )
}
