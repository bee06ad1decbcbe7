"""How often somebody may change something or sign in: each has a bucket of so many requests as a minute allows, which
fills again at that pace. Who finds it empty is told when the next request is worth while (429).

The buckets are this process's own and forget who has not asked for longest, so memory does not grow with addresses
that are made up; a full bucket is as good as none. (Of the libraries for this none takes the clock of a request and a
bound on what it remembers; what is needed is one subtraction.)
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Lock

from fastapi import Request

from api.problems import TooManyRequests
from flows.settings import Settings

REMEMBERED = 10_000  # buckets: 3 MB at most
ROUNDING = 1e-9
OF_A_HOUSEHOLD = 64  # bits of an IPv6 address; the others are its owner's to change


@dataclass
class _Bucket:
    left: float
    at: datetime


class Buckets:
    """A bucket for each who asks, of `per_minute` requests."""

    def __init__(self, per_minute: float, remembered: int = REMEMBERED) -> None:
        self._size, self._remembered = per_minute, remembered
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    def wait(self, who: str, now: datetime) -> timedelta:
        """How long to wait for the next request; takes none."""
        bucket = self._buckets.get(who)
        if bucket is None:
            return timedelta(0)
        left = bucket.left + self._size * (max(now - bucket.at, timedelta(0)) / timedelta(minutes=1))
        return timedelta(minutes=1) * (max(1 - ROUNDING - left, 0) / self._size)

    def take(self, who: str, now: datetime) -> timedelta:
        """Takes one request out of a bucket; how long to wait where it is empty, 0 where it was not."""
        with self._lock:
            bucket = self._buckets.setdefault(who, _Bucket(self._size, now))
            self._buckets.move_to_end(who)
            if len(self._buckets) > self._remembered:
                self._buckets.popitem(last=False)
            since = max(now - bucket.at, timedelta(0))  # a clock may be set back
            bucket.left = min(self._size, bucket.left + self._size * (since / timedelta(minutes=1)))
            bucket.at = now
            if bucket.left < 1 - ROUNDING:
                return timedelta(minutes=1) * ((1 - bucket.left) / self._size)
            bucket.left -= 1
            return timedelta(0)


class RateLimits:
    """The limits of a service: changes by key, sign-ins by address."""

    def __init__(self, settings: Settings) -> None:
        self._changes = Buckets(settings.changes_per_minute)
        self._sign_ins = Buckets(settings.sign_ins_per_minute)
        self._wrong_keys = Buckets(settings.wrong_keys_per_minute)
        self._proven: OrderedDict[bytes, None] = OrderedDict()

    def count_change(self, key_id: str, now: datetime) -> None:
        """Raises TooManyRequests for a key that has changed too much within a minute."""
        _refuse_until(self._changes.take(key_id, now))

    def refuse_guess(self, request: Request, key: str, now: datetime) -> None:
        """Raises TooManyRequests where an address has sent too many wrong keys within a minute, before another one is
        looked at. Keys that were right before are not refused: who guesses locks out nobody behind the same address."""
        wait = self._wrong_keys.wait(_address(request), now)
        if wait and _digest(key) not in self._proven:
            _refuse_until(wait)

    def note_key(self, request: Request, key: str, now: datetime, is_right: bool) -> None:
        """Notes whether a key was right."""
        if not is_right:
            self._wrong_keys.take(_address(request), now)
            return
        self._proven[_digest(key)] = None
        if len(self._proven) > REMEMBERED:
            self._proven.popitem(last=False)

    def count_sign_in(self, request: Request, now: datetime) -> None:
        """Raises TooManyRequests for an address from which too many sign-ins were tried within a minute, or other
        requests whose right to change something is in the address or form itself."""
        _refuse_until(self._sign_ins.take(_address(request), now))


def rate_limits(request: Request) -> RateLimits:
    """Those of the service that is asked."""
    limits: RateLimits = request.app.state.rate_limits
    return limits


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "replace")).digest()


def _refuse_until(wait: timedelta) -> None:
    if wait:
        raise TooManyRequests(ceil(wait.total_seconds()))


def _address(request: Request) -> str:
    """Where a request comes from; of IPv6 the network, of which one household has many addresses."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:  # a socket of this machine, or a proxy that hides it
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return address.exploded[: OF_A_HOUSEHOLD // 4 + 3]
    return str(address)
