"""Labels for slots as PDF: sheets of 3 by 8 on A4, 70 by 37 mm each, as they are sold without margins.

A label shows the slot as it is called in its warehouse, its zone and band, and a QR code (ISO/IEC 18004, correction M)
that holds the slot's id and nothing else: what a scanner types, or the phone's camera reads, is the id.
"""

import io
from collections.abc import Collection, Sequence

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.languages import say
from data.tables import SlotRow, WarehouseRow, ZoneRow
from flows.errors import Invalid, Unknown
from flows.printing.font import FONT, Printable, shapes
from flows.printing.paper import INK, QUIET
from flows.slotting.label_words import band_in_a_word

COLUMNS, ROWS = 3, 8
WIDTH, HEIGHT = A4[0] / COLUMNS, A4[1] / ROWS
PADDING, CODE = 4 * mm, 29 * mm  # the code with the four modules of white around it that scanners need
MOST_LABELS = 1_000  # what is made while somebody waits: 8 s of work
Label = tuple[SlotRow, ZoneRow]


def slot_labels(
    session: Session, warehouse_id: str, slot_ids: Collection[str] = (), zone_ids: Collection[str] = ()
) -> bytes:
    """The labels of a warehouse's slots by id: of some, of those in some zones, or of all. Raises Unknown for the
    warehouse, a slot that it does not have, or where none is left; Invalid for more than a thousand at once."""
    warehouse = session.get(WarehouseRow, warehouse_id)
    if warehouse is None:
        raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=warehouse_id, field="warehouse_id")
    labels = _labels(session, warehouse_id, slot_ids, zone_ids)
    if missing := sorted(set(slot_ids) - {slot.slot_id for slot, _ in labels}):
        raise Unknown("Slot {slot_id!r} was not found among those asked for.", slot_id=missing[0], field="slot_id")
    if not labels:
        raise Unknown("There are no slots to make labels for.", field="zone_id" if zone_ids else "warehouse_id")
    if len(labels) > MOST_LABELS:
        raise Invalid(
            "These are {number:,} labels, of which {most_labels:,} are made at once. Ask for some zones.",
            number=len(labels),
            most_labels=MOST_LABELS,
            field="zone_id",
        )
    return _as_pdf(warehouse, labels)


def _labels(
    session: Session, warehouse_id: str, slot_ids: Collection[str], zone_ids: Collection[str]
) -> Sequence[Label]:
    query = select(SlotRow, ZoneRow).join(ZoneRow, ZoneRow.zone_id == SlotRow.zone_id)
    query = query.where(SlotRow.warehouse_id == warehouse_id).order_by(SlotRow.slot_id)
    if slot_ids:
        query = query.where(SlotRow.slot_id.in_(slot_ids))
    if zone_ids:
        query = query.where(SlotRow.zone_id.in_(zone_ids))
    return session.execute(query).tuples().all()


def _as_pdf(warehouse: WarehouseRow, labels: Sequence[Label]) -> bytes:
    shapes()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1)
    canvas.setTitle(say("Slot labels of {warehouse}", warehouse=warehouse.name))
    for number, (slot, zone) in enumerate(labels):
        row, column = divmod(number % (COLUMNS * ROWS), COLUMNS)
        if number and (row, column) == (0, 0):
            canvas.showPage()
        _draw(canvas, column * WIDTH, A4[1] - (row + 1) * HEIGHT, warehouse, slot, zone)
    canvas.save()
    return file.getvalue()


def _draw(canvas: Canvas, left: float, bottom: float, warehouse: WarehouseRow, slot: SlotRow, zone: ZoneRow) -> None:
    code = Drawing(CODE, CODE)
    code.add(QrCodeWidget(slot.slot_id, barLevel="M", barBorder=4, barWidth=CODE, barHeight=CODE))
    renderPDF.draw(code, canvas, left + PADDING, bottom + (HEIGHT - CODE) / 2)
    beside, room = left + PADDING + CODE + 1 * mm, WIDTH - CODE - 2 * PADDING - 1 * mm
    called = slot.slot_id.removeprefix(f"{warehouse.warehouse_id}-")
    lines = (  # text, size, colour, how far above the middle
        (called, 15, INK, 8),
        (zone.name, 9, INK, 0),
        (band_in_a_word(zone.band), 9, QUIET, -5),
        (warehouse.name, 7, QUIET, -10),
    )
    printable = Printable()
    for text, size, colour, above in lines:
        shown = printable(text)
        canvas.setFillColor(colour)
        canvas.setFont(FONT, min(size, size * room / max(stringWidth(shown, FONT, size), 1)))
        canvas.drawString(beside, bottom + HEIGHT / 2 + above * mm, shown)
