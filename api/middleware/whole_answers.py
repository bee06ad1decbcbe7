"""Answers whose body is sent in one piece, seen before they are sent. A body that comes in several is a download."""

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


async def answer_in_one_piece(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, change: Callable[[Message, bytes], bytes]
) -> None:
    """Calls the app and sends what `change` makes of the start and the body of its answer; `change` may alter the
    start. What comes in several pieces is sent as it is."""
    start: Message | None = None

    async def send_changed(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        if start is not None and message["type"] == "http.response.body":
            if not message.get("more_body"):
                body = message.get("body", b"")
                changed = change(start, body)
                if changed is not body:
                    MutableHeaders(scope=start)["Content-Length"] = str(len(changed))
                message = {**message, "body": changed}
            await send(start)
            start = None
        await send(message)

    await app(scope, receive, send_changed)
