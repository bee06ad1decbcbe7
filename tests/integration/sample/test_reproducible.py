from collections.abc import Iterator
from hashlib import sha256

import pytest
from sqlalchemy import Engine, func, select

from data.sample import RegionNotEmpty, generate_sample_region
from data.tables import Base, DailySalesRow, WarehouseRow
from data.tables.changing import UPDATED_AT
from tests.integration.sample.conftest import SMALL


def digests(engine: Engine) -> dict[str, str]:
    """A digest of every table's values but when they were written; databases sort text differently, so rows are sorted
    here."""

    def rows(name: str) -> Iterator[bytes]:
        table = Base.metadata.tables[name]
        with engine.connect() as connection:
            for row in connection.execute(select(*(one for one in table.columns if one.name != UPDATED_AT))):
                yield repr(tuple(row)).encode()

    return {name: sha256(b"\n".join(sorted(rows(name)))).hexdigest() for name in sorted(Base.metadata.tables)}


def test_the_same_arguments_give_the_same_bytes_on_both_databases(engine: Engine, small_region: Engine) -> None:
    steps: list[tuple[str, int, int]] = []
    summary = generate_sample_region(engine, **SMALL, progress=lambda *step: steps.append(step))
    assert digests(engine) == digests(small_region)

    assert [done for _, done, _ in steps] == list(range(1, steps[-1][2] + 1))
    with engine.connect() as connection:
        count = select(func.count()).select_from(DailySalesRow)
        assert connection.scalar(count) == summary.rows["daily_sales"]
    with pytest.raises(RegionNotEmpty):
        generate_sample_region(engine, **SMALL)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_another_seed_gives_another_region(engine: Engine, small_region: Engine) -> None:
    generate_sample_region(engine, **{**SMALL, "seed": SMALL["seed"] + 1})
    other, first = digests(engine), digests(small_region)
    for name in ("daily_sales", "true_demand", "weather", "promotions", "offers", "slots", "lots", "readings"):
        assert other[name] != first[name]


def test_a_region_is_written_whole_or_not_at_all(engine: Engine) -> None:
    def give_up(step: str, done: int, of: int) -> None:
        if step == "daily_sales":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate_sample_region(engine, until=SMALL["until"], warehouses=1, products=5, days=28, progress=give_up)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(WarehouseRow)) == 0
        assert connection.scalar(select(func.count()).select_from(DailySalesRow)) == 0


@pytest.mark.parametrize(("name", "wrong"), [("warehouses", 0), ("products", 0), ("days", 0), ("seed", -1)])
def test_a_size_that_cannot_be_made_is_refused_by_name(small_region: Engine, name: str, wrong: int) -> None:
    with pytest.raises(ValueError, match=name):
        generate_sample_region(small_region, **{**SMALL, name: wrong})
