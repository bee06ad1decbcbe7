"""What is decoded piece by piece is what the standard library decodes in one go."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api import long_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers() | st.floats(allow_nan=False) | st.sampled_from([1e5, -2.5e-10, 1e300])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)


def decoded(decode: Any, body: bytes) -> Any:
    try:
        return decode(body)
    except ValueError:
        return ValueError


def whole(body: bytes) -> Any:
    """The oracle: the standard library, which keeps halves of characters that nothing can write down again."""
    value = json.loads(body)
    json.dumps(value, ensure_ascii=False).encode()
    return value


@settings(max_examples=300)
@given(VALUES, st.sampled_from([1, 2, 5, 40]), st.integers(0, 10**6), st.sampled_from('{}[],:" 1-ex\\'), st.booleans())
def test_short_pieces_give_the_same_value_and_refuse_the_same(
    value: Any, piece: int, place: int, wrong: str, spoilt: bool
) -> None:
    text = json.dumps(value, indent=place % 2 or None)
    if spoilt:
        place %= len(text)
        text = text[:place] + wrong + text[place + 1 :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_json, "PIECE", piece)
        assert repr(decoded(long_json.loads, text.encode())) == repr(decoded(whole, text.encode())), text


@pytest.mark.parametrize("body", [b'"\\ud800"', b'["\\udc00\\ud83d"]', b'"\xed\xa0\x80"', b"[" * 100_000])
def test_halves_of_characters_and_bottomless_lists_are_refused(body: bytes) -> None:
    assert decoded(long_json.loads, body) is ValueError


def test_whole_characters_and_words_about_halves_are_not() -> None:
    assert long_json.loads(b'["\\ud83d\\ude00", "\\\\ud800"]') == ["😀", "\\ud800"]
