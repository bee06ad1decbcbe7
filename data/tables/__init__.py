"""Every table, by the words of the house. Import them from here."""

from data.tables.access import AnsweredRequestRow, ApiKeyRow, ApiKeyWarehouseRow
from data.tables.catalogue import OfferRow, OfferTierRow, ProductRow, SupplierClosureRow, SupplierRow
from data.tables.coldchain import AlarmRow, ReadingRow, SensorStateRow
from data.tables.decisions import (
    DayRunRow,
    DemandModelRow,
    EditReason,
    ForecastRow,
    MoveRow,
    MoveStatus,
    PlanLineEditRow,
    PlanLineRow,
    PlanStatus,
    PlanWarehouseRow,
    PurchasePlanRow,
    SlotSuggestionRow,
)
from data.tables.declaration import Band, Base, Language, Role, Stage, Unit
from data.tables.effects import PromotionEffectRow
from data.tables.explanations import ForecastContributionRow
from data.tables.found_by_forecasts import BulkOrderRow, OccasionRow, SilentProductRow
from data.tables.hours import HourlyForecastRow
from data.tables.judgements import DemandJudgementRow
from data.tables.notifying import (
    DeliveryStatus,
    OutboxEventRow,
    OutboxEventWarehouseRow,
    WebhookDeliveryRow,
    WebhookRow,
)
from data.tables.observations import (
    HOURS,
    DailyAvailabilityRow,
    DailySalesRow,
    DayToBookRow,
    EventRow,
    OrderLineRow,
    PromotionRow,
    TrueDemandRow,
    WeatherRow,
)
from data.tables.ordering import (
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderLineRow,
    PurchaseOrderNumberRow,
    PurchaseOrderRow,
    SupplierLinkRow,
)
from data.tables.places import LimitRow, SensorRow, SlotRow, WarehouseRow, ZoneRow
from data.tables.recovered import RECOVERED_DAYS, RecoveredDemandRow
from data.tables.stock import (
    InspectionRow,
    LotRow,
    ReceiptLineRow,
    ReceiptRow,
    StockChangeKind,
    StockChangeRow,
)

__all__ = [
    "HOURS",
    "RECOVERED_DAYS",
    "AlarmRow",
    "AnsweredRequestRow",
    "ApiKeyRow",
    "ApiKeyWarehouseRow",
    "Band",
    "Base",
    "BulkOrderRow",
    "DailyAvailabilityRow",
    "DailySalesRow",
    "DayRunRow",
    "DayToBookRow",
    "DeliveryStatus",
    "DemandJudgementRow",
    "DemandModelRow",
    "EditReason",
    "EventRow",
    "ForecastContributionRow",
    "ForecastRow",
    "HourlyForecastRow",
    "InspectionRow",
    "Language",
    "LimitRow",
    "LotRow",
    "MoveRow",
    "MoveStatus",
    "OccasionRow",
    "OfferRow",
    "OfferTierRow",
    "OrderLineRow",
    "OutboxEventRow",
    "OutboxEventWarehouseRow",
    "PlanLineEditRow",
    "PlanLineRow",
    "PlanStatus",
    "PlanWarehouseRow",
    "ProductRow",
    "PromotionEffectRow",
    "PromotionRow",
    "PurchaseOrderEventKind",
    "PurchaseOrderEventRow",
    "PurchaseOrderLineRow",
    "PurchaseOrderNumberRow",
    "PurchaseOrderRow",
    "PurchasePlanRow",
    "ReadingRow",
    "ReceiptLineRow",
    "ReceiptRow",
    "RecoveredDemandRow",
    "Role",
    "SensorRow",
    "SensorStateRow",
    "SilentProductRow",
    "SlotRow",
    "SlotSuggestionRow",
    "Stage",
    "StockChangeKind",
    "StockChangeRow",
    "SupplierClosureRow",
    "SupplierLinkRow",
    "SupplierRow",
    "TrueDemandRow",
    "Unit",
    "WarehouseRow",
    "WeatherRow",
    "WebhookDeliveryRow",
    "WebhookRow",
    "ZoneRow",
]
