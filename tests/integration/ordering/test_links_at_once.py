"""A link that is used twice at the same moment, as by two taps, confirms once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import PurchaseOrderEventKind, PurchaseOrderEventRow
from flows.ordering.supplier_links import confirm_by_link, make_link

from .conftest import ORDERED, line, order


def test_of_two_confirmations_at_once_one_counts(shop: Engine) -> None:
    for _ in range(5):
        [number] = order(shop, line())
        with writing(shop) as session:
            token = make_link(session, number, ORDERED, "Li Na")
        together = Barrier(2)

        def confirm(quantity: int, token: str = token, together: Barrier = together) -> bool:
            together.wait()
            with writing(shop) as session:
                return confirm_by_link(session, token, {1: Decimal(quantity)}, ORDERED)

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(confirm, (30, 20))) == [False, True]
    with reading(shop) as session:
        said = PurchaseOrderEventRow.kind == PurchaseOrderEventKind.CONFIRMED
        assert len(session.scalars(select(PurchaseOrderEventRow).where(said)).all()) == 5
