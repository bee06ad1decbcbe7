"""The pages that buyers and warehouse staff work with: drawn by the server, on the same steps and rules as the API."""

from fastapi import APIRouter

from api.pages.plan_lines import router as plan_lines
from api.pages.plans import router as plans
from api.pages.rendering import problem_page
from api.pages.slots import router as slots
from api.pages.static_files import router as static_files
from api.pages.temperatures import router as temperatures
from api.pages.today import router as today

__all__ = ["problem_page", "router"]

router = APIRouter(include_in_schema=False)
for part in (static_files, today, plans, plan_lines, slots, temperatures):
    router.include_router(part)
