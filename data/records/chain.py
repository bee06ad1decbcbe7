"""How seals hang together: each is chained to the one before it by SHA-256, and the head, which says how many there
are, is signed by a key that is not in the database. So no seal can be changed, put in or taken out unseen, the last one
included."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import Connection, Table, insert, select, update

from data.records.canonical import microseconds
from data.tables import RecordChainRow, RecordSealRow

SEALS, CHAIN = cast(Table, RecordSealRow.__table__), cast(Table, RecordChainRow.__table__)


@dataclass(frozen=True)
class Head:
    """Where a chain ends: how many seals it has and what the last one is chained to."""

    chain_id: str
    seals: int
    head: str


def locked_head(connection: Connection) -> Head:
    """The head of the chain, which nobody else moves until the transaction ends; begins a chain where there is none."""
    found = connection.execute(select(CHAIN).with_for_update()).one_or_none()
    if found is None:
        connection.execute(insert(CHAIN).values(only_row=1, chain_id=uuid4().hex, seals=0, head="", signature=None))
        found = connection.execute(select(CHAIN).with_for_update()).one()
    return Head(found.chain_id, found.seals, found.head)


def chained_to(before: str, seal: Mapping[str, Any]) -> str:
    """The SHA-256 of what a seal says and of what the seal before it is chained to."""
    said = (
        *(before, seal["seal_no"], seal["kind"], seal["subject"], microseconds(seal["at"]), seal["records"]),
        *(seal["columns"], seal["digest"], microseconds(seal["sealed_at"])),
    )
    return sha256(repr(said).encode()).hexdigest()


def append(connection: Connection, head: Head, seals: Sequence[dict[str, Any]], now: datetime, key: bytes) -> Head:
    """Adds seals (kind, subject, at, records, columns, digest, marks) to the chain, and signs where it ends."""
    no, before = head.seals, head.head
    for seal in seals:
        no += 1
        seal |= {"seal_no": no, "sealed_at": now}
        seal["chained"] = before = chained_to(before, seal)
    after = Head(head.chain_id, no, before)
    if seals:
        connection.execute(insert(SEALS), seals)
        connection.execute(update(CHAIN).values(seals=after.seals, head=after.head, signature=signature_of(after, key)))
    return after


def signature_of(head: Head, key: bytes) -> str:
    """The HMAC-SHA256 of a head."""
    return hmac.new(key, f"{head.chain_id} {head.seals} {head.head}".encode(), sha256).hexdigest()


def batches_of_seals(connection: Connection, size: int) -> Iterable[Sequence[Any]]:
    """All seals by their numbers, without their marks, so many at a time."""
    columns = [column for column in SEALS.columns if column.name != "marks"]
    after = -(1 << 62)
    while batch := connection.execute(
        select(*columns).where(SEALS.c.seal_no > after).order_by(SEALS.c.seal_no).limit(size)
    ).all():
        yield batch
        after = batch[-1].seal_no
