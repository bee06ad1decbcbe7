"""Files of what a shortage and waste cost: read as of a moment, what they lack taken over, refused out of range."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.importers.importing import import_file
from data.importers.problems import BadFile
from data.tables import Band, ProductRow, Unit
from data.tables.judgements import HIGHEST_FLOOR
from flows.purchasing.planning.kept_service_level import service_level_as_of
from warehouse.purchasing.service_level import HIGHEST_FLOOR as HIGHEST_PLANNED
from warehouse.purchasing.service_level import NO_SERVICE_LEVEL, CategoryTerms, ServiceLevel

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
JANUARY, MARCH = datetime(2026, 1, 31, tzinfo=UTC), NOW
HEADER = "category,known_at,goodwill,disposal,fill_rate_floor"
SHELF = "category,known_at,display_minimum,freshest_first"
ASKED_FOR = ServiceLevel(overall=CategoryTerms(goodwill=9))


@pytest.fixture
def leaves(engine: Engine) -> Engine:
    with writing(engine) as session:
        session.add(ProductRow(product_id="P1", name="Kale", category="leaf", band=Band.LEAF, unit=Unit.KG))
    return engine


def keep(engine: Engine, folder: Path, *rows: str, header: str = HEADER) -> None:
    path = folder / "category-terms.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    import_file(engine, "category-terms", path, now=NOW)


def level(engine: Engine, moment: datetime) -> ServiceLevel:
    with reading(engine) as session:
        return service_level_as_of(session, moment, ASKED_FOR)


def test_a_plan_counts_on_the_last_row_that_was_known(leaves: Engine, tmp_path: Path) -> None:
    keep(
        leaves, tmp_path, "leaf,2026-01-10T08:00Z,1.5,0.2,0.97", ",2026-01-10T08:00Z,1,,0.9",
        "leaf,2026-03-01T08:00Z,2,,",
    )  # fmt: skip

    assert level(leaves, datetime(2026, 1, 1, tzinfo=UTC)) is ASKED_FOR, "nothing was known: as the plan was asked for"
    overall = CategoryTerms(1, 0, 0.9)
    assert level(leaves, JANUARY) == ServiceLevel({"leaf": CategoryTerms(1.5, 0.2, 0.97)}, overall)
    assert level(leaves, MARCH) == ServiceLevel({"leaf": CategoryTerms(2, 0, None)}, overall)


def test_a_column_that_the_file_lacks_stays_as_it_was_known_before(leaves: Engine, tmp_path: Path) -> None:
    keep(leaves, tmp_path, "leaf,2026-01-10T08:00Z,1.5,0.2,0.97", "leaf,2026-03-05T08:00Z,,,")
    keep(leaves, tmp_path, "leaf,2026-03-01T08:00Z,0.3", header="category,known_at,disposal")

    assert level(leaves, datetime(2026, 3, 2, tzinfo=UTC)).of("leaf") == CategoryTerms(1.5, 0.3, 0.97)
    assert level(leaves, MARCH).of("leaf") == CategoryTerms(), "what was known later still counts"


def test_what_is_to_lie_on_display_and_what_is_taken_freshest_first_is_read_too(leaves: Engine, tmp_path: Path) -> None:
    keep(leaves, tmp_path, "leaf,2026-01-10T08:00Z,2.5,", ",2026-01-10T08:00Z,1,0.3", header=SHELF)

    assert level(leaves, MARCH).of("leaf") == CategoryTerms(display_minimum=2.5, freshest_first=0.3)
    assert level(leaves, MARCH).of("fruit") == CategoryTerms(display_minimum=1, freshest_first=0.3)
    for row, told in (
        ("leaf,2026-02-10T08:00Z,-2,", "column display_minimum: '-2' is negative"),
        ("leaf,2026-02-10T08:00Z,2,1.1", "column freshest_first: '1.1' is above 1"),
    ):
        with pytest.raises(BadFile, match=f"line 2, {told}"):
            keep(leaves, tmp_path, row, header=SHELF)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("leaf,2026-01-10T08:00Z,-1,0,", "column goodwill: '-1' is negative"),
        ("leaf,2026-01-10T08:00Z,1,-0.5,", "column disposal: '-0.5' is negative"),
        ("leaf,2026-01-10T08:00Z,1,0,0.9995", "column fill_rate_floor: '0.9995' is above 0.999. .*0.97 for 97%"),
        ("leaf,2026-01-10T08:00Z,1,0,97", "column fill_rate_floor: '97' is above 0.999"),
        ("loaf,2026-01-10T08:00Z,1,0,", "column category: 'loaf' is the category of no product. Write it as the prod"),
        ("leaf,2027-01-10T08:00Z,1,0,", "column known_at: .*"),
        ("leaf,,1,0,", "column known_at"),
    ],
)
def test_what_is_out_of_range_is_refused_with_its_remedy(leaves: Engine, tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(BadFile, match=f"line 2, {told}"):
        keep(leaves, tmp_path, row)

    assert level(leaves, MARCH) is ASKED_FOR


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_same_category_and_moment_twice_in_a_file_is_refused(leaves: Engine, tmp_path: Path) -> None:
    twice = ",2026-01-10T08:00Z,1,,", ",2026-01-10T08:00Z,2,,"

    with pytest.raises(BadFile, match="line 3"):
        keep(leaves, tmp_path, *twice)

    assert level(leaves, MARCH) is ASKED_FOR is not NO_SERVICE_LEVEL


def test_what_is_kept_and_what_is_planned_with_have_the_same_highest_floor() -> None:
    assert HIGHEST_FLOOR == HIGHEST_PLANNED


def test_money_is_kept_to_four_places(leaves: Engine, tmp_path: Path) -> None:
    keep(leaves, tmp_path, "leaf,2026-01-10T08:00Z,0.12345,0.00004,")

    assert level(leaves, MARCH).of("leaf") == CategoryTerms(float(Decimal("0.1234")), 0)
