"""How urgent an alarm of a zone is, and which of two values is worse."""

import pytest

from warehouse.coldchain.alarms import AlarmKind
from warehouse.coldchain.zone_alarms import GoodsAtRisk, Severity, is_worse, severity_of, worst_of


def goods(
    kg: float = 0.0, pieces: float = 0.0, money: float | None = None, days_left: float | None = None
) -> GoodsAtRisk:
    return GoodsAtRisk(kg, pieces, money, None if money is None else "CNY", days_left)


def test_worse_is_warmer_for_some_kinds_and_less_for_others() -> None:
    assert worst_of(AlarmKind.TOO_WARM, (5.0, None, 7.0)) == 7.0
    assert worst_of(AlarmKind.TOO_HUMID, (91.0, 96.0)) == 96.0
    for kind in (AlarmKind.TOO_COLD, AlarmKind.TOO_DRY, AlarmKind.BATTERY_LOW):
        assert worst_of(kind, (5.0, None, 7.0)) == 5.0
    assert worst_of(AlarmKind.TOO_WARM, (None,)) is None


def test_a_value_is_worse_than_what_nobody_was_told_and_not_than_the_same() -> None:
    assert is_worse(AlarmKind.TOO_WARM, 5.0, None)
    assert [is_worse(AlarmKind.TOO_WARM, value, 5.0) for value in (4.0, 5.0, 6.0)] == [False, False, True]
    assert [is_worse(AlarmKind.TOO_COLD, value, 5.0) for value in (4.0, 5.0, 6.0)] == [True, False, False]


@pytest.mark.parametrize(
    ("at_risk", "severity"),
    [
        (None, Severity.CRITICAL),  # nobody knows
        (goods(), Severity.INFO),  # the zone is empty
        (goods(kg=19.9, pieces=49, money=499.0, days_left=2.1), Severity.WARNING),
        (goods(kg=5), Severity.WARNING),
        (goods(pieces=5), Severity.WARNING),
        (goods(kg=20), Severity.CRITICAL),
        (goods(pieces=50), Severity.CRITICAL),
        (goods(kg=1, money=500.0), Severity.CRITICAL),
        (goods(kg=1, days_left=2.0), Severity.CRITICAL),
    ],
)
def test_an_alarm_is_as_urgent_as_what_lies_in_the_zone(at_risk: GoodsAtRisk | None, severity: Severity) -> None:
    assert severity_of(AlarmKind.TOO_WARM, at_risk) is severity


@pytest.mark.parametrize("kind", [AlarmKind.FAULTY, AlarmKind.STUCK, AlarmKind.DRIFTING, AlarmKind.BATTERY_LOW])
def test_what_is_wrong_with_a_sensor_alone_calls_nobody_at_night(kind: AlarmKind) -> None:
    assert severity_of(kind, None) is Severity.WARNING
    assert severity_of(kind, goods(kg=900)) is Severity.WARNING


def test_silence_is_as_urgent_as_warmth() -> None:
    assert severity_of(AlarmKind.SILENT, goods(kg=900)) is Severity.CRITICAL
