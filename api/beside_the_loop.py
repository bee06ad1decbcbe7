"""What takes long with a body is done beside the event loop, which answers everybody else meanwhile."""

from collections.abc import Callable
from typing import Final, TypeVar

from anyio import to_thread
from fastapi import Request

SHORT: Final = 65_536  # bytes: parsed and validated within a few milliseconds
AT_ONCE: Final = 2  # more would wait for each other, each with its body in memory
Done = TypeVar("Done")


async def beside_the_loop(request: Request, work: Callable[[bytes], Done], body: bytes) -> Done:
    """What is worked out from a body: from a long one on a thread of its own, which waits for no database."""
    if len(body) <= SHORT:
        return work(body)
    return await to_thread.run_sync(work, body, limiter=request.app.state.long_bodies)
