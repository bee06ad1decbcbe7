"""What leaves one warehouse and pays in another moves there: one proposal of two."""

from dataclasses import replace
from datetime import date

import pytest

from warehouse.assortment.proposal import BasketHold, EvidenceCode, Proposal, ProposalKind
from warehouse.assortment.proposing import moved_together
from warehouse.reasons import Reason

LEAVES = Proposal(
    ProposalKind.RETIRE, "W1", "cress", money=30.0, money_low=0.0, money_high=60.0, margin_lost=20.0, margin_kept=12.0,
    waste_saved_money=38.0, waste_saved=19.0, evidence=(Reason(EvidenceCode.SELLS, {}),),
)  # fmt: skip
PAYS = Proposal(
    ProposalKind.TRY, "W2", "cress", money=50.0, money_low=10.0, money_high=90.0, margin_lost=15.0, margin_kept=70.0,
    waste_saved_money=-5.0, waste_saved=-2.5, to_warehouse_id="W2", trial_until=date(2026, 12, 27),
    evidence=(Reason(EvidenceCode.SOLD_ELSEWHERE, {}),),
)  # fmt: skip
HELD = BasketHold(share=0.5, orders=40, margin=90, margin_high=200, times_chance=3, comes_back=None, holds=True)


def test_a_move_comes_to_what_both_of_its_ends_come_to() -> None:
    (move,) = moved_together([LEAVES], [PAYS])

    assert (move.kind, move.warehouse_id, move.to_warehouse_id) == (ProposalKind.MOVE, "W1", "W2")
    assert (move.money, move.money_low, move.money_high) == pytest.approx((80.0, 30.0, 130.0))  # +- 30 and +- 40
    assert (move.margin_lost, move.margin_kept) == (35.0, 82.0)
    assert (move.waste_saved_money, move.waste_saved) == (33.0, 16.5)
    assert [reason.code for reason in move.evidence] == [EvidenceCode.SELLS, EvidenceCode.SOLD_ELSEWHERE]
    assert move.trial_until == date(2026, 12, 27)


def test_a_product_moves_to_the_first_warehouse_it_is_tried_in_and_is_tried_in_the_others() -> None:
    there = replace(PAYS, warehouse_id="W3", to_warehouse_id="W3")

    move, tried = moved_together([LEAVES], [PAYS, there])

    assert (move.to_warehouse_id, tried) == ("W2", there)


def test_one_trial_takes_one_product_that_leaves() -> None:
    also = replace(LEAVES, warehouse_id="W4")

    move, retired = moved_together([LEAVES, also], [PAYS])

    assert (move.kind, retired) == (ProposalKind.MOVE, also)


@pytest.mark.parametrize(
    "stays",
    [replace(LEAVES, baskets=HELD), replace(LEAVES, kind=ProposalKind.ON_DEMAND), replace(LEAVES, product_id="kale")],
)
def test_what_is_held_back_ordered_on_demand_or_tried_nowhere_does_not_move(stays: Proposal) -> None:
    assert moved_together([stays], [PAYS]) == [stays, PAYS]
