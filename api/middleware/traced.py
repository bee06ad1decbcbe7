"""A span for every request, by its route, where the settings name a collector of traces."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.observing import route_template
from flows.operating.traces import span


class Traced:
    """Around everything else, so that what a request waits for is in its span."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with span(scope["method"]) as begun:

            async def send_noting_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    begun.set_attribute("http.response.status_code", message["status"])
                await send(message)

            await self.app(scope, receive, send if begun is None else send_noting_status)
            if begun is not None:
                route = route_template(scope)
                begun.update_name(f"{scope['method']} {route}")
                begun.set_attributes({"http.request.method": scope["method"], "http.route": route})
