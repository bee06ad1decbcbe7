"""What clients may rely on is said once, in the API's description and on its page."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def described(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def test_the_rules_of_the_description_are_those_of_the_page(described: dict[str, Any]) -> None:
    _, _, section = PAGE.read_text(encoding="utf-8").partition("## Versions and deprecation\n")
    said = " ".join(section.partition("\nNothing")[0].split())
    _, _, rules = described["info"]["description"].partition("# Versions and deprecation\n")
    assert " ".join(rules.split()) == said
    for word in ("Deprecation", "Sunset", "RFC 9745", "RFC 8594", "twelve months"):
        assert word in rules


def test_what_changes_something_may_be_asked_to_wait_and_what_reads_is_not(described: dict[str, Any]) -> None:
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert ("429" in operation["responses"]) == (method not in {"get", "head"}), (method, path)
    assert "Retry-After" in described["paths"]["/v1/readings"]["post"]["responses"]["429"]["headers"]
