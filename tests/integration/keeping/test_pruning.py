"""What is older than it is kept goes, what a decision or an alarm rests on stays."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, text

from data.database import reading, writing
from data.kept.event_numbers import events_pruned_up_to, next_event_number
from data.pruning import batches
from data.pruning.policy import Kind
from data.tables import (
    ActuatorKind,
    ActuatorRow,
    ActuatorStateRow,
    AlarmRow,
    ApiKeyRow,
    AssortmentProposalRow,
    AuditEntryRow,
    Band,
    Base,
    ClockDifferenceRow,
    CommandRow,
    CommandStatus,
    CourierDayRow,
    DeliveryStatus,
    DemandModelRow,
    ExcursionRow,
    FindingRow,
    ForecastContributionRow,
    ForecastRow,
    OccasionRow,
    OutboxEventRow,
    PlanLineRow,
    PlanStatus,
    PlanWarehouseRow,
    ProductRow,
    ProposalKind,
    ProposalStatus,
    PurchaseOrderRow,
    PurchasePlanRow,
    QuarantinedMessageRow,
    ReadingHourRow,
    ReadingRow,
    Role,
    SensorRow,
    SilenceRow,
    SupplierRow,
    TrialDayRow,
    TrialLookRow,
    TrialRow,
    Unit,
    WarehouseRow,
    WebhookDeliveryRow,
    WebhookRow,
    ZoneRow,
)
from flows.assortment.proposing import NOT_AGAIN_FOR
from flows.keeping.pruning import Pruning, prune
from flows.settings import Settings

NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)
LONG_AGO = datetime(2025, 3, 1, 8, tzinfo=UTC)
QUANTILES = ("q05", "q10", "q25", "q50", "q75", "q90", "q95", "mean")
SHARES = ("level", "weekday", "holiday", "weather", "promotion", "trend")


@pytest.fixture(autouse=True)
def shop(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="One", city="A", timezone="Asia/Shanghai"))
        session.add(ProductRow(product_id="P1", name="Spinach", category="leaf", band=Band.LEAF, unit=Unit.KG))
        session.add(SupplierRow(supplier_id="S1", name="Farm", kind="farm"))
        session.flush()
        session.add(
            ZoneRow(zone_id="Z1", warehouse_id="W1", name="L", band=Band.LEAF, x_m=0, y_m=0, width_m=1, depth_m=1)
        )
        session.flush()
        session.add(SensorRow(sensor_id="T1", zone_id="Z1", name="Door"))


def pruned(engine: Engine, dry_run: bool = False, **kept: int) -> Pruning:
    """Prunes the kinds that are named with their days, and nothing else."""
    others = {f"retention_{kind}_days": 0 for kind in Kind}
    return prune(
        engine, NOW, Settings(**others | {f"retention_{kind}_days": days for kind, days in kept.items()}), dry_run
    )


def kept(engine: Engine, *columns: Any) -> list[Any]:
    with reading(engine) as session:
        found = session.execute(select(*columns).order_by(*columns)).all()
    return [row[0] if len(columns) == 1 else tuple(row) for row in found]


def put(engine: Engine, row: type[Base], rows: list[dict[str, Any]]) -> None:
    with writing(engine) as session:
        session.execute(insert(row), rows)


def taken(minutes: int, celsius: float, since: datetime = LONG_AGO) -> dict[str, Any]:
    at = since + timedelta(minutes=minutes)
    return {"sensor_id": "T1", "taken_at": at, "temperature_c": celsius, "known_at": at}


EXCURSION = ("sensor_id", "kind", "began_at", "zone_id", "alarm_id", "raised_at", "ended_at", "limit_c", "worst_c")


def alarm(began: datetime, ended: datetime | None) -> dict[str, Any]:
    of_it = {"alarm_id": "A1", "sensor_id": "T1", "zone_id": "Z1", "warehouse_id": "W1", "kind": "high"}
    return of_it | {"began_at": began, "raised_at": began, "ended_at": ended, "limit_c": 4.0, "worst_c": 9.0}


def test_of_old_readings_the_hours_stay_and_those_of_now_stay_whole(engine: Engine) -> None:
    put(engine, ReadingRow, [taken(0, 2.0), taken(20, 3.0), taken(59, 7.0), taken(60, 1.0), taken(0, 3.5, NOW)])
    assert pruned(engine, dry_run=True, readings=365).done[0].rows == 4
    assert len(kept(engine, ReadingRow.taken_at)) == 5

    assert pruned(engine, readings=365).done[0].rows == 4

    row = ReadingHourRow
    assert kept(engine, row.hour, row.lowest_c, row.mean_c, row.highest_c, row.readings) == [
        (LONG_AGO, 2.0, 4.0, 7.0, 3),
        (LONG_AGO + timedelta(hours=1), 1.0, 1.0, 1.0, 1),
    ]
    assert kept(engine, ReadingRow.taken_at) == [NOW]


def test_an_alarm_keeps_all_readings_of_the_hours_around_it(engine: Engine) -> None:
    hours = [taken(60 * hour + 30, 3.0) for hour in range(7)]
    put(engine, ReadingRow, [*hours, taken(0, 3.0, NOW)])
    # from 10:15 to 11:45: the hours from 09:00 up to 13:00 are its own and those beside it
    began = LONG_AGO + timedelta(hours=2, minutes=15)
    put(engine, AlarmRow, [alarm(began, began + timedelta(minutes=90))])
    of_it = {name: value for name, value in alarm(began, began + timedelta(minutes=90)).items() if name in EXCURSION}
    put(engine, ExcursionRow, [of_it])

    pruned(engine, readings=365)
    pruned(engine, readings=365)

    assert [at.hour for at in kept(engine, ReadingRow.taken_at)] == [9, 10, 11, 12, NOW.hour]
    assert [at.hour for at in kept(engine, ReadingHourRow.hour)] == [8, 13, 14]


def test_where_a_sensor_was_heard_last_is_still_known(engine: Engine) -> None:
    put(engine, ReadingRow, [taken(0, 3.0), taken(90, 3.5)])

    pruned(engine, readings=365)

    assert kept(engine, ReadingRow.temperature_c) == [3.5]


def test_readings_that_come_again_after_their_hour_was_summed_up_change_nothing(engine: Engine) -> None:
    put(engine, ReadingRow, [taken(0, 2.0), taken(20, 3.0), taken(0, 3.0, NOW)])
    pruned(engine, readings=365)
    row = ReadingHourRow
    before = kept(engine, row.hour, row.lowest_c, row.mean_c, row.highest_c, row.readings)

    put(engine, ReadingRow, [taken(0, 2.0), taken(20, 3.0)])
    pruned(engine, readings=365)

    assert kept(engine, row.hour, row.lowest_c, row.mean_c, row.highest_c, row.readings) == before
    put(engine, ReadingRow, [taken(40, 9.0)])  # and one that was late is not lost
    pruned(engine, readings=365)
    assert kept(engine, row.lowest_c, row.highest_c) == [(2.0, 9.0)]


def forecast(engine: Engine, origin: datetime, days: int) -> None:
    keys = [
        {"warehouse_id": "W1", "product_id": "P1", "origin": origin, "date": origin.date() + timedelta(days=n)}
        for n in range(days)
    ]
    put(engine, ForecastRow, [key | dict.fromkeys(QUANTILES, 1.0) | {"model": "m"} for key in keys])
    put(engine, ForecastContributionRow, [key | dict.fromkeys(SHARES, 1.0) for key in keys[:2]])
    fair = {"warehouse_id": "W1", "origin": origin, "date": origin.date(), "name": "Fair", "kind": "fair"}
    put(engine, OccasionRow, [fair | {"closed": False, "away": 0, "seen": 1}])


def plan(engine: Engine, created_at: datetime, covers_until: date, closed: bool) -> None:
    """A plan of the moment with a line and an order."""
    of_line = dict.fromkeys(("forecast_mean", "forecast_q10", "forecast_q50", "forecast_q90"), 1.0)
    of_line |= dict.fromkeys(("expected_shortage", "expected_waste"), 0.0)
    exact = dict.fromkeys(("usable_stock", "on_order", "planned_quantity", "quantity"), Decimal(1))
    with writing(engine) as session:
        made = PurchasePlanRow(plan_id="B1", delivery_date=created_at.date(), origin=created_at, created_at=created_at,
                               created_by="Li", status=PlanStatus.APPROVED)  # fmt: skip
        made.lines = [PlanLineRow(line_no=1, warehouse_id="W1", product_id="P1", covers_from=created_at.date(),
                                  covers_until=covers_until, reasons=[], **of_line, **exact)]  # fmt: skip
        made.warehouses = [PlanWarehouseRow(warehouse_id="W1", order_date=created_at.date(), open=False)]
        session.add(made)
        session.flush()
        session.add(
            PurchaseOrderRow(purchase_order_id="PO1", number="PO1", plan_id="B1", supplier_id="S1", warehouse_id="W1",
                             delivery_date=created_at.date(), ordered_at=created_at, ordered_by="Li",
                             closed_at=created_at if closed else None)
        )  # fmt: skip


@pytest.mark.parametrize("at_once", [2, 1_000])
def test_a_forecast_that_a_plan_rests_on_goes_with_the_plan_and_not_before(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    for name in ("FIRST", "FEWEST", "MOST"):
        monkeypatch.setattr(batches, name, at_once)
    for day in range(3):
        forecast(engine, LONG_AGO + timedelta(days=day), days=5)
    forecast(engine, NOW, days=5)
    second = LONG_AGO + timedelta(days=1)
    plan(engine, second + timedelta(hours=3), covers_until=second.date() + timedelta(days=1), closed=True)

    pruned(engine, forecasts=60)

    of_plan = [(second, second.date() + timedelta(days=n)) for n in (0, 1)]
    new = [(NOW, NOW.date() + timedelta(days=n)) for n in range(5)]
    assert kept(engine, ForecastRow.origin, ForecastRow.date) == [*of_plan, *new]
    assert kept(engine, ForecastContributionRow.origin, ForecastContributionRow.date) == [*of_plan, *new[:2]]
    assert kept(engine, OccasionRow.origin) == [second, NOW]

    pruned(engine, plans=365, forecasts=60)

    assert kept(engine, ForecastRow.origin, ForecastRow.date) == new
    assert kept(engine, PurchaseOrderRow.number, PurchaseOrderRow.plan_id) == [("PO1", None)]
    assert kept(engine, PlanLineRow.line_no) == []


def test_a_plan_of_which_an_order_is_open_stays(engine: Engine) -> None:
    plan(engine, LONG_AGO, covers_until=LONG_AGO.date(), closed=False)

    pruned(engine, plans=365)

    assert kept(engine, PlanLineRow.plan_id, PlanLineRow.line_no) == [("B1", 1)]


def event(number: int, passed_on_at: datetime) -> dict[str, Any]:
    at = {"happened_at": passed_on_at, "written_at": passed_on_at, "passed_on_at": passed_on_at}
    return {"event_id": f"E{number}", "type": "move.done", "payload": {}, "event_no": number} | at


def told(number: int, status: DeliveryStatus) -> dict[str, Any]:
    of_it = {"delivery_id": f"D{number}", "webhook_id": "H1", "event_id": f"E{number}", "status": status}
    of_it |= {"created_at": NOW, "planned_at": NOW}
    return of_it | {"attempts": 1, "next_attempt_at": LONG_AGO}


def test_events_go_up_to_the_first_that_is_waited_for_and_no_number_is_given_twice(
    engine: Engine,
) -> None:
    put(engine, OutboxEventRow, [event(n, LONG_AGO) for n in (1, 2, 3, 4)] + [event(5, NOW)])
    hook = {"webhook_id": "H1", "url": "https://example.com", "secret": "s", "created_at": NOW, "created_by": "Li"}
    put(engine, WebhookRow, [hook])
    put(engine, WebhookDeliveryRow, [told(1, DeliveryStatus.DELIVERED), told(3, DeliveryStatus.WAITING)])

    assert pruned(engine, dry_run=True, events=90).done[0].rows == 2
    pruned(engine, events=90)

    assert kept(engine, OutboxEventRow.event_id) == ["E3", "E4", "E5"]
    assert kept(engine, WebhookDeliveryRow.event_id) == ["E3"]
    with writing(engine) as session:
        assert events_pruned_up_to(session) == 2
        session.execute(text("UPDATE webhook_deliveries SET status = 'given_up'"))
        session.execute(text("UPDATE outbox_events SET passed_on_at = happened_at"))
        session.execute(text("DELETE FROM outbox_events WHERE event_id = 'E5'"))
    pruned(engine, events=90)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(OutboxEventRow)) == 0
        assert next_event_number(session) == 5


def model(model_id: str, trained_at: datetime, on: str | None = None, **how: Any) -> dict[str, Any]:
    of_it = {"model_id": model_id, "region_model_id": on, "warehouse_id": "W1" if on else None, "origin": trained_at}
    learned = {"code": "c", "settings": {}, "trained_on": {}, "artifact": b"a", "artifact_sha256": "x"}
    return of_it | learned | {"trained_at": trained_at, "served_from": trained_at, "rejected_because": None} | how


def test_models_that_serve_and_those_before_them_stay(engine: Engine) -> None:
    def day(n: int) -> datetime:
        return LONG_AGO + timedelta(days=n)

    regions = [model(f"R{n}", day(n)) for n in range(4)] + [model("new", NOW, served_from=None)]
    own = [model(f"W{n}", day(n), on=f"R{n}") for n in range(4)]
    own[2]["rejected_because"] = "worse"
    put(engine, DemandModelRow, regions)
    put(engine, DemandModelRow, own)

    assert pruned(engine, dry_run=True, models=60).done[0].rows == 4
    pruned(engine, models=60)

    # R3 serves and R1 did before it, for R2 was rejected
    assert kept(engine, DemandModelRow.model_id) == ["R1", "R3", "W1", "W3", "new"]


def test_sessions_that_ended_go_and_keys_stay(engine: Engine) -> None:
    def key(key_id: str, ended: datetime | None) -> dict[str, Any]:
        of_it = {"key_id": key_id, "name": "Li", "role": Role.BUYER, "secret_sha256": "x", "created_at": LONG_AGO}
        return of_it | {"revoked_at": ended}

    put(engine, ApiKeyRow, [key("session-key-1-a", LONG_AGO), key("signin-a", LONG_AGO), key("key-1", LONG_AGO),
                            key("session-key-1-b", NOW), key("key-2", None)])  # fmt: skip

    pruned(engine, sign_ins=30)

    assert kept(engine, ApiKeyRow.key_id) == ["key-1", "key-2", "session-key-1-b"]


def test_what_is_over_or_was_tried_long_ago_goes_and_what_goes_on_stays(engine: Engine) -> None:
    differs = {"whose": "sensor", "sensor_id": "T1", "ahead_seconds": 300.0, "began_at": LONG_AGO}
    message = {"topic": "t", "payload": b"x", "payload_bytes": 1, "cause": "refused", "reason": "", "attempts": 1}
    silence = {"warehouse_id": "W1", "starts_at": LONG_AGO, "reason": "", "created_at": LONG_AGO, "created_by": "Li"}
    entry = {"by": "Li", "operation": "freshfront plan make", "about": {}, "written": {}, "changes": []}
    put(engine, ClockDifferenceRow, [differs | {"clock_difference_id": "over", "ended_at": LONG_AGO},
                                     differs | {"clock_difference_id": "goes on", "ended_at": None}])  # fmt: skip
    put(engine, QuarantinedMessageRow, [
        message | {"message_id": "old", "received_at": LONG_AGO, "last_tried_at": LONG_AGO},
        message | {"message_id": "tried lately", "received_at": LONG_AGO, "last_tried_at": NOW},
    ])  # fmt: skip
    put(engine, SilenceRow, [silence | {"silence_id": "over", "ends_at": LONG_AGO},
                             silence | {"silence_id": "lately", "ends_at": NOW}])  # fmt: skip
    put(engine, AuditEntryRow, [entry | {"entry_id": "old", "at": LONG_AGO}, entry | {"entry_id": "new", "at": NOW}])

    pruned(engine, clock_differences=400, silences=400, quarantine=400, audit=400)

    assert kept(engine, ClockDifferenceRow.clock_difference_id) == ["goes on"]
    assert kept(engine, QuarantinedMessageRow.message_id) == ["tried lately"]
    assert kept(engine, SilenceRow.silence_id) == ["lately"]
    assert kept(engine, AuditEntryRow.entry_id) == ["new"]


def test_staffed_days_of_long_ago_go(engine: Engine) -> None:
    # given: the last day that is kept everywhere, and the one before it
    staffed = {"warehouse_id": "W1", "origin": LONG_AGO, "planned_at": LONG_AGO, "promise_minutes": 45,
               "promised_share": 0.95, "share": 0.95, "cost": 1.0, "rain": False,
               "half_hours": [], "shifts": []}  # fmt: skip
    last = NOW.date() - timedelta(days=401)
    put(engine, CourierDayRow, [staffed | {"date": last - timedelta(days=1)}, staffed | {"date": last}])

    counted = pruned(engine, dry_run=True, courier_days=400)
    done = pruned(engine, courier_days=400)

    assert [one.rows for one in (*counted.done, *done.done)] == [1, 1]
    assert kept(engine, CourierDayRow.date) == [last]


def test_what_was_wrong_with_data_long_ago_goes_and_what_goes_on_stays(engine: Engine) -> None:
    wrong = {"warehouse_id": "W1", "feed": "sales", "what": "missing", "first_day": LONG_AGO.date(),
             "last_day": LONG_AGO.date(), "chance": 0.001, "found_at": LONG_AGO}  # fmt: skip
    put(engine, FindingRow, [
        wrong | {"finding_id": "over", "ended_at": LONG_AGO},
        wrong | {"finding_id": "lately", "ended_at": NOW},
        wrong | {"finding_id": "goes on", "ended_at": None},
    ])  # fmt: skip

    pruned(engine, findings=400)

    assert kept(engine, FindingRow.finding_id) == ["goes on", "lately"]


def test_arms_of_trials_that_ended_long_ago_go_and_what_was_seen_of_them_stays(engine: Engine) -> None:
    # given: trials of long ago, of which one ended then, one lately and one runs
    trial = {"name": "a floor", "compares": "terms", "challenger": {}, "champion": {}, "figure": "earned",
             "effect": 0.03, "design": {}, "before": {}, "seed": 1, "first": LONG_AGO.date(), "last": LONG_AGO.date(),
             "state": "decided", "started_at": LONG_AGO, "started_by": "Li"}  # fmt: skip
    arm = {"warehouse_id": "W1", "date": LONG_AGO.date(), "arm": "champion", "counts": True}
    look = {"period": 1, "last_day": LONG_AGO.date(), "looked_at": LONG_AGO, "periods": 1, "decided": True,
            "contrasts": []}  # fmt: skip
    ends = {"T1": LONG_AGO, "T2": NOW, "T3": None}
    put(engine, TrialRow, [trial | {"trial_id": name, "ended_at": end} for name, end in ends.items()])
    put(engine, TrialDayRow, [arm | {"trial_id": name} for name in ends])
    put(engine, TrialLookRow, [look | {"trial_id": name} for name in ends])

    assert pruned(engine, dry_run=True, trial_days=400).done[0].rows == 1
    assert pruned(engine, trial_days=400).done[0].rows == 1

    assert kept(engine, TrialDayRow.trial_id) == ["T2", "T3"]
    assert kept(engine, TrialRow.trial_id) == kept(engine, TrialLookRow.trial_id) == ["T1", "T2", "T3"]


def test_proposals_that_came_to_nothing_go_and_what_waits_or_was_accepted_stays(engine: Engine) -> None:
    of_it = {"warehouse_id": "W1", "product_id": "P1", "kind": ProposalKind.RETIRE, "horizon_days": 28, "details": {},
             "held_by_baskets": False, "version": 2,
             **dict.fromkeys(("money", "money_low", "money_high", "margin_lost", "margin_kept", "waste_saved",
                              "waste_saved_money"), 1.0)}  # fmt: skip
    put(engine, AssortmentProposalRow, [
        of_it | {"proposal_id": name, "status": status, "proposed_at": proposed_at, "decided_at": decided_at}
        for name, status, proposed_at, decided_at in (
            ("lapsed", ProposalStatus.LAPSED, LONG_AGO, LONG_AGO),
            ("refused", ProposalStatus.REFUSED, LONG_AGO, LONG_AGO),
            ("accepted", ProposalStatus.ACCEPTED, LONG_AGO, LONG_AGO),
            ("lapsed lately", ProposalStatus.LAPSED, LONG_AGO, NOW),
            ("refused lately", ProposalStatus.REFUSED, LONG_AGO, NOW),
            ("waits", ProposalStatus.WAITING, LONG_AGO, None),
        )
    ])  # fmt: skip

    counted = pruned(engine, dry_run=True, assortment_proposals=400)
    done = pruned(engine, assortment_proposals=400)

    assert [one.rows for one in (*counted.done, *done.done)] == [2, 2]
    assert kept(engine, AssortmentProposalRow.proposal_id) == ["accepted", "lapsed lately", "refused lately", "waits"]


def test_proposals_are_kept_as_long_as_a_refusal_holds() -> None:
    assert timedelta(days=91) == NOT_AGAIN_FOR
    with pytest.raises(ValueError, match="at least 91 days"):
        Settings(retention_assortment_proposals_days=90)


def test_old_commands_go_but_for_those_without_a_result_and_what_each_was_told_last(engine: Engine) -> None:
    cooler = {"zone_id": "Z1", "kind": ActuatorKind.COOLER, "plain_name": "Cooler", "rule": {}}
    put(engine, ActuatorRow, [cooler | {"actuator_id": name, "topic": name} for name in ("C1", "C2")])

    def command(name: str, number: int, decided_at: datetime, ended_at: datetime | None) -> dict[str, Any]:
        of_it = {"actuator_id": "C1", "zone_id": "Z1", "warehouse_id": "W1", "desired": "on", "reason": "too_warm"}
        moments = {"decided_at": decided_at, "written_at": decided_at, "expires_at": decided_at, "ended_at": ended_at}
        return of_it | moments | {"command_id": name, "command_no": number, "said": "", "status": CommandStatus.SENT}

    put(engine, CommandRow, [
        command("old", 1, LONG_AGO, LONG_AGO), command("old too", 2, LONG_AGO, LONG_AGO),
        command("no result", 3, LONG_AGO, None), command("told last", 4, LONG_AGO, LONG_AGO),
        command("new", 5, NOW, NOW),
    ])  # fmt: skip
    put(engine, ActuatorStateRow, [{"actuator_id": "C1", "state": {}, "command_id": "told last"},
                                   {"actuator_id": "C2", "state": {}, "command_id": None}])  # fmt: skip

    assert pruned(engine, dry_run=True, commands=400).done[0].rows == 2
    assert pruned(engine, commands=400).done[0].rows == 2

    assert kept(engine, CommandRow.command_id) == ["new", "no result", "told last"]


def test_pruning_that_is_killed_goes_on_where_it_was(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    put(engine, ReadingRow, [*(taken(minute, 3.0) for minute in range(0, 60 * 48, 10)), taken(0, 3.0, NOW)])

    def killed(_: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(batches, "sleep", killed)
        with pytest.raises(KeyboardInterrupt):
            pruned(engine, readings=365)
    left = len(kept(engine, ReadingRow.taken_at)) - 1
    assert 0 < left < 288

    assert pruned(engine, readings=365).done[0].rows == left
    row = ReadingHourRow
    with reading(engine) as session:
        assert session.execute(select(func.count(), func.sum(row.readings))).one() == (48, 288)


def test_readings_are_kept_for_a_year_at_least() -> None:
    with pytest.raises(ValueError, match="at least 365 days"):
        Settings(retention_readings_days=364)
