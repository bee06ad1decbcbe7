"""Two people decide of ranges at the same moment: nothing that one is told was done is undone by the other."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.product_ranges import ranges_known_at
from data.tables import AssortmentProposalRow, ProductRow, ProposalKind, ProposalStatus, RangeKind
from flows.assortment import deciding, proposing
from flows.assortment.changing_ranges import set_range
from flows.errors import NotNow
from tests.integration.flows.conftest import NOW, TODAY
from tests.integration.flows.judged_range import LOOKED, sell_leaves

LATER = NOW + timedelta(hours=1)
TIMES = 8


def propose_to_retire(engine: Engine, proposal_id: str, warehouse_id: str, product_id: str) -> None:
    money = dict.fromkeys(("money", "money_low", "money_high", "margin_lost", "margin_kept"), 1.0)
    with writing(engine) as session:
        session.add(
            AssortmentProposalRow(
                proposal_id=proposal_id, warehouse_id=warehouse_id, product_id=product_id, kind=ProposalKind.RETIRE,
                proposed_at=NOW, horizon_days=28, waste_saved=1.0, waste_saved_money=1.0, held_by_baskets=False,
                details={}, status=ProposalStatus.WAITING, version=1, **money,
            )
        )  # fmt: skip


def at_once(engine: Engine, *decisions: Callable[[Session], object]) -> list[bool]:
    """Which of them were told that they are decided; the others that the proposal waits no more."""
    together = Barrier(len(decisions))

    def decide(decision: Callable[[Session], object]) -> bool:
        together.wait()
        try:
            with writing(engine) as session:
                decision(session)
        except NotNow:
            return False
        return True

    with ThreadPoolExecutor(len(decisions)) as people:
        return list(people.map(decide, decisions))


def test_a_product_that_the_last_two_warehouses_retire_at_once_is_delisted(shop: Engine) -> None:
    for number in range(TIMES):
        product_id, day = f"leaf{number}", TODAY + timedelta(days=number)
        with writing(shop) as session:
            session.add(ProductRow(product_id=product_id, name=product_id, category="leaf", band="leaf", unit="kg"))
        for name in ("W1", "W2"):
            propose_to_retire(shop, f"{name}-{number}", name, product_id)
            with writing(shop) as session:  # both go on selling it
                set_range(session, name, product_id, RangeKind.KEPT, NOW, "Ada")

        def accept(name: str, number: int = number, day: date = day) -> Callable[[Session], object]:
            return lambda session: deciding.accept(session, f"{name}-{number}", LATER, "Ada", notice_days=7, day=day)

        assert at_once(shop, accept("W1"), accept("W2")) == [True, True]
        with reading(shop) as session:
            assert session.get_one(ProductRow, product_id).delisted_on == day


def test_of_an_acceptance_and_a_refusal_at_once_one_is_told_of_the_other(shop: Engine) -> None:
    for number in range(TIMES):
        proposal_id = f"p{number}"
        propose_to_retire(shop, proposal_id, "W1", "milk")

        def accept(session: Session, proposal_id: str = proposal_id) -> object:
            return deciding.accept(session, proposal_id, LATER, "Ada", notice_days=7)

        def refuse(session: Session, proposal_id: str = proposal_id) -> object:
            return deciding.refuse(session, proposal_id, LATER, "Bo")

        accepted, refused = at_once(shop, accept, refuse)

        assert accepted is not refused
        with reading(shop) as session:
            row = session.get_one(AssortmentProposalRow, proposal_id)
            said = ranges_known_at(session, LATER + timedelta(minutes=1)).values()
            assert row.status is (ProposalStatus.ACCEPTED if accepted else ProposalStatus.REFUSED)
            assert row.version == 2
            assert (proposal_id in {one.proposal_id for one in said}) is accepted


def test_what_is_accepted_while_ranges_are_judged_does_not_lapse(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    # given: somebody who accepts when the night's run has read what waits, and not yet said what lapses
    sell_leaves(shop)
    propose_to_retire(shop, "p0", "W1", "milk")
    ranges_of = proposing.ranges_of
    with ThreadPoolExecutor(1) as person:
        answers: list[Future[bool]] = []

        def accept() -> bool:
            try:
                with writing(shop) as session:
                    deciding.accept(session, "p0", LATER, "Ada", notice_days=7)
            except NotNow:
                return False
            return True

        def meanwhile(*given: Any) -> Any:
            if not answers:
                answers.append(person.submit(accept))
                wait(answers, timeout=1)  # who waits for this transaction is told when it has ended
            return ranges_of(*given)

        monkeypatch.setattr(proposing, "ranges_of", meanwhile)
        proposing.propose_changes(shop, ["W1", "W2"], LATER, LOOKED)
        accepted = answers[0].result()

    with reading(shop) as session:
        status = session.get_one(AssortmentProposalRow, "p0").status
    assert status is (ProposalStatus.ACCEPTED if accepted else ProposalStatus.LAPSED)
