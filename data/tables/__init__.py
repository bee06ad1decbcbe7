"""Every table, by the words of the house. Import them from here."""

from data.tables.access import AnsweredRequest, ApiKey
from data.tables.catalogue import Offer, OfferTier, Product, Supplier
from data.tables.coldchain import Alarm, DeliveryStatus, Reading, SensorState, Webhook, WebhookDelivery
from data.tables.decisions import (
    DemandModel,
    Forecast,
    Move,
    MoveStatus,
    PlanLine,
    PlanStatus,
    PurchasePlan,
    SlotSuggestion,
)
from data.tables.declaration import Band, Base, Role, Stage, Unit
from data.tables.effects import PromotionEffect
from data.tables.explanations import ForecastContribution
from data.tables.hours import HourlyForecast
from data.tables.observations import (
    HOURS,
    DailyAvailability,
    DailySales,
    OrderLine,
    Promotion,
    TrueDemand,
    Weather,
)
from data.tables.places import Limit, Sensor, Slot, Warehouse, Zone
from data.tables.recovered import RECOVERED_DAYS, RecoveredDemand
from data.tables.stock import Inspection, Lot, PurchaseOrder, PurchaseOrderLine

__all__ = [
    "HOURS",
    "RECOVERED_DAYS",
    "Alarm",
    "AnsweredRequest",
    "ApiKey",
    "Band",
    "Base",
    "DailyAvailability",
    "DailySales",
    "DeliveryStatus",
    "DemandModel",
    "Forecast",
    "ForecastContribution",
    "HourlyForecast",
    "Inspection",
    "Limit",
    "Lot",
    "Move",
    "MoveStatus",
    "Offer",
    "OfferTier",
    "OrderLine",
    "PlanLine",
    "PlanStatus",
    "Product",
    "Promotion",
    "PromotionEffect",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchasePlan",
    "Reading",
    "RecoveredDemand",
    "Role",
    "Sensor",
    "SensorState",
    "Slot",
    "SlotSuggestion",
    "Stage",
    "Supplier",
    "TrueDemand",
    "Unit",
    "Warehouse",
    "Weather",
    "Webhook",
    "WebhookDelivery",
    "Zone",
]
