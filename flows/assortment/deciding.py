"""What is decided of proposals: accepted, they change the range from a day on; refused, they are remembered; both can
be taken back, what was accepted until its day has come. Every decision is one short transaction and safe to repeat."""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from data.languages import Sentence
from data.local_days import today_there
from data.tables import AssortmentProposalRow, ProposalKind, ProposalStatus, WarehouseRow
from flows.assortment.changing_ranges import carry_out, delist_where_last, undo
from flows.assortment.telling import told_decided
from flows.errors import Invalid, NotNow, Outdated, Unknown
from flows.this_century import require_this_century

STATUSES: Final = {
    ProposalStatus.WAITING: Sentence("waiting"),
    ProposalStatus.ACCEPTED: Sentence("accepted"),
    ProposalStatus.REFUSED: Sentence("refused"),
    ProposalStatus.LAPSED: Sentence("lapsed"),
}


def accept(
    session: Session,
    proposal_id: str,
    now: datetime,
    by: str,
    *,
    notice_days: int,
    day: date | None = None,
    reason: str | None = None,
    despite_baskets: bool = False,
    version: int | None = None,
) -> AssortmentProposalRow:
    """Lets a proposal change the range: `day` is the last on which the product is sold here as before, or the first on
    which it is tried; without one, after `notice_days`.

    Raises Unknown, Outdated where it is another version than was seen, NotNow for one that waits no more, Invalid for
    a day that has passed or lies beyond this century, and for a product that whole baskets hang on, unless
    `despite_baskets` says that this is known."""
    row = _locked(session, proposal_id)
    place = session.get_one(WarehouseRow, row.warehouse_id)
    today = today_there(now, place.timezone)
    if row.status is ProposalStatus.ACCEPTED and day in (None, row.day):
        return row
    _require_waiting(row, version)
    if row.held_by_baskets and not despite_baskets:
        raise _whole_baskets(row)
    require_this_century(day, "day")
    row.day = day or today + timedelta(days=notice_days)
    if row.day < today:
        raise Invalid("The day has passed.", field="day")
    row.status, row.version = ProposalStatus.ACCEPTED, row.version + 1
    row.decided_at, row.decided_by, row.reason = now, by, reason
    carry_out(session, row, row.day, now, by)
    if row.kind is ProposalKind.RETIRE:
        delist_where_last(session, row.product_id, now)
    told_decided(session, row, "accepted", now, by)
    return row


def refuse(
    session: Session, proposal_id: str, now: datetime, by: str, reason: str | None = None, version: int | None = None
) -> AssortmentProposalRow:
    """Keeps the range as it is; the proposal is remembered. Raises Unknown, Outdated, NotNow."""
    row = _locked(session, proposal_id)
    if row.status is ProposalStatus.REFUSED:
        return row
    _require_waiting(row, version)
    row.status, row.version = ProposalStatus.REFUSED, row.version + 1
    row.decided_at, row.decided_by, row.reason = now, by, reason
    told_decided(session, row, "refused", now, by)
    return row


def take_back(
    session: Session, proposal_id: str, now: datetime, by: str, version: int | None = None
) -> AssortmentProposalRow:
    """Lets a proposal wait again, and the range be as it was before; what was accepted until its day has come. Raises
    Unknown, Outdated, NotNow."""
    row = _locked(session, proposal_id)
    if row.status is ProposalStatus.WAITING:
        return row
    if row.status is ProposalStatus.LAPSED:
        raise NotNow("The proposal has lapsed: nothing was decided of it.")
    _require_version(row, version)
    if row.status is ProposalStatus.ACCEPTED:
        _require_day_to_come(row, today_there(now, session.get_one(WarehouseRow, row.warehouse_id).timezone))
        undo(session, row, now, by)
    row.status, row.version = ProposalStatus.WAITING, row.version + 1
    row.decided_at = row.decided_by = row.reason = row.day = None
    told_decided(session, row, "taken_back", now, by)
    return row


def _locked(session: Session, proposal_id: str) -> AssortmentProposalRow:
    row = session.get(AssortmentProposalRow, proposal_id, with_for_update=True)
    if row is None:
        raise Unknown("Proposal {proposal_id!r} was not found.", proposal_id=proposal_id, field="proposal_id")
    return row


def _require_waiting(row: AssortmentProposalRow, version: int | None) -> None:
    if row.status is not ProposalStatus.WAITING:
        raise NotNow("The proposal is {status}: it waits for no decision.", status=STATUSES[row.status])
    _require_version(row, version)


def _require_version(row: AssortmentProposalRow, version: int | None) -> None:
    if version is not None and version != row.version:
        raise Outdated("The proposal has changed since you have seen it. Look at it again.")


def _whole_baskets(row: AssortmentProposalRow) -> Invalid:
    baskets = row.details["baskets"]
    return Invalid(
        "Whole baskets hang on {product_id}: of {orders:.0f} orders within {days} days {share:.0%} may not be placed "
        "without it, which would cost a margin of {margin:.2f}, up to {high:.2f}. Accept it with despite_baskets if "
        "that is known.",
        product_id=row.product_id,
        orders=baskets["orders"],
        days=row.horizon_days,
        share=baskets["share"],
        margin=baskets["margin"],
        high=baskets["margin_high"],
        field="despite_baskets",
    )


def _require_day_to_come(row: AssortmentProposalRow, today: date) -> None:
    """A last day has come once it has passed, a first one when it begins."""
    first_day = row.kind is ProposalKind.TRY
    if row.day is not None and (row.day < today or (first_day and row.day == today)):
        raise NotNow("Its day, {day}, has come: set the range of the product instead.", day=row.day)
