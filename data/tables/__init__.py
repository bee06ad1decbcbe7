"""Every table, by the words of the house. Import them from here."""

from data.tables.access import AnsweredRequestRow, ApiKeyRow
from data.tables.catalogue import OfferRow, OfferTierRow, ProductRow, SupplierRow
from data.tables.coldchain import AlarmRow, ReadingRow, SensorStateRow
from data.tables.decisions import (
    DemandModelRow,
    ForecastRow,
    MoveRow,
    MoveStatus,
    PlanLineRow,
    PlanStatus,
    PurchasePlanRow,
    SlotSuggestionRow,
)
from data.tables.declaration import Band, Base, Role, Stage, Unit
from data.tables.effects import PromotionEffectRow
from data.tables.explanations import ForecastContributionRow
from data.tables.hours import HourlyForecastRow
from data.tables.notifying import DeliveryStatus, OutboxEventRow, WebhookDeliveryRow, WebhookRow
from data.tables.observations import (
    HOURS,
    DailyAvailabilityRow,
    DailySalesRow,
    DayToBookRow,
    OrderLineRow,
    PromotionRow,
    TrueDemandRow,
    WeatherRow,
)
from data.tables.places import LimitRow, SensorRow, SlotRow, WarehouseRow, ZoneRow
from data.tables.recovered import RECOVERED_DAYS, RecoveredDemandRow
from data.tables.stock import InspectionRow, LotRow, PurchaseOrderLineRow, PurchaseOrderRow

__all__ = [
    "HOURS",
    "RECOVERED_DAYS",
    "AlarmRow",
    "AnsweredRequestRow",
    "ApiKeyRow",
    "Band",
    "Base",
    "DailyAvailabilityRow",
    "DailySalesRow",
    "DayToBookRow",
    "DeliveryStatus",
    "DemandModelRow",
    "ForecastContributionRow",
    "ForecastRow",
    "HourlyForecastRow",
    "InspectionRow",
    "LimitRow",
    "LotRow",
    "MoveRow",
    "MoveStatus",
    "OfferRow",
    "OfferTierRow",
    "OrderLineRow",
    "OutboxEventRow",
    "PlanLineRow",
    "PlanStatus",
    "ProductRow",
    "PromotionEffectRow",
    "PromotionRow",
    "PurchaseOrderLineRow",
    "PurchaseOrderRow",
    "PurchasePlanRow",
    "ReadingRow",
    "RecoveredDemandRow",
    "Role",
    "SensorRow",
    "SensorStateRow",
    "SlotRow",
    "SlotSuggestionRow",
    "Stage",
    "SupplierRow",
    "TrueDemandRow",
    "Unit",
    "WarehouseRow",
    "WeatherRow",
    "WebhookDeliveryRow",
    "WebhookRow",
    "ZoneRow",
]
