"""Numbers as people type them: one of what they may mean is never taken for another."""

from decimal import Decimal

import pytest

from api.pages.typed_numbers import as_number


@pytest.mark.parametrize(("typed", "meant"), [
    ("12", "12"), (" 2.5 ", "2.5"), ("2,5", "2.5"), ("0,125", "0.125"), ("1000", "1000"), ("1.000", "1"),
    ("+10", "10"), ("-3", "-3"), (".5", "0.5"), ("１２", "12"), ("２．５", "2.5"), ("12345,678", "12345.678"),
])  # fmt: skip
def test_what_is_typed_is_what_is_meant(typed: str, meant: str) -> None:
    assert as_number(typed) == Decimal(meant)


@pytest.mark.parametrize(
    "typed", ["1,000", "12,500", "-1,000", "１,０００", "1,000.5", "1,000,000", "1 000", "1e3", "nan", "inf", "", ",",
              "1_000", "0x10", "1.2.3", "ten"]
)  # fmt: skip
def test_what_may_be_a_thousand_or_one_or_no_number_at_all_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="write a thousand as 1000"):
        as_number(typed)
