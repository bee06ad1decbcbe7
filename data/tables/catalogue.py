"""What is sold and who sells it to us: products, suppliers and their offers."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from data.tables.changing import Changing
from data.tables.declaration import Band, Base, Id, LocalDay, Money, Quantity, Unit
from data.tables.names import Named, NameKind, names_of


class Ethylene(StrEnum):
    """What a product has to do with ethylene. One that gives it off and ripens by it too is one that gives it off."""

    PRODUCES = "produces"
    SENSITIVE = "sensitive"


class Odour(StrEnum):
    """What a product has to do with smells."""

    GIVES = "gives"
    TAKES = "takes"


class Allergen(StrEnum):
    """The substances of Annex II of Regulation (EU) No 1169/2011, which labels must name."""

    GLUTEN = "gluten"
    CRUSTACEANS = "crustaceans"
    EGG = "egg"
    FISH = "fish"
    PEANUTS = "peanuts"
    SOY = "soy"
    MILK = "milk"
    NUTS = "nuts"
    CELERY = "celery"
    MUSTARD = "mustard"
    SESAME = "sesame"
    SULPHITES = "sulphites"
    LUPIN = "lupin"
    MOLLUSCS = "molluscs"


class ProductRow(Named, Changing, Base):
    """A product as sold, up to `delisted_on`; `volume_l`, `weight_kg` and `list_price` are per unit. What a source does
    not state is null.

    Of its place it asks a relative humidity between two bounds and fit neighbours: by `ethylene`, `odour`, `allergens`
    ("egg,milk"), and `raw_meat` (poultry and fish too), below which nothing else lies."""

    __tablename__ = "products"
    NAMES_OF, ID = NameKind.PRODUCTS, "product_id"

    product_id: Mapped[Id] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(index=True)
    subcategory: Mapped[str | None]
    band: Mapped[Band]
    unit: Mapped[Unit]
    volume_l: Mapped[Quantity | None]
    shelf_life_days: Mapped[int | None]
    list_price: Mapped[Money | None]
    introduced_on: Mapped[LocalDay | None]
    delisted_on: Mapped[LocalDay | None]
    weight_kg: Mapped[Quantity | None]
    humidity_low_pct: Mapped[float | None]
    humidity_high_pct: Mapped[float | None]
    ethylene: Mapped[Ethylene | None]
    odour: Mapped[Odour | None]
    allergens: Mapped[str | None]
    raw_meat: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def category_name(self) -> str:
        """What its category is called in the language read now."""
        session = object_session(self)
        return self.category if session is None else names_of(session, NameKind.CATEGORIES)[self.category]

    __table_args__ = (
        CheckConstraint("shelf_life_days > 0", "shelf_life_is_positive"),
        CheckConstraint("volume_l > 0", "volume_is_positive"),
    )


class ShelfLifeClassRow(Base):
    """Goods that age alike, as the shop has them: how much faster they use their life ten degrees warmer (`q10`), than
    at `reference_c`, between the temperatures for which that is known; harmed below `chilling_below_c`. It is of the
    products of its band, category and subcategory; null: of any."""

    __tablename__ = "shelf_life_classes"

    class_id: Mapped[Id] = mapped_column(primary_key=True)
    band: Mapped[Band | None]
    category: Mapped[str | None]
    subcategory: Mapped[str | None]
    q10: Mapped[float]
    reference_c: Mapped[float]
    valid_from_c: Mapped[float]
    valid_until_c: Mapped[float]
    chilling_below_c: Mapped[float | None]
    source: Mapped[str]


class SupplierRow(Named, Changing, Base):
    """A farm, cooperative or wholesaler that we buy from. `send_to` is where purchase orders are sent (an address of
    apprise, which may hold a password), `language` what they are written in; it delivers between two times of day,
    `HH:MM`."""

    __tablename__ = "suppliers"
    NAMES_OF, ID = NameKind.SUPPLIERS, "supplier_id"

    supplier_id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[str]
    city: Mapped[str | None]
    address: Mapped[str | None]
    contact: Mapped[str | None]
    send_to: Mapped[str | None]
    language: Mapped[str | None]
    delivers_from: Mapped[str | None]
    delivers_until: Mapped[str | None]


class SupplierClosureRow(Changing, Base):
    """Days, both included, on which a supplier neither takes orders nor delivers, such as holidays."""

    __tablename__ = "supplier_closures"

    supplier_id: Mapped[Id] = mapped_column(ForeignKey("suppliers.supplier_id"), primary_key=True)
    first_day: Mapped[LocalDay] = mapped_column(primary_key=True)
    last_day: Mapped[LocalDay]
    known_at: Mapped[datetime]


class SupplierTermsRow(Changing, Base):
    """What a supplier asks for a whole order (all products of one delivery to one warehouse) from a delivery day on:
    what the delivery costs, and the least that it must come to in money and in packs. Its next terms replace them."""

    __tablename__ = "supplier_terms"

    supplier_id: Mapped[Id] = mapped_column(ForeignKey("suppliers.supplier_id"), primary_key=True)
    valid_from: Mapped[LocalDay] = mapped_column(primary_key=True)
    valid_until: Mapped[LocalDay | None]
    delivery_cost: Mapped[Money]
    min_order_value: Mapped[Money]
    min_order_packs: Mapped[int]
    known_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("delivery_cost >= 0", "delivery_cost_is_not_negative"),
        CheckConstraint("min_order_value >= 0", "least_value_is_not_negative"),
        CheckConstraint("min_order_packs >= 0", "least_packs_are_not_negative"),
    )


class TransferTermsRow(Changing, Base):
    """How goods may be carried from one warehouse to another from a day on: the hours until they can be sold there, and
    in their currency what a drive costs, whatever it carries, and what each unit does. Their next terms replace them.
    """

    __tablename__ = "transfer_terms"

    from_warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    to_warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    valid_from: Mapped[LocalDay] = mapped_column(primary_key=True)
    valid_until: Mapped[LocalDay | None]
    hours: Mapped[float]
    drive_cost: Mapped[Money]
    cost_per_unit: Mapped[Money]
    known_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("from_warehouse_id <> to_warehouse_id", "leads_elsewhere"),
        CheckConstraint("hours >= 0", "hours_are_not_negative"),
        CheckConstraint("drive_cost >= 0", "drive_cost_is_not_negative"),
        CheckConstraint("cost_per_unit >= 0", "cost_per_unit_is_not_negative"),
    )


class OfferRow(Changing, Base):
    """A supplier's terms for a product. `daily_capacity` holds over all warehouses together; null is unlimited.
    `delivery_weekdays` lists ISO weekdays, "1,3,5" for Monday, Wednesday and Friday. An order counts as of its day up
    to `order_cut_off`, a time of day in the warehouse (`HH:MM`; null: all day)."""

    __tablename__ = "offers"

    offer_id: Mapped[Id] = mapped_column(primary_key=True)
    supplier_id: Mapped[Id] = mapped_column(ForeignKey("suppliers.supplier_id"), index=True)
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"), index=True)
    pack_size: Mapped[Quantity]
    min_quantity: Mapped[Quantity]
    daily_capacity: Mapped[Quantity | None]
    lead_time_days: Mapped[int]
    order_cut_off: Mapped[str | None]
    delivery_weekdays: Mapped[str]
    valid_from: Mapped[LocalDay]
    valid_until: Mapped[LocalDay | None]
    known_at: Mapped[datetime]

    tiers: Mapped[list["OfferTierRow"]] = relationship(
        order_by="OfferTierRow.min_quantity", cascade="all, delete-orphan", lazy="selectin"
    )

    __table_args__ = (
        CheckConstraint("pack_size > 0", "pack_is_positive"),
        CheckConstraint("min_quantity >= 0", "minimum_is_not_negative"),
        CheckConstraint("lead_time_days >= 0", "lead_time_is_not_negative"),
    )


class OfferTierRow(Base):
    """The price per unit from `min_quantity` units on."""

    __tablename__ = "offer_tiers"

    offer_id: Mapped[Id] = mapped_column(ForeignKey("offers.offer_id", ondelete="CASCADE"), primary_key=True)
    min_quantity: Mapped[Quantity] = mapped_column(primary_key=True)
    unit_price: Mapped[Money]
