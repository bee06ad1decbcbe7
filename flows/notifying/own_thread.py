"""Runs what blocks on a thread of its own: what hangs, as a name server or a mail server that does not answer, takes
none of the few threads from others, as from what keeps readings."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


async def on_its_own_thread(function: Callable[[], Result]) -> Result:
    """What the function returns or raises. Who is cancelled waits no longer; the thread ends with the function."""
    alone = ThreadPoolExecutor(1, "alone")
    try:
        return await asyncio.get_running_loop().run_in_executor(alone, function)
    finally:
        alone.shutdown(wait=False)
