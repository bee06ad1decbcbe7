"""What customers of a made shop want: needs with a list each of what they would take, the best first.

Whatever the choice model, a need is such a list, so the same customers can be played with and without a product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LISTED = 5  # how many products a customer would try at most
HOURS = 16
BY_HOUR = np.array([4, 7, 9, 10, 9, 7, 5, 4, 4, 6, 8, 8, 7, 6, 4, 2], dtype=float)
BY_WEEKDAY = np.array([0.92, 0.88, 0.92, 0.96, 1.05, 1.18, 1.09])

Chooser = Callable[[np.random.Generator, "Goods", NDArray[np.intp], NDArray[np.float64]], NDArray[np.intp]]


@dataclass(frozen=True, eq=False)
class Goods:
    """The products of a made shop, by index; `utility` is what the average customer sees in each (n)."""

    category: NDArray[np.intp]
    subcategory: NDArray[np.intp]
    tier: NDArray[np.intp]
    band: NDArray[np.intp]
    price: NDArray[np.float64]
    cost: NDArray[np.float64]
    life: NDArray[np.intp]
    pack: NDArray[np.intp]
    utility: NDArray[np.float64]
    anchor: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Needs:
    """One row a need, in the order of time: `takes` holds product indices, -1 where the customer gives up."""

    day: NDArray[np.intp]
    hour: NDArray[np.intp]
    warehouse: NDArray[np.intp]
    visit: NDArray[np.intp]
    anchor: NDArray[np.bool_]
    takes: NDArray[np.intp]


def multinomial(random: np.random.Generator, goods: Goods, group: NDArray, utility: NDArray) -> NDArray:
    """Every customer ranks products and leaving by utility and noise, independently."""
    return ranked(group, utility + random.gumbel(size=utility.shape), random.gumbel(size=len(utility)) - 0.3)


def nested(random: np.random.Generator, goods: Goods, group: NDArray, utility: NDArray) -> NDArray:
    """A subcategory is a nest: what a customer sees in its products goes together (dissimilarity 0.4)."""
    within = 0.4
    noise = within * random.gumbel(size=utility.shape)
    for subcategory in np.unique(goods.subcategory[group]):
        columns = np.flatnonzero(goods.subcategory[group] == subcategory)
        noise[:, columns] += within * np.log(positive_stable(random, within, len(utility)))[:, None]
    return ranked(group, utility + noise, random.gumbel(size=len(utility)) - 0.3)


def mixed(random: np.random.Generator, goods: Goods, group: NDArray, utility: NDArray) -> NDArray:
    """Customers differ: some look at the price tier, some at the subcategory, some at neither."""
    kind = random.choice(3, size=len(utility), p=[0.4, 0.4, 0.2])
    tier = random.integers(3, size=len(utility))
    subcategory = random.choice(np.unique(goods.subcategory[group]), size=len(utility))
    likes = 2.5 * ((kind == 0)[:, None] & (goods.tier[group][None, :] == tier[:, None]))
    likes = likes + 2.5 * ((kind == 1)[:, None] & (goods.subcategory[group][None, :] == subcategory[:, None]))
    return ranked(group, utility + likes + random.gumbel(size=utility.shape), random.gumbel(size=len(utility)) + 0.7)


def exogenous(random: np.random.Generator, goods: Goods, group: NDArray, utility: NDArray) -> NDArray:
    """First choices by share; with 55% another is tried, of another subcategory 0.3 and of another tier 0.5 times as
    likely, and at most two of them (Fisher and Vaidyanathan 2014)."""
    first = np.argmax(utility + random.gumbel(size=utility.shape), axis=1)
    differs = np.log(0.3) * (goods.subcategory[group][:, None] != goods.subcategory[group][None, :])
    differs = differs + np.log(0.5) * (goods.tier[group][:, None] != goods.tier[group][None, :])
    np.fill_diagonal(differs, -np.inf)
    others = np.argsort(-(utility + differs[first] + random.gumbel(size=utility.shape)), axis=1)[:, : LISTED - 1]
    takes = np.concatenate([first[:, None], others], axis=1)
    tries = 1 + np.cumprod(random.random((len(takes), 2)) < 0.55, axis=1).sum(axis=1)
    return np.where(np.arange(LISTED)[None, :] < tries[:, None], group[takes], -1)


def ranked(group: NDArray, utility: NDArray, leaving: NDArray) -> NDArray:
    """The products that are better than leaving, the best first."""
    order = np.argsort(-utility, axis=1)[:, :LISTED]
    better = np.take_along_axis(utility, order, axis=1) > leaving[:, None]
    return np.where(better, group[order], -1)


def positive_stable(random: np.random.Generator, alpha: float, size: int) -> NDArray:
    """Positive stable draws (Kanter 1975), which tie the noise of a nest together."""
    angle, wait = random.uniform(0, np.pi, size), random.exponential(size=size)
    turned = np.sin(alpha * angle) / np.sin(angle) ** (1 / alpha)
    return turned * (np.sin((1 - alpha) * angle) / wait) ** ((1 - alpha) / alpha)


def needs_of(
    seed: int,
    goods: Goods,
    chooser: Chooser,
    first_day: int,
    days: int,
    volume: NDArray[np.float64],
    drift: NDArray[np.float64],
    local: NDArray[np.float64],
) -> Needs:
    """The needs of some days; `volume` (days x warehouses x categories), `drift` (weeks x products) and `local`
    (warehouses x products) what changes in the products' utility."""
    random = np.random.default_rng(seed)
    _, warehouses, categories = volume.shape
    day_factor = np.exp(random.normal(0, 0.08, (days, warehouses, 1)) + random.normal(0, 0.1, (days, 1, categories)))
    weekday = BY_WEEKDAY[(np.arange(first_day, first_day + days)) % 7]
    count = random.poisson(volume * day_factor * weekday[:, None, None])
    visits_a_day = count.sum(axis=2) // 3 + 1
    parts = []
    for warehouse in range(warehouses):
        for category in range(categories):
            group = np.flatnonzero(goods.category == category)
            day = np.repeat(np.arange(days), count[:, warehouse, category])
            utility = (goods.utility + local[warehouse])[group][None] + drift[(first_day + day) // 7][:, group]
            takes = chooser(random, goods, group, utility)
            visit = (random.random(len(day)) * visits_a_day[day, warehouse]).astype(np.intp)
            parts.append((day + first_day, np.full(len(day), warehouse), visit, takes))
    day, warehouse, visit = (np.concatenate([part[at] for part in parts]) for at in range(3))
    takes = np.concatenate([part[3] for part in parts])
    visit_id = (day * warehouses + warehouse) * 100_000 + visit
    _, at = np.unique(visit_id, return_inverse=True)
    hour = random.choice(HOURS, size=at.max() + 1, p=BY_HOUR / BY_HOUR.sum())[at]
    anchor = (takes[:, 0] >= 0) & goods.anchor[takes[:, 0]] & (random.random(at.max() + 1) < 0.6)[at]
    order = np.lexsort((random.random(len(day)), ~anchor, hour, day))
    return Needs(*(values[order] for values in (day, hour, warehouse, visit_id, anchor, takes)))
