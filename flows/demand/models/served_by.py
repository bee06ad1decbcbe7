"""What made a kept forecast, and why: the choice of the model that serves there, as it was kept when it was trained."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from data.local_days import today_there
from data.tables import ForecastRow, WarehouseRow
from flows.demand.models.model_registry import choices_serving
from forecasting.model.choice import Choice, reach_of
from forecasting.model.mean_models import SMOOTHING


@dataclass(frozen=True)
class ServedBy:
    """choice: of the horizon that the forecast lies at.

    by_last_level: the product is forecast by its last known level, whatever serves the others, since nothing is known
    of its sales lately."""

    choice: Choice
    by_last_level: bool


def served_by(session: Session, forecast: ForecastRow) -> ServedBy | None:
    """What made the forecast; None for a product that has ended, and where it was not kept."""
    warehouse = session.get_one(WarehouseRow, forecast.warehouse_id)
    horizon = (forecast.date - today_there(forecast.origin, warehouse.timezone)).days + 1
    choice = choices_serving(session, forecast.warehouse_id, forecast.origin).get(reach_of(horizon))
    if choice is None or forecast.model not in (choice.rung, SMOOTHING):
        return None
    return ServedBy(choice, by_last_level=forecast.model != choice.rung)
