"""After a supplier has confirmed: what it declined is asked for elsewhere, once its answer is kept and told."""

from datetime import datetime
from typing import Any

import structlog
from fastapi import BackgroundTasks, Request
from sqlalchemy import Engine

from api.transactions import engine_of
from flows.errors import Refusal
from flows.purchasing.asking_elsewhere import ask_elsewhere
from warehouse.purchasing.plan_settings import PlanSettings

log: Any = structlog.get_logger("freshfront.api")


def ask_elsewhere_afterwards(tasks: BackgroundTasks, request: Request, purchase_order: str, now: datetime) -> None:
    """Plans again after the answer is sent: nobody on a phone waits for it. `purchase_order` is a number or an id."""
    settings: PlanSettings = request.app.state.settings.purchasing
    tasks.add_task(_ask_elsewhere, engine_of(request), purchase_order, now, settings)


def _ask_elsewhere(engine: Engine, purchase_order: str, now: datetime, settings: PlanSettings) -> None:
    try:
        ask_elsewhere(engine, purchase_order, now, settings)
    except Refusal as refusal:  # an edited draft stands: approving it looks at the confirmation again
        log.warning("not asked elsewhere", purchase_order=purchase_order, reason=str(refusal))
