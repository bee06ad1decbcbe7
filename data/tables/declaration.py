"""What every table shares: naming convention, column types and the words for kinds."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, Date, Double, Enum, MetaData, String
from sqlalchemy.orm import DeclarativeBase, mapped_column

from data.tables.types import Exact, Moment

LONGEST_ID = 64
Id = Annotated[str, mapped_column(String(LONGEST_ID))]
LocalDay = Annotated[date, mapped_column(Date())]  # a day in the warehouse's zone
Quantity = Annotated[Decimal, mapped_column(Exact(3))]  # in the product's unit
Money = Annotated[Decimal, mapped_column(Exact(4))]  # in the warehouse's currency, or that per unit


class Unit(StrEnum):
    """What a product is counted in. A unit says whether it can be divided; sums of several units mean nothing."""

    KG = "kg"
    LITRE = "litre"
    MONEY = "money"  # takings in the warehouse's currency, where nobody counts what was sold
    PIECE = "piece"
    BUNCH = "bunch"
    BOX = "box"
    BAG = "bag"
    BOTTLE = "bottle"
    TRAY = "tray"

    @property
    def in_wholes(self) -> bool:
        """Whether it is sold in whole ones only."""
        return self not in (Unit.KG, Unit.LITRE, Unit.MONEY)


class Band(StrEnum):
    """The storage condition a product needs and a zone gives."""

    LEAF = "leaf"  # 1-4 C, humid
    CHILLED = "chilled"  # 0-4 C
    TROPICAL = "tropical"  # 10-13 C
    AMBIENT = "ambient"  # 10-25 C
    FROZEN = "frozen"  # -18 C and below


class Stage(StrEnum):
    """Where goods are inspected."""

    ORIGIN = "origin"
    RECEIPT = "receipt"
    DISPATCH = "dispatch"
    COMPLAINT = "complaint"  # at the customer's


class Role(StrEnum):
    """Who holds a key."""

    BUYER = "buyer"
    STAFF = "staff"
    INTEGRATION = "integration"
    ERP = "erp"
    OPERATOR = "operator"


class Base(DeclarativeBase):
    """The declarative registry; constraint names follow one convention so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: Moment(),
        date: Date(),
        float: Double(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        # kinds are kept as their words, readable in any client
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            create_constraint=False,
            length=24,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }
