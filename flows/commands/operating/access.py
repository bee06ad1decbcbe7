"""`freshfront sign-in` and `freshfront key`: addresses that sign people in, and API keys for programs."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from sqlalchemy import or_, select

from data.database import reading, require_current_schema, writing
from data.languages import say
from data.tables import ApiKeyRow, Role
from flows.access.keys import (
    Purpose,
    create_key,
    create_sign_in_token,
    revoke_key,
    rotate_key,
    warehouses_of_key,
)
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer
from flows.database import database
from flows.settings import Settings

Warehouses = Annotated[
    list[str] | None, typer.Option("--warehouse", help="for this warehouse only; say it again for another one")
]


def sign_in(
    role: Annotated[Role, typer.Option(help="what they may do; docs/api.md lists it")] = Role.OPERATOR,
    name: Annotated[str, typer.Option(help="who will use it; stands beside what they change")] = "operator",
    warehouse: Warehouses = None,
    count: Annotated[int, typer.Option(min=1, max=100, help="how many: one for each device, say")] = 1,
    json: Json = False,
) -> None:
    """Print addresses that sign in to the pages. Each does so once, within FRESHFRONT_SIGN_IN_HOURS.

    The service need not run yet. The address begins with FRESHFRONT_PUBLIC_URL, or with the service's host and port."""
    settings = Settings()
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            tokens = [
                create_sign_in_token(
                    session, name, role, datetime.now(UTC), lasts=settings.sign_in_lasts, warehouses=warehouse or None
                )
                for _ in range(count)
            ]
    addresses = [settings.sign_in_url(token) for token in tokens]
    answer({"address": addresses[0], "addresses": addresses, "role": role, "name": name}, "\n".join(addresses), json)


def create(
    name: Annotated[str, typer.Argument(help="who will use it; stands beside what they change")],
    role: Annotated[Role, typer.Option(help="what they may do; docs/api.md lists it")],
    warehouse: Warehouses = None,
    json: Json = False,
) -> None:
    """Make a key and print it. It is kept as a hash only, so note it now.

    With --warehouse its holder sees and changes what belongs to these warehouses, and nothing of the others."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            key_id, key = create_key(session, name, role, datetime.now(UTC), warehouse or None)
    answer(
        {"key_id": key_id, "key": key},
        say("{key}\nThis is key {key_id}; it is not shown again.", key=key, key_id=key_id),
        json,
    )


def listing(
    sign_ins: Annotated[
        bool, typer.Option("--sign-ins", help="sign-in addresses that were not used, and sessions that are open, too")
    ] = False,
    json: Json = False,
) -> None:
    """List the keys that are valid, without their secrets."""
    now = datetime.now(UTC)
    shown = list(Purpose) if sign_ins else [Purpose.KEY]
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            query = (
                select(ApiKeyRow)
                .where(or_(*(ApiKeyRow.key_id.startswith(f"{purpose}-") for purpose in shown)))
                .order_by(ApiKeyRow.created_at)
            )
            keys: list[dict[str, Any]] = [
                {
                    "key_id": key.key_id,
                    "name": key.name,
                    "role": key.role,
                    "created_at": key.created_at,
                    "warehouses": sorted(warehouses_of_key(session, key.key_id)) if key.limited else None,
                }
                for key in session.scalars(query)
                if key.revoked_at is None or key.revoked_at > now
            ]
    lines = [f"{key['key_id']}  {key['role']:<12} {key['name']}{_for(key['warehouses'])}" for key in keys]
    answer(keys, "\n".join(lines) or say("There are no keys."), json)


def _for(warehouses: list[str] | None) -> str:
    if warehouses is None:
        return ""
    said = say("for {warehouses}", warehouses=warehouses) if warehouses else say("for no warehouse that is left")
    return f"  ({said})"


def revoke(key_id: Annotated[str, typer.Argument(help="the id that `key list` shows")]) -> None:
    """End a key, an address or a session, and the sessions opened with it, at once. Safe to repeat."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            revoke_key(session, key_id, datetime.now(UTC))
    answer(None, say("Key {key_id} is revoked.", key_id=key_id), as_json=False)


def rotate(
    key_id: Annotated[str, typer.Argument(help="the id that `key list` shows")],
    hours: Annotated[float, typer.Option(min=0, max=24 * 90, help="how long the old key still works")] = 24,
    json: Json = False,
) -> None:
    """Make a new key for the same holder, role and warehouses; the old one works until its hours are over."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            new_id, key = rotate_key(session, key_id, datetime.now(UTC), timedelta(hours=hours))
    told = say(
        "{key}\nThis is key {new_id}; it is not shown again. Key {key_id} works for {hours:g} hours more.",
        key=key,
        new_id=new_id,
        key_id=key_id,
        hours=hours,
    )
    answer({"key_id": new_id, "key": key, "old_works_for_hours": hours}, told, json)
