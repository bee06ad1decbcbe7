"""Since when an imported event is known, what a later file changes of it, and what is closed."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.importers.importing import import_file
from data.importers.problems import BadFile
from data.tables import EventRow, WarehouseRow

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 11, 12, tzinfo=UTC)
HEAD = "event_id,name,kind,first_day,last_day"
Import = Callable[..., list[EventRow]]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def imported(engine: Engine, tmp_path: Path) -> Import:
    """Imports rows of events at a moment and returns what is kept, event by event in the order of `known_at`."""
    with writing(engine) as session:
        for name, city, zone in (
            ("W1", "Hangzhou", "Asia/Shanghai"),
            ("W2", "Hangzhou", "Asia/Chongqing"),
            ("C1", "Chicago", "America/Chicago"),
        ):
            session.add(WarehouseRow(warehouse_id=name, name=name, city=city, timezone=zone))

    def import_rows(*rows: str, head: str = HEAD, now: datetime = NOW) -> list[EventRow]:
        path = tmp_path / "events.csv"
        path.write_text("\n".join([head, *rows, ""]))
        import_file(engine, "events", path, now=now)
        with reading(engine) as session:
            return list(session.scalars(select(EventRow).order_by(EventRow.event_id, EventRow.known_at)))

    return import_rows


@on_sqlite
@pytest.mark.parametrize(
    ("first_day", "known_at"),
    [
        ("2026-03-20", datetime(2026, 3, 6, tzinfo=UTC)),  # in time for the forecasts that reach it
        ("2026-03-24", datetime(2026, 3, 10, tzinfo=UTC)),
        ("2026-03-25", NOW),  # nobody knows before the import what was not needed yet
        ("2026-11-01", NOW),
    ],
)
def test_an_event_is_known_two_weeks_before_it_but_never_after_its_import(
    imported: Import, first_day, known_at
) -> None:
    (event,) = imported(f"E1,Fair,fair,{first_day},2026-11-01")
    assert event.known_at == known_at


@on_sqlite
@pytest.mark.parametrize("corrected", ["2026-03-12", "2026-03-28", "2026-05-30"])
def test_the_later_import_holds_whether_it_moves_an_event_forward_or_back(imported: Import, corrected: str) -> None:
    imported("E1,Fair,fair,2026-03-20,2026-03-20")
    imported(f"E1,Fair,fair,{corrected},{corrected}", now=LATER)
    again = imported(f"E1,Fair,fair,{corrected},{corrected}", now=LATER.replace(day=12))
    assert [(event.first_day, event.known_at) for event in again] == [
        (date(2026, 3, 20), datetime(2026, 3, 6, tzinfo=UTC)),
        (date.fromisoformat(corrected), LATER),
    ]


@on_sqlite
def test_what_is_over_is_corrected_for_the_time_in_which_it_was_planned(imported: Import) -> None:
    imported("E1,Fair,fair,2025-03-20,2025-03-22")
    (event,) = imported("E1,Fair,fair,2025-03-21,2025-03-23")
    assert (event.first_day, event.known_at) == (date(2025, 3, 21), datetime(2025, 3, 6, tzinfo=UTC))


@on_sqlite
def test_an_event_that_comes_again_under_its_number_leaves_that_of_last_year(imported: Import) -> None:
    imported("E1,Fair,fair,2025-03-20,2025-03-22")
    events = imported("E1,Fair,fair,2026-03-20,2026-03-22")
    assert [(event.first_day, event.known_at) for event in events] == [
        (date(2025, 3, 20), datetime(2025, 3, 6, tzinfo=UTC)),
        (date(2026, 3, 20), NOW),
    ]


@on_sqlite
def test_an_event_stays_where_it_is_if_the_file_that_moves_it_does_not_say_where(imported: Import) -> None:
    imported("E1,Fair,fair,2026-03-20,2026-03-22,Hangzhou,1", head=f"{HEAD},city,closed")
    dated = f"{HEAD},known_at", ",2026-03-11T08:00:00Z"
    for day, (head, row) in ((21, dated), (22, (HEAD, ""))):
        *_, moved = imported(f"E1,Fair,fair,2026-03-{day},2026-03-23{row}", head=head, now=LATER)
        assert (moved.first_day, moved.city, moved.closed) == (date(2026, 3, day), "Hangzhou", True)


@on_sqlite
@pytest.mark.parametrize(
    ("where", "known_at"),
    [
        ("W1,", datetime(2026, 3, 1, 1, tzinfo=UTC)),
        (",Hangzhou", datetime(2026, 3, 1, 1, tzinfo=UTC)),  # two names of one clock
        (",Chicago", datetime(2026, 3, 1, 15, tzinfo=UTC)),
    ],
)
def test_a_plan_without_an_offset_is_local_to_the_warehouses_concerned(imported: Import, where, known_at) -> None:
    head = f"{HEAD},warehouse_id,city,known_at"
    (event,) = imported(f"E1,Fair,fair,2026-03-20,2026-03-22,{where},2026-03-01T09:00", head=head)
    assert event.known_at == known_at


@on_sqlite
def test_an_event_of_everywhere_is_local_where_all_have_one_clock(imported: Import, engine: Engine) -> None:
    row, head = "E1,Fair,fair,2026-03-20,2026-03-22,2026-03-01T09:00", f"{HEAD},known_at"
    with pytest.raises(BadFile, match=r"column known_at: '2026-03-01T09:00' has no time zone. Write the time with its"):
        imported(row, head=head)
    with writing(engine) as session:
        session.delete(session.get_one(WarehouseRow, "C1"))
    (event,) = imported(row, head=head)
    assert event.known_at == datetime(2026, 3, 1, 1, tzinfo=UTC)


@on_sqlite
@pytest.mark.parametrize("kind", ["closed", "Closed", "closed_day"])
def test_what_is_called_closed_is_closed(imported: Import, kind: str) -> None:
    day = "2026-03-20,2026-03-20"
    assert [event.closed for event in imported(f"E1,Stocktaking,{kind},{day}")] == [True]
    assert [event.closed for event in imported(f"E1,Stocktaking,{kind},{day},", head=f"{HEAD},closed")] == [True]
    with pytest.raises(BadFile, match=r"column closed: '0' is 0 beside the kind closed.* Write 1 where the warehouse"):
        imported(f"E1,Stocktaking,{kind},{day},0", head=f"{HEAD},closed")


@on_sqlite
def test_a_closed_day_that_was_kept_as_open_is_closed_by_the_same_file(imported: Import, engine: Engine) -> None:
    row = "E1,Stocktaking,closed,2026-03-20,2026-03-20"
    imported(row)
    with writing(engine) as session:
        session.scalars(select(EventRow)).one().closed = False  # as an earlier version kept it
    assert imported(row, now=LATER)[-1].closed
