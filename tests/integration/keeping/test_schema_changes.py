"""The schema forwards and back, with data in it."""

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select, text, update

from data.database import (
    MIGRATIONS,
    downgrade_schema,
    losses_between,
    newest_schema,
    older_schemas,
    open_database,
    reading,
    require_current_schema,
    schema_of,
    upgrade_schema,
    writing,
)
from data.schema_state import SchemaIsNotCurrent
from data.tables import (
    DemandModelRow,
    ForecastRow,
    LotRow,
    OutboxEventRow,
    PlanLineRow,
    ProductRow,
    PurchaseOrderEventRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    SensorStateRow,
    TransferRow,
    WarehouseRow,
    WebhookDeliveryRow,
    ZoneRulesRow,
)
from tests.integration.flows.shell import Shell
from tests.integration.keeping.conftest import empty_like
from tests.integration.keeping.rows_everywhere import Contents, contents, fill_every_table
from tests.integration.keeping.rows_of_the_first_version import fill_the_first_version

WHEN_CHANGED = [
    *("warehouses", "zones", "limits", "sensors", "products", "suppliers", "supplier_closures", "offers", "lots"),
    *("receipts", "purchase_orders", "daily_sales", "promotions", "events"),
]
# what a step back from a schema may lose, by hand: tables that are gone, and columns that begin anew
LOST: dict[str, set[str]] = {
    "0058": {"transfers", "transfer_lots"},
    "0061": {"courier_terms", "courier_days"},
    "0067": {"order_forecasts"},
    "0074": {"names"},
    "0071": {"travel_times"},
    "0075": {"findings.category"},
    "0073": {"handovers"}
    | {f"warehouse_days.{name}" for name in ("orders_due", "orders_told", "orders_in_time", "minutes_waited")}
    | {f"warehouse_days.{name}" for name in ("orders_planned", "planned_in_time")},
    "0064": {"product_ranges", "product_classes", "assortment_proposals"},
    "0070": {"findings"},
    "0076": {"trial_looks.periods"},
    "0069": {"promotion_reviews"},
    "0068": {"supplier_days", "supplier_weeks", "supplier_weeks_together"},
    "0062": {"line_days", "product_days", "warehouse_days", "figure_targets"},
    "0065": {"trials", "trial_days", "trial_looks"}
    | {f"{table}.wanted_money" for table in ("line_days", "product_days", "warehouse_days")},
    "0060": {"category_terms.display_minimum", "category_terms.freshest_first"},
    "0063": {"account_languages"},
    "0053": {"floor_points", "walkways", "warehouses.routing"}
    | {f"zones.humidity_{side}_pct" for side in ("low", "high")}
    | {f"slots.{name}" for name in ("aisle", "bay", "level", "max_weight_kg", "pick_face")}
    | {f"products.{name}" for name in ("weight_kg", "ethylene", "odour", "allergens", "raw_meat")}
    | {f"products.humidity_{side}_pct" for side in ("low", "high")},
    "0057": {"reserve_stock"},
    "0055": {"move_batches", "moves.batch_id"},
    "0046": {"transfer_terms", "plan_transfers"},
    "0041": {"supplier_terms"},
    "0040": {"category_terms"},
    "0052": {"records_to_seal"},
    "0050": {"records_to_seal"},
    "0049": {"online_states", "sensors.gateway", "alarms.raised_because"},
    "0045": {"slots.unusable_because"},
    "0054": {f"moves.{name}" for name in ("quantity", "minutes", "carried", "depended_on")},
    "0036": {"shelf_life_classes"},
    "0037": {"record_seals", "records_to_seal", "record_chain", "readings_sealed"},
    "0032": {"alarms", "excursions", "alarm_changes", "sensor_places", "contradicting_readings", "zone_rules"}
    | {"sensor_states.heard_at"}
    | {f"sensors.{name}" for name in ("interval_minutes", "retired_at", "retired_because", "replaced_by")},
    "0034": {"silences", "delivery_attempts", "notifier", "webhooks.disabled_by"}
    | {
        f"webhook_deliveries.{name}"
        for name in ("created_at", "planned_at", "about_alarm", "group_key", "held", "told_with")
    },
    "0030": {"reading_hours", "event_numbers"},
    "0033": {"measurements", "payload_mappings"},
    "0035": {"actuators", "actuator_states", "commands"},
    "0031": {"audit_entries", "webhooks.previous_secret", "webhooks.previous_secret_until"},
    "0027": {"quarantined_messages", "clock_differences"},
    "0029": {"day_runs.held_until", "day_runs.attempts", "day_runs.steps"},
    "0026": {"demand_judgements"},
    "0025": {"plan_line_edits", "plan_lines", "purchase_plans.totals", "purchase_plans.version"},
    "0024": {f"{table}.updated_at" for table in WHEN_CHANGED}
    | {"webhooks.types", "webhooks.warehouse_ids", "outbox_event_warehouses"},
    "0022": {"demand_models.choices"},
    "0018": {"bulk_orders"},
    "0017": {"silent_products"},
    "0015": {"events", "warehouses.subdivision", "warehouses.country"}
    | {f"forecast_contributions.{name}" for name in ("event", "season", "occasions")},
    "0012": {"api_keys.limited"},
    "0009": {"stock_changes.action_id", "stock_changes.change_no"},
    "0008": {"api_key_warehouses", "day_runs", "plan_warehouses", "purchase_order_events", "purchase_order_numbers"}
    | {"receipts", "receipt_lines", "stock_changes", "supplier_closures", "supplier_links", "inspections.residues"}
    | {"api_keys.revoked_at", "offers.order_cut_off", "order_lines.wanted_on", "plan_lines.order_by"}
    | {f"lots.blocked_{name}" for name in ("at", "by", "because")}
    | {f"purchase_order_lines.{name}" for name in ("offer_id", "pack_size", "confirmed", "received", "cancelled")}
    | {f"purchase_orders.{name}" for name in ("number", "ordered_by", "note", "send_by")}
    | {f"purchase_orders.{name}_at" for name in ("sent", "confirmed", "cancelled")}
    | {f"purchase_plans.{what}_{how}" for what in ("discarded", "exported") for how in ("at", "by")}
    | {f"suppliers.{name}" for name in ("address", "contact", "send_to", "language", "delivers_from", "delivers_until")}
    | {"warehouses.address", "warehouses.contact"},
    "0007": {"limits.recovery_margin_c"},
    "0006": {"products.delisted_on", "warehouses.closed_on", "purchase_plans.notes"},
    "0005": {"daily_sales.booked_from_orders", "days_to_book", "order_lines.order_id"},
    "0004": {"lots.lot_id", "inspections.lot_id"},
    "0002": {"promotion_effects", "recovered_demand"},
}


@pytest.fixture
def another(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> Iterator[Engine]:
    """A second empty database of the same kind."""
    with empty_like(empty_url, tmp_path / "another.sqlite", request) as engine:
        yield engine


STATEMENTS = r"""
    SELECT tbl_name, type, name, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY 1, 2, 3
"""
Shape = dict[str, dict[str, Any]]


class Shapes:
    """Every table's columns, keys, checks and indexes, as the database tells them. SQLite keeps nothing of a table but
    the statements that made it and its indexes, so of the same statements it is asked once."""

    def __init__(self) -> None:
        self._told: dict[object, dict[str, Any]] = {}

    def of(self, engine: Engine) -> Shape:
        if engine.dialect.name != "sqlite":
            return told_of(engine, None)
        with engine.connect() as connection:
            made = connection.execute(text(STATEMENTS)).all()
        statements = {table: tuple(rows) for table, rows in groupby(made, attrgetter("tbl_name"))}
        new = [table for table in statements if statements[table] not in self._told]
        for table, told in told_of(engine, new).items() if new else ():
            self._told[statements[table]] = told
        return {table: self._told[rows] for table, rows in statements.items()}


def told_of(engine: Engine, tables: Sequence[str] | None) -> Shape:
    """Of some tables, or of all."""
    found = inspect(engine)
    told = {
        "columns": found.get_multi_columns(filter_names=tables),
        "key": found.get_multi_pk_constraint(filter_names=tables),
        "foreign": found.get_multi_foreign_keys(filter_names=tables),
        "indexes": found.get_multi_indexes(filter_names=tables),
        "unique": found.get_multi_unique_constraints(filter_names=tables),
        "checks": found.get_multi_check_constraints(filter_names=tables),
    }
    names = [table for _, table in told["columns"]]
    return {table: {what: by_name(parts[None, table]) for what, parts in told.items()} for table in names}


def by_name(parts: Any) -> Any:
    """Without an order, nor defaults, which stay from when a column was added."""
    if isinstance(parts, dict):
        return parts["constrained_columns"]
    kept = ("name", "type", "nullable", "column_names", "unique", "constrained_columns", "referred_table", "sqltext")
    unnamed = [{key: str(part[key]) for key in kept if key in part} for part in parts]
    return sorted(unnamed, key=repr)


def to_schema(engine: Engine, revision: str) -> None:
    """Up to a schema that is not the newest."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    command.upgrade(config, revision)


@pytest.fixture
def scripts_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eighty moves would load the migrations eighty times, which is half of their time."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda _: scripts)


@pytest.mark.usefixtures("scripts_read_once")
def test_every_step_back_makes_the_tables_of_before_and_loses_only_what_is_said(empty: Engine, another: Engine) -> None:
    upgrade_schema(empty)
    fill_every_table(empty)
    steps = [newest_schema(), *older_schemas(newest_schema())]
    shapes, shape_at = Shapes(), {}
    for revision in reversed(steps):
        to_schema(another, revision)
        shape_at[revision] = shapes.of(another)

    for newer, older in pairwise(steps):
        before = contents(empty)
        downgrade_schema(empty, older)
        assert shapes.of(empty) == shape_at[older], f"{newer} back to {older}"
        to_schema(empty, newer)
        may_be = LOST.get(newer, set())
        lost = changed(before, contents(empty), may_be)
        assert lost <= may_be, f"{newer} back to {older} and up again"
        assert bool(lost) <= bool(losses_between(newer, older)), f"{newer} does not say that it loses {lost}"
        downgrade_schema(empty, older)
    upgrade_schema(empty)


def changed(before: Contents, after: Contents, may_be: set[str]) -> set[str]:
    """The columns whose values are others; the table itself where it may be, or where its rows are more or fewer."""
    found = set()
    for table, (columns, rows) in before.items():
        again = dict(zip(after[table][0], zip(*after[table][1], strict=True), strict=True)) if after[table][1] else {}
        if table in may_be or len(rows) != len(after[table][1]):
            found |= {table} if rows != after[table][1] else set()
            continue
        were = dict(zip(columns, zip(*rows, strict=True), strict=True)) if rows else {}
        found |= {f"{table}.{name}" for name in columns if were.get(name) != again.get(name)}
    return found


def test_a_database_of_the_first_version_is_upgraded_with_its_data(empty: Engine) -> None:
    to_schema(empty, "0001")
    fill_the_first_version(empty)
    before = {table: len(rows) for table, (_, rows) in contents(empty).items()}

    upgrade_schema(empty)

    after = {table: len(rows) for table, (_, rows) in contents(empty).items()}
    assert {table: after[table] for table in before} == before
    with reading(empty) as session:
        product = session.get_one(ProductRow, "P1")
        assert (product.list_price, product.volume_l) == (Decimal("12.3456"), Decimal("2.5"))
        assert session.get_one(WarehouseRow, "W1").currency == "CNY"
        lot = session.get_one(LotRow, ("W1", "L1"))  # of a warehouse whose stock was last told of at 04:00
        assert (lot.quantity_on_hand, lot.expires_on, lot.counted_at.hour) == (Decimal("0.7"), date(2025, 11, 4), 4)
        assert [row.mean for row in session.scalars(select(ForecastRow))] == [4.5]
        assert session.get_one(DemandModelRow, "W1-on-R1").region_model_id == "R1"
        assert session.get_one(DemandModelRow, "W1-on-R1").rejected_because == "worse"
        assert "excursion" in session.get_one(SensorStateRow, "T1").state
        came, open_one = session.get_one(PurchaseOrderRow, "PO1"), session.get_one(PurchaseOrderRow, "PO2")
        assert (came.number, came.ordered_by, came.lines[0].received) == ("PO-20251102-001", "Li", Decimal(15))
        assert (open_one.closed_at, open_one.lines[0].received) == (None, Decimal(0))
        happened = select(PurchaseOrderEventRow.kind).where(PurchaseOrderEventRow.purchase_order_id == "PO1")
        assert sorted(session.scalars(happened)) == ["ordered", "received"]
        edited = session.get_one(PlanLineRow, ("B1", 1))
        assert (edited.quantity, edited.edit_reason, edited.edit_reason_code) == (Decimal(15), "fair", "other")
        assert session.get_one(PlanLineRow, ("B2", 1)).warnings == " no_offer "
        assert [part.open for part in session.get_one(PurchasePlanRow, "B2").warehouses] == [True]
        (delivery,) = session.scalars(select(WebhookDeliveryRow)).all()
        event = session.get_one(OutboxEventRow, delivery.event_id)
        assert (event.type, event.payload["alarm_id"], event.event_no) == ("alarm.raised", "A1", 1)


def test_what_an_older_version_would_take_for_something_else_is_not_left_to_it(engine: Engine) -> None:
    fill_every_table(engine)
    with writing(engine) as session:
        session.execute(text("UPDATE api_keys SET limited = true"))
        session.execute(
            text("UPDATE webhooks SET warehouse_ids = '[\"warehouse_id1\"]' WHERE webhook_id = 'webhook_id1'")
        )
        session.execute(text("DELETE FROM api_key_warehouses WHERE key_id = 'key_id1'"))
        session.execute(text("UPDATE purchase_plans SET status = 'discarded' WHERE plan_id = 'plan_id2'"))
        session.execute(text("UPDATE purchase_orders SET plan_id = NULL WHERE plan_id = 'plan_id2'"))
        session.execute(
            text("UPDATE purchase_orders SET closed_at = NULL WHERE purchase_order_id = 'purchase_order_id1'")
        )

    downgrade_schema(engine, "0012")
    with engine.connect() as connection:
        told = connection.execute(text("SELECT disabled_at IS NULL FROM webhooks ORDER BY webhook_id")).scalars().all()
    downgrade_schema(engine, "0007")

    with engine.connect() as connection:

        def column(query: str) -> list[Any]:
            return list(connection.execute(text(query)).scalars())

        assert list(map(bool, told)) == [False, True]
        # the first key had lost its warehouses, the second had one: neither is one for all of them now
        assert column("SELECT key_id FROM api_keys WHERE revoked_at IS NULL") == []
        assert column("SELECT plan_id FROM purchase_plans") == ["plan_id1"]
        # 10 ordered, 4 came, 1 cancelled, the order still open; the other one is closed
        exact = 1000 if engine.dialect.name == "sqlite" else 1
        assert column("SELECT quantity FROM purchase_order_lines ORDER BY 1") == [5 * exact, 10 * exact]


def test_rules_that_an_older_version_does_not_know_are_taken_out_of_the_rule_sets(engine: Engine) -> None:
    fill_every_table(engine)
    told = {"door_delay": 20.0, "high_delay": 60.0, "schedule": [{"from": "04:00"}], "changes_by_c": 5.0,
            "offline_after": 3.0}  # fmt: skip
    with writing(engine) as session:
        session.execute(update(ZoneRulesRow).values(rules=told))

    downgrade_schema(engine, "0045")
    with reading(engine) as session:
        assert not any("offline_after" in rules for rules in session.scalars(select(ZoneRulesRow.rules)))
    downgrade_schema(engine, "0033")

    with reading(engine) as session:
        assert all(rules == {"door_delay": 20.0} for rules in session.scalars(select(ZoneRulesRow.rules)))


def test_what_plans_have_carried_at_once_is_received_where_it_came(engine: Engine) -> None:
    fill_every_table(engine)
    downgrade_schema(engine, "0057")
    with writing(engine) as session:
        session.execute(text("UPDATE plan_transfers SET approved_at = NULL WHERE transfer_no = 2"))
        there = session.get_one(LotRow, ("warehouse_id2", "L1"))  # where it came, its number was taken
        kept = {column.name: getattr(there, column.name) for column in LotRow.__table__.columns}
        session.add(LotRow(**kept | {"lot_id": "L1-2"}))
        session.flush()
        name = uuid5(NAMESPACE_URL, "plan plan_id1, transfer 1, lot L1").hex
        session.execute(text("UPDATE stock_changes SET action_id = :name"), {"name": name})
        session.execute(text("UPDATE stock_changes SET lot_id = 'L1-2' WHERE warehouse_id = 'warehouse_id2'"))

    upgrade_schema(engine)

    with reading(engine) as session:
        (one,) = session.scalars(select(TransferRow)).all()
        assert (one.plan_id, one.transfer_no, one.stage) == ("plan_id1", 1, "received")
        assert one.approved_at == one.sent_at == one.received_at == one.send_by
        (lot,) = one.lots
        assert (lot.lot_id, lot.to_lot_id, lot.action_id) == ("L1", "L1-2", name)
        assert lot.approved == lot.sent == lot.accepted == Decimal("1.5")


UPGRADE = (
    "from data.database import open_database, upgrade_schema; import sys; upgrade_schema(open_database(sys.argv[1]))"
)


def test_of_two_upgrades_at_once_one_waits_and_both_end_well(empty: Engine, empty_url: str) -> None:
    command = [sys.executable, "-c", UPGRADE, empty_url]
    both = [Popen(command, stderr=PIPE, text=True) for _ in range(2)]  # noqa: S603

    assert [(process.communicate()[1], process.returncode) for process in both] == [("", 0), ("", 0)]
    assert schema_of(empty) == newest_schema()


def test_a_schema_of_a_newer_version_is_left_alone(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    for refused in (require_current_schema, upgrade_schema, lambda engine: downgrade_schema(engine, "0026")):
        with pytest.raises(SchemaIsNotCurrent, match="a newer version of Freshfront made"):
            refused(engine)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    """The command line on an empty SQLite file, backups going to a folder beside it."""
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", f"sqlite:///{tmp_path / 'shop.sqlite'}")
    monkeypatch.setenv("FRESHFRONT_BACKUP_FOLDER", str(tmp_path / "backups"))
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    return Shell(capsys, monkeypatch)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'shop.sqlite'}")
    yield engine
    engine.dispose()


Runs = Callable[[], int]


@pytest.fixture
def run_starts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `freshfront run` would have run, which it does not."""
    started: list[str] = []
    monkeypatch.setattr("flows.processes.running.run", lambda *_: started.append("run") or 0)
    return started


def test_run_upgrades_nobody_s_data_unless_told_to(shell: Shell, shop: Engine, run_starts: list[str], tmp_path) -> None:
    to_schema(shop, "0001")
    fill_the_first_version(shop)
    with writing(shop) as session:
        session.execute(text("DELETE FROM true_demand"))  # which only the sample region has

    assert shell("run") == 2
    assert "freshfront run --upgrade" in shell.err
    assert (schema_of(shop), run_starts) == ("0001", [])

    assert shell("run", "--upgrade") == 0
    assert (schema_of(shop), run_starts) == (newest_schema(), ["run"])
    assert len(list((tmp_path / "backups").iterdir())) == 1


def test_run_makes_an_empty_database_and_backs_a_sample_region_up_without_asking(
    shell: Shell, shop: Engine, run_starts: list[str], tmp_path: Path
) -> None:
    to_schema(shop, "0001")
    assert shell("run") == 0
    assert not (tmp_path / "backups").exists()
    downgrade_schema(shop, "0026")
    with writing(shop) as session:
        session.execute(text("INSERT INTO warehouses (warehouse_id, name, city, timezone, updated_at) "
                             "VALUES ('W1', 'One', 'A', 'Asia/Shanghai', '2026-03-01 00:00:00')"))  # fmt: skip
        session.execute(text("INSERT INTO true_demand VALUES ('W1', 'P1', '2026-03-01', 3)"))

    assert shell("run") == 0

    assert schema_of(shop) == newest_schema()
    assert len(list((tmp_path / "backups").iterdir())) == 1


def test_going_back_says_what_it_loses_and_asks(shell: Shell, shop: Engine) -> None:
    assert shell("db", "upgrade") == 0
    fill_every_table(shop)

    assert shell("db", "downgrade", "0025") == 2
    assert "buyers expect" in shell.err
    assert schema_of(shop) == newest_schema()

    assert shell("db", "downgrade", "0025", "--yes") == 0, shell.err
    assert schema_of(shop) == "0025"
    backup = shell.err.split(" is in ")[1].strip().rstrip(".")
    assert Path(backup).exists()
    assert shell("db", "downgrade", "0031") == 2
    assert "is no schema before 0025" in shell.err
