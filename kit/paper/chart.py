"""Charts on paper and as pictures: trends with control limits, bars, histograms, who held it.

The same drawings stand in PDFs (vectors, `draw_*` onto a canvas) and in mails and downloads (PNG at
twice the size, light theme, `*_png`). The same values give the same bytes. Values and units are
those of kit.charts, whose pages say the same in HTML.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any, Final

import pypdfium2
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from kit.charts import show, ticks
from kit.markup import duration, party_of, percent
from kit.paper.fonts import width, wrap
from kit.paper.ink import BAD, BRAND, INK, PAPER, PARTIES, QUIET, RULE, SUNKEN, TONES, put

Point = Mapping[str, Any]
SMALL: Final = 7.0
AXIS: Final = 44.0  # room for the figures of the axis
FOOT: Final = 14.0  # room for the labels below
LABELS: Final = 9
SCALE: Final = 2
MARGIN: Final = 14.0
TITLE: Final = 11.0
ROW: Final = 18.0
NAME: Final = 150.0
FIGURE: Final = 66.0
NOTHING: Final = "Nothing to draw in this period."
_one_at_a_time = Lock()  # PDFium is not safe for threads


@dataclass(frozen=True)
class Box:
    """Where on the canvas, in points: `x`, `y` are its lower left corner."""

    x: float
    y: float
    wide: float
    high: float


@dataclass(frozen=True)
class _Plane:
    """Where a value lies in a box that has room for an axis left and labels below."""

    box: Box
    low: float
    high: float
    steps: int

    def x(self, index: float) -> float:
        return self.box.x + AXIS + index * (self.box.wide - AXIS - 6) / max(self.steps, 1)

    def y(self, value: float) -> float:
        share = (float(value) - self.low) / (self.high - self.low)
        return self.box.y + FOOT + share * (self.box.high - FOOT - 6)


def _plane(box: Box, values: Sequence[float | None], steps: int, *, zero: bool = False) -> _Plane:
    known = [float(value) for value in values if value is not None] or [0.0, 1.0]
    low, high = min(known), max(known)
    if high <= low:
        low, high = low - 1 if low else 0.0, high + 1
    if zero or 0 <= low < high * 0.7:
        low = min(low, 0.0)
    return _Plane(box, low, high + (high - low) * 0.08, steps)


def _empty(canvas: Canvas, box: Box) -> None:
    put(canvas, box.x, box.y + box.high - 12, NOTHING, 9, color=QUIET)


def _grid(canvas: Canvas, plane: _Plane, unit: str) -> None:
    box = plane.box
    canvas.setLineWidth(0.5)
    for tick in ticks(plane.low, plane.high, unit):
        y = plane.y(tick)
        canvas.setStrokeColor(RULE)
        canvas.line(box.x + AXIS, y, box.x + box.wide, y)
        put(canvas, box.x + AXIS - 5, y - 2.4, show(tick, unit), SMALL, color=QUIET, side="right")


def _foot(canvas: Canvas, plane: _Plane, labels: Sequence[str], shift: float = 0) -> None:
    every = max(1, -(-len(labels) // LABELS))
    edge = plane.box.x + plane.box.wide
    for index, label in enumerate(labels):
        if index % every:
            continue
        x, half = plane.x(index + shift), width(label, SMALL) / 2
        x = min(max(x, plane.box.x + half), edge - half)
        put(canvas, x, plane.box.y + 2, label, SMALL, color=QUIET, side="middle")


def draw_trend(
    canvas: Canvas, box: Box, points: Sequence[Point], unit: str = "number", *,
    mean: float | None = None, low: float | None = None, high: float | None = None,
) -> None:  # fmt: skip
    """A line over periods, gaps left open; the usual range as a band, signals as red rings.

    :param points: {label, value, n, signal} each, as for kit.charts.trend.
    """
    values = [point.get("value") for point in points]
    if not any(value is not None for value in values):
        _empty(canvas, box)
        return
    plane = _plane(box, [*values, mean, low, high], len(points) - 1)
    canvas.saveState()
    if low is not None and high is not None:
        canvas.setFillColor(SUNKEN)
        canvas.rect(
            plane.x(0), plane.y(low), plane.x(plane.steps) - plane.x(0),
            plane.y(high) - plane.y(low), stroke=0, fill=1,
        )  # fmt: skip
    _grid(canvas, plane, unit)
    for level, dashes in ((low, (2, 2)), (high, (2, 2)), (mean, (5, 3))):
        if level is not None:
            _level(canvas, plane, level, dashes)
    _line(canvas, plane, values)
    _marks(canvas, plane, points)
    _foot(canvas, plane, [str(point["label"]) for point in points])
    canvas.restoreState()


def _level(canvas: Canvas, plane: _Plane, value: float, dashes: tuple[int, int]) -> None:
    canvas.setStrokeColor(QUIET)
    canvas.setLineWidth(0.7)
    canvas.setDash(*dashes)
    canvas.line(plane.x(0), plane.y(value), plane.box.x + plane.box.wide, plane.y(value))
    canvas.setDash()


def _line(canvas: Canvas, plane: _Plane, values: Sequence[float | None]) -> None:
    canvas.setStrokeColor(BRAND)
    canvas.setLineWidth(1.5)
    canvas.setLineJoin(1)
    _join(canvas, [None if v is None else (plane.x(i), plane.y(v)) for i, v in enumerate(values)])


def _join(canvas: Canvas, places: Sequence[tuple[float, float] | None]) -> None:
    """A line through places; None breaks it."""
    path, drawing = canvas.beginPath(), False
    for place in places:
        if place is not None:
            (path.lineTo if drawing else path.moveTo)(*place)
        drawing = place is not None
    canvas.drawPath(path, stroke=1, fill=0)


def _marks(canvas: Canvas, plane: _Plane, points: Sequence[Point]) -> None:
    for index, point in enumerate(points):
        if point.get("value") is None:
            continue
        signal = bool(point.get("signal"))
        canvas.setStrokeColor(BAD if signal else BRAND)
        canvas.setFillColor(PAPER if signal else BRAND)
        canvas.setLineWidth(1.6 if signal else 0)
        place = plane.x(index), plane.y(point["value"])
        canvas.circle(*place, 3.4 if signal else 1.8, stroke=1, fill=1)


def draw_spark(canvas: Canvas, box: Box, values: Sequence[float | None]) -> None:
    """A line without axes, for beside a figure."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line has two ends
        return
    low, high = min(known), max(known)
    span, step = (high - low) or 1.0, box.wide / max(len(values) - 1, 1)
    canvas.saveState()
    canvas.setStrokeColor(BRAND)
    canvas.setLineWidth(1.1)
    canvas.setLineJoin(1)
    places = [
        None if v is None else (box.x + i * step, box.y + (float(v) - low) / span * box.high)
        for i, v in enumerate(values)
    ]
    _join(canvas, places)
    canvas.restoreState()


def draw_histogram(
    canvas: Canvas, box: Box, bins: Sequence[Point], unit: str = "number"
) -> None:  # fmt: skip
    """Upright bars from zero, one for each {label, value} in order."""
    if not any(float(one["value"] or 0) for one in bins):
        _empty(canvas, box)
        return
    plane = _plane(box, [float(one["value"] or 0) for one in bins], len(bins), zero=True)
    canvas.saveState()
    _grid(canvas, plane, unit)
    for index, one in enumerate(bins):
        left, right = plane.x(index), plane.x(index + 1)
        gap, bottom = min(3.0, (right - left) * 0.1), plane.y(0)
        canvas.setFillColor(_tone(one))
        high = plane.y(float(one["value"] or 0)) - bottom
        canvas.rect(left + gap, bottom, right - left - 2 * gap, high, stroke=0, fill=1)
    _foot(canvas, plane, [str(one["label"]) for one in bins], 0.5)
    canvas.restoreState()


def _tone(row: Point) -> Color:
    if row.get("party"):
        return PARTIES.get(party_of(str(row["party"]))[0].removeprefix("c-"), PARTIES["none"])
    return TONES.get(str(row.get("tone") or "desk"), BRAND)


def bars_height(rows: Sequence[Any]) -> float:
    """Points that `draw_bars` needs."""
    return max(len(rows), 1) * ROW


def draw_bars(canvas: Canvas, box: Box, rows: Sequence[Point], unit: str = "number") -> None:
    """Lying bars from the top of the box: {label, value, party or tone, note} each."""
    if not rows:
        _empty(canvas, box)
        return
    most = max((float(row["value"] or 0) for row in rows), default=0) or 1
    name = min(NAME, box.wide * 0.34)
    room = box.wide - name - FIGURE - 10
    canvas.saveState()
    y = box.y + box.high
    for row in rows:
        y -= ROW
        label = wrap(str(row["label"]), 8.5, name - 6, most=1)[0]
        put(canvas, box.x, y + 5, label, 8.5)
        canvas.setFillColor(_tone(row))
        long = max(float(row["value"] or 0), 0) / most * room
        canvas.rect(box.x + name, y + 3, long, ROW - 7, stroke=0, fill=1)
        said = show(row["value"], unit)
        put(canvas, box.x + box.wide, y + 5, said, 8.5, bold=True, side="right")
    canvas.restoreState()


def custody_height(rows: Sequence[Any]) -> float:
    """Points that `draw_custody` needs, with its legend."""
    return max(len(rows), 1) * ROW + 20


def draw_custody(canvas: Canvas, box: Box, rows: Sequence[Point], *, day: int = 86_400) -> None:
    """Who held it: a bar of a hundred per cent for each {label, parts: [{party, seconds}]}, with the
    shares of the first row as the legend. `day` as for kit.markup.duration: 0 in business time."""
    if not any(_held(row) for row in rows):
        _empty(canvas, box)
        return
    name = min(NAME, box.wide * 0.34)
    room, y = box.wide - name - FIGURE - 10, box.y + box.high
    canvas.saveState()
    for row in rows:
        y -= ROW
        parts = _held(row)
        whole = sum(parts.values())
        put(canvas, box.x, y + 5, wrap(str(row["label"]), 8.5, name - 6, most=1)[0], 8.5)
        x = box.x + name
        for party, seconds in parts.items():
            canvas.setFillColor(_tone({"party": party}))
            long = seconds / whole * room
            canvas.rect(x, y + 3, long, ROW - 7, stroke=0, fill=1)
            x += long
        said = duration(whole, day=day)
        put(canvas, box.x + box.wide, y + 5, said, 8.5, bold=True, side="right")
    _legend(canvas, box.x, y - 10, box.wide, _held(rows[0]))
    canvas.restoreState()


def _held(row: Point) -> dict[str, float]:
    """Seconds by party, those that held it at all."""
    held: dict[str, float] = {}
    for part in row["parts"]:
        if float(part["seconds"] or 0) > 0:
            party = str(part["party"])
            held[party] = held.get(party, 0.0) + float(part["seconds"])
    return held


def _legend(canvas: Canvas, x: float, y: float, room: float, held: Mapping[str, float]) -> None:
    whole, left = sum(held.values()), x
    for party, seconds in sorted(held.items(), key=lambda pair: -pair[1]):
        words = f"{party_of(party)[2]} {percent(seconds / whole)}"
        if x + width(words, SMALL) + 9 > left + room:
            return
        canvas.setFillColor(_tone({"party": party}))
        canvas.rect(x, y, 5.5, 5.5, stroke=0, fill=1)
        put(canvas, x + 9, y, words, SMALL, color=QUIET)
        x += width(words, SMALL) + 22


# ── as pictures ──


def picture(title: str, wide: float, high: float, draw: Callable[[Canvas, Box], None]) -> bytes:
    """PNG of what `draw` puts into a box of `wide` x `high` points below the title, at twice the
    size, on white."""
    head = TITLE + 8 if title else 0.0
    buffer = BytesIO()
    page = (wide + 2 * MARGIN, high + head + 2 * MARGIN)
    canvas = Canvas(buffer, pagesize=page, invariant=1)
    if title:
        line = wrap(title, TITLE, wide, bold=True, most=1)[0]
        put(canvas, MARGIN, page[1] - MARGIN - TITLE + 1, line, TITLE, bold=True, color=INK)
    draw(canvas, Box(MARGIN, MARGIN, wide, high))
    canvas.showPage()
    canvas.save()
    return _png(buffer.getvalue())


def _png(pdf: bytes) -> bytes:
    out = BytesIO()
    with _one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            document[0].render(scale=SCALE).to_pil().save(out, "PNG", dpi=(72 * SCALE, 72 * SCALE))
        finally:
            document.close()
    return out.getvalue()


def trend_png(
    points: Sequence[Point], title: str = "", unit: str = "number", *, mean: float | None = None,
    low: float | None = None, high: float | None = None, wide: float = 540, tall: float = 170,
) -> bytes:  # fmt: skip
    """`draw_trend` as PNG."""
    return picture(
        title, wide, tall,
        lambda canvas, box: draw_trend(canvas, box, points, unit, mean=mean, low=low, high=high),
    )  # fmt: skip


def bars_png(
    rows: Sequence[Point], title: str = "", unit: str = "number", *, wide: float = 540
) -> bytes:
    """`draw_bars` as PNG."""
    return picture(title, wide, bars_height(rows), lambda c, box: draw_bars(c, box, rows, unit))


def histogram_png(
    bins: Sequence[Point], title: str = "", unit: str = "number", *, wide: float = 540,
    tall: float = 170,
) -> bytes:  # fmt: skip
    """`draw_histogram` as PNG."""
    return picture(title, wide, tall, lambda c, box: draw_histogram(c, box, bins, unit))


def custody_png(
    rows: Sequence[Point], title: str = "", *, day: int = 86_400, wide: float = 540
) -> bytes:
    """`draw_custody` as PNG."""
    tall = custody_height(rows)
    return picture(title, wide, tall, lambda c, box: draw_custody(c, box, rows, day=day))


def spark_png(values: Sequence[float | None], *, wide: float = 120, tall: float = 30) -> bytes:
    """`draw_spark` as PNG."""
    return picture("", wide, tall, lambda c, box: draw_spark(c, box, values))
