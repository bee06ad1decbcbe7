"""A link that is used twice at the same moment, as by two taps, confirms once, in whatever language it is read."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

from sqlalchemy import Engine, select

from data.database import reading, writing
from data.languages import reading_in
from data.tables import (
    Language,
    NameKind,
    NameRow,
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderRow,
    SupplierRow,
)
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


def test_who_confirmed_is_kept_by_the_name_that_is_the_same_in_every_language(shop: Engine) -> None:
    [number] = order(shop, line())
    with writing(shop) as session:
        of_order = select(SupplierRow).join(PurchaseOrderRow, PurchaseOrderRow.supplier_id == SupplierRow.supplier_id)
        [farm] = session.scalars(of_order)
        plain = farm.plain_name
        session.add(NameRow(kind=NameKind.SUPPLIERS, id=farm.supplier_id, language=Language.ZH, name="崇明农场"))
        token = make_link(session, number, ORDERED, "Li Na")
    with reading_in(Language.ZH), writing(shop) as session:
        confirm_by_link(session, token, {}, ORDERED)
    with reading(shop) as session:
        said = PurchaseOrderEventRow.kind == PurchaseOrderEventKind.CONFIRMED
        assert [one.by for one in session.scalars(select(PurchaseOrderEventRow).where(said))] == [plain]
