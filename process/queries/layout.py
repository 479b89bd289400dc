"""Where the boxes and lines of a process map stand: layers from top to bottom (Sugiyama).

Four steps: light lines are turned so that no circle is left; boxes get layers; what stands in a layer
is ordered so that few lines cross (barycentres); x is found by least squares with room kept between
neighbours. Lines bend only between layers and run straight through one, where they have a lane of
their own, as labels have: no line crosses a box.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

GAP: Final = 22.0  # between things of one layer
LAYER_GAP: Final = 17.0
LANE: Final = 8.0  # room for a line that passes a layer
MARGIN: Final = 16.0
SWEEPS: Final = 16
SPREADS: Final = 60
PORT: Final = 13.0  # between lines that leave one box
LOOP: Final = 22.0  # how far a loop to itself reaches out
STRAIGHT: Final = (1.0, 10.0)  # how much a line wants to run straight: at a box, and between
HEAVY: Final = 8.0  # how much more the most frequent line wants it
Key = tuple[int, int]
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """The size of an activity, or of the label of a line."""

    width: float
    height: float


@dataclass(frozen=True)
class Placed:
    """Middles of boxes and labels; lines as points, from the edge of a box to that of another."""

    width: float
    height: float
    nodes: Mapping[int, Point]
    labels: Mapping[Key, Point]
    routes: Mapping[Key, Sequence[Point]]


@dataclass(eq=False)
class Cell:
    """What stands in a layer: a box, a label, or the lane of a line that passes."""

    width: float
    height: float
    rank: int
    lane: bool = False
    weight: float | None = None  # of the line, 0 to 1; boxes have none
    x: float = 0.0
    up: list["Cell"] = field(default_factory=list, repr=False)
    down: list["Cell"] = field(default_factory=list, repr=False)
    place: int = 0
    inner: float = 0.0  # width of the box without the room for its loop


def place(nodes: Mapping[int, Box], edges: Mapping[Key, tuple[float, Box]]) -> Placed:
    """Lay out boxes and the lines between them; the same input gives the same picture.

    :param nodes: sizes, in the order in which they should stand when all else is equal.
    :param edges: (from, to) with weight and the size of its label; heavy ones point down.
    """
    weights = {key: weight for key, (weight, _) in edges.items() if key[0] != key[1]}
    turned = upwards(list(nodes), weights)
    links = {((b, a) if (a, b) in turned else (a, b)): w for (a, b), w in weights.items()}
    ranks = rank(list(nodes), links)
    loops = {key[0]: label for key, (_, label) in edges.items() if key[0] == key[1]}
    cells = {
        n: Cell(box.width + 2 * _loop_room(loops.get(n)), box.height, 2 * ranks[n], inner=box.width)
        for n, box in nodes.items()
    }
    most = max(weights.values(), default=1.0)
    chains = {
        (a, b): _chain(*((cells[b], cells[a]) if (a, b) in turned else (cells[a], cells[b])),
                       edges[a, b][1], weight / most)
        for (a, b), weight in weights.items()
    }  # fmt: skip
    layers = _layers(cells, chains.values())
    order(layers)
    spread(layers)
    straighten(layers, sorted(chains.values(), key=lambda chain: -(chain[1].weight or 0)))
    tops, width, height = _measure(layers)
    middle = [(a + b) / 2 for a, b in tops]
    spots = {n: (c.x, middle[c.rank]) for n, c in cells.items()}
    routes, labels = _routes(chains, tops, turned)
    for n, label in loops.items():
        routes[n, n], labels[n, n] = _loop(spots[n], nodes[n], label)
    return Placed(width, height, spots, labels, routes)


def upwards(nodes: Sequence[int], weights: Mapping[Key, float]) -> set[Key]:
    """The lines that point up, chosen light, so that the others make no circle.

    Nodes are put in a row: sources first, sinks last, else whoever gives most more than it takes
    (Eades, Lin and Smyth, 1993, with weights).
    """
    left = dict.fromkeys(nodes)
    gives = {n: sum(w for (a, _), w in weights.items() if a == n) for n in nodes}
    takes = {n: sum(w for (_, b), w in weights.items() if b == n) for n in nodes}
    first: list[int] = []
    last: list[int] = []
    while left:
        sink = next((n for n in reversed(left) if gives[n] <= 0), None)
        source = next((n for n in left if takes[n] <= 0), None)
        if source is None and sink is not None:
            chosen = sink
            last.append(chosen)
        else:
            chosen = source if source is not None else max(left, key=lambda n: gives[n] - takes[n])
            first.append(chosen)
        del left[chosen]
        for (a, b), weight in weights.items():
            if a == chosen and b in left:
                takes[b] -= weight
            elif b == chosen and a in left:
                gives[a] -= weight
    row = {n: i for i, n in enumerate([*first, *reversed(last)])}
    return {(a, b) for a, b in weights if row[a] > row[b]}


def rank(nodes: Sequence[int], links: Mapping[Key, float]) -> dict[int, int]:
    """Layers by the longest way down; whoever pulls more downwards moves as far down as it can."""
    above: dict[int, list[int]] = defaultdict(list)
    below: dict[int, list[int]] = defaultdict(list)
    for a, b in links:
        below[a].append(b)
        above[b].append(a)
    row = _row(nodes, above, below)
    ranks: dict[int, int] = {}
    for n in row:
        ranks[n] = max((ranks[a] + 1 for a in above[n]), default=0)
    for n in reversed(row):
        pull = sum(links[n, b] for b in below[n]) - sum(links[a, n] for a in above[n])
        if below[n] and pull > 0:
            ranks[n] = min(ranks[b] for b in below[n]) - 1
    lowest = min(ranks.values(), default=0)
    return {n: r - lowest for n, r in ranks.items()}


def _row(
    nodes: Sequence[int], above: Mapping[int, list[int]], below: Mapping[int, list[int]]
) -> list[int]:
    """Nodes so that all lines point onwards."""
    missing = {n: len(above[n]) if n in above else 0 for n in nodes}
    ready = [n for n in nodes if not missing[n]]
    row = []
    while ready:
        n = ready.pop(0)
        row.append(n)
        for b in below.get(n, ()):
            missing[b] -= 1
            if not missing[b]:
                ready.append(b)
    return row


def _chain(upper: Cell, lower: Cell, label: Box, weight: float) -> list[Cell]:
    """The cells of a line from the upper box to the lower one; its label stands half way."""
    between = range(upper.rank + 1, lower.rank)
    half = (upper.rank + lower.rank) // 2
    half += 1 - half % 2 if half + 1 < lower.rank else -(1 - half % 2)
    chain = [upper]
    for r in between:
        size = (label.width, label.height) if r == half else (LANE, 0.0)
        chain.append(Cell(*size, r, lane=r != half, weight=weight))
    chain.append(lower)
    for a, b in pairwise(chain):
        a.down.append(b)
        b.up.append(a)
    return chain


def _layers(cells: Mapping[int, Cell], chains: Iterable[list[Cell]]) -> list[list[Cell]]:
    every = [*cells.values(), *(c for chain in chains for c in chain[1:-1])]
    layers: list[list[Cell]] = [[] for _ in range(max((c.rank for c in every), default=0) + 1)]
    seen: set[int] = set()
    pending = [c for c in reversed(every) if not c.up]
    while pending:  # depth first: what hangs together stands together
        cell = pending.pop()
        if id(cell) not in seen:
            seen.add(id(cell))
            layers[cell.rank].append(cell)
            pending += reversed(cell.down)
    _number(layers)
    return layers


def _number(layers: Sequence[list[Cell]]) -> None:
    for layer in layers:
        for i, cell in enumerate(layer):
            cell.place = i


def order(layers: list[list[Cell]]) -> None:
    """Sort each layer by the middle of its neighbours, down and up again; the best is kept."""
    best, fewest = [list(layer) for layer in layers], crossings(layers)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        for layer in layers if downwards else reversed(layers):
            layer.sort(key=lambda c: _middle(c, c.up if downwards else c.down))
            for i, cell in enumerate(layer):
                cell.place = i
        found = crossings(layers)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
    layers[:] = best
    _number(layers)


def _middle(cell: Cell, others: Sequence[Cell]) -> float:
    return sum(o.place for o in others) / len(others) if others else float(cell.place)


def crossings(layers: Sequence[Sequence[Cell]]) -> int:
    """How many pairs of lines cross between layers."""
    total = 0
    for layer in layers:
        seen: list[int] = []
        for cell in layer:
            ends = sorted(o.place for o in cell.down)
            for end in ends:
                total += len(seen) - bisect_left(seen, end + 1)
            for end in ends:
                insort(seen, end)
    return total


def spread(layers: Sequence[Sequence[Cell]]) -> None:
    """Find x: near the neighbours, straight lines most of all, never nearer than allowed."""
    for layer in layers:
        x = 0.0
        for before, cell in pairwise([None, *layer]):
            x += _room(before, cell) if before is not None and cell is not None else 0.0
            if cell is not None:
                cell.x = x
        middle = x / 2
        for cell in layer:
            cell.x -= middle
    for turn in range(SPREADS):
        for layer in layers if turn % 2 == 0 else reversed(layers):
            near = [_wish(c, turn) for c in layer]
            _settle(layer, near)


def _wish(cell: Cell, turn: int) -> tuple[float, float]:
    """Where a cell wants to be, and how much: above all in line with what is above or below it."""
    others = cell.up + cell.down if turn > SPREADS // 2 else cell.up if turn % 2 == 0 else cell.down
    pulls = [(o.x, _pull(cell, o)) for o in others]
    weight = sum(w for _, w in pulls)
    return (sum(x * w for x, w in pulls) / weight, weight) if weight else (cell.x, 0.1)


def _pull(cell: Cell, other: Cell) -> float:
    line = cell if cell.weight is not None else other
    heavy = 1 + HEAVY * (line.weight or 0)
    return STRAIGHT[cell.weight is not None and other.weight is not None] * heavy


def straighten(layers: Sequence[Sequence[Cell]], chains: Iterable[list[Cell]]) -> None:
    """Let lines run upright as far as their neighbours leave room, frequent lines first."""
    for chain in chains:
        run: list[Cell] = []
        low, high = float("-inf"), float("inf")
        for cell in chain[1:-1]:
            least, most = _free(layers[cell.rank], cell)
            if max(low, least) > min(high, most):
                _upright(run, low, high)
                run, low, high = [], float("-inf"), float("inf")
            run.append(cell)
            low, high = max(low, least), min(high, most)
        _upright(run, low, high)


def _free(layer: Sequence[Cell], cell: Cell) -> tuple[float, float]:
    """From where to where a cell can move without its neighbours."""
    i = cell.place
    low = layer[i - 1].x + _room(layer[i - 1], cell) if i else float("-inf")
    high = layer[i + 1].x - _room(cell, layer[i + 1]) if i + 1 < len(layer) else float("inf")
    return low, max(low, high)


def _upright(run: Sequence[Cell], low: float, high: float) -> None:
    if run:
        x = sorted(cell.x for cell in run)[len(run) // 2]
        for cell in run:
            cell.x = min(max(x, low), high)


def _room(left: Cell, right: Cell) -> float:
    """The least distance of the middles of two neighbours."""
    gap = LANE if left.lane and right.lane else GAP
    return (left.width + right.width) / 2 + gap


def _settle(layer: Sequence[Cell], wishes: Sequence[tuple[float, float]]) -> None:
    """The least squares of wishes with room kept."""
    offsets = [0.0]
    for a, b in pairwise(layer):
        offsets.append(offsets[-1] + _room(a, b))
    pooled = _pooled([(x - o, weight) for (x, weight), o in zip(wishes, offsets, strict=False)])
    for cell, x, offset in zip(layer, pooled, offsets, strict=False):
        cell.x = x + offset


def _pooled(wishes: Sequence[tuple[float, float]]) -> list[float]:
    """The nearest row of numbers that never falls: neighbours out of order move together (PAVA)."""
    blocks: list[tuple[float, float, int]] = []  # weighted sum, weight, how many
    for x, weight in wishes:
        blocks.append((x * weight, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, heavy, many = blocks.pop()
            before = blocks.pop()
            blocks.append((before[0] + total, before[1] + heavy, before[2] + many))
    return [total / weight for total, weight, many in blocks for _ in range(many)]


def _loop_room(label: Box | None) -> float:
    return 0.0 if label is None else LOOP + label.width + 6


def _measure(layers: Sequence[Sequence[Cell]]) -> tuple[list[tuple[float, float]], float, float]:
    """Top and bottom of each layer, and the size of the whole; x is moved to begin at the margin."""
    every = [cell for layer in layers for cell in layer]
    left = min((c.x - c.width / 2 for c in every), default=0.0) - MARGIN
    right = max((c.x + c.width / 2 for c in every), default=0.0) + MARGIN
    for cell in every:
        cell.x -= left
    tops, y = [], MARGIN
    for layer in layers:
        tops.append((y, y + max((c.height for c in layer), default=0.0)))
        y = tops[-1][1] + LAYER_GAP
    return tops, right - left, y - LAYER_GAP + MARGIN


def _routes(
    chains: Mapping[Key, list[Cell]], tops: Sequence[tuple[float, float]], turned: set[Key]
) -> tuple[dict[Key, Sequence[Point]], dict[Key, Point]]:
    ports = _ports(chains)
    routes: dict[Key, Sequence[Point]] = {}
    labels: dict[Key, Point] = {}
    for key, chain in chains.items():
        first, last = chain[0], chain[-1]
        points = [(ports[key, 0], _edge(first, tops, 1)), (ports[key, 0], tops[first.rank][1])]
        for cell in chain[1:-1]:
            points += [(cell.x, tops[cell.rank][0]), (cell.x, tops[cell.rank][1])]
            if not cell.lane:
                labels[key] = (cell.x, sum(tops[cell.rank]) / 2)
        points += [(ports[key, 1], tops[last.rank][0]), (ports[key, 1], _edge(last, tops, -1))]
        routes[key] = points[::-1] if key in turned else points
    return routes, labels


def _edge(cell: Cell, tops: Sequence[tuple[float, float]], side: int) -> float:
    return sum(tops[cell.rank]) / 2 + side * cell.height / 2


def _ports(chains: Mapping[Key, list[Cell]]) -> dict[tuple[Key, int], float]:
    """Where lines leave and reach their boxes: side by side, in the order of where they come from."""
    sides: dict[tuple[int, int], list[tuple[float, Key]]] = defaultdict(list)
    boxes: dict[int, Cell] = {}
    for key, chain in chains.items():
        for end, (box, after) in enumerate(((chain[0], chain[1]), (chain[-1], chain[-2]))):
            sides[id(box), end].append((after.x, key))
            boxes[id(box)] = box
    found: dict[tuple[Key, int], float] = {}
    for (box_id, end), lines in sides.items():
        box = boxes[box_id]
        lines.sort()
        spots = _apart([x for x, _ in lines], box.x, box.inner)
        found |= {(key, end): x for (_, key), x in zip(lines, spots, strict=True)}
    return found


def _apart(wishes: Sequence[float], middle: float, width: float) -> list[float]:
    """Places along the side of a box, straight above what comes after where there is room."""
    many = len(wishes)
    room = max(width - 2 * PORT, 1.0)
    step = min(PORT, room / max(many - 1, 1))
    low, high = middle - room / 2, middle + room / 2 - step * (many - 1)
    blocks = _pooled([(x - i * step, 1.0) for i, x in enumerate(wishes)])
    return [min(max(x, low), high) + i * step for i, x in enumerate(blocks)]


def _loop(spot: Point, box: Box, label: Box) -> tuple[list[Point], Point]:
    """A line from the right side of a box to the same side, and its label beside it."""
    x, y = spot[0] + box.width / 2, spot[1]
    reach, half = x + LOOP, box.height / 4
    points = [(x, y - half), (reach, y - half), (reach, y + half), (x, y + half)]
    return points, (reach + label.width / 2, y)
