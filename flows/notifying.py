"""Tells others of alarms by webhook, as standardwebhooks.com describes it: signed, retried for three days.

A message is written in the transaction that changes the alarm and sent afterwards, so none is lost; a receiver may
get one twice and drops it by its `webhook-id`.
"""

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session


def register_webhook(session: Session, url: str, by: str, now: datetime, allow_private: bool) -> tuple[str, str]:
    """Registers an address that is told of alarms; returns (webhook_id, secret `whsec_...`, shown once).

    Raises Invalid (field `url`) for anything but http(s), for credentials in the address and, unless
    `allow_private`, for loopback, private, link-local and metadata addresses."""
    raise NotImplementedError


def disable_webhook(session: Session, webhook_id: str, reason: str, now: datetime) -> None:
    """Stops telling an address; what waited for it is given up. Safe to repeat. Raises Unknown."""
    raise NotImplementedError


def deliver_due(engine: Engine, now: datetime, allow_private: bool = False) -> int:
    """Tries every message that is due; returns how many were tried. Several processes may do so at once."""
    raise NotImplementedError
