"""What groups of features add to the output of boosted trees: exact Shapley values with a group as one player.

A tree's expectation with only some groups known follows the row where a known group splits and averages by the training
rows on either side elsewhere (the path-dependent expectation of TreeSHAP, Lundberg, Erion & Lee 2018, arXiv:1802.03888;
groups as players: Jullum, Redelmeier & Aas 2021, arXiv:2106.12228). For a leaf it depends on the row only through the
set of groups that lead away from it, so the shares of each leaf for each such set are a table, made once, and a row
costs one look-up per leaf: with six groups a tenth of LightGBM's `pred_contrib`, which works them out by feature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

CHUNK: Final = 512  # rows looked up at once
LEAVES: Final = 64  # looked up at once: their part of the table stays in the processor's cache
FILLINGS: Final = (np.float32(0), np.float32(-np.inf), np.float32(np.inf))  # as 0, always left, always right
CATEGORICAL, DEFAULT_LEFT = 1, 2  # bits of LightGBM's decision_type
NO_MISSING, ZERO, NAN = 0, 1, 2  # LightGBM's missing_type, in its next bits

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
Index = NDArray[np.intp]
Bits = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class SplitNodes:
    """All nodes of all trees in one numbering, leaves included, a tree's root before its branches."""

    feature: Index  # -1 is a leaf
    column: Index  # of a row as `ready` makes it
    threshold: Floats  # the largest that is not above LightGBM's
    left: Index
    right: Index
    share_left: Doubles  # of the node's training rows that went left
    value: Doubles  # of a leaf
    by_depth: tuple[Index, ...]  # the nodes that split, by depth
    roots: Index

    @classmethod
    def of(cls, booster: lgb.Booster) -> SplitNodes:
        """The nodes of a LightGBM model. Raises `ValueError` for one with categorical splits."""
        texts = booster.model_to_string().split("end of trees")[0].split("\nTree=")[1:]
        trees = [dict(line.split("=", 1) for line in text.splitlines() if "=" in line) for text in texts]
        parts: list[list[NDArray[np.float64]]] = []
        roots, start = [], 0
        for tree in trees:
            leaves = int(tree["num_leaves"])
            roots.append(start)
            parts.append(_nodes(tree, leaves, start))
            start += 2 * leaves - 1
        feature, threshold, decision, left, right, share, value = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        bits = decision.astype(np.uint8)
        missing = (bits >> 2) & 3
        if (bits & CATEGORICAL).any() or (missing == ZERO).any():
            raise ValueError("trees with categorical splits or zeros for missing values are not explained")
        of = feature.astype(np.intp)
        filling = np.where(missing == NO_MISSING, 0, np.where(bits & DEFAULT_LEFT, 1, 2))
        below = threshold.astype(np.float32)
        below = np.where(below > threshold, np.nextafter(below, np.float32(-np.inf)), below)
        below = np.minimum(below, np.finfo(np.float32).max)  # what is missing goes right even of infinity
        children = left.astype(np.intp), right.astype(np.intp)
        levels, at = [], np.array(roots, dtype=np.intp)
        while len(at := at[feature[at] >= 0]):
            levels.append(at)
            at = np.concatenate([children[0][at], children[1][at]])
        return cls(
            of,
            np.maximum(of, 0) * len(FILLINGS) + filling,
            below,
            *children,
            share,
            value,
            tuple(levels),
            np.array(roots, dtype=np.intp),
        )

    def goes_left(self, nodes: Index, ready: Floats) -> NDArray[np.bool_]:
        """Where each row goes at each node: (nodes, n)."""
        return ready[self.column[nodes]] <= self.threshold[nodes][:, None]


def ready(rows: Floats) -> Floats:
    """Rows (n, features) as the splits read them: (features * FILLINGS, n), missing values filled in each way."""
    filled = np.stack([np.where(np.isnan(rows), filling, rows) for filling in FILLINGS], axis=2)
    return np.ascontiguousarray(filled.reshape(len(rows), -1).T, dtype=np.float32)


def _nodes(tree: Mapping[str, str], leaves: int, start: int) -> list[NDArray[np.float64]]:
    """A tree's columns: feature, threshold, decision, left, right, share of rows left, value; leaves come last."""
    inner = leaves - 1

    def numbers(name: str, count: int) -> NDArray[np.float64]:
        return np.array(tree[name].split(), dtype=np.float64) if count else np.empty(0)

    def padded(values: NDArray[np.float64], fill: float) -> NDArray[np.float64]:
        return np.concatenate([values, np.full(leaves, fill)])

    child = [numbers(name, inner).astype(np.intp) for name in ("left_child", "right_child")]
    nodes = [np.where(to >= 0, to, inner + ~to) for to in child]  # below 0: the leaf ~to
    training_rows = np.concatenate([numbers("internal_count", inner), numbers("leaf_count", leaves if inner else 0)])
    share = training_rows[nodes[0]] / (training_rows[nodes[0]] + training_rows[nodes[1]]) if inner else np.empty(0)
    return [
        padded(numbers("split_feature", inner), -1),
        padded(numbers("threshold", inner), 0),
        padded(numbers("decision_type", inner), 0),
        *(padded((to + start).astype(np.float64), 0) for to in nodes),
        padded(share, 0),
        np.concatenate([np.zeros(inner), numbers("leaf_value", leaves)]),
    ]


@dataclass(frozen=True, eq=False)
class GroupShares:
    """The shares of every leaf by the set of groups that lead away from it."""

    nodes: SplitNodes
    group: Bits  # of each feature
    leaves: Index
    first: Index  # (leaves, 1) the place of each leaf's first set in a row of the table
    table: Doubles  # leaf * sets + set of groups as bits, groups: a look-up reads one place in memory
    base: float  # the mean output of the trees

    @classmethod
    def of(cls, nodes: SplitNodes, group: Sequence[int], count: int) -> GroupShares:
        """The table for features that belong to `count` groups, `group` (features) saying which."""
        of_feature = np.array(group, dtype=np.uint8)
        averaged = np.ones(
            (len(nodes.feature), count)
        )  # the share of training rows that each group's splits let through
        for at in nodes.by_depth:
            of_split = of_feature[nodes.feature[at]]
            for to, share in ((nodes.left[at], nodes.share_left[at]), (nodes.right[at], 1 - nodes.share_left[at])):
                averaged[to] = averaged[at]
                averaged[to, of_split] *= share
        leaves = np.flatnonzero(nodes.feature < 0)
        value = nodes.value[leaves]
        sets = np.arange(1 << count)
        known = (sets[:, None] >> np.arange(count)) & 1
        # what a leaf adds to the expectation with a set of groups known, had none of them led away from it
        expected = value[:, None] * np.where(known, 1, averaged[leaves][:, None, :]).prod(axis=2)
        possible = (sets[:, None] & sets[None, :]) == 0  # known set, set that leads away
        weights = possible[:, :, None] * _shapley(count)[:, None, :]
        table = np.stack([(expected @ weights[:, :, player]).ravel() for player in range(count)], axis=1)
        first = np.arange(len(leaves))[:, None] * len(sets)
        return cls(nodes, of_feature, leaves, first, table, float(expected[:, 0].sum()))

    def shares(self, rows: NDArray[np.floating]) -> Doubles:
        """What each group adds to the output of the trees for each row: (n, groups). With `base` they add up to it."""
        result = [self._shares(rows[start : start + CHUNK]) for start in range(0, len(rows), CHUNK)]
        return np.concatenate(result) if result else np.empty((0, self.table.shape[1]))

    def _shares(self, rows: NDArray[np.floating]) -> Doubles:
        nodes = self.nodes
        values = ready(rows.astype(np.float32))
        away = np.zeros((len(nodes.feature), len(rows)), dtype=np.uint8)
        bit = np.left_shift(1, self.group).astype(np.uint8)
        for at in nodes.by_depth:
            left, of_split, before = nodes.goes_left(at, values), bit[nodes.feature[at]][:, None], away[at]
            away[nodes.left[at]] = before | ~left * of_split
            away[nodes.right[at]] = before | left * of_split
        result = np.zeros((len(rows), self.table.shape[1]))
        for start in range(0, len(self.leaves), LEAVES):
            of = slice(start, start + LEAVES)
            result += self.table.take(self.first[of] + away[self.leaves[of]], axis=0).sum(axis=0)
        return result


def _shapley(count: int) -> Doubles:
    """The weight of the expectation with each set known (as bits) in each player's Shapley value: (sets, players)."""
    weights = np.zeros((1 << count, count))
    for player in range(count):
        others = [other for other in range(count) if other != player]
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for chosen in combinations(others, size):
                without = sum(1 << other for other in chosen)
                weights[without | 1 << player, player] += weight
                weights[without, player] -= weight
    return weights
