"""Colours of the light theme, and words on a canvas: what every drawing on paper shares."""

from collections.abc import Mapping
from typing import Final, Literal

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from kit.paper.fonts import runs, width

INK: Final = HexColor("#1f2733")
QUIET: Final = HexColor("#5b6675")
RULE: Final = HexColor("#d5dae1")
BRAND: Final = HexColor("#1f5fae")
PAPER: Final = HexColor("#ffffff")
SUNKEN: Final = HexColor("#f5f6f8")
OK: Final = HexColor("#18734a")
WARN: Final = HexColor("#8a5200")
BAD: Final = HexColor("#b9252b")
# Who holds something; the hues of static/css/portal.css in light.
PARTIES: Final[Mapping[str, Color]] = {
    "desk": HexColor("#2a5bd0"), "rep": HexColor("#7848c4"), "customer": HexColor("#08777e"),
    "finance": HexColor("#ad3577"), "logistics": HexColor("#5c6a14"), "dept": HexColor("#86552f"),
    "approver": HexColor("#4d5666"), "none": HexColor("#8a93a3"),
}  # fmt: skip
TONES: Final[Mapping[str, Color]] = {"ok": OK, "warn": WARN, "bad": BAD, "": INK, **PARTIES}
Side = Literal["left", "middle", "right"]


def put(
    canvas: Canvas, x: float, y: float, words: str, size: float, *, bold: bool = False,
    color: Color = INK, side: Side = "left",
) -> None:  # fmt: skip
    """One line of words, in every script; `side` says which end of it (or its middle) is at x."""
    if side != "left":
        x -= width(words, size, bold=bold) / (1 if side == "right" else 2)
    canvas.setFillColor(color)
    line = canvas.beginText(x, y)
    for name, piece in runs(words, bold=bold):
        line.setFont(name, size)
        line.textOut(piece)
    canvas.drawText(line)
