"""Days played through the real steps: what comes and goes adds up in the database too, nobody sees what is to come, and
nobody beats the bound."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, func, select, update

from data.database import open_database, reading, writing
from data.languages import reading_in
from data.tables import (
    DailySalesRow,
    Language,
    LotRow,
    OfferRow,
    PlanLineRow,
    PurchaseOrderRow,
    StockChangeKind,
    StockChangeRow,
)
from flows.simulating.buyers import Buyer, Truth, buyer_of, swapped
from flows.simulating.comparing import Comparison, compare, write_past_and_models
from flows.simulating.playing import Play
from flows.simulating.report import as_objects, as_table, write_report
from flows.simulating.sample_world import SampleSize, SampleWorld
from flows.simulating.truth import in_even_steps
from tests.integration.flows.shell import Shell
from warehouse.purchasing.simulation.played import QUANTITIES, Played

SIZE = SampleSize(date(2026, 3, 1), seed=2, warehouses=2, products=6, history=28, days=4)
OURS = buyer_of("marginal")


@pytest.fixture(scope="module")
def world() -> SampleWorld:
    return SampleWorld.of(SIZE)


@pytest.fixture(scope="module")
def past(world: SampleWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("past") / "past.sqlite"
    write_past_and_models(world, path)
    return path


class Scratch:
    """Copies of the past, one a play."""

    def __init__(self, past: Path, folder: Path) -> None:
        self._past, self._folder, self._engines = past, folder, list[Engine]()

    def play(
        self, world: SampleWorld, buyer: Buyer, weekdays: str = "", days: int = SIZE.days
    ) -> tuple[Played, Engine]:
        """`weekdays`: all farms deliver on these alone; `days`: so many of the world's, from the first on."""
        path = self._folder / f"{len(self._engines)}.sqlite"
        shutil.copyfile(self._past, path)
        self._engines.append(open_database(f"sqlite:///{path}"))
        if weekdays:
            with writing(self._engines[-1]) as session:
                session.execute(update(OfferRow).values(delivery_weekdays=weekdays))
        played = replace(world, world=replace(world.world, days=world.world.days[:days]))
        return Play(self._engines[-1], played, buyer).days(lambda _: None), self._engines[-1]

    def close(self) -> None:
        for engine in self._engines:
            engine.dispose()


@pytest.fixture
def scratch(past: Path, tmp_path: Path) -> Iterator[Scratch]:
    copies = Scratch(past, tmp_path)
    yield copies
    copies.close()


@pytest.fixture(scope="module")
def ours(world: SampleWorld, past: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Played, Engine]]:
    """The days as we play them, for tests that only look at them."""
    copies = Scratch(past, tmp_path_factory.mktemp("ours"))
    yield copies.play(world, OURS)
    copies.close()


def otherwise_from(world: SampleWorld, day: int) -> SampleWorld:
    """The same world, but that nobody wants anything from a day on."""
    wanted = world.world.wanted.copy()
    wanted[day:] = 0
    return replace(world, world=replace(world.world, wanted=wanted))


def test_the_database_tells_the_same_days_as_were_played(world: SampleWorld, ours: tuple[Played, Engine]) -> None:
    played, engine = ours
    last = world.world.days[-1]
    with reading(engine) as session:
        lots = session.scalars(select(LotRow).where(LotRow.lot_id.not_like("L-%"))).all()
        change = StockChangeRow
        expired = session.scalar(select(func.sum(change.quantity)).where(change.kind == StockChangeKind.WRITTEN_OFF))
        sales = session.scalar(
            select(func.sum(DailySalesRow.sales)).where(DailySalesRow.date.in_(world.world.days[:-1]))
        )
        sent = session.scalars(select(PurchaseOrderRow.sent_at)).all()
        booked = session.scalar(select(func.max(DailySalesRow.date)))
    assert float(sum(lot.quantity_received for lot in lots)) == pytest.approx(played.accepted.sum())
    assert sales == pytest.approx(played.sold[:-1].sum())
    assert -float(expired or 0) == pytest.approx(played.expired[:-1].sum())
    assert all(sent)
    assert booked is not None
    assert booked < last  # whose midnight has not come


def test_what_plans_promised_is_what_their_lines_say(world: SampleWorld, ours: tuple[Played, Engine]) -> None:
    played, engine = ours
    with reading(engine) as session:
        lines = session.scalars(select(PlanLineRow).where(PlanLineRow.covers_from.in_(world.world.days))).all()
    kept = [line for line in lines if "can_wait" not in {reason["code"] for reason in line.reasons}]
    assert kept
    assert played.promised_short.sum() == pytest.approx(sum(line.expected_shortage for line in kept))
    assert played.promised_waste.sum() == pytest.approx(sum(line.expected_waste for line in kept))


def test_a_line_that_could_wait_promises_nothing(world: SampleWorld, scratch: Scratch) -> None:
    thursday = next(day for day in world.world.days if day.isoweekday() == 4)
    played, engine = scratch.play(world, OURS, weekdays="4")
    with reading(engine) as session:
        lines = session.scalars(select(PlanLineRow).where(PlanLineRow.covers_from == thursday)).all()
    waited = [line for line in lines if "can_wait" in {reason["code"] for reason in line.reasons}]
    last = [line.expected_shortage for line in lines if line not in waited]
    assert sum(line.expected_shortage for line in waited) > 0
    assert played.promised_short.sum() == pytest.approx(sum(last))
    assert last


def test_what_came_was_sold_thrown_away_or_is_left(ours: tuple[Played, Engine]) -> None:
    played, _ = ours
    change = np.diff(played.left, axis=0)
    kept = (played.accepted - played.sold - played.expired)[1:]
    assert np.allclose(change, kept)
    assert (played.sold <= played.wanted).all()


@pytest.mark.parametrize("buyer", [OURS, buyer_of("naive"), buyer_of("marginal-true")])
def test_no_order_knows_of_demand_that_has_not_come(
    world: SampleWorld, ours: tuple[Played, Engine], scratch: Scratch, buyer: Buyer
) -> None:
    """What is ordered in the night before a day comes the day after at the earliest."""
    as_it_is = ours[0] if buyer is OURS else scratch.play(world, buyer)[0]
    otherwise = scratch.play(otherwise_from(world, 1), buyer)[0]
    assert np.array_equal(as_it_is.came[:3], otherwise.came[:3])
    assert not np.array_equal(as_it_is.came[3], otherwise.came[3]) or buyer.told


def test_what_comes_late_comes_a_day_after_it_was_due(world: SampleWorld, scratch: Scratch) -> None:
    usual = world.world.deliveries
    in_full = replace(usual, fails=usual.fails & False, late=usual.late & False, brought=np.ones_like(usual.brought))
    late = in_full.late.copy()
    late[1] = True
    in_time, delayed = (
        scratch.play(replace(world, world=replace(world.world, deliveries=each)), OURS, days=3)[0].came
        for each in (in_full, replace(in_full, late=late))
    )
    assert in_time[1].any()
    assert not delayed[1].any()
    assert (delayed[2] >= in_time[1]).all()


def test_the_clairvoyant_does_know(world: SampleWorld, scratch: Scratch) -> None:
    as_it_is, otherwise = (
        scratch.play(each, buyer_of("clairvoyant"), days=3)[0] for each in (world, otherwise_from(world, 2))
    )
    assert as_it_is.came[2].sum() > otherwise.came[2].sum()


def test_the_same_seed_plays_the_same_days(ours: tuple[Played, Engine], scratch: Scratch) -> None:
    one, again = ours[0], scratch.play(SampleWorld.of(SIZE), OURS)[0]
    assert all(np.array_equal(getattr(one, name), getattr(again, name)) for name in QUANTITIES)


def test_a_swap_changes_the_terms(world: SampleWorld, scratch: Scratch) -> None:
    _, by_the_portion = scratch.play(world, swapped(Truth.PACKS), days=2)
    played, _ = scratch.play(world, swapped(Truth.LEAD), days=1)
    with reading(by_the_portion) as session:
        lines = [line for order in session.scalars(select(PurchaseOrderRow)) for line in order.lines if line.offer_id]
    assert lines
    assert {line.pack_size for line in lines} <= {goods.portion for goods in world.world.goods}
    assert played.came[0].sum() > 0


def test_scenarios_in_even_steps_tell_the_whole_distribution() -> None:
    draws = np.random.default_rng(1).gamma(3.0, size=(2, 3, 2048))
    steps = in_even_steps(draws, 64)
    assert steps.shape == (2, 3, 64)
    assert np.allclose(steps.mean(axis=-1), draws.mean(axis=-1), rtol=0.02)
    assert np.array_equal(steps.argsort(axis=-1), draws[..., :64].argsort(axis=-1))


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    buyers = [buyer_of(name) for name in ("marginal", "marginal-true", "clairvoyant", "naive")]
    # in the night before the eighth day models are trained anew
    return compare(replace(SIZE, days=8), buyers, warm_up=2, jobs=2, progress=lambda *_: None)


def test_the_clairvoyant_is_not_beaten_and_nobody_beats_the_bound(comparison: Comparison) -> None:
    profit = {one.policy: one.profit.sum() for one in comparison.played}
    assert max(profit.values()) == profit["clairvoyant"]
    assert profit["clairvoyant"] < comparison.bound


def test_policies_meet_the_same_customers(comparison: Comparison) -> None:
    first, *others = comparison.played
    assert all(np.array_equal(first.wanted, other.wanted) for other in others)


def test_the_report_tells_every_policy(comparison: Comparison, tmp_path: Path) -> None:
    objects = as_objects(comparison)
    assert [one["policy"] for one in objects] == [one.policy for one in comparison.played]
    asked = {"waste_share", "waste_share_leaf", "shelf_waste_share_leaf", "fill_rate", "fill_rate_leaf"}
    asked |= {"purchase_accuracy_day", "purchase_accuracy_week", "profit", "days", "gain_share"}
    assert all(asked <= one.keys() for one in objects)
    promised = {one["policy"]: one["shortage_promised"] for one in objects}
    assert promised["marginal"] > 0
    assert promised["naive"] is None
    assert "marginal-true" in as_table(comparison)
    with reading_in(Language.ZH):
        head, columns, *_, bound = as_table(comparison).splitlines()
        assert ("个前置仓" in head, "收益最多不超过" in bound) == (True, True)
        assert columns.split()[:3] == ["采购方式", "收益", "相对收益"]
    figures, days, curve = write_report(comparison, tmp_path / "report")
    assert json.loads(figures.read_text()) == objects
    assert days.stat().st_size > 0
    assert curve.read_text().startswith("<svg")


def test_the_command_plays_and_refuses_what_it_does_not_know(freshfront: Shell) -> None:
    size = ["--days", "7", "--warm-up", "0", "--warehouses", "1", "--products", "8", "--history", "28", "--jobs", "1"]
    assert freshfront("simulate", "buying", "-p", "naive", *size, "--json") == 0
    assert [one["policy"] for one in json.loads(freshfront.out)] == ["naive"]
    assert freshfront("simulate", "buying", "-p", "guesswork") == 2
    assert "guesswork" in freshfront.err
