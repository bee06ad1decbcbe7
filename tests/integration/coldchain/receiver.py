"""An HTTP server that messages are sent to."""

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """An HTTP server that keeps what it is sent and answers as it is told."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.messages: list[tuple[dict[str, str], bytes]] = []
        self.answer: tuple[int, dict[str, str], bytes] = (204, {}, b"")
        self.takes_seconds = 0.0
        self.body_takes_seconds = 0.0  # after the status and the headers
        self.hold = threading.Event()
        self.hold.set()
        received = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body = self.rfile.read(length)
                if len(body) < length:  # the sender died while it sent: nothing that anybody has received
                    return
                received.messages.append(({name.lower(): value for name, value in self.headers.items()}, body))
                received.hold.wait(20)
                time.sleep(received.takes_seconds)
                status, headers, answer = received.answer
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    time.sleep(received.body_takes_seconds)
                    self.wfile.write(answer)
                except OSError:
                    pass  # the sender has gone

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/alarms?site=1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()

    def payloads(self) -> list[dict]:
        return [json.loads(body) for _, body in self.messages]
