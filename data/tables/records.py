"""Seals chained by hash over readings, alarms and what was done, in which a later change shows (data/records/)."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id


class RecordSealRow(Base):
    """A seal over records of a `kind`, which is the name of their table: the rows of a series (`subject`: a sensor's
    readings, what it measured of a quantity) in the hour that begins at `at`, or one row of another table by its key
    (`subject`) and its moment (`at`). Pruned readings are sealed as the row of `reading_hours` that is left of them.

    `digest` is over the values of `columns`; null: the row, or what was sealed of the hour, was removed by who may.
    `marks` holds 8 bytes a row of a series, by which one that was changed is named. `chained` is over the seal and the
    one before it."""

    __tablename__ = "record_seals"

    seal_no: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(Text())
    at: Mapped[datetime]
    records: Mapped[int]
    columns: Mapped[str] = mapped_column(Text())
    digest: Mapped[str | None] = mapped_column(String(64))
    marks: Mapped[bytes | None]
    sealed_at: Mapped[datetime]
    chained: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index(None, "kind", "subject", "at"),)


class RecordToSealRow(Base):
    """A record that was written and is not sealed yet: an hour of a series (`columns` then says whether what is sealed
    of it was removed), or a row with the `digest` of what it said in the transaction that wrote it."""

    __tablename__ = "records_to_seal"

    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(Text(), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    columns: Mapped[str] = mapped_column(Text())
    digest: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = ({"sqlite_with_rowid": False},)


class RecordChainRow(Base):
    """The head of the chain, one row: how many seals there are, what the last one is `chained` to, and a signature
    over both by a key that is not in the database. `chain_id` tells the chains of different databases apart."""

    __tablename__ = "record_chain"

    only_row: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[Id]
    seals: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str | None] = mapped_column(String(64))


class ReadingsSealedRow(Base):
    """Up to when readings and measurements are sealed as their hours end, one row. One that was taken before and comes
    later is noted to be sealed when it is written."""

    __tablename__ = "readings_sealed"

    only_row: Mapped[int] = mapped_column(primary_key=True)
    until: Mapped[datetime]
