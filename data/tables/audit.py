"""Who decided what: an entry for every transaction that somebody opened and that changed what is kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id


class AuditEntryRow(Base):
    """What somebody did: by which operation, about what (the ids in its address), how many rows of which tables it
    wrote (`written`), and of those that were changed one by one what they said before and after (`changes`: a list of
    {table, key, before, after}, of which `before` is null for a new row and `after` for one that was removed).

    `key_id` is the key or session that was used; null: the command line, or who needs none."""

    __tablename__ = "audit_entries"

    entry_id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    key_id: Mapped[Id | None]
    operation: Mapped[str]
    about: Mapped[dict[str, Any]]
    written: Mapped[dict[str, Any]]
    changes: Mapped[list[Any]]

    __table_args__ = (Index(None, "at", "entry_id"), Index(None, "by", "at", "entry_id"))
