"""What every test may ask for: databases of both kinds, the recorded data sets, a real broker."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """The folder of recorded data sets beside the checkout; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the recorded data sets are not beside this checkout (../shared/data)")
    return SHARED_DATA
