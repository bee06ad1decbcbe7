"""A trial's design and what was known before it, as they are kept and read again."""

import math
from typing import Any

import numpy as np

from data.tables import TrialRow
from warehouse.worth.trials.contrasts import Before
from warehouse.worth.trials.design import Design, Kind


def design_as_dict(design: Design) -> dict[str, Any]:
    """As it is kept; its first day and seed are columns of their own."""
    return {
        "kind": design.kind,
        "block_days": design.block_days,
        "washout_days": design.washout_days,
        "periods": design.periods,
        "most": design.most,
        "pairs": [list(pair) for pair in design.pairs],
    }


def design_of(trial: TrialRow) -> Design:
    """The design of a kept trial; one that began before trials were lengthened is not."""
    kept = trial.design
    return Design(
        kind=Kind(kept["kind"]),
        first=trial.first,
        block_days=kept["block_days"],
        washout_days=kept["washout_days"],
        periods=kept["periods"],
        most=kept.get("most", kept["periods"]),
        pairs=[(one, other) for one, other in kept["pairs"]],
        seed=trial.seed,
    )


def before_as_dict(before: Before) -> dict[str, Any]:
    """As it is kept: of past contrasts the last of each pair, which is taken off."""
    return {
        "usual": {name: _known(value) for name, value in before.usual.items()},
        "weight": before.weight.tolist(),
        "past": [_known(value) for value in before.past[:, -1]],
        "told": before.told,
        "scale": before.scale,
    }


def before_of(trial: TrialRow) -> Before:
    """What was known before a kept trial."""
    kept = trial.before
    return Before(
        {name: _or_unknown(value) for name, value in kept["usual"].items()},
        np.array(kept["weight"], dtype=float),
        np.array([[_or_unknown(value)] for value in kept["past"]], dtype=float),
        kept["told"],
        kept["scale"],
    )


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _or_unknown(value: float | None) -> float:
    return math.nan if value is None else value
