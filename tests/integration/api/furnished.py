"""A warehouse with one of each thing that the service keeps, and the ids by which operations call them."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import (
    ActuatorKind,
    ActuatorRow,
    AlarmRow,
    AssortmentProposalRow,
    Band,
    CommandRow,
    CommandStatus,
    CourierDayRow,
    DailySalesRow,
    DemandJudgementRow,
    DemandModelRow,
    EventRow,
    FindingRow,
    FloorPoint,
    FloorPointRow,
    ForecastRow,
    InspectionRow,
    LimitRow,
    MeasurementRow,
    MoveRow,
    MoveStatus,
    PlanLineRow,
    PlanStatus,
    PlanTransferRow,
    PlanWarehouseRow,
    PromotionRow,
    ProposalKind,
    ProposalStatus,
    PurchaseOrderRow,
    PurchasePlanRow,
    ReadingHourRow,
    ReadingRow,
    SensorRow,
    SilenceRow,
    SlotRow,
    Stage,
    TransferLotRow,
    TransferRow,
    TransferStage,
    TravelTimeRow,
    WalkwayRow,
    ZoneRow,
)
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.stock.receiving import Received, ReceivedLine, receive

from .conftest import NOW, ORIGIN, TODAY

Ids = dict[str, str]

# what is called alike in each warehouse, or is of none
ALIKE: Final = {"line_no": "1", "product_id": "milk", "name": "app.css", "token": "none", "webhook_id": "wh_none",
         "file_format": "csv", "kind": "stock", "run_id": "night", "supplier_id": "F1", "offer_id": "O-milk",
         "first_day": str(TODAY), "date": str(TODAY), "starts_on": str(TODAY), "taken_at": ORIGIN.isoformat(),
         "hour": ORIGIN.isoformat(), "quantity": "humidity",
         "valid_from": ORIGIN.isoformat(), "transfer_no": "1", "transfer_id": "transfer-own",
         "told_event_id": "none", "trial_id": "T1", "message_id": "none", "delivery_id": "none",
         "point": "start", "number": "1"}  # fmt: skip
# where a name is of another type than elsewhere
IN_PATH: Final = {
    "/v1/supplier-terms/{supplier_id}/{valid_from}": {"valid_from": str(TODAY)},
    "/v1/transfer-terms/{from_warehouse_id}/{to_warehouse_id}/{valid_from}": {"valid_from": str(TODAY)},
}


def model_of(model_id: str, warehouse_id: str | None) -> DemandModelRow:
    """A demand model of a warehouse, or of the region."""
    return DemandModelRow(model_id=model_id, warehouse_id=warehouse_id, region_model_id=warehouse_id and "region",
                          origin=ORIGIN, trained_at=ORIGIN, code="1", settings={}, trained_on={}, artifact=b"",
                          artifact_sha256="", served_from=ORIGIN)  # fmt: skip


def furnish(session: Session, warehouse_id: str, name: str) -> Ids:
    """One of each thing that there is, in a warehouse; their ids, by the names that operations call them."""
    zone, sensor = f"zone-{name}", f"sensor-{name}"
    session.add_all(plan_of(name, warehouse_id, note=warehouse_id))
    session.add(ZoneRow(zone_id=zone, warehouse_id=warehouse_id, name=zone, band=Band.CHILLED, x_m=0, y_m=0, width_m=5,
                        depth_m=5))  # fmt: skip
    session.flush()
    session.add_all([
        SensorRow(sensor_id=sensor, zone_id=zone, name=sensor),
        SlotRow(slot_id=f"slot-{name}", warehouse_id=warehouse_id, zone_id=zone, x_m=1, y_m=1, distance_m=3.0,
                volume_l=Decimal(500), product_id="milk"),
    ])  # fmt: skip
    session.flush()
    session.add_all([
        MoveRow(move_id=f"move-{name}", warehouse_id=warehouse_id, product_id="milk", from_slot_id=None,
                to_slot_id=f"slot-{name}", rank=1, metres_saved_per_day=9.0, reasons=[], status=MoveStatus.SUGGESTED,
                created_at=ORIGIN),
        AlarmRow(alarm_id=f"alarm-{name}", sensor_id=sensor, zone_id=zone, warehouse_id=warehouse_id, kind="too_warm",
                 began_at=ORIGIN, raised_at=ORIGIN, limit_c=4.0, worst_c=7.5),
        InspectionRow(inspection_id=f"inspection-{name}", stage=Stage.COMPLAINT, product_id="milk",
                      warehouse_id=warehouse_id, inspected_at=ORIGIN, inspected_quantity=Decimal(2),
                      accepted_quantity=Decimal(1), defect=name, known_at=ORIGIN),
        DemandJudgementRow(judgement_id=f"judgement-{name}", warehouse_id=warehouse_id, product_id="milk",
                           first_day=TODAY, last_day=TODAY, quantity=Decimal(5), reason="a fair", judged_by="Li Na",
                           judged_at=ORIGIN),
        TravelTimeRow(warehouse_id=warehouse_id, from_place="warehouse", to_place=f"place-{name}", minutes=5.0),
        ReadingRow(sensor_id=sensor, taken_at=ORIGIN, temperature_c=3.0, known_at=ORIGIN),
        ReadingHourRow(sensor_id=sensor, hour=ORIGIN, lowest_c=1, mean_c=2, highest_c=3, readings=60),
        MeasurementRow(sensor_id=sensor, quantity="humidity", taken_at=ORIGIN, value=80, known_at=ORIGIN),
        SilenceRow(silence_id=f"silence-{name}", warehouse_id=warehouse_id, starts_at=ORIGIN, reason=name,
                   ends_at=NOW + timedelta(hours=9), created_at=ORIGIN, created_by=name),
        LimitRow(zone_id=zone, valid_from=ORIGIN, low_c=1.0, high_c=4.0),
        FloorPointRow(warehouse_id=warehouse_id, point=FloorPoint.START, x_m=0, y_m=0),
        WalkwayRow(warehouse_id=warehouse_id, number=1, from_x_m=0, from_y_m=0, to_x_m=1, to_y_m=0),
        ActuatorRow(actuator_id=f"cooler-{name}", zone_id=zone, kind=ActuatorKind.COOLER, name=name, topic=f"c/{name}",
                    rule={"start_above_c": 4.0, "stop_below_c": 3.0}),
        EventRow(event_id=f"event-{name}", known_at=ORIGIN, name=name, kind="fair", first_day=TODAY, last_day=TODAY,
                 warehouse_id=warehouse_id),
        DailySalesRow(warehouse_id=warehouse_id, product_id="milk", date=TODAY, known_at=ORIGIN, sales=3.0),
        PromotionRow(warehouse_id=warehouse_id, product_id="milk", starts_on=TODAY, known_at=ORIGIN, ends_on=TODAY,
                     discount=0.8, promoted=True),
        ForecastRow(warehouse_id=warehouse_id, product_id="milk", date=TODAY + timedelta(days=9), origin=ORIGIN,
                    model=name, q05=1, q10=1, q25=1, q50=1, q75=1, q90=1, q95=1, mean=1),
        model_of(f"model-{name}", warehouse_id),
    ])  # fmt: skip
    session.flush()
    session.add(CommandRow(command_id=f"command-{name}", command_no=1, actuator_id=f"cooler-{name}", zone_id=zone,
                           warehouse_id=warehouse_id, desired="on", reason="too_warm", said=name, decided_at=ORIGIN,
                           written_at=ORIGIN, expires_at=ORIGIN, status=CommandStatus.SENT))  # fmt: skip
    line = NewPurchaseOrderLine(supplier_id="F2", warehouse_id=warehouse_id, delivery_date=date(2026, 3, 3), line_no=1,
                                product_id="milk", quantity=Decimal(30), unit_price=Decimal(7))  # fmt: skip
    place_purchase_orders(session, [line], NOW, f"buyer {name}")
    half_hour = {"begins": NOW.isoformat(), "orders": 9.0, "orders_q10": 5, "orders_q90": 13, "needed": 3,
                 "employed": 3, "crowd": 0, "share": 0.96}  # fmt: skip
    session.add(
        CourierDayRow(warehouse_id=warehouse_id, date=TODAY, origin=ORIGIN, planned_at=NOW, promise_minutes=45,
                      promised_share=0.95, share=0.96, cost=90.0, held_minutes=45, rain=False,
                      half_hours=[half_hour], shifts=[])
    )  # fmt: skip
    session.add(
        FindingRow(finding_id=f"finding-{name}", warehouse_id=warehouse_id, feed="sales", what="missing",
                   first_day=TODAY, last_day=TODAY, chance=0.001, found_at=NOW)
    )  # fmt: skip
    session.add(
        AssortmentProposalRow(proposal_id=f"proposal-{name}", warehouse_id=warehouse_id, product_id="milk",
                              kind=ProposalKind.RETIRE, proposed_at=NOW, horizon_days=28, money=9.0, money_low=1.0,
                              money_high=17.0, margin_lost=3.0, margin_kept=1.0, waste_saved=2.0,
                              waste_saved_money=11.0, held_by_baskets=False, status=ProposalStatus.WAITING, version=1,
                              details={"evidence": [], "siblings": [], "baskets": None, "held_out": None})
    )  # fmt: skip
    session.add(
        TransferRow(transfer_id=f"transfer-{name}", transfer_no=1, from_warehouse_id=warehouse_id,
                    to_warehouse_id="W2", product_id="milk", stage=TransferStage.APPROVED, hours=2.0,
                    send_by=NOW + timedelta(hours=9), approved_at=ORIGIN, approved_by=name,
                    lots=[TransferLotRow(lot_id=f"lot-{name}", action_id=f"transfer {name}", last_day=TODAY,
                                         approved=Decimal(2))])
    )  # fmt: skip
    came = ReceivedLine("milk", Decimal(9), Decimal(1), "crushed", f"lot-{name}", date(2026, 3, 3))
    receive(session, f"receipt-{name}", Received(warehouse_id, "F1", ORIGIN, [came]), NOW, f"staff {name}")
    order = session.scalars(select(PurchaseOrderRow).where(PurchaseOrderRow.warehouse_id == warehouse_id)).one()
    order.number = number = f"PO-20260302-{name}"
    return {
        **dict.fromkeys(("warehouse_id", "warehouse", "from_warehouse_id", "to_warehouse_id", "warehouse_ids"),
                        warehouse_id),
        "plan_id": f"plan-{name}", "order": number, "purchase_order_id": number, "receipt_id": f"receipt-{name}",
        "move_id": f"move-{name}", "alarm_id": f"alarm-{name}", "lot_id": f"lot-{name}", "sensor_id": sensor,
        "silence_id": f"silence-{name}", "replaced_by": sensor, "slot_id": f"slot-{name}",
        "proposal_id": f"proposal-{name}", "finding_id": f"finding-{name}", "judgement_id": f"judgement-{name}",
        "actuator_id": f"cooler-{name}", "command_id": f"command-{name}",
        "id": f"inspection-{name}", "complaint_id": f"inspection-{name}", "zone_id": zone, "event_id": f"event-{name}",
    }  # fmt: skip


def plan_of(name: str, *warehouses: str, note: str) -> list[PurchasePlanRow]:
    """A draft of a line for each warehouse, with transfers between those that follow each other."""
    plan = PurchasePlanRow(plan_id=f"plan-{name}", delivery_date=date(2026, 3, 3), origin=ORIGIN,
                           status=PlanStatus.DRAFT, created_at=NOW, created_by="schedule")  # fmt: skip
    plan.notes = [{"code": "no_stock_known", "warehouses": note}, {"code": "no_forecast", "warehouse": warehouses[-1],
                  "day": "2026-03-03"}]  # fmt: skip
    plan.lines = [
        PlanLineRow(line_no=number, warehouse_id=warehouse, product_id="milk", supplier_id="F2", offer_id="O-milk",
                    covers_from=date(2026, 3, 3), covers_until=date(2026, 3, 4), forecast_mean=40.0, forecast_q10=24.0,
                    forecast_q50=40.0, forecast_q90=56.0, usable_stock=Decimal(2), on_order=Decimal(0),
                    pack_size=Decimal(10), planned_quantity=Decimal(40), quantity=Decimal(40),
                    unit_price=Decimal("7.5"), expected_shortage=1.5, expected_waste=0.5, reasons=[])
        for number, warehouse in enumerate(warehouses, start=1)
    ]  # fmt: skip
    day = TODAY if name != "both" else TODAY - timedelta(days=1)
    plan.warehouses = [PlanWarehouseRow(warehouse_id=one, order_date=day, open=True) for one in warehouses]
    plan.transfers = [
        PlanTransferRow(transfer_no=1, from_warehouse_id=of, to_warehouse_id=to, product_id="milk", arrives_at=NOW,
                        quantity=Decimal(2), lots=[{"lot_id": f"lot {of}", "quantity": 2.0, "last_day": "2026-03-03"}],
                        waste_avoided=2, shortage_avoided=1, bought_less=0, cost=Decimal(1), earns=Decimal(9))
        for of, to in pairwise(warehouses)
    ]  # fmt: skip
    return [plan]


def in_address(path: str, ids: Ids) -> Ids:
    """What stands in an operation's address for the things with these ids."""
    return ALIKE | ids | IN_PATH.get(path, {})
