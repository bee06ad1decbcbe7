"""Temperatures: every zone now, a warehouse's last 24 hours against its limits, and alarms to acknowledge.

The page moves: a script asks for `/now` every few seconds and puts what came in place.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import Form, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from api.pages.rendering import done, page, part
from api.pages.temperatures.alarm_list import active_alarms, ended_alarms
from api.pages.temperatures.silences import shown_silences
from api.pages.temperatures.zone_figures import place_in, readings_since, temperature_chart
from api.places.place_queries import known_warehouse
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from data.frames.zone_history import sensors_hung
from data.local_days import today_there
from data.tables import WarehouseRow
from flows.coldchain.alarms.alarms import acknowledge_alarm, close_alarm
from flows.coldchain.alarms.zones_now import zones_now
from flows.coldchain.sensors.clocks_that_differ import active_clock_differences
from warehouse.coldchain.zones import ZoneState

REFRESHED_EVERY_SECONDS = 5

router = Router(include_in_schema=False)

Reads = Annotated[Principal, requires(Scope.ALARMS_READ)]
Acknowledges = Annotated[Principal, requires(Scope.ALARMS_ACKNOWLEDGE)]
Days = Annotated[Literal["1", "7", "30"], Query()]
Since = Annotated[int, Query(ge=0, le=10**14)]


@router.get("/temperatures")
def temperatures(request: Request, session: ReadSession, now: Now, who: Reads) -> Response:
    """All zones of all warehouses."""
    return page(
        request, "temperatures/temperatures.html", **_state(request, session, None, now), every=REFRESHED_EVERY_SECONDS
    )


@router.get("/temperatures/now")
def temperatures_now(request: Request, session: ReadSession, now: Now, who: Reads, since: Since = 0) -> Response:
    """What changes on that page."""
    html = part(request, "temperatures/_temperatures_now.html", **_state(request, session, None, now))
    return JSONResponse({"html": html, "since": since, "readings": {}})


@router.get("/warehouses/{warehouse_id}/temperatures")
def warehouse_temperatures(
    request: Request, session: ReadSession, now: Now, who: Reads, warehouse_id: str, days: Days = "1"
) -> Response:
    """The last day, week or month of each zone of a warehouse."""
    warehouse = known_warehouse(session, warehouse_id)
    state = _state(request, session, warehouse, now)
    drawn = [(zone, temperature_chart(session, zone, now, int(days))) for zone in state["zones"] if zone.sensors]
    return page(
        request,
        "temperatures/warehouse_temperatures.html",
        **state,
        charts=drawn,
        days=days,
        log_from=today_there(now - timedelta(days=int(days)), warehouse.timezone),
        every=REFRESHED_EVERY_SECONDS,
    )


@router.get("/warehouses/{warehouse_id}/temperatures/now")
def warehouse_temperatures_now(
    request: Request, session: ReadSession, now: Now, who: Reads, warehouse_id: str, since: Since = 0
) -> Response:
    """What changes on that page: the state, and the readings taken after `since` (milliseconds)."""
    warehouse = known_warehouse(session, warehouse_id)
    state = _state(request, session, warehouse, now)
    html = part(request, "temperatures/_temperatures_now.html", **state)
    after = datetime.fromtimestamp(since / 1000, UTC)
    readings = {
        f"zone-{zone.zone.zone_id}": readings_since(
            session, zone, after, sensors_hung(session, zone.zone.zone_id, now, now)
        )
        for zone in state["zones"]
    }
    return JSONResponse({"html": html, "since": state["since"], "readings": readings})


@router.post("/alarms")
def acknowledge(
    session: WriteSession,
    now: Now,
    who: Acknowledges,
    alarm_id: Annotated[str, Form(max_length=200)],
    note: Annotated[str | None, Form(max_length=1000)] = None,
    warehouse_id: Annotated[str | None, Form(max_length=64)] = None,
) -> Response:
    """Records that someone has seen an alarm, and goes back to where the button was."""
    acknowledge_alarm(session, alarm_id, (note or "").strip() or None, now, who.name)
    back = f"/warehouses/{quote(warehouse_id, safe='')}/temperatures" if warehouse_id else "/temperatures"
    return done(back, "alarm_acknowledged")


@router.post("/alarms/close")
def close(
    session: WriteSession,
    now: Now,
    who: Acknowledges,
    alarm_id: Annotated[str, Form(max_length=200)],
    reason: Annotated[str, Form(max_length=1000)] = "",
    warehouse_id: Annotated[str | None, Form(max_length=64)] = None,
) -> Response:
    """Ends an alarm by hand, for a reason, and goes back to where the button was."""
    close_alarm(session, alarm_id, reason, now, who.name)
    back = f"/warehouses/{quote(warehouse_id, safe='')}/temperatures" if warehouse_id else "/temperatures"
    return done(back, "alarm_closed")


def _state(request: Request, session: Session, warehouse: WarehouseRow | None, now: datetime) -> dict[str, Any]:
    warehouse_id = warehouse.warehouse_id if warehouse else None
    zones = zones_now(session, warehouse_id, now, request.app.state.settings.sensor_silent_after)
    latest = max((zone.last_heard.heard.taken_at or now for zone in zones if zone.last_heard), default=now)
    return {
        "warehouse": warehouse,
        "zones": zones,
        "in_order": ZoneState.IN_ORDER,
        "place_in": place_in,
        "active": active_alarms(session, warehouse_id),
        "clocks": active_clock_differences(session, warehouse_id),
        "ended": ended_alarms(session, warehouse_id),
        "silences": shown_silences(session, warehouse_id, now),
        "now": now,
        "since": int(latest.timestamp() * 1000),
    }
