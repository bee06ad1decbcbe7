"""Random numbers of the sample region: every part draws from a generator of its own, found by its name.

So the region depends on its seed alone, and a change to one part leaves the draws of the others as they were.
"""

from hashlib import blake2b

from numpy.random import Generator, SeedSequence, default_rng


def stream(seed: int, name: str) -> Generator:
    """The generator of the part called `name`; the same for the same seed and name, on any machine."""
    key = int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "little")
    return default_rng(SeedSequence(seed, spawn_key=(key,)))
