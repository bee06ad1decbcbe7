"""Ids told as one value: their rows are found and no others, whatever is in the ids, and by the key's index."""

import pytest
from sqlalchemy import Engine, select

from data.among import among
from data.database import reading, writing
from data.tables import SupplierRow

ODD = ["plain", "菠菜", 'a "quoted", one', "{braces}", "back\\slash", "it's", "null", ""]


def keep(engine: Engine, ids: list[str]) -> None:
    with writing(engine) as session:
        session.add_all(SupplierRow(supplier_id=one, name="Farm", kind="farm") for one in ids)


@pytest.mark.parametrize("wanted", [[], ["plain"], ODD, [*ODD, "nowhere"], ["nowhere"]])
def test_rows_of_the_ids_are_found_and_no_others(engine: Engine, wanted: list[str]) -> None:
    keep(engine, [*ODD, "another"])

    with reading(engine) as session:
        found = session.scalars(select(SupplierRow.supplier_id).where(among(SupplierRow.supplier_id, wanted))).all()

    assert sorted(found) == sorted(set(wanted) & set(ODD))


def test_a_condition_of_other_ids_is_asked_anew(engine: Engine) -> None:
    keep(engine, ["a", "b"])

    with reading(engine) as session:
        found = [
            session.scalars(select(SupplierRow.supplier_id).where(among(SupplierRow.supplier_id, ids))).all()
            for ids in (["a"], ["b"], {"a", "b"})
        ]

    assert [sorted(one) for one in found] == [["a"], ["b"], ["a", "b"]]
