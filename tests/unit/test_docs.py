"""What the pages of docs/ name is there: files and folders of the house, and other pages."""

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
PAGES = [HOUSE / "README.md", *sorted((HOUSE / "docs").rglob("*.md"))]
IN_THE_HOUSE = re.compile(r"`((?:api|data|flows|forecasting|warehouse|tests)/[\w./-]*)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOUSE)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    missing = [name for name in IN_THE_HOUSE.findall(text) if not (HOUSE / name).exists()]
    missing += [link for link in LINK.findall(text) if not (page.parent / link).exists()]

    assert not missing


def test_pages_name_places_at_all() -> None:
    named = [name for page in PAGES for name in IN_THE_HOUSE.findall(page.read_text(encoding="utf-8"))]

    assert len(named) > 50
