"""What a farm sees of its purchase order, without an account, on a phone: what is wanted, and what it will bring.

The token in the address is the right to see and to confirm this one order. Reading changes nothing, so that chat
programs that look at the link first use nothing up; confirming works once, afterwards the page shows what was said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Annotated

from fastapi import BackgroundTasks, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import texts
from api.ordering.afterwards import ask_elsewhere_afterwards
from api.pages.rendering import THEMSELVES, part
from api.pages.typed_numbers import as_number
from api.problems import Forbidden, Unprocessable
from api.rate_limits import rate_limits
from api.routing import Router
from api.security import says_another_site
from api.transactions import Now, ReadSession, WriteSession
from data.languages import reading_in
from data.tables import Language, ProductRow, PurchaseOrderLineRow, WarehouseRow
from flows.errors import Invalid, Unknown
from flows.ordering.documents.document_of import USUAL_LANGUAGE
from flows.ordering.supplier_links import LinkEnded, OpenedLink, confirm_by_link, open_link, still_wanted
from flows.ordering.words import Words, words_in

router = Router(prefix="/supplier", include_in_schema=False)
FOLDER = "supplier_confirmation"
NO_SEARCH_ENGINES = {"X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True)
class ShownLine:
    """A line as the page shows it; `bring` is what stands in its field, `wrong` what is not right about that."""

    line_no: int
    product_name: str
    unit: str
    wanted: str
    packs: str | None
    confirmed: str | None
    bring: str
    wrong: bool


@router.get("/{token}")
def supplier_confirmation(
    request: Request, session: ReadSession, now: Now, token: str, language: Annotated[str | None, Query()] = None
) -> Response:
    """The order: a form as long as it can be confirmed, afterwards what was confirmed."""
    try:
        opened = open_link(session, token, now)
    except (Unknown, LinkEnded) as refusal:
        return _no_order(request, refusal, language)
    return _order_page(request, session, opened, language)


@router.post("/{token}")
def confirm(
    request: Request,
    session: WriteSession,
    tasks: BackgroundTasks,
    now: Now,
    token: str,
    line_no: Annotated[list[int], Form()],
    bring: Annotated[list[str], Form()],
    language: Annotated[str | None, Query()] = None,
) -> Response:
    """Confirms the order once. What is not right about a quantity is said beside it, and what was typed stays."""
    if says_another_site(request):
        raise Forbidden(texts.FOREIGN_FORM)
    rate_limits(request).count_sign_in(request, now)
    if len(line_no) != len(bring):
        raise Unprocessable()
    typed = dict(zip(line_no, bring, strict=True))
    try:
        if confirm_by_link(session, token, {line: _as_number(line, text) for line, text in typed.items()}, now):
            opened = open_link(session, token, now)
            ask_elsewhere_afterwards(tasks, request, opened.order.purchase_order_id, now)
    except (Unknown, LinkEnded) as refusal:
        return _no_order(request, refusal, language)
    except Invalid as wrong:
        return _order_page(request, session, open_link(session, token, now), language, typed, wrong.field)
    return RedirectResponse(f"?language={_language(language)}" if language else "?", status_code=303)


def _as_number(line_no: int, text: str) -> Decimal:
    try:
        return as_number(text)
    except ValueError:
        raise Invalid("This is not a number.", field=str(line_no)) from None


def _no_order(request: Request, refusal: Unknown | LinkEnded, language: str | None) -> Response:
    """A page that tells nothing of what the link led to, if it ever led anywhere."""
    status = 410 if isinstance(refusal, LinkEnded) else 404
    return _page(request, "no_order.html", status, _language(language))


def _order_page(
    request: Request,
    session: Session,
    opened: OpenedLink,
    language: str | None,
    typed: Mapping[int, str] | None = None,
    wrong: str | None = None,
) -> Response:
    shown_in = _language(language or opened.supplier.language)
    with reading_in(shown_in):  # names too
        return _page_of_order(request, session, opened, shown_in, typed, wrong)


def _page_of_order(
    request: Request,
    session: Session,
    opened: OpenedLink,
    shown_in: Language,
    typed: Mapping[int, str] | None,
    wrong: str | None,
) -> Response:
    order, supplier = opened.order, opened.supplier
    products = select(ProductRow).where(ProductRow.product_id.in_([line.product_id for line in order.lines]))
    by_id = {product.product_id: product for product in session.scalars(products)}
    begin, end = (text and time.fromisoformat(text) for text in (supplier.delivers_from, supplier.delivers_until))
    return _page(
        request,
        "supplier_confirmation.html",
        422 if wrong else 200,
        shown_in,
        order=order,
        supplier=supplier,
        warehouse=session.get_one(WarehouseRow, order.warehouse_id),
        hours=words_in(shown_in).hours(begin or None, end or None),
        can_confirm=opened.can_confirm,
        lines=[
            _shown(line, by_id[line.product_id], words_in(shown_in), (typed or {}).get(line.line_no), wrong)
            for line in order.lines
            if still_wanted(line) or line.confirmed
        ],
    )


def _shown(
    line: PurchaseOrderLineRow, product: ProductRow, words: Words, typed: str | None, wrong: str | None
) -> ShownLine:
    wanted = still_wanted(line)
    packs = None
    if line.pack_size:
        packs = f"{words.number(wanted / line.pack_size)} × {words.quantity(line.pack_size, product.unit)}"
    return ShownLine(
        line_no=line.line_no,
        product_name=product.name,
        unit=words.unit(product.unit),
        wanted=words.quantity(wanted, product.unit),
        packs=packs,
        confirmed=None if line.confirmed is None else words.quantity(line.confirmed, product.unit),
        bring=f"{wanted.normalize():f}" if typed is None else typed,
        wrong=wrong == str(line.line_no),
    )


def _language(wanted: str | None) -> Language:
    return Language(wanted) if wanted in set(Language) else USUAL_LANGUAGE


def _page(request: Request, template: str, status: int, language: Language, **values: object) -> Response:
    words = words_in(language)
    html = part(
        request,
        f"{FOLDER}/{template}",
        language=language,
        words=words,
        say=words.say,
        other_languages=[(code.value, name) for code, name in THEMSELVES.items() if code != language],
        shop=request.app.state.settings.shop_name,
        **values,
    )
    return HTMLResponse(html, status, NO_SEARCH_ENGINES)
