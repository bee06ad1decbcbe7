"""Every type of event that is told: what happened, what its data says and since which version.

Whoever writes an event names a type of this registry; the API shows it, and docs/api.md is held to it by a test.
Moments are texts in UTC or with an offset, days are local, quantities are in the product's unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

OF_WAREHOUSES: Final = ("warehouse_ids", "without_forecast")  # members that list warehouses


@dataclass(frozen=True)
class EventType:
    """A type of event; `data` is the form of what is told of it, and `since` the version that tells it first."""

    name: str
    what: str
    data: type[Any]
    since: str = "0.1.0"


@dataclass(frozen=True, kw_only=True)
class AlarmData:
    """An alarm as it was then, with the names of its place, the sensors in it, what is at risk, and what its sensor
    said last and when. `past`: it had ended before anybody could be told. `limit_c` and `worst_c` are null for a kind
    that has none. `raised_because` is `offline` where a last will raised it, else null; `ended_because` is null where
    readings ended it, else `closed`, `retired`, `moved` or `revised`."""

    alarm_id: str
    kind: str
    warehouse_id: str
    warehouse: str
    zone_id: str
    zone: str
    sensor_id: str
    sensor_ids: list[str]
    limit_c: float | None
    worst_c: float | None
    last_c: float | None
    last_taken_at: str | None
    severity: str | None
    at_risk: dict[str, Any] | None
    past: bool
    began_at: str
    raised_at: str
    raised_because: str | None
    ended_at: str | None
    ended_because: str | None
    ended_by: str | None
    end_note: str | None
    acknowledged_at: str | None
    acknowledged_by: str | None
    acknowledgement_note: str | None


@dataclass(frozen=True, kw_only=True)
class ContradictionData:
    """Readings of a sensor that say another temperature than what is kept of it at that moment: how many, from when to
    when, and of the first what is kept and what was said."""

    sensor_id: str
    zone_id: str
    warehouse_id: str
    readings: int
    first_taken_at: str
    last_taken_at: str
    kept_c: float
    said_c: float


@dataclass(frozen=True, kw_only=True)
class ClocksData:
    """Clocks that differ: `whose` is wrong, the `server`'s, a `sensor`'s, or of the two nobody knows (`unknown`);
    `ahead_seconds` is by how much sensors are ahead, `sensor_id` which one, null: most of them."""

    clock_difference_id: str
    whose: str
    sensor_id: str | None
    warehouse_ids: list[str]
    ahead_seconds: int
    began_at: str
    ended_at: str | None


@dataclass(frozen=True, kw_only=True)
class CommandData:
    """What a fan or cooler is told to be (`on`, `off`), for which `reason`, which `said` gives in words; `decided_by`
    is who said so, null: its rule. `status` is where it stands or its result."""

    command_id: str
    actuator_id: str
    warehouse_id: str
    zone_id: str
    desired: str
    reason: str
    said: str
    decided_by: str | None
    decided_at: str
    expires_at: str
    status: str
    sent_at: str | None
    ended_at: str | None


@dataclass(frozen=True, kw_only=True)
class PlanLateData:
    """Warehouses that have no plan shortly before their first order cut-off, and why."""

    order_date: str
    first_cut_off: str
    warehouse_ids: list[str]
    without_forecast: list[str]
    because: str
    run_began_at: str | None


@dataclass(frozen=True, kw_only=True)
class PlanFallbackData:
    """A plan made from forecasts of before; `origin` is what they knew up to."""

    plan_id: str
    origin: str
    warehouse_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class PlanData:
    """A purchase plan, and who did it."""

    plan_id: str
    warehouse_ids: list[str]
    at: str
    by: str


@dataclass(frozen=True, kw_only=True)
class PlanApprovedData(PlanData):
    """What was approved now: the warehouses of its lines, and how many of them buy something; `whole`: nothing of the
    plan is left to approve."""

    lines_to_buy: int
    whole: bool


@dataclass(frozen=True, kw_only=True)
class OrderData:
    """A purchase order, and who did what when."""

    purchase_order_id: str
    number: str
    supplier_id: str
    warehouse_id: str
    delivery_date: str
    at: str
    by: str


@dataclass(frozen=True, kw_only=True)
class OrderedData(OrderData):
    """`plan_id` is null for one placed by hand; `products` is how many lines were ordered now."""

    plan_id: str | None
    products: int


@dataclass(frozen=True, kw_only=True)
class SentData(OrderData):
    """`how` is by which way, as "mail"."""

    how: str | None


@dataclass(frozen=True, kw_only=True)
class DeclinedLine:
    """What the supplier will not bring of a line."""

    line_no: int
    product_id: str
    ordered: float
    declined: float


@dataclass(frozen=True, kw_only=True)
class ConfirmedData:
    """`short` is what the supplier declines."""

    purchase_order_id: str
    number: str
    supplier_id: str
    warehouse_id: str
    delivery_date: str
    confirmed_at: str
    confirmed_by: str
    short: list[DeclinedLine]


@dataclass(frozen=True, kw_only=True)
class OrderLineData:
    """So much of a line: what came (below zero where a receipt was corrected), was cancelled, or is outstanding."""

    line_no: int
    product_id: str
    quantity: float


@dataclass(frozen=True, kw_only=True)
class ChangedLinesData(OrderData):
    """With the lines that it is about."""

    lines: list[OrderLineData]


@dataclass(frozen=True, kw_only=True)
class CancelledData(ChangedLinesData):
    """`note` is why."""

    note: str | None


@dataclass(frozen=True, kw_only=True)
class OverdueData:
    """A purchase order whose day has ended, and what of it is outstanding."""

    purchase_order_id: str
    number: str
    supplier_id: str
    warehouse_id: str
    delivery_date: str
    lines: list[OrderLineData]


@dataclass(frozen=True, kw_only=True)
class ReceiptLineData:
    """A line of a receipt; `without_order` is how much of it nobody had ordered."""

    line_no: int
    product_id: str
    accepted: float
    rejected: float
    defect: str | None
    lot_id: str | None
    without_order: float


@dataclass(frozen=True, kw_only=True)
class ReceiptData:
    """A receipt as it is then, and who did it; `line_no` is the line that was corrected."""

    receipt_id: str
    warehouse_id: str
    supplier_id: str | None
    received_at: str
    at: str
    by: str
    lines: list[ReceiptLineData]
    line_no: int | None = None


@dataclass(frozen=True, kw_only=True)
class TransferLotData:
    """Of a lot: what was approved, what has left, and what was accepted where it came, there in `to_lot_id`; null: not
    yet."""

    lot_id: str
    to_lot_id: str | None
    approved: float
    sent: float | None
    accepted: float | None


@dataclass(frozen=True, kw_only=True)
class TransferData:
    """A product carried from one warehouse to another, as it is then, and who did it; `because` is why it was refused
    or cancelled, or how what was not accepted was lost."""

    transfer_id: str
    plan_id: str | None
    from_warehouse_id: str
    to_warehouse_id: str
    warehouse_ids: list[str]
    product_id: str
    send_by: str
    because: str | None
    at: str
    by: str
    lots: list[TransferLotData]


@dataclass(frozen=True, kw_only=True)
class RangeProposedData:
    """New proposals to change a warehouse's range: how many, and what they are expected to come to together over so
    many days, in its currency."""

    warehouse_id: str
    proposals: int
    money: float
    horizon_days: int
    at: str


@dataclass(frozen=True, kw_only=True)
class TrialEndingData:
    """A product on trial in a warehouse, which is bought for no day after the last one unless somebody keeps it."""

    warehouse_id: str
    product_id: str
    last_day: str | None
    at: str


@dataclass(frozen=True, kw_only=True)
class TrialEndedData:
    """How a trial of a challenger ended: `state` is `decided`, with the `winner`, `undecided`, or `stopped` or
    `promoted` by somebody; its effect on the figure as a share of what is usual, with the ends of its interval (null:
    not known, or no end)."""

    trial_id: str
    name: str
    figure: str
    state: str
    winner: str | None
    effect: float | None
    lowest: float | None
    highest: float | None
    at: str


@dataclass(frozen=True, kw_only=True)
class TrialLengthData:
    """How many periods a trial of a challenger needs by now and up to which day, how many it needed before, how many
    were stated when it began, and how many it takes at most. It needs more where its days scatter more than those
    before it, or are missing."""

    trial_id: str
    name: str
    periods_needed: int
    periods_before: int
    periods_stated: int
    periods_at_most: int
    last_day: str
    at: str


@dataclass(frozen=True, kw_only=True)
class RangeDecidedData:
    """What was decided of a proposal, by whom and why; `day` is the last day on sale, or the first where it is tried;
    null: it was refused."""

    proposal_id: str
    kind: str
    warehouse_id: str
    warehouse_ids: list[str]
    product_id: str
    day: str | None
    at: str
    by: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class MoveData:
    """A product to be carried from one slot to another."""

    move_id: str
    product_id: str
    from_slot_id: str | None
    to_slot_id: str


@dataclass(frozen=True, kw_only=True)
class MovesSuggestedData:
    """A warehouse's moves in the order in which to make them; those suggested before are withdrawn."""

    warehouse_id: str
    origin: str
    moves: list[MoveData]


@dataclass(frozen=True, kw_only=True)
class MoveSettledData(MoveData):
    """What became of a move, by whom and why; `carried` is how much of it where that is a part."""

    warehouse_id: str
    at: str
    by: str
    reason: str | None
    carried: float | None


@dataclass(frozen=True, kw_only=True)
class ReminderData(AlarmData):
    """An alarm that goes on and that nobody has acknowledged, told again to the webhook that wants it so."""

    webhook_id: str


@dataclass(frozen=True, kw_only=True)
class JoinedData(AlarmData):
    """An alarm that a sensor has joined: `joined_sensor_id`, which `sensor_ids` names by now, and whose last word
    `last_c` is."""

    joined_sensor_id: str


@dataclass(frozen=True, kw_only=True)
class GroupedEventData:
    """An event of a group, as it would be told alone."""

    event_id: str
    type: str
    timestamp: str
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class GroupData:
    """Alarms of a warehouse that came in a burst, in the order of what happened."""

    warehouse_id: str
    warehouse: str
    events: list[GroupedEventData]


@dataclass(frozen=True, kw_only=True)
class WebhookData:
    """A webhook, and who did something with it or why it was done."""

    webhook_id: str
    url: str
    at: str
    by: str | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class CouriersData:
    """A warehouse's couriers of the next two hours, short `since` then: of the orders `until` then `share` is expected
    in time, `least_share` is promised of any half hour. Of couriers that are enough again `until` is when that was
    seen."""

    warehouse_id: str
    warehouse: str
    since: str
    until: str
    share: float
    least_share: float


@dataclass(frozen=True, kw_only=True)
class FindingData:
    """Days of a warehouse's `feed`, or of its `forecasts`, that are not as their past lets expect: `what` is wrong from
    `first_day` to `last_day`, as `GET /v1/findings` tells it; of forecasts of one `category` or of all (null).
    `ended_because`: `corrected`, `steady` (forecasts err as before), or `past`, where it lies too far back to be looked
    at."""

    finding_id: str
    warehouse_id: str
    warehouse: str
    feed: str
    category: str | None
    what: str
    first_day: str
    last_day: str
    seen: float | None
    usual: float | None
    found_at: str
    ended_at: str | None
    ended_because: str | None


GROUP: Final = "alarms.grouped"  # a message, of events that have ids of their own

_TYPES: Sequence[EventType] = (
    EventType("alarm.raised", "something is wrong in a zone for longer than its delay", AlarmData),
    EventType("alarm.worse", "it has become worse by far, and is to be acknowledged anew", AlarmData),
    EventType("alarm.joined", "another sensor of the zone finds it so too; nobody is called anew", JoinedData),
    EventType("alarm.ended", "it is so no more, or the alarm was closed by hand", AlarmData),
    EventType("alarm.acknowledged", "someone has seen the alarm", AlarmData),
    EventType("alarm.reminder", "it goes on, and nobody has acknowledged it", ReminderData),
    EventType(GROUP, "a message about several events of alarms; never an event by itself", GroupData),
    EventType("webhook.disabled", "a receiver answered 410 Gone and is told no more", WebhookData),
    EventType("webhook.test", "somebody tests a webhook", WebhookData),
    EventType("command.decided", "a fan or cooler is to start or stop", CommandData),
    EventType("command.confirmed", "the fan or cooler says that it did", CommandData),
    EventType("command.expired", "it did not say so in time", CommandData),
    EventType("command.superseded", "another command was sent before it said so", CommandData),
    EventType("readings.contradict", "a sensor says another temperature of a moment than before", ContradictionData),
    EventType("clocks.differ", "readings come from the future: a sensor's clock or the server's is wrong", ClocksData),
    EventType("clocks.agree", "they do so no longer", ClocksData),
    EventType("plan.late", "warehouses have no plan shortly before their first cut-off", PlanLateData),
    EventType("plan.fallback", "a plan was made from forecasts of before", PlanFallbackData),
    EventType("plan.made", "a draft of a purchase plan is there", PlanData),
    EventType("plan.approved", "a plan, or some of its lines, was approved and ordered", PlanApprovedData),
    EventType(
        "plan.discarded", "a draft, or what was left of it, was put away, by somebody or for a newer one", PlanData
    ),
    EventType("purchase_order.ordered", "a purchase order was placed, or lines joined one", OrderedData),
    EventType("purchase_order.sent", "the supplier was told", SentData),
    EventType("purchase_order.confirmed", "the supplier said what it will bring", ConfirmedData),
    EventType("purchase_order.received", "something of it came, or what had come was corrected", ChangedLinesData),
    EventType("purchase_order.cancelled", "what has not come of it, or of a line, is not wanted", CancelledData),
    EventType("purchase_order.overdue", "its day has ended and not all that was promised has come", OverdueData),
    EventType("receipt.taken_in", "a delivery was taken in", ReceiptData),
    EventType("receipt.corrected", "a line of a receipt was corrected", ReceiptData),
    EventType("transfer.approved", "goods are to be carried to another warehouse", TransferData),
    EventType("transfer.sent", "they have left", TransferData),
    EventType("transfer.received", "they have come: what was accepted, and what was lost", TransferData),
    EventType("transfer.refused", "nothing of them leaves, say those who should have sent them", TransferData),
    EventType("transfer.cancelled", "a buyer does not want them carried any more", TransferData),
    EventType("transfer.lapsed", "they had not left by when they had to", TransferData),
    EventType("couriers.short", "the couriers of the next two hours will not keep what is promised", CouriersData),
    EventType("couriers.enough", "they will again, or hardly anything is ordered any more", CouriersData),
    EventType("feed.broken", "days of data are missing, or unlike all of their past", FindingData),
    EventType("feed.whole", "they came or were corrected, or lie too far back to be looked at", FindingData),
    EventType("forecast.drifted", "forecasts have become too high, too low or further off", FindingData),
    EventType("forecast.steady", "they err as before again, or have done so anew for long", FindingData),
    EventType("move.suggested", "moves of a warehouse were suggested", MovesSuggestedData),
    EventType("move.done", "a move was made", MoveSettledData),
    EventType("move.partly_done", "a part of a move was made", MoveSettledData),
    EventType("move.refused", "a move was not made", MoveSettledData),
    EventType("move.undone", "what was said of a move was taken back: it is to be made", MoveSettledData),
    EventType("assortment.proposed", "changes of a warehouse's range are proposed", RangeProposedData),
    EventType("assortment.accepted", "a change of a range was accepted", RangeDecidedData),
    EventType("assortment.refused", "it was refused", RangeDecidedData),
    EventType("assortment.taken_back", "what was decided of it was taken back: it waits again", RangeDecidedData),
    EventType("assortment.trial_ending", "a trial ends within a week", TrialEndingData),
    EventType("trial.length_changed", "a trial needs more periods, or fewer again", TrialLengthData),
    EventType("trial.ended", "a challenger wins or loses, its time is over, or somebody ended it", TrialEndedData),
)
EVENT_TYPES: Final[Mapping[str, EventType]] = {one.name: one for one in _TYPES}


def warehouses_of(data: Mapping[str, Any]) -> list[str]:
    """The warehouses that an event is about."""
    one = data.get("warehouse_id")
    return sorted({*([] if one is None else [one]), *data.get("warehouse_ids", ())})


def of_these_warehouses(data: Mapping[str, Any], warehouse_ids: frozenset[str]) -> dict[str, Any]:
    """What an event says to who is told of some warehouses only."""
    return {
        name: [id for id in value if id in warehouse_ids] if name in OF_WAREHOUSES else value
        for name, value in data.items()
    }
