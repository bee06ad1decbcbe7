"""Which code trains: the package's version, and a digest of what the trained numbers depend on.

A version alone would not reveal a patched file or another LightGBM; the digest does, so that a model trained by other
code is never taken for one trained by this.
"""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import forecasting

LIBRARIES = ("lightgbm", "numpy", "pandas", "scipy", "statsmodels", "holidays")


@cache
def code_version() -> str:
    """For example 0.1.0+3f9c0a1b2c4d: the version of Freshfront + the digest of its forecasting and its libraries."""
    digest = sha256()
    folder = Path(forecasting.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    for name in LIBRARIES:
        digest.update(f"{name}=={version(name)}\0".encode())
    return f"{version('freshfront')}+{digest.hexdigest()[:12]}"
