"""How a page is made: a template with the words and formats, what was just done, and a problem as a page."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from api.access.coming_back import remember_address
from api.pages import texts
from api.pages.static_files import address_of
from api.problems import Problem
from api.security import Scope
from data.languages import LOCALES, language_now
from data.tables import Language, WarehouseRow
from warehouse.coldchain.zone_alarms import IN_PERCENT

THEMSELVES = {code: locale.get_language_name(locale) or code for code, locale in LOCALES.items()}
SAID = "freshfront_said"  # the cookie that carries "it was done" over the redirect after a form


def _as_json_for_html(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))  # noqa: S704


def short_slot(slot_id: str, warehouse: WarehouseRow) -> str:
    """A slot as it is called inside its warehouse: without the warehouse's own id in front."""
    return slot_id.removeprefix(f"{warehouse.warehouse_id}-")


def other_languages() -> list[tuple[Language, str]]:
    """The languages that a page is not in, each by its name in itself."""
    return [(code, name) for code, name in THEMSELVES.items() if code != language_now()]


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        say=texts.say,
        warning_words=texts.warning_words,
        transfer_words=texts.transfer_words,
        static=address_of,
        Scope=Scope,
        IN_PERCENT=IN_PERCENT,
        other_languages=other_languages,
        new_id=lambda: uuid4().hex,
    )
    environment.filters.update(
        amount=texts.amount,
        celsius=texts.celsius,
        clock=texts.clock,
        day=texts.day,
        duration=texts.duration,
        in_unit=texts.in_unit,
        json_for_html=_as_json_for_html,
        metres=texts.metres,
        moment=texts.moment,
        money=texts.money,
        of_alarm=texts.of_alarm,
        number=texts.number,
        exact_quantity=texts.exact_quantity,
        paragraph=texts.paragraph,
        percent=texts.percent,
        plain_quantity=texts.plain_quantity,
        quantity=texts.quantity,
        short_slot=short_slot,
        signed_metres=texts.signed_metres,
        sums=texts.sums,
        in_path=lambda text: quote(str(text), safe=""),
    )
    return environment


ENVIRONMENT = _environment()


def page(request: Request, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
    """The template as a whole page, which says once what the form before it did."""
    said = _said_before(request)
    response = HTMLResponse(part(request, template, said=said, **values), status)
    if said:
        response.delete_cookie(SAID)
    return response


def part(request: Request, template: str, /, **values: Any) -> str:
    """A template's HTML: a page's, or the part of one that a script puts in place."""
    visitor = getattr(request.state, "principal", None)
    return ENVIRONMENT.get_template(template).render(path=request.url.path, visitor=visitor, **values)


def done(to: str, what: str, **values: str) -> RedirectResponse:
    """After a form was carried out: on to a page that can be reloaded, which says once what was done."""
    response = RedirectResponse(to, status_code=303)
    said = quote(json.dumps({"what": what, **values}))
    response.set_cookie(SAID, said, max_age=60, httponly=True, samesite="lax")
    return response


def _said_before(request: Request) -> str | None:
    kept = request.cookies.get(SAID)
    if not kept:
        return None
    try:
        values = {str(key): str(value) for key, value in json.loads(unquote(kept)).items()}
        return texts.say("said." + values.pop("what"), **values)
    except (ValueError, KeyError, AttributeError):
        return None


def problem_page(request: Request, problem: Problem) -> HTMLResponse:
    """A page that says what went wrong and how to go on; `api.problems` asks for it where a browser asked."""
    response = page(request, "layout/problem.html", problem.status, problem=problem)
    response.headers.update(problem.headers)
    if problem.status == 401 and request.method == "GET" and request.url.path != "/sign-in":
        remember_address(request, response)
    return response
