"""From a plan to what it would be if a farm failed, counted by the browser itself, at a desk and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from data.database import reading
from data.tables import Role
from flows.purchasing.showing.plan_totals import totals_by_supplier

from .conftest import DESK, PHONE, Service, Visits
from .test_the_workbench import COUNTED, counts, plan_id

__all__ = ["plan_id"]  # the fixture


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_farm_that_fails_is_two_clicks_and_a_choice_away_from_its_plan(
    visit: Visits, service: Service, plan_id: str, size: dict[str, int]
) -> None:
    with reading(service.engine) as session:
        farm = totals_by_supplier(session, plan_id)[0]
    page = visit(Role.BUYER, size).page
    page.add_init_script(COUNTED)
    page.goto(f"/plans/{plan_id}")

    page.get_by_role("link", name="What if …").click()
    sentence = page.get_by_role("form", name="A farm fails")
    sentence.get_by_label("Supplier").select_option(label=farm.name)
    sentence.get_by_role("button", name="Compare").click()

    expect(page.get_by_role("heading", name=f"{farm.name} brings nothing from")).to_be_visible(timeout=60_000)
    assert counts(page) == {"clicks": 2, "keys": 0, "loads": 2}
    rows = page.locator("#changes tbody tr")
    assert rows.count() >= farm.lines_to_buy
    for row in rows.all():
        assert not row.locator("strong", has_text=farm.name).count(), "nothing is taken over by who fails"
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    violations = Axe().run(page).response["violations"]
    assert [violation["id"] for violation in violations] == []
