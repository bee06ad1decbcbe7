"""Why a fan or cooler was switched: kept in English with its command, said in the language of who reads the log."""

from datetime import UTC, datetime, timedelta

import pytest

from data.languages import reading_in
from data.tables import Language
from flows.coldchain.zone_log.words import why_switched

UNTIL = (datetime(2026, 3, 2, 2, tzinfo=UTC) + timedelta(hours=1)).isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("said", "in_chinese"),
    [
        ("4.3 C (starts above 4, stops below 3)", "4.3 C（高于 4 启动，低于 3 停止）"),
        (
            "4.3 C (starts above 4, stops below 3), 91 % (starts above 90, stops below 85)",
            "4.3 C（高于 4 启动，低于 3 停止）、91 %（高于 90 启动，低于 85 停止）",
        ),
        ("no measurement for 15 min, so the safe state", "已 15 分钟没有读数，切换到安全状态"),
        ("0.5 C, never below 1 C", "0.5 C，不得低于 1 C"),
        ("the door is open", "门开着"),
        ("it defrosts", "正在除霜"),
        (f"Li Na says so until {UNTIL}", f"Li Na 手动设定，至 {UNTIL} 有效"),
        ("what nobody says any more", "what nobody says any more"),
    ],
)
def test_each_reason_is_said_in_chinese_and_stays_as_it_is_in_english(said: str, in_chinese: str) -> None:
    with reading_in(Language.ZH):
        assert why_switched(said) == in_chinese
    with reading_in(Language.EN):
        assert why_switched(said) == said
