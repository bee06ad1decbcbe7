"""Who may ask: API keys, and the answers kept so that a repeated request is safe."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, Role


class ApiKeyRow(Base):
    """A key is `ff_<key_id>_<secret>`; only the secret's SHA-256 is kept (the secret has 256 random bits).

    One that is `limited` is for the warehouses of its ApiKeyWarehouseRows, also when these were removed; any other is
    for all warehouses."""

    __tablename__ = "api_keys"

    key_id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[Role]
    secret_sha256: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    limited: Mapped[bool] = mapped_column(server_default=false())


class ApiKeyWarehouseRow(Base):
    """A warehouse that a limited key is for."""

    __tablename__ = "api_key_warehouses"

    key_id: Mapped[Id] = mapped_column(ForeignKey("api_keys.key_id", ondelete="CASCADE"), primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)


class AccountLanguageRow(Base):
    """The language in which whoever comes in under a name reads pages, where one was chosen."""

    __tablename__ = "account_languages"

    name: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str]


class AnsweredRequestRow(Base):
    """The answer to a request that carried an `Idempotency-Key`, given again when the same request comes again."""

    __tablename__ = "answered_requests"

    key_id: Mapped[Id] = mapped_column(ForeignKey("api_keys.key_id"), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(primary_key=True)
    request_sha256: Mapped[str]
    status_code: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime]
