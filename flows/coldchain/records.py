"""Seals the record of the cold chain and checks it. Where the chain ends is kept apart from the database: signed by a
key in the records folder, and written to a file there, a line a time. All of these heads have to be in the chain, so
that the removal of what came last shows too, also once the chain has gone on from where it was cut off.
"""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine

from data.database import reading, writing
from data.records.before_the_first_seal import Place, note_rows_from_before
from data.records.canonical import MOMENTS
from data.records.chain import Head, signature_of
from data.records.checking import (
    Problem,
    Progress,
    head_of,
    problems_of_chain,
    problems_of_rows,
    problems_of_series,
)
from data.records.ended_hours import note_hours_that_ended
from data.records.sealing import seal_some, to_be_sealed
from data.records.series import OF_A_SENSOR
from flows.errors import Invalid
from flows.for_each_warehouse import watched_by

NAMED = 1_000  # problems; the others are counted
HASH = 64  # hexadecimal digits
HEAD_IN = slice(1, 4)  # words of a line: moment, chain, number, hash, why it was accepted
LONGEST_WHY = 1_000  # letters
MORE_THAN_A_LINE = 8_192  # bytes
NOTHING_SEALED = Head("", 0, "")


@dataclass
class Verified:
    """What a check came to: how many seals there are, the first problems, and how many there are in all."""

    seals: int = 0
    head: str = ""
    problems: list[Problem] = field(default_factory=list)
    found: int = 0
    kept_apart: bool = False  # whether a head from elsewhere was there to compare with
    signed: bool | None = None  # None: there is no key here


@dataclass(frozen=True)
class RecordsFolder:
    """Where the key and the heads are kept, apart from the database."""

    folder: Path

    def key(self, make: bool = False) -> bytes | None:
        """The key that signs heads; None where there is none and none is to be made."""
        file = self.folder / "key"
        if make and not file.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self.folder / f"key.{os.getpid()}.new"
            new.touch(mode=0o600)
            new.write_text(secrets.token_hex(32), encoding="ascii")
            try:
                os.link(new, file)  # of two that make one, the first counts
            except FileExistsError:
                pass
            finally:
                new.unlink()
        return bytes.fromhex(file.read_text(encoding="ascii").strip()) if file.exists() else None

    def keep_head(self, head: Head, now: datetime, why: str = "") -> None:
        """Adds where the chain ends now to the file of heads; `why` it counts whatever was kept before."""
        said = (now.isoformat(), head.chain_id, str(head.seals), head.head, " ".join(why.split())[:LONGEST_WHY])
        with self.file_of_heads.open("a", encoding="utf-8") as heads:
            heads.write(" ".join(filter(None, said)) + "\n")
            heads.flush()
            os.fsync(heads.fileno())

    def heads(self) -> list[Head]:
        """Where the chain ended, from the last time on that somebody accepted it as it was."""
        heads: list[Head] = []
        if self.file_of_heads.exists():
            with self.file_of_heads.open("rb") as lines:
                for head, accepted in _read_heads(lines):
                    if accepted:
                        heads.clear()
                    heads.append(head)
        return heads

    def last_head(self) -> Head | None:
        """Where the chain ended when that was last written down; None: it never was."""
        if not self.file_of_heads.exists():
            return None
        with self.file_of_heads.open("rb") as lines:  # of a file that grows with the years only its end
            lines.seek(max(0, lines.seek(0, os.SEEK_END) - MORE_THAN_A_LINE))
            return next((head for head, _ in reversed(list(_read_heads(lines)))), None)

    @property
    def file_of_heads(self) -> Path:
        return self.folder / "heads.log"


def _read_heads(lines: Iterable[bytes]) -> Iterator[tuple[Head, bool]]:
    """Each head, and whether it was accepted; a line that was not written to its end is none."""
    for line in lines:
        words = line.decode(errors="replace").split()
        if len(words) >= HEAD_IN.stop and line.endswith(b"\n") and words[2].isdigit() and len(words[3]) == HASH:
            chain_id, seals, head = words[HEAD_IN]
            yield Head(chain_id, int(seals), head), len(words) > HEAD_IN.stop


def seal_records(engine: Engine, now: datetime, folder: Path, to_the_last: bool = False) -> int:
    """Seals what was written since and keeps where the chain ends; returns how many seals were added. `to_the_last`:
    those of the hour that goes on too."""
    kept = RecordsFolder(folder)
    key = kept.key(make=True)
    assert key is not None  # noqa: S101 - it was made
    _note_what_is_to_be_sealed(engine, now, to_the_last)
    with reading(engine) as session:
        left = of = to_be_sealed(session.connection())
    show, added = watched_by.get(), 0
    while True:
        with writing(engine) as session:
            step = seal_some(session.connection(), now, key)
        if step.notes == 0:
            break
        added, left = added + step.added, max(left - step.notes, 0)
        show("Sealing", of, of - left)
    if step.head.seals and step.head != kept.last_head():
        kept.keep_head(step.head, now)
    return added


def _note_what_is_to_be_sealed(engine: Engine, now: datetime, to_the_last: bool) -> None:
    place: Place | None = Place()
    while place is not None:
        with writing(engine) as session:
            place = note_rows_from_before(session.connection(), place)
    there_is_more = True
    while there_is_more:
        with writing(engine) as session:
            there_is_more = note_hours_that_ended(session.connection(), now, to_the_last)


def where_the_chain_ends(engine: Engine) -> str | None:
    """NUMBER:HASH of the last seal; None: nothing was sealed yet."""
    with reading(engine) as session:
        found = head_of(session.connection())
    return f"{found[0].seals}:{found[0].head}" if found is not None and found[0].seals else None


def verify_records(engine: Engine, folder: Path, apart: str | None = None) -> Verified:
    """Checks all that was sealed. `apart`: "NUMBER:HASH" of where the chain ended, from elsewhere; without it, what the
    records folder says."""
    kept, verified = RecordsFolder(folder), Verified()
    with reading(engine) as session:
        connection = session.connection()
        found = head_of(connection)
        head, signature = found or (NOTHING_SEALED, None)
        elsewhere = [_head_named(apart, head.chain_id)] if apart else kept.heads()
        if found is None and not elsewhere:
            return verified
        verified.seals, verified.head, verified.kept_apart = head.seals, head.head, bool(elsewhere)
        key = kept.key()
        verified.signed = None if key is None or not head.seals else signature == signature_of(head, key)
        if verified.signed is False:
            _add(verified, Problem("record_chain", f"no. {head.seals}", "is not signed by the key of this service"))
        if head.seals and not elsewhere:
            what = "was kept nowhere apart from the database: whether the last records were removed cannot be told"
            _add(verified, Problem("record_chain", f"no. {head.seals}", what))
        for problem in _problems(connection, head, elsewhere, sealed=found is not None):
            _add(verified, problem)
    return verified


def accept_records(engine: Engine, now: datetime, folder: Path, why: str) -> Head | None:
    """Goes on from where the chain ends now, whatever was kept apart before: after a restore from a backup, say. The
    reason stands in the file of heads; None: nothing was sealed yet."""
    kept = RecordsFolder(folder)
    with reading(engine) as session:
        found = head_of(session.connection())
    if found is None or not found[0].seals:
        return None
    kept.key(make=True)
    kept.keep_head(found[0], now, why)
    return found[0]


def _problems(connection: Connection, head: Head, apart: Sequence[Head], sealed: bool) -> Iterator[Problem]:
    def check(kind: str, problems: Callable[[Progress], Iterator[Problem]]) -> Iterator[Problem]:
        try:
            yield from problems(_showing(f"Checking {kind.replace('_', ' ')}", head.seals))
        except (ValueError, TypeError) as error:  # as SQLite keeps whatever it is given
            yield Problem(kind, "", f"hold what cannot be read: {error}")

    yield from check("record_seals", lambda progress: problems_of_chain(connection, head, apart, progress))
    if not sealed:  # no row could be told from those of before the first seal
        return
    for kind in OF_A_SENSOR:
        yield from check(kind, partial(problems_of_series, connection, kind))
    for kind in MOMENTS:
        yield from check(kind, partial(problems_of_rows, connection, kind))


def _showing(step: str, of: int) -> Callable[[int], None]:
    show, done = watched_by.get(), 0

    def more(number: int) -> None:
        nonlocal done
        done += number
        show(step, max(of, done), done)

    return more


def _head_named(text: str, chain_id: str) -> Head:
    number, _, hash_ = text.partition(":")
    if not number.isdigit() or len(hash_) != HASH:
        raise Invalid(
            "A head is NUMBER:HASH, as `freshfront coldchain seal` prints it, not {text!r}.", text=text, field="head"
        )
    return Head(chain_id, int(number), hash_)


def _add(verified: Verified, problem: Problem) -> None:
    verified.found += 1
    if len(verified.problems) < NAMED:
        verified.problems.append(problem)
