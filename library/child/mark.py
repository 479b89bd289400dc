"""Words across every page of a PDF, so that a copy says whose it was. Runs in the child only."""

import io
from pathlib import Path
from typing import Final

from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen import canvas

from kit.paper.fonts import runs, width

MOST_PAGES: Final = 500
SIZE: Final = 15.0
STEP: Final = 190
TURN: Final = 32


def mark(place: Path, out: Path, words: str) -> None:
    """Write the PDF with `words` on every page.

    :raises ValueError: beyond MOST_PAGES, or without a page.
    """
    reader = PdfReader(place)
    pages = len(reader.pages)
    if not 1 <= pages <= MOST_PAGES:
        raise ValueError("Too many pages to mark.")
    writer = PdfWriter(clone_from=reader)
    overlays: dict[tuple[float, float], bytes] = {}
    for page in writer.pages:
        page.transfer_rotation_to_content()
        wide, high = float(page.mediabox.width), float(page.mediabox.height)
        if (wide, high) not in overlays:
            overlays[wide, high] = _overlay(words, wide, high)
        over = PdfReader(io.BytesIO(overlays[wide, high])).pages[0]
        page.merge_translated_page(over, float(page.mediabox.left), float(page.mediabox.bottom))
    with out.open("wb") as file:
        writer.write(file)


def _overlay(words: str, wide: float, high: float) -> bytes:
    """One page with the words again and again, from corner to corner."""
    kept = io.BytesIO()
    sheet = canvas.Canvas(kept, pagesize=(wide, high))
    sheet.setFillGray(0.35)
    sheet.setFillAlpha(0.28)
    pieces, long = runs(words), width(words, SIZE)
    for row in range(int((high + wide) / STEP) + 1):
        for column in range(int(wide / (long + 60)) + 1):
            sheet.saveState()
            sheet.translate(column * (long + 60), row * STEP - wide / 4)
            sheet.rotate(TURN)
            _drawn(sheet, pieces)
            sheet.restoreState()
    sheet.save()
    return kept.getvalue()


def _drawn(sheet: canvas.Canvas, pieces: tuple[tuple[str, str], ...]) -> None:
    text = sheet.beginText(0, 0)
    for font, piece in pieces:
        text.setFont(font, SIZE)
        text.textOut(piece)
    sheet.drawText(text)
