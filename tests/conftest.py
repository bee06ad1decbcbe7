"""Where the files of all tests lie, which tests share a process, what the collector of garbage passes over, and the
recorded data sets."""

import gc
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"

# Every commit waits for the disk, and every test makes hundreds of files: in memory where there is room, unless TMPDIR
# names another folder, for nobody needs these data after a crash.
MEMORY, ROOM_BYTES = Path("/dev/shm"), 1 << 30  # noqa: S108 - each session makes a folder of its own in it
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

SELDOM = (50_000, 20, 50)  # what is made before the collector comes, and how often to what stayed; 700, 10, 10 is usual

# folders whose files use one service that takes ten seconds to prepare
SHARE_A_SERVICE = ("tests/e2e/", "tests/integration/flows/with_prefect/")


class FilesTogether(LoadFileScheduling):
    """Files go to processes whole, and those that share a service to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        return next(filter(nodeid.startswith, SHARE_A_SERVICE), super()._split_scope(nodeid))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """The collector of garbage goes through no modules and tests, neither while they are made nor ever after: that was
    a tenth of the work. What is new it looks through less often than usual, which is a few percent more."""
    gc.disable()
    gc.set_threshold(*SELDOM)
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)  # mutmut runs the tests without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling:
    return FilesTogether(config, log)


@pytest.fixture
def shared_data() -> Path:
    """The folder of recorded data sets beside the checkout; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the recorded data sets are not beside this checkout (../shared/data)")
    return SHARED_DATA
