"""Server-side SVG: custody bars, sparklines, trends.

Widths that come from data are percentages, so no style attribute is needed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from kit.markup import NONE, duration, money, number, party_of, percent

Point = Mapping[str, Any]
WIDTH: Final = 840
HEIGHT: Final = 210
LEFT: Final = 56
RIGHT: Final = 8
TOP: Final = 12
BOTTOM: Final = 24
MOST_LABELS: Final = 8
MOST_TICKS: Final = 4
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400
TIME_STEPS: Final = (
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 4, 8, 12)),
    *(n * DAY for n in (1, 2, 7, 14, 28, 91, 182, 364)),
)
NOTHING: Final = mark_safe("")


def show(value: float | None, unit: str) -> str:
    """A figure in the words of its unit: duration, work (business), percent, money, number."""
    if value is None:
        return NONE
    if unit == "duration":
        return duration(value)
    if unit == "work":
        return duration(value, day=0)
    if unit == "percent":
        return percent(value)
    if unit == "money":
        return money(value)
    return number(value, 0 if float(value).is_integer() else 1)


def _held(segments: Iterable[Any]) -> list[tuple[str, float, str]]:
    """(party, seconds, label) of each mapping or object that took any time."""
    found = []
    for segment in segments:
        known = segment if isinstance(segment, Mapping) else vars(segment)
        party, seconds = str(known["party"]), float(known.get("seconds") or 0)
        if seconds > 0:
            found.append((party, seconds, str(known.get("label") or party_of(party)[2])))
    return found


def custody_bar(segments: Iterable[Any], *, live: bool = False) -> SafeString:
    """Who held it and how long, in order; with `live` the last segment still runs: hatched.

    :param segments: mappings or objects with party, seconds and, if wished, label.
    """
    held = _held(segments)
    if not held:
        return format_html(
            '<svg class="bar" role="img" aria-label="{}"></svg>', "Nobody has held it yet"
        )
    spoken = ", ".join(f"{label} {duration(seconds)}" for _, seconds, label in held)
    whole = sum(seconds for _, seconds, _ in held)
    x, boxes = 0.0, []
    for party, seconds, _ in held:
        width = seconds / whole * 100
        boxes.append((party_of(party)[0], f"{x:.2f}%", f"{width:.2f}%"))
        x += width
    drawn = format_html_join("", '<rect class="{}" x="{}" width="{}" height="100%"/>', boxes)
    _, start, end = boxes[-1]
    hatch: str = NOTHING
    if live:
        hatch = format_html(
            '<rect x="{}" width="{}" height="100%" fill="url(#hatch)"/>', start, end
        )
    return format_html(
        '<svg class="bar" role="img" aria-label="Custody: {}">{}{}</svg>', spoken, drawn, hatch
    )


def custody_shares(segments: Iterable[Any]) -> SafeString:
    """The same by party, largest first, adding up to the whole."""
    held: dict[str, float] = {}
    for party, seconds, _ in _held(segments):
        held[party] = held.get(party, 0) + seconds
    whole = sum(held.values())
    if not whole:
        return NOTHING
    items = format_html_join(
        "",
        '<li><span class="dot {}"></span>{} <b>{}</b> {}</li>',
        (
            (*party_of(party)[::2], duration(seconds), percent(seconds / whole))
            for party, seconds in sorted(held.items(), key=lambda pair: -pair[1])
        ),
    )
    return format_html(
        '<ul class="shares" role="list">{}<li class="push">Together <b>{}</b></li></ul>',
        items,
        duration(whole),
    )


def _scale(values: Iterable[float | None]) -> tuple[float, float]:
    known = [float(value) for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    return (low, high) if high > low else (low - 1, high + 1)


def sparkline(
    values: Sequence[float | None], label: str = "", *, small: bool = False
) -> SafeString:
    """A line without axes; gaps in the data are gaps in the line."""
    low, high = _scale(values)
    step = 120 / max(len(values) - 1, 1)
    runs: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(
                f"{index * step:.1f},{33 - 30 * (float(value) - low) / (high - low):.1f}"
            )
    lines = format_html_join(
        "", '<polyline points="{}"/>', ((" ".join(run),) for run in runs if run)
    )
    return format_html(
        '<svg class="spark{}" viewBox="0 0 120 36" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>',
        " sm" if small else "",
        label or "Trend",
        lines,
    )


class _Plane:
    """Where a point of the data lies in the drawing."""

    def __init__(self, points: Sequence[Point], extra: Iterable[float | None]) -> None:
        low, high = _scale([*(point.get("value") for point in points), *extra])
        self.low = 0.0 if 0 <= low < high * 0.7 else low
        self.high = high + (high - self.low) * 0.08
        self.step = (WIDTH - LEFT - RIGHT) / max(len(points) - 1, 1)

    def x(self, index: int) -> float:
        return LEFT + index * self.step

    def y(self, value: float) -> float:
        share = (float(value) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def ticks(low: float, high: float, unit: str) -> list[float]:
    """At most five round figures between `low` and `high`: quarters of an hour, not 7 h 03."""
    span = (high - low) / MOST_TICKS
    steps: Iterable[float] = TIME_STEPS
    if unit not in {"duration", "work"} or span > TIME_STEPS[-1]:
        power = 10.0 ** math.floor(math.log10(span))
        steps = (power, 2 * power, 5 * power, 10 * power)
    step = next(step for step in steps if step >= span)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [index * step for index in range(first, last + 1)]


def _frame(plane: _Plane, points: Sequence[Point], unit: str) -> SafeString:
    levels = [
        (f"{plane.y(tick):.1f}", f"{plane.y(tick) + 4:.1f}", tick)
        for tick in ticks(plane.low, plane.high, unit)
    ]
    rules = format_html_join(
        "",
        '<line class="rule" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text x="{}" y="{}" text-anchor="end">{}</text>',
        ((LEFT, WIDTH - RIGHT, y, y, LEFT - 8, below, show(t, unit)) for y, below, t in levels),
    )
    every = max(1, -(-len(points) // MOST_LABELS))
    last = len(points) - 1
    labels = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (f"{plane.x(i):.1f}", HEIGHT - 6, "end" if i == last else "middle", point["label"])
            for i, point in enumerate(points)
            if i % every == 0
        ),
    )
    return rules + labels


def _level(plane: _Plane, value: float | None, css: str) -> SafeString:
    if value is None:
        return NOTHING
    y = f"{plane.y(value):.1f}"
    return format_html(
        '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>', css, LEFT, WIDTH - RIGHT, y, y
    )


def _mark(plane: _Plane, points: Sequence[Point], place: int | None, label: str) -> SafeString:
    """A line between two points, with words at its upper end."""
    if place is None or not 0 < place < len(points):
        return NOTHING
    x = plane.x(place) - plane.step / 2
    at_end = x > WIDTH / 2
    return format_html(
        '<line class="mark" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="{}">{}</text>',
        f"{x:.1f}", f"{x:.1f}", TOP, HEIGHT - BOTTOM, f"{x + (-6 if at_end else 6):.1f}", TOP + 10,
        "end" if at_end else "start", label,
    )  # fmt: skip


def _table(points: Sequence[Point], unit: str, title: str) -> SafeString:
    rows = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td class="r">{}</td><td class="r">{}</td><td>{}</td></tr>',
        (
            (p["label"], show(p.get("value"), unit), number(p["n"]) if "n" in p else NONE, _said(p))
            for p in points
        ),
    )
    return format_html(
        '<details class="as-table"><summary class="fine">The same as a table</summary>'
        '<table class="rows keep"><caption class="vh">{}</caption><thead><tr>'
        '<th scope="col">Period</th><th scope="col" class="r">Value</th>'
        '<th scope="col" class="r">n</th><th scope="col">Remarks</th></tr></thead>'
        "<tbody>{}</tbody></table></details>",
        title,
        rows,
    )


def _said(point: Point) -> str:
    """What stands beside a point in the table, since marks are only seen."""
    known = (
        "signal" if point.get("signal") else "",
        "not whole yet" if point.get("partial") else "",
        str(point.get("note") or ""),
    )
    return "; ".join(word for word in known if word)


def _line(plane: _Plane, points: Sequence[Point], unit: str) -> SafeString:
    """The line, broken at gaps, and a mark for each point."""
    runs: list[list[str]] = [[]]
    marks = []
    for index, point in enumerate(points):
        value = point.get("value")
        if value is None:
            runs.append([])
            continue
        x, y = f"{plane.x(index):.1f}", f"{plane.y(value):.1f}"
        runs[-1].append(f"{x},{y}")
        tone = point.get("tone") or "bad"
        css, radius = (f"sig c-{tone}", 5) if point.get("signal") else ("pt", 3)
        if point.get("partial"):
            css = "pt open"
        marks.append((css, x, y, radius, f"{point['label']}: {show(value, unit)}"))
    lines = format_html_join(
        "", '<polyline class="ln" points="{}"/>', ((" ".join(run),) for run in runs if run)
    )
    dots = format_html_join(
        "", '<circle class="{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>', marks
    )
    return lines + dots


def _flags(plane: _Plane, points: Sequence[Point]) -> SafeString:
    """A mark on the axis where somebody noted something."""
    return format_html_join(
        "",
        '<g class="flag"><line x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>'
        '<circle cx="{0}" cy="{2}" r="4"><title>{3}: {4}</title></circle></g>',
        (
            (f"{plane.x(i):.1f}", TOP, HEIGHT - BOTTOM, point["label"], point["note"])
            for i, point in enumerate(points)
            if point.get("note")
        ),
    )


def trend(
    points: Sequence[Point],
    title: str,
    unit: str = "number",
    *,
    mean: float | None = None,
    low: float | None = None,
    high: float | None = None,
    target: float | None = None,
    mark: int | None = None,
    mark_label: str = "",
) -> SafeString:
    """A line over periods with its table; `mean`, `low`, `high` draw the usual range, `mark` a line
    before the point of that place.

    :param points: {label, value, n, signal, tone of a signal, partial, note} each; a value of None
        is a gap; partial ones are not whole yet; a note is marked below and stands in the table.
    """
    if not any(point.get("value") is not None for point in points):
        return format_html('<p class="meta">{}</p>', "Nothing to draw in this period.")
    plane = _Plane(points, [mean, low, high, target])
    drawn = _line(plane, points, unit)
    levels = (
        _level(plane, low, "limit") + _level(plane, high, "limit") + _level(plane, mean, "mean")
    ) + _level(plane, target, "goal")
    marks = _flags(plane, points) + _mark(plane, points, mark, mark_label)
    body = _frame(plane, points, unit) + levels + marks + drawn
    first, final = (show(points[end].get("value"), unit) for end in (0, -1))
    return format_html(
        '<figure><div class="scroll" tabindex="0" role="group" aria-label="{}">'
        '<svg class="plot min trend" viewBox="0 0 840 210" role="img" aria-label="{}">{}</svg>'
        "</div>{}</figure>",
        title,
        f"{title}, {len(points)} periods, from {first} to {final}",
        body,
        _table(points, unit, title),
    )


def bar_chart(rows: Sequence[Point], title: str, unit: str = "number") -> SafeString:
    """Horizontal bars as a table: rows are {label, value, party or tone, url, note}."""
    most = max((float(row["value"] or 0) for row in rows), default=0) or 1
    body = format_html_join(
        "",
        '<tr><th scope="row" class="m">{}</th><td class="f wbar">'
        '<svg class="hbar" aria-hidden="true">'
        '<rect class="{}" width="{}%" height="100%" rx="2"/></svg></td>'
        '<td class="e r">{}</td><td class="s t2">{}</td></tr>',
        (
            (
                format_html('<a href="{}">{}</a>', row["url"], row["label"])
                if row.get("url")
                else row["label"],
                party_of(row["party"])[0] if row.get("party") else f"c-{row.get('tone') or 'desk'}",
                f"{max(float(row['value'] or 0), 0) / most * 100:.1f}",
                show(row["value"], unit),
                row.get("note") or "",
            )
            for row in rows
        ),
    )
    return format_html(
        '<table class="rows keep bars"><caption class="vh">{}</caption><tbody>{}</tbody></table>',
        title,
        body,
    )
