"""Worlds for trials: days of unlike warehouses with weekdays, with what hangs together over days and over the region,
with tails, outages and holidays; and what a challenger would change of them.

A day's figure is part / whole, say profit after waste and shortage as a share of what could have been earned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from warehouse.worth.trials.contrasts import Days
from warehouse.worth.trials.design import Arm, Design

Floats = NDArray[np.float64]
FIRST = date(2026, 1, 5)


@dataclass(frozen=True)
class World:
    """How days are made.

    together      how much of yesterday's deviation is left today, of a warehouse
    own, region   the standard deviation of what a warehouse, and the region, deviate by
    tails         degrees of freedom of Student's t that a day's own noise follows
    outages       warehouses that earn next to nothing for a week of the trial
    holiday       whether a fortnight of the trial is far busier and worse, by warehouse in unlike degree
    carried       days over which what was bought under an arm goes on to count
    scatters      times as far as before that days of the trial lie from their warehouse's usual weekday
    closes        whether a warehouse closes during the stated length
    strike        days of the trial on which suppliers bring the region less, to each warehouse in unlike degree
    """

    name: str
    warehouses: int = 10
    together: float = 0.5
    own: float = 0.05
    region: float = 0.03
    tails: float = 30.0
    outages: int = 0
    holiday: bool = False
    carried: int = 1
    scatters: float = 1.0
    closes: bool = False
    strike: int = 0

    def days(self, length: int, dice: np.random.Generator) -> Days:
        """Days before and during a trial, on which nothing out of the ordinary happens."""
        count = self.warehouses
        sizes = np.exp(dice.normal(0.0, 0.8, count))[:, None]
        weekday = 1 + 0.25 * dice.standard_normal((count, 7)).clip(-2, 2)
        whole = sizes * weekday[:, np.arange(length) % 7] * np.exp(0.2 * self._ar(count, length, dice))
        share = 0.7 + 0.05 * dice.standard_normal((count, 1))
        by_weekday = 1 + 0.05 * dice.standard_normal((count, 7))
        off = self.own * self._ar(count, length, dice) + self.region * self._ar(1, length, dice)
        rate = share * by_weekday[:, np.arange(length) % 7] * (1 + off)
        return Days([f"W{n:02}" for n in range(count)], FIRST, rate * whole, whole)

    def befallen(self, days: Days, begin: int, length: int, dice: np.random.Generator) -> Days:
        """The days with what happens during a trial of some length."""
        part, whole = days.part.copy(), days.whole.copy()
        if self.holiday:
            at = begin + int(dice.integers(0, max(length - 14, 1)))
            busier, worse = dice.uniform(1.3, 1.9, (2, len(part), 1)) - np.array([[[0.0]], [[1.2]]])
            whole[:, at : at + 14] *= busier
            part[:, at : at + 14] *= busier * (1 - 0.3 * worse)
        for row in dice.choice(len(part), min(self.outages, len(part)), replace=False):
            at = begin + int(dice.integers(0, max(length - 7, 1)))
            part[row, at : at + 7] *= 0.1
        if self.scatters != 1:
            rate = part / whole
            usual = np.array([rate[:, weekday::7].mean(axis=1) for weekday in range(7)]).T
            usual = usual[:, np.arange(days.length) % 7]
            part[:, begin:] = (whole * (usual + self.scatters * (rate - usual)))[:, begin:]
        if self.strike:
            at = begin + int(dice.integers(0, max(length - self.strike, 1)))
            part[:, at : at + self.strike] *= dice.beta(4.0, 2.0, (len(part), 1))
        if self.closes:
            row, at = int(dice.integers(len(part))), begin + int(dice.integers(0, length))
            part[row, at:], whole[row, at:] = np.nan, np.nan
        return Days(days.warehouses, days.first, part, whole)

    def _ar(self, rows: int, days: int, dice: np.random.Generator) -> Floats:
        """Deviations of standard deviation 1, unless the tails are heavy."""
        steps = dice.standard_t(self.tails, (rows, days)) * np.sqrt(max(1 - 2 / self.tails, 0.05))
        found = np.empty((rows, days))
        found[:, 0] = steps[:, 0]
        for day in range(1, days):
            found[:, day] = self.together * found[:, day - 1] + np.sqrt(1 - self.together**2) * steps[:, day]
        return found


def with_effect(days: Days, design: Design, effect: float, carried: int) -> Days:
    """The days as they would have been: the challenger changes the part by a share, of which each of the last `carried`
    days brings its own piece."""
    if effect == 0:
        return days
    part = days.part.copy()
    offset = (design.first - days.first).days
    blocks = range(min(2 * design.most, (days.length - offset) // design.block_days))
    for row, name in enumerate(days.warehouses):
        held = np.zeros(days.length)
        for block in blocks:
            at = block * design.block_days
            arm = design.arm(name, design.first + timedelta(days=at))
            held[offset + at : offset + at + design.block_days] = arm is Arm.CHALLENGER
        smooth = np.convolve(held, np.full(carried, 1 / carried))[: days.length]
        part[row] *= 1 + effect * smooth
    return Days(days.warehouses, days.first, part, days.whole)


def made_worlds() -> list[World]:
    """Worlds of several makes."""
    return [
        World("ten warehouses"),
        World("days hang together", together=0.9),
        World("four, unlike", warehouses=4),
        World("five, an odd one", warehouses=5),
        World("heavy tails", tails=2.2),
        World("outages", outages=2),
        World("a holiday", holiday=True),
        World("stock carries over", carried=3),
        World("another season", warehouses=8, together=0.7, scatters=1.5),
        World("a strike, and one closes", warehouses=12, tails=4.0, strike=10, closes=True),
    ]
