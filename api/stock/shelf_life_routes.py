"""How goods age: the shelf-life classes in force."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict

from api.problems import responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import ReadSession
from data.tables import Band
from flows.stock.lots_ageing import shelf_life_classes
from warehouse.stock.shelf_life import BUILT_IN, ShelfLifeClass

router = Router(tags=["stock"])
Reader = Annotated[Principal, requires(Scope.READ)]


class ShelfLifeClassOut(BaseModel):
    """Goods that age alike: `q10` times as fast ten degrees warmer than `reference_c`, known from `valid_from_c` to
    `valid_until_c`; harmed below `chilling_below_c` (null: not sensitive). It is of products of its band, category and
    subcategory (null: of any); the narrowest counts. `built_in`: it comes with the product."""

    class_id: str
    band: Band | None
    category: str | None
    subcategory: str | None
    q10: float
    reference_c: float
    valid_from_c: float
    valid_until_c: float
    chilling_below_c: float | None
    source: str
    built_in: bool

    @classmethod
    def of(cls, one: ShelfLifeClass) -> Self:
        return cls(
            class_id=one.class_id,
            band=None if one.goods.band is None else Band(one.goods.band),
            category=one.goods.category,
            subcategory=one.goods.subcategory,
            q10=one.q10,
            reference_c=one.reference_c,
            valid_from_c=one.valid_from_c,
            valid_until_c=one.valid_until_c,
            chilling_below_c=one.chilling_below_c,
            source=one.source,
            built_in=one in BUILT_IN,
        )


class ShelfLifeClasses(BaseModel):
    """The shop's own classes first, then those that come with the product."""

    items: list[ShelfLifeClassOut]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "class_id": "leaf",
                            "band": "leaf",
                            "category": None,
                            "subcategory": None,
                            "q10": 3.0,
                            "reference_c": 3.0,
                            "valid_from_c": 0.0,
                            "valid_until_c": 20.0,
                            "chilling_below_c": None,
                            "source": "USDA Handbook 66: spinach about 3.1, broccoli 3.6 over 0-21 C",
                            "built_in": True,
                        }
                    ]
                }
            ]
        }
    )


@router.get("/shelf-life-classes", responses=responses())
def list_shelf_life_classes(session: ReadSession, who: Reader) -> ShelfLifeClasses:
    """How goods age where it is warmer, by class. The shop's own are imported as `shelf-life-classes`."""
    return ShelfLifeClasses(items=[ShelfLifeClassOut.of(one) for one in shelf_life_classes(session)])
