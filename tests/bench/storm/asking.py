"""A client that behaves as docs/api.md asks of it: what was not answered is asked again as it was, until it is."""

import threading
import time
from typing import Any, Final

import httpx

from tests.bench.storm.record import Record

PATIENCE: Final = 15.0  # seconds for one answer
LATER: Final = (408, 425, 429, 502, 503, 504)
AGAIN_AFTER: Final = 0.5


class Client:
    """One key's requests. `until` is the moment (monotonic) at which it gives up whatever is not answered."""

    def __init__(self, url: str, key: str, until: float, record: Record, stop: threading.Event) -> None:
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE, trust_env=False
        )
        self._until, self._record, self.stop = until, record, stop

    def ask(self, method: str, path: str, **more: Any) -> tuple[httpx.Response | None, bool]:
        """The answer, None where there was none until the end; and whether an earlier request got none, so that nobody
        knew what had come of it."""
        unknown = False
        while time.monotonic() < self._until:
            try:
                answer = self._http.request(method, path, **more)
            except httpx.HTTPError as error:
                unknown = True
                self._record.count(("no answer", type(error).__name__))
                time.sleep(AGAIN_AFTER)
                continue
            self._record.count(("status", answer.status_code))
            if answer.status_code == 500:
                self._record.note_unexpected(f"{method} {path} 500", answer.text)
            if answer.status_code == 500 or answer.status_code in LATER:
                unknown = unknown or answer.status_code != 429
                time.sleep(AGAIN_AFTER)
                continue
            return answer, unknown
        return None, unknown

    def pause(self, seconds: float) -> bool:
        """Waits so long; whether to go on."""
        return not self.stop.wait(seconds)
