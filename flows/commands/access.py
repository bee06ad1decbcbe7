"""`freshfront key`: API keys for buyers, staff, integrations and operators."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import select

from data.database import reading, require_current_schema, writing
from data.tables import ApiKeyRow, Role
from flows.access.keys import Purpose, create_key, revoke_key
from flows.commands.output import answer
from flows.day.steps import database

Json = Annotated[bool, typer.Option("--json", help="print the result as JSON")]


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    keys = typer.Typer(help="API keys. A key is shown once, when it is made.", no_args_is_help=True)
    keys.command("create")(create)
    keys.command("list")(listing)
    keys.command("revoke")(revoke)
    app.add_typer(keys, name="key")


def create(
    name: Annotated[str, typer.Argument(help="who will use it; stands beside what they change")],
    role: Annotated[Role, typer.Option(help="what they may do; docs/api.md lists it")],
    json: Json = False,
) -> None:
    """Make a key and print it. It is kept as a hash only, so note it now."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            key_id, key = create_key(session, name, role, datetime.now(UTC))
    answer({"key_id": key_id, "key": key}, f"{key}\nThis is key {key_id}; it is not shown again.", json)


def listing(json: Json = False) -> None:
    """List the keys that are valid, without their secrets."""
    now = datetime.now(UTC)
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            query = (
                select(ApiKeyRow).where(ApiKeyRow.key_id.startswith(f"{Purpose.KEY}-")).order_by(ApiKeyRow.created_at)
            )
            keys = [
                {"key_id": key.key_id, "name": key.name, "role": key.role, "created_at": key.created_at}
                for key in session.scalars(query)
                if key.revoked_at is None or key.revoked_at > now
            ]
    lines = [f"{key['key_id']}  {key['role']:<12} {key['name']}" for key in keys]
    answer(keys, "\n".join(lines) or "There are no keys.", json)


def revoke(key_id: Annotated[str, typer.Argument(help="the id that `key list` shows")]) -> None:
    """End a key and the sessions opened with it, at once. Safe to repeat."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            revoke_key(session, key_id, datetime.now(UTC))
    answer(None, f"Key {key_id} is revoked.", as_json=False)
