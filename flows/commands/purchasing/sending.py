"""`freshfront orders send|send-all|document|link|revoke-links`: what goes to the supplier of a purchase order."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from data.database import reading, require_current_schema, writing
from data.languages import say
from data.tables import Language
from flows.commands.purchasing.ordering import BY, OrderName, shown_order
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer, progress_bars
from flows.database import database
from flows.errors import Invalid
from flows.ordering.documents.document_of import document_of
from flows.ordering.documents.formats import WRITERS
from flows.ordering.kept_orders import id_of_purchase_order
from flows.ordering.marking_sent import mark_sent
from flows.ordering.sending import send_purchase_order
from flows.ordering.supplier_links import make_link, revoke_links
from flows.ordering.to_send import mark_all_sent, purchase_orders_to_send, send_all
from flows.settings import Settings

ENDINGS = [f".{name}" for name in WRITERS]
IN_HELP = {"endings": ENDINGS}


def send(
    name: OrderName,
    how: Annotated[
        str, typer.Option(help="only note that it was told by this way, as phone; nothing is sent then")
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="send it although it was sent before")] = False,
    json: Json = False,
) -> None:
    """Send a purchase order to its supplier by mail or chat, or note that it was told by phone.

    Sent before, it is sent again only with --again, under the same number."""
    with database() as engine:
        require_current_schema(engine)
        now = datetime.now(UTC)
        if how:
            with writing(engine) as session:
                mark_sent(session, name, now, BY, how)
        else:
            send_purchase_order(engine, name, Settings(), now, BY, again=again)
        with reading(engine) as session:
            data, text = shown_order(session, name, now)
    answer(data, text, json)


def send_every(
    how: Annotated[
        str, typer.Option(help="only note that all were told by this way, as phone; nothing is sent then")
    ] = "",
    json: Json = False,
) -> None:
    """Send every purchase order that no supplier was told of yet.

    The most urgent goes first; safe to repeat."""
    settings = Settings()
    with database() as engine:
        require_current_schema(engine)
        now = datetime.now(UTC)
        with reading(engine) as session:
            orders = purchase_orders_to_send(session, now)
        with progress_bars() as show:
            if how:
                sent = mark_all_sent(engine, orders, now, BY, how)
            else:
                sent = send_all(engine, orders, settings, now, BY, lambda done: show(say("send"), len(orders), done))
    text = [say("{sent} of {orders} purchase orders are sent.", sent=len(sent.done), orders=len(orders))]
    text += [f"{number}: {why}" for number, why in sent.failed.items()]
    answer({"sent": sent.done, "not_sent": sent.failed}, "\n".join(text), json)
    if sent.failed:
        raise typer.Exit(3)


def document(
    name: OrderName,
    out: Annotated[Path, typer.Option(help="the file to write; its name ends in {endings}")],
    language: Annotated[Language | None, typer.Option(help="the supplier's if not given")] = None,
    json: Json = False,
) -> None:
    """Write a purchase order to a file: PDF, XLSX, CSV or UBL. It is what its supplier gets."""
    writer = WRITERS.get(out.suffix.lower().removeprefix("."))
    if writer is None:
        raise Invalid(
            "--out {out} must end in {endings}.",
            out=out,
            endings=ENDINGS,
            field="out",
        )
    settings = Settings()
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            order_id = id_of_purchase_order(session, name)
            found = document_of(session, order_id, settings.shop_name, language)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(writer.write(found))
    answer(
        {"number": found.number, "file": str(out)},
        say("Purchase order {number} is in {file}.", number=found.number, file=out),
        json,
    )


def link(name: OrderName, json: Json = False) -> None:
    """Print an address at which the supplier confirms a purchase order, once. No account is needed there."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            address = Settings().supplier_url(make_link(session, name, datetime.now(UTC), BY))
    answer({"address": address}, address, json)


def revoke(name: OrderName, json: Json = False) -> None:
    """End all links of a purchase order. Safe to repeat."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            revoked = revoke_links(session, name, datetime.now(UTC))
    answer({"revoked": revoked}, say("Links ended: {n}.", n=revoked), json)
