"""Who may come in: API keys, sign-in tokens and the sessions of signed-in browsers.

All three are rows of `ApiKey` and look alike, `ff_<key id>_<secret>`; the word before the first dash of the key id says
which it is, and each is taken only where it belongs. Only the SHA-256 of the secret is kept: the secret has 256 random
bits, so there is nothing to guess and a slow hash would only slow down every request. A token or a session is a key
whose end is set when it is made.
"""

import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from data.tables import AccountLanguageRow, ApiKeyRow, ApiKeyWarehouseRow, Language, Role, WarehouseRow
from flows.errors import Invalid, Unknown

_ROW = cast(Table, ApiKeyRow.__table__).columns
# asked for in every request: columns, not a row of a class that is made and forgotten
_LANGUAGES = cast(Table, AccountLanguageRow.__table__)
_KEY = (
    select(_ROW.name, _ROW.role, _ROW.secret_sha256, _ROW.revoked_at, _ROW.limited, _LANGUAGES.c.language)
    .outerjoin_from(cast(Table, ApiKeyRow.__table__), _LANGUAGES, _LANGUAGES.c.name == _ROW.name)
    .where(_ROW.key_id == bindparam("key_id"))
)


class Purpose(StrEnum):
    """What a key is for; the first part of its id."""

    KEY = "key"  # a program's, in the Authorization header
    SIGN_IN = "signin"  # in the address that `freshfront sign-in` prints; good for opening sessions only
    SESSION = "session"  # a browser's, in a cookie


@dataclass(frozen=True)
class Holder:
    """Who came in, as what, for which warehouses (None: all of them), and in which language it reads, if it chose."""

    key_id: str
    name: str
    role: Role
    warehouses: frozenset[str] | None = None
    language: Language | None = None


def create_key(
    session: Session, name: str, role: Role, now: datetime, warehouses: Collection[str] | None = None
) -> tuple[str, str]:
    """A new API key, for some warehouses or (None) all: its id and its plaintext, which is shown once and kept nowhere.

    Raises Unknown for a warehouse, Invalid for a name."""
    return _create(session, Purpose.KEY, name, role, now, None, warehouses)


def create_sign_in_token(
    session: Session,
    name: str,
    role: Role,
    now: datetime,
    *,
    lasts: timedelta,
    warehouses: Collection[str] | None = None,
) -> str:
    """A token, for some warehouses or (None) all, that opens one session at `/sign-in?token=...` while it lasts."""
    return _create(session, Purpose.SIGN_IN, name, role, now, now + lasts, warehouses)[1]


def open_session(session: Session, presented: str, now: datetime, *, lasts: timedelta) -> str | None:
    """Exchanges a sign-in token, which ends with that, or an API key for the key of a session that lasts that long, for
    the same warehouses; None when it is not valid (any more)."""
    holder = verify_key(session, presented, now, {Purpose.SIGN_IN, Purpose.KEY})
    if holder is None or (
        holder.key_id.startswith(f"{Purpose.SIGN_IN}-") and not _used_up(session, holder.key_id, now)
    ):
        return None
    purpose = f"{Purpose.SESSION}-{holder.key_id}"
    return _create(session, purpose, holder.name, holder.role, now, now + lasts, holder.warehouses)[1]


def _used_up(session: Session, key_id: str, now: datetime) -> bool:
    """Ends a token; of two who use it at the same time one does."""
    still_open = update(ApiKeyRow).where(ApiKeyRow.key_id == key_id, ApiKeyRow.revoked_at > now)
    ended = session.execute(still_open.values(revoked_at=now))
    return cast(CursorResult[Any], ended).rowcount == 1


def verify_key(
    session: Session | Connection, presented: str, now: datetime, purposes: Collection[Purpose] = (Purpose.KEY,)
) -> Holder | None:
    """The holder of a key that is valid now and made for one of the purposes, else None. Every request asks, over a
    bare connection, which takes half as long as a session."""
    marker, _, rest = presented.partition("_")
    key_id, _, secret = rest.partition("_")
    if marker != "ff" or not key_id.isascii() or not key_id.replace("-", "").isalnum() or len(key_id) > 64:
        return None
    row = session.execute(_KEY, {"key_id": key_id}).one_or_none()
    kept = row.secret_sha256 if row else _digest("")
    if not hmac.compare_digest(_digest(secret), kept) or row is None:
        return None
    if row.revoked_at is not None and row.revoked_at <= now:
        return None
    if key_id.partition("-")[0] not in purposes:
        return None
    warehouses = warehouses_of_key(session, key_id) if row.limited else None
    return Holder(key_id, row.name, row.role, warehouses, Language(row.language) if row.language else None)


def choose_language(session: Session, name: str, language: Language) -> None:
    """From now on pages are in this language for whoever signs in under the name."""
    session.merge(AccountLanguageRow(name=name, language=language))


def warehouses_of_key(session: Session | Connection, key_id: str) -> frozenset[str]:
    """The warehouses that a limited key is for."""
    of_key = ApiKeyWarehouseRow.key_id == key_id
    return frozenset(session.scalars(select(ApiKeyWarehouseRow.warehouse_id).where(of_key)))


def revoke_key(session: Session, key_id: str, now: datetime) -> None:
    """Ends a key, token or session and the sessions opened with it. Safe to repeat; raises Unknown."""
    if session.get(ApiKeyRow, key_id) is None:
        raise Unknown("Key {key_id} was not found.", key_id=key_id, field="key_id")
    opened_with_it = ApiKeyRow.key_id.startswith(f"{Purpose.SESSION}-{key_id}-", autoescape=True)
    session.execute(
        update(ApiKeyRow)
        .where(or_(ApiKeyRow.key_id == key_id, opened_with_it))
        .where(or_(ApiKeyRow.revoked_at.is_(None), ApiKeyRow.revoked_at > now))
        .values(revoked_at=now)
    )


def rotate_key(session: Session, key_id: str, now: datetime, old_works_for: timedelta) -> tuple[str, str]:
    """A new API key for the same holder, role and warehouses, its id and its plaintext; the old one works for a while.

    Raises Unknown for a key that there is not, Invalid for one that has ended or is none of a program."""
    old = session.get(ApiKeyRow, key_id)
    if old is None:
        raise Unknown("Key {key_id} was not found.", key_id=key_id, field="key_id")
    if not key_id.startswith(f"{Purpose.KEY}-"):
        raise Invalid("{key_id} is no API key; sign in anew instead.", key_id=key_id, field="key_id")
    if old.revoked_at is not None:
        raise Invalid("Key {key_id} ends or has ended already; make a new one instead.", key_id=key_id, field="key_id")
    warehouses = warehouses_of_key(session, key_id) if old.limited else None
    made = _create(session, Purpose.KEY, old.name, old.role, now, None, warehouses)
    old.revoked_at = now + old_works_for
    return made


def _create(
    session: Session,
    purpose: str,
    name: str,
    role: Role,
    now: datetime,
    ends_at: datetime | None,
    warehouses: Collection[str] | None,
) -> tuple[str, str]:
    if not name.strip() or not name.isprintable():
        raise Invalid("A key needs a printable name: plans and alarms show it as who did what.", field="name")
    for warehouse_id in warehouses or ():
        if session.get(WarehouseRow, warehouse_id) is None:
            raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=warehouse_id, field="warehouse")
    key_id, secret = f"{purpose}-{secrets.token_hex(6)}", secrets.token_urlsafe(32)
    key = ApiKeyRow(
        key_id=key_id,
        name=name,
        role=role,
        secret_sha256=_digest(secret),
        created_at=now,
        revoked_at=ends_at,
        limited=warehouses is not None,
    )
    session.add(key)
    session.flush()
    session.add_all(ApiKeyWarehouseRow(key_id=key_id, warehouse_id=name) for name in sorted(set(warehouses or ())))
    session.flush()
    return key_id, f"ff_{key_id}_{secret}"


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
