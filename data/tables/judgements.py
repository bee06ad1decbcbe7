"""What buyers expect to be wanted instead of the forecast."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay, Quantity


class DemandJudgementRow(Base):
    """How much of a product a buyer expects to be wanted a day from `first_day` to `last_day`, and why. It holds from
    `judged_at` on until it is withdrawn; of two for one day the later counts."""

    __tablename__ = "demand_judgements"

    judgement_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    first_day: Mapped[LocalDay]
    last_day: Mapped[LocalDay]
    quantity: Mapped[Quantity]
    reason: Mapped[str]
    judged_by: Mapped[str]
    judged_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]

    __table_args__ = (Index(None, "warehouse_id", "last_day"), Index(None, "product_id"))
