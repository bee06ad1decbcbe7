"""How far what a product did is believed, against what products like it do.

Products are chosen because they looked bad, and some of that was bad luck; a mean that is pulled towards what was to be
expected is unbiased for those chosen as well (Efron and Morris 1975; DerSimonian and Laird 1986 for the spread)."""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

ROUNDS = 20  # the spread among products is found by iterating; it settles in a few


def pulled(seen: Doubles, chance: Doubles, expected: Doubles) -> tuple[Doubles, Doubles]:
    """Mean and variance of each true value, given what was seen of it with the variance `chance` and what was expected.

    True values scatter about `expected` (above 0) by the same factor everywhere; by how much is found so that what was
    seen scatters as it does.
    """
    if len(seen) < 3:
        return seen.copy(), chance.copy()
    ratio, noise = seen / expected, chance / expected**2
    between = max(float(np.average((ratio - 1) ** 2 - noise, weights=1 / (noise + 1))), 0.0)
    for _ in range(ROUNDS):
        weight = 1 / (noise + between + 1e-9)
        between = max(float(np.average((ratio - 1) ** 2 - noise, weights=weight**2)), 0.0)
    belief = between / (between + noise + 1e-12)
    return expected * (1 + belief * (ratio - 1)), expected**2 * (belief * noise)
