"""What takes longer than anybody waits for, done once the answer is kept and told: what a supplier declined is asked
for elsewhere, and purchase orders are sent one after the other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from fastapi import BackgroundTasks, Request
from sqlalchemy import Engine

from api.transactions import engine_of
from flows.errors import Refusal
from flows.ordering.to_send import Sent, ToSend, mark_all_sent, send_all
from flows.purchasing.deciding.asking_elsewhere import ask_elsewhere
from flows.settings import Settings
from warehouse.purchasing.plan_settings import PlanSettings

log: Any = structlog.get_logger("freshfront.api")


def ask_elsewhere_afterwards(tasks: BackgroundTasks, request: Request, purchase_order: str, now: datetime) -> None:
    """Plans again for the warehouse of a purchase order (a number or an id) of which something was declined."""
    settings: PlanSettings = request.app.state.settings.purchasing
    tasks.add_task(_ask_elsewhere, engine_of(request), purchase_order, now, settings)


def send_all_afterwards(
    tasks: BackgroundTasks, request: Request, orders: Sequence[ToSend], now: datetime, by: str
) -> None:
    """Sends purchase orders to their suppliers."""
    tasks.add_task(_send_all, engine_of(request), list(orders), request.app.state.settings, now, by)


def mark_all_sent_afterwards(
    tasks: BackgroundTasks, request: Request, orders: Sequence[ToSend], now: datetime, by: str, how: str | None
) -> None:
    """Notes that the suppliers of purchase orders were told in another way."""
    tasks.add_task(_mark_all_sent, engine_of(request), list(orders), now, by, how)


def _ask_elsewhere(engine: Engine, purchase_order: str, now: datetime, settings: PlanSettings) -> None:
    try:
        ask_elsewhere(engine, purchase_order, now, settings)
    except Refusal as refusal:  # an edited draft stands: approving it looks at the confirmation again
        log.warning("not asked elsewhere", purchase_order=purchase_order, reason=str(refusal))


def _send_all(engine: Engine, orders: list[ToSend], settings: Settings, now: datetime, by: str) -> None:
    _log_what_failed(send_all(engine, orders, settings, now, by))


def _mark_all_sent(engine: Engine, orders: list[ToSend], now: datetime, by: str, how: str | None) -> None:
    _log_what_failed(mark_all_sent(engine, orders, now, by, how))


def _log_what_failed(sent: Sent) -> None:
    for number, why in sent.failed.items():  # Today lists it still
        log.warning("purchase order not sent", purchase_order=number, reason=why)
