"""Charts of what is not sure: lines with a band, differences against zero, hours of the week.

Widths that come from data are attributes of SVG, so no style is needed; each has its table.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kit.charts import HEIGHT, LEFT, NOTHING, TOP, _frame, _Plane, show
from kit.markup import NONE, percent

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
STEPS: Final = 6  # of shade


def band_chart(
    points: Sequence[Mapping[str, Any]], title: str, unit: str = "number", *, mark: int = 0
) -> SafeString:
    """A line of means within its band, with its table.

    :param points: {label, value, low, high} each; a value of None is a gap. `seen`, if given, is drawn
        as a dot: what really was.
    :param mark: what comes before this point is shaded off: it counts for nothing.
    """
    known = [p for p in points if p.get("value") is not None]
    if not known:
        return format_html('<p class="meta">{}</p>', "Nothing to draw.")
    plane = _Plane(points, [p.get(end) for p in known for end in ("low", "high", "seen")])
    spots = [(plane.x(i), p) for i, p in enumerate(points) if p.get("value") is not None]
    upper = [f"{x:.1f},{plane.y(p['high']):.1f}" for x, p in spots]
    lower = [f"{x:.1f},{plane.y(max(p['low'], plane.low)):.1f}" for x, p in reversed(spots)]
    line = " ".join(f"{x:.1f},{plane.y(p['value']):.1f}" for x, p in spots)
    shade: str = NOTHING
    if 0 < mark < len(points):
        shade = format_html(
            '<rect class="soft" x="{}" y="{}" width="{}" height="{}"/>',
            LEFT, TOP, f"{plane.x(mark) - LEFT:.1f}", HEIGHT - TOP - 24,
        )  # fmt: skip
    drawn = format_html(
        '{}<polygon class="bandc" points="{}"/><polyline class="ln" points="{}"/>{}',
        shade, " ".join(upper + lower), line, _dots(plane, spots, unit),
    )  # fmt: skip
    words = f"{title}, {len(points)} points, from {show(known[0]['value'], unit)} to {show(known[-1]['value'], unit)}"
    return format_html(
        '<figure><div class="scroll" tabindex="0" role="group" aria-label="{}">'
        '<svg class="plot min trend" viewBox="0 0 840 210" role="img" aria-label="{}">{}{}</svg></div>{}</figure>',
        title, words, drawn, _frame(plane, points, unit), _table(points, unit, title),
    )  # fmt: skip


def _dots(plane: _Plane, spots: Sequence[tuple[float, Mapping[str, Any]]], unit: str) -> SafeString:
    return format_html_join(
        "",
        '<circle class="pt" cx="{}" cy="{}" r="3.5"><title>{}</title></circle>',
        (
            (f"{x:.1f}", f"{plane.y(p['seen']):.1f}", f"{p['label']}: {show(p['seen'], unit)}")
            for x, p in spots
            if p.get("seen") is not None
        ),
    )


def _table(points: Sequence[Mapping[str, Any]], unit: str, title: str) -> SafeString:
    heads = {"value": "Mean", "low": "From", "high": "To", "seen": "Happened"}
    names = [name for name in heads if any(name in point for point in points)]
    rows = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        (
            (p["label"], format_html_join("", '<td class="r">{}</td>', ((show(p.get(n), unit),) for n in names)))
            for p in points
        ),
    )  # fmt: skip
    return format_html(
        '<details class="as-table"><summary class="fine">The same as a table</summary>'
        '<table class="rows keep"><caption class="vh">{}</caption><thead><tr><th scope="col">When</th>'
        "{}</tr></thead><tbody>{}</tbody></table></details>",
        title, format_html_join("", '<th scope="col" class="r">{}</th>', ((heads[n],) for n in names)), rows,
    )  # fmt: skip


def interval(mean: float | None, low: float | None, high: float | None, most: float) -> SafeString:
    """A band against zero: a small picture beside the figures that say the same."""
    if mean is None or low is None or high is None or most <= 0:
        return NOTHING
    ends = [60 + 56 * max(-1.0, min(1.0, v / most)) for v in (low, mean, high)]
    return format_html(
        '<svg class="versus" viewBox="0 0 120 16" aria-hidden="true">'
        '<line class="zero" x1="60" x2="60" y1="1" y2="15"/>'
        '<line class="reach" x1="{}" x2="{}" y1="8" y2="8"/><circle cx="{}" cy="8" r="3.5"/></svg>',
        f"{ends[0]:.1f}", f"{ends[2]:.1f}", f"{ends[1]:.1f}",
    )  # fmt: skip


def week_grid(cells: Mapping[int, float], title: str, unit: str = "percent") -> SafeString:
    """Hours of the week as a table whose shade follows the value, which is written in each cell.

    :param cells: hour of the week (0 is Monday, midnight) -> value; others are left empty.
    """
    if not cells:
        return format_html('<p class="meta">{}</p>', "Nothing to show.")
    hours = sorted({hour % 24 for hour in cells})
    days = sorted({hour // 24 for hour in cells})
    most = 1.0 if unit == "percent" else max(cells.values()) or 1.0
    heads = format_html_join(
        "", '<th scope="col" class="r">{}</th>', ((f"{h:02d}",) for h in hours)
    )
    rows = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        (
            (DAYS[d], format_html_join("", '<td class="r heat-{}">{}</td>', (
                _cell(cells.get(d * 24 + h), most, unit) for h in hours
            )))
            for d in days
        ),
    )  # fmt: skip
    return format_html(
        '<div class="scroll" tabindex="0" role="group" aria-label="{}"><table class="rows keep heat">'
        '<caption class="vh">{}</caption><thead><tr><th scope="col">From</th>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>",
        title, title, heads, rows,
    )  # fmt: skip


def _cell(value: float | None, most: float, unit: str) -> tuple[int, str]:
    if value is None:
        return 0, NONE
    shade = min(STEPS - 1, int(max(value, 0) / most * (STEPS - 1) + 0.5))
    return shade, percent(value) if unit == "percent" else f"{value:.1f}"
