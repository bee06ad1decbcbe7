"""Two sample regions on SQLite that the tests only read: a small one, and one large enough for its statistics."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.database import open_database
from data.sample import SampleSummary, generate_sample_region

UNTIL = date(2026, 11, 21)
SMALL = {"until": UNTIL, "seed": 5, "warehouses": 2, "products": 40, "days": 42}


@pytest.fixture(scope="session")
def small_region(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("small") / "region.sqlite"
    shutil.copy(migrated_sqlite, path)
    engine = open_database(f"sqlite:///{path}")
    generate_sample_region(engine, **SMALL)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def middle_region(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, SampleSummary]]:
    """Nine weeks without a holiday of several days in them, so that weekdays are weekdays."""
    path = tmp_path_factory.mktemp("middle") / "region.sqlite"
    shutil.copy(migrated_sqlite, path)
    engine = open_database(f"sqlite:///{path}")
    summary = generate_sample_region(engine, until=date(2026, 9, 13), seed=1, warehouses=4, products=200, days=63)
    yield engine, summary
    engine.dispose()
