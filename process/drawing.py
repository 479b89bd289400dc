"""A process map as SVG: classes and attributes only, because pages allow no inline style."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from kit.markup import duration, number
from process.queries.graph import END, START, Edge, Node, ProcessMap
from process.queries.layout import Box, Key, Placed, Point, place

HOUR: Final = 3600
# From how many seconds a wait has the next colour; business days have eight hours.
STEPS: Final = {
    "calendar": (HOUR, 8 * HOUR, 72 * HOUR, 168 * HOUR),
    "business": (HOUR, 4 * HOUR, 8 * HOUR, 40 * HOUR),
}
LEGEND: Final = {
    "calendar": ("under 1 h", "1 to 8 h", "8 h to 3 d", "3 to 7 d", "over 7 d"),
    "business": ("under 1 h", "1 to 4 h", "4 to 8 h", "8 to 40 h", "over 40 h"),
}
LETTER: Final = 6.7  # width of a letter of the name, in px
SMALL: Final = 5.9  # and of a label
LINE: Final = 24  # letters of a name in one line
BOX_WIDTH: Final = 178
LEVELS: Final = 5


@dataclass(frozen=True)
class Look:
    """What all parts of one drawing share."""

    clock: str
    link: str  # the page with its filters, ending in ? or &
    chosen: str  # the key of the node or edge whose figures stand beside
    most: int  # times of the most frequent edge
    most_node: int


def said(seconds: float, clock: str) -> str:
    """A wait in words: business hours never become days."""
    return duration(seconds, day=0) if clock == "business" else duration(seconds)


def laid_out(shown: ProcessMap, clock: str) -> Placed:
    """Where everything stands; worth remembering, the lines of a large map take a while."""
    return place(_boxes(shown), _lines(shown, clock))


def draw(shown: ProcessMap, placed: Placed, clock: str, link: str, chosen: str = "") -> SafeString:
    """The map as SVG; each activity and line is a link to `link` with its key in `show`."""
    if not shown.nodes:
        return mark_safe("")
    counts = [e.n for e in shown.edges]
    look = Look(
        clock, f"{link}{'&' if '?' in link else '?'}", chosen, max(counts),
        max(node.n for node in shown.nodes),
    )  # fmt: skip
    names = shown.names
    leaving: dict[int, list[Edge]] = defaultdict(list)
    for edge in shown.edges:
        leaving[edge.source].append(edge)
    parts = [
        _terminal(START, placed.nodes),
        *_leaving(leaving[START], placed, look, names),
    ]
    for node in sorted(shown.nodes, key=lambda n: (placed.nodes[n.id][1], placed.nodes[n.id][0])):
        parts.append(_node(node, placed.nodes[node.id], look))
        parts += _leaving(leaving[node.id], placed, look, names)
    parts.append(_terminal(END, placed.nodes))
    width, height = round(placed.width), round(placed.height)
    return format_html(
        '<svg class="pmap" xmlns="http://www.w3.org/2000/svg" role="group" width="{}" height="{}"'
        ' viewBox="0 0 {} {}" data-width="{}" aria-label="{}">{}</svg>',
        width, height, width, height, width,
        f"Process map: {len(shown.nodes)} activities, {len(shown.edges)} ways between them",
        format_html_join("", "{}", ((part,) for part in parts)),
    )  # fmt: skip


def _boxes(shown: ProcessMap) -> dict[int, Box]:
    sizes = {START: Box(72, 26)}
    for node in shown.nodes:
        sizes[node.id] = Box(BOX_WIDTH, 40 if len(wrapped(node.name)) == 1 else 54)
    return {**sizes, END: Box(72, 26)}


def _lines(shown: ProcessMap, clock: str) -> dict[Key, tuple[float, Box]]:
    return {
        edge.key: (float(edge.n), Box(len(_label(edge, clock)) * SMALL + 6, 15))
        for edge in shown.edges
    }


def _label(edge: Edge, clock: str) -> str:
    wait = edge.wait(clock)
    times = number(edge.n)
    return times if wait is None else f"{times} · {said(wait.median, clock)}"


def wrapped(name: str) -> list[str]:
    """A name in at most two lines; what is left is cut."""
    lines = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= LINE or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > 2:  # noqa: PLR2004 - lines of a box
        lines = [lines[0], f"{lines[1]} {lines[2]}"]
    return [line if len(line) <= LINE else line[: LINE - 1].rstrip() + "…" for line in lines]


def _terminal(which: int, spots: Mapping[int, Point]) -> SafeString:
    if which not in spots:
        return mark_safe("")
    x, y = spots[which]
    return format_html(
        '<g class="pm-end"><rect x="{}" y="{}" width="72" height="26" rx="13"/>'
        '<text x="{}" y="{}">{}</text></g>',
        _px(x - 36), _px(y - 13), _px(x), _px(y + 4), "Start" if which == START else "End",
    )  # fmt: skip


def _node(node: Node, spot: Point, look: Look) -> SafeString:
    lines = wrapped(node.name)
    height = 40 if len(lines) == 1 else 54
    left, top = spot[0] - BOX_WIDTH / 2, spot[1] - height / 2
    level = min(LEVELS - 1, int(node.n / look.most_node * LEVELS))
    texts = [
        format_html('<text x="{}" y="{}">{}</text>', _px(spot[0]), _px(top + 16 + 14 * i), line)
        for i, line in enumerate(lines)
    ]
    count = format_html(
        '<text class="pm-n" x="{}" y="{}">{}</text>', _px(spot[0]), _px(top + height - 8),
        number(node.n),
    )  # fmt: skip
    return format_html(
        '<a class="pm-node f{}" data-show="{}" href="{}show={}#figures"{}>'
        '<title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>{}{}</a>',
        level, node.id, look.link, node.id, _current(look.chosen == str(node.id)),
        f"{node.name}, {number(node.n)} times", _px(left), _px(top), BOX_WIDTH, height,
        format_html_join("", "{}", ((text,) for text in texts)), count,
    )  # fmt: skip


def _leaving(
    edges: Sequence[Edge], placed: Placed, look: Look, names: Mapping[int, str]
) -> list[SafeString]:
    return [
        _edge(edge, placed.routes[edge.key], placed.labels[edge.key], look, names)
        for edge in edges
        if edge.key in placed.labels
    ]


def _edge(
    edge: Edge, route: Sequence[Point], label: Point, look: Look, names: Mapping[int, str]
) -> SafeString:
    wait = edge.wait(look.clock)
    thick = 1 + 6 * (edge.n / look.most) ** 0.6
    head = 4 + thick
    loop = edge.source == edge.target
    line = _curve(_shortened(route, head), loop=loop)
    key = f"{edge.source}~{edge.target}"
    text = _label(edge, look.clock)
    wide = len(text) * SMALL
    words = f"{names[edge.source]} to {names[edge.target]}, {number(edge.n)} times"
    if wait is not None:
        words += f", median {said(wait.median, look.clock)}"
    return format_html(
        '<a class="pm-edge {}{}" data-show="{}" href="{}show={}#figures"{}><title>{}</title>'
        '<path class="pm-hit" d="{}"/><path d="{}" stroke-width="{}"/><path class="pm-head" d="{}"/>'
        '<rect class="pm-bg" x="{}" y="{}" width="{}" height="14"/>'
        '<text class="pm-label" x="{}" y="{}">{}</text></a>',
        colour(wait.median if wait else None, look.clock), " pm-loop" if loop else "", key, look.link, key,
        _current(look.chosen == key), words, line, line, f"{thick:.1f}",
        _arrow(route, head), _px(label[0] - wide / 2), _px(label[1] - 7), _px(wide),
        _px(label[0]), _px(label[1] + 4), text,
    )  # fmt: skip


def colour(seconds: float | None, clock: str) -> str:
    """The class of a wait: w0 to w4, or none where nobody waits."""
    if seconds is None:
        return "wx"
    return f"w{sum(seconds >= step for step in STEPS[clock])}"


def _current(chosen: bool) -> SafeString:  # noqa: FBT001 - an attribute or none
    return mark_safe(' aria-current="true"') if chosen else mark_safe("")


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _curve(points: Sequence[Point], *, loop: bool) -> str:
    """Straight where two points stand above each other, else a bend that begins and ends upright."""
    (x0, y0), *rest = points
    if loop:
        (_, _), (bx, by), (cx, cy), (dx, dy) = points
        return f"M{_px(x0)} {_px(y0)}C{_px(bx)} {_px(by)} {_px(cx)} {_px(cy)} {_px(dx)} {_px(dy)}"
    words = [f"M{_px(x0)} {_px(y0)}"]
    for x, y in rest:
        half = (y0 + y) / 2
        if abs(x - x0) < 0.5:  # noqa: PLR2004 - half a pixel
            words.append(f"L{_px(x)} {_px(y)}")
        else:
            words.append(f"C{_px(x0)} {_px(half)} {_px(x)} {_px(half)} {_px(x)} {_px(y)}")
        x0, y0 = x, y
    return "".join(words)


def _direction(route: Sequence[Point]) -> tuple[int, int]:
    """Where a line points when it arrives: down, up, or left for a loop."""
    (x, y) = route[-1]
    for a, b in reversed(route[:-1]):
        if b != y:
            return (0, 1) if b < y else (0, -1)
        if a != x:
            return (-1, 0)
    return (0, 1)


def _shortened(route: Sequence[Point], by: float) -> list[Point]:
    dx, dy = _direction(route) if len(route) != 4 or route[0][0] != route[3][0] else (-1, 0)  # noqa: PLR2004
    end = (route[-1][0] - dx * by, route[-1][1] - dy * by)
    return [*(end if p == route[-1] else p for p in route[:-1]), end]


def _arrow(route: Sequence[Point], size: float) -> str:
    (x, y), (dx, dy) = route[-1], _direction(route)
    half = size * 0.55
    back = (x - dx * size, y - dy * size)
    one = (back[0] - dy * half, back[1] + dx * half)
    two = (back[0] + dy * half, back[1] - dx * half)
    return f"M{_px(x)} {_px(y)}L{_px(one[0])} {_px(one[1])}L{_px(two[0])} {_px(two[1])}Z"


def hours(seconds: float | None) -> str:
    """A sum of many waits: whole hours, or what is less in words."""
    if seconds is None or seconds < 10 * HOUR:
        return duration(seconds, day=0)
    return f"{number(round(seconds / HOUR))}\N{NO-BREAK SPACE}h"
