"""The pages that buyers and warehouse staff work with: drawn by the server, on the same steps and rules as the API."""

from api.pages.aisle.aisle import router as _aisle
from api.pages.assortment.assortment import router as _assortment
from api.pages.assortment.range import router as _range
from api.pages.couriers.courier_what_if import router as _courier_what_if
from api.pages.couriers.couriers import router as _couriers
from api.pages.language.language import router as _language
from api.pages.morning.morning import router as _morning
from api.pages.orders.orders import router as _orders
from api.pages.plan_line.plan_line import router as _plan_lines
from api.pages.plans.adding import router as _adding
from api.pages.plans.approval import router as _approval
from api.pages.plans.line_edits import router as _line_edits
from api.pages.plans.plans import router as _plans
from api.pages.plans.what_if import router as _what_if
from api.pages.product.judgements import router as _judgements
from api.pages.product.product import router as _products
from api.pages.promotions.promotions import router as _promotions
from api.pages.receipts.put_away import router as _put_away
from api.pages.receipts.receipts import router as _receipts
from api.pages.receipts.transfers import router as _transfers
from api.pages.rendering import problem_page
from api.pages.service_level.service_level import router as _service_level
from api.pages.slots.refill import router as _refill
from api.pages.slots.slots import router as _slots
from api.pages.static_files import router as _static_files
from api.pages.stock.counts import router as _counts
from api.pages.stock.lots import router as _lots
from api.pages.stock.stock import router as _stock
from api.pages.supplier_confirmation.supplier_confirmation import router as _supplier_confirmation
from api.pages.suppliers.suppliers import router as _suppliers
from api.pages.temperatures.silences import router as _silences
from api.pages.temperatures.temperatures import router as _temperatures
from api.pages.today.today import router as _today
from api.pages.trials.trials import router as _trials
from api.pages.zone_rules.zone_rules import router as _zone_rules
from api.routing import Router

__all__ = ["problem_page", "router"]

router = Router(include_in_schema=False)
for _part in (
    _static_files,
    _language,
    _today,
    _morning,
    _suppliers,
    _promotions,
    _service_level,  # before the plans, whose ids stand where its name does
    _plans,
    _adding,
    _what_if,
    _approval,
    _line_edits,
    _plan_lines,
    _orders,
    _products,
    _judgements,
    _slots,
    _couriers,
    _courier_what_if,
    _trials,
    _assortment,
    _range,
    _aisle,
    _refill,
    _stock,
    _receipts,
    _transfers,
    _put_away,
    _counts,
    _lots,
    _temperatures,
    _silences,
    _zone_rules,
    _supplier_confirmation,
):
    router.include_router(_part)
