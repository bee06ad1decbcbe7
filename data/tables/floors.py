"""How a warehouse's floor is walked: the points where tours begin and end, pieces that can be walked, the rule that
pickers follow."""

from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.changing import Changing
from data.tables.declaration import Base, Id


class Routing(StrEnum):
    """The rule that pickers are led by; the words of `warehouse.slotting.routing.rules.Routing`."""

    S_SHAPE = "s-shape"
    LARGEST_GAP = "largest-gap"
    COMBINED = "combined"
    SHORTEST = "shortest"


class FloorPoint(StrEnum):
    """What a point on the floor is for."""

    START = "start"  # of tours, which end here too; it lies on the front cross-aisle
    PACKING = "packing"
    DOCK = "dock"  # where goods come in


class FloorPointRow(Changing, Base):
    """Where on the floor of a warehouse something is done."""

    __tablename__ = "floor_points"

    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    point: Mapped[FloorPoint] = mapped_column(primary_key=True)
    x_m: Mapped[float]
    y_m: Mapped[float]


class WalkwayRow(Changing, Base):
    """A straight piece of floor that can be walked both ways, where aisles between two cross-aisles are not all."""

    __tablename__ = "walkways"

    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    from_x_m: Mapped[float]
    from_y_m: Mapped[float]
    to_x_m: Mapped[float]
    to_y_m: Mapped[float]
