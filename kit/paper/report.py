"""A report on paper: headlines as tiles, charts as vectors, tables that break between rows.

What is said is a list of kit.reporting.Block; the zone, the period and n stand where the figures
stand, because paper is read without the page behind it.
"""

import re
from collections.abc import Sequence
from typing import Final

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from kit.paper import chart as charts
from kit.paper.chart import Box
from kit.paper.fonts import width, wrap
from kit.paper.ink import BAD, INK, OK, QUIET, RULE, WARN
from kit.paper.model import Column, Company, Paper
from kit.paper.render import BODY, FLOOR, LEAD, LEFT, RIGHT, SMALL, Drawing
from kit.reporting import BARS, CUSTODY, TREND, Block, Chart, Table, Tile

TILES: Final = 3
TILE_GAP: Final = 10.0
TILE_HIGH: Final = 92.0
PLOT: Final = 138.0
MOST_BARS: Final = 24
HEADING: Final = 12.5
NARROWEST, WIDEST = 46.0, 120.0  # columns of numbers, in points
MARKS: Final = re.compile(r"(\*\*|__|`|^#{1,6} )", re.MULTILINE)
LINK: Final = re.compile(r"\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)")


def render_report(
    blocks: Sequence[Block], *, title: str, number: str, company: Company, about: Sequence[str],
    facts: Sequence[tuple[str, str]] = (), intro: str = "",
) -> bytes:  # fmt: skip
    """A4 as PDF; the same blocks give the same bytes."""
    paper = Paper(
        title=title, number=number, company=company, to=about, columns=(), rows=(), facts=facts,
        intro=intro,
    )  # fmt: skip
    pages = Report(paper, blocks, None).draw()
    return Report(paper, blocks, pages).finish()


def plain(markdown: str) -> str:
    """Markdown as paper says it: without its marks, links as their words."""
    return MARKS.sub("", LINK.sub(r"\1", markdown)).replace("\r\n", "\n").strip()


class Report(Drawing):
    """One pass over the blocks of a report."""

    def __init__(self, paper: Paper, blocks: Sequence[Block], pages: int | None) -> None:
        super().__init__(paper, pages)
        self.blocks = blocks

    def draw(self) -> int:
        self._new_page(table=False)
        self._head()
        for block in self.blocks:
            self._block(block)
        self._foot()
        return self.page

    def _block(self, block: Block) -> None:
        self._heading(block)
        self._tiles(block.tiles)
        if block.chart is not None and block.chart.points:
            self._chart(block.chart)
        if block.table is not None and block.table.rows:
            self._cells(block.table)
        for line in block.lines:
            self._said(line.text, line.note, WARN if line.tone in {"warn", "bad"} else INK)
        if block.text:
            self.block(LEFT, plain(block.text), RIGHT - LEFT)
        if not block.says_something:
            self.block(LEFT, block.empty, RIGHT - LEFT, color=QUIET)
        if block.note:
            self.y -= 2
            self._small(block.note)
        self.y -= 14

    def _heading(self, block: Block) -> None:
        """Never alone at the foot of a page: what follows needs at least some room."""
        needs = TILE_HIGH if block.tiles else 60.0
        if block.chart is not None and block.chart.points:
            needs = max(needs, self._height(block.chart))
        self.room_for(min(needs + 34, 360))
        if not block.title:
            return
        self.y -= 20
        for line in wrap(block.title, HEADING, RIGHT - LEFT, bold=True, most=2):
            self.text(LEFT, self.y, line, HEADING, bold=True)
            self.y -= 5
        self.rule(self.y)
        self.y -= 4

    def _small(self, words: str) -> None:
        for line in wrap(words, SMALL, RIGHT - LEFT):
            self.room_for(10)
            self.y -= 10
            self.text(LEFT, self.y, line, SMALL, color=QUIET)

    def _said(self, words: str, note: str, color: Color) -> None:
        """A line with its note, together on a page."""
        lines = wrap(words, BODY, RIGHT - LEFT - 12, most=4)
        notes = wrap(note, SMALL, RIGHT - LEFT - 12, most=3) if note else []
        self.room_for(len(lines) * LEAD + len(notes) * 10 + 4)
        self.y -= LEAD
        self.text(LEFT, self.y, "•", BODY, color=color)
        for n, line in enumerate(lines):
            self.y -= LEAD if n else 0
            self.text(LEFT + 12, self.y, line, BODY, color=color)
        for line in notes:
            self.y -= 10
            self.text(LEFT + 12, self.y, line, SMALL, color=QUIET)
        self.y -= 3

    # ── tiles ──

    def _tiles(self, tiles: Sequence[Tile]) -> None:
        wide = (RIGHT - LEFT - (TILES - 1) * TILE_GAP) / TILES
        for first in range(0, len(tiles), TILES):
            self.room_for(TILE_HIGH + 6)
            self.y -= TILE_HIGH
            for place, tile in enumerate(tiles[first : first + TILES]):
                self._tile(tile, LEFT + place * (wide + TILE_GAP), wide)
            self.y -= 8

    def _tile(self, tile: Tile, x: float, wide: float) -> None:
        canvas, top, room = self.canvas, self.y + TILE_HIGH, wide - 18
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.7)
        canvas.roundRect(x, self.y, wide, TILE_HIGH, 4, stroke=1, fill=0)
        x += 9
        self.text(x, top - 14, wrap(tile.label, 8, room, most=1)[0], 8, color=QUIET)
        self.text(x, top - 33, wrap(tile.value, 16, room, bold=True, most=1)[0], 16, bold=True)
        if tile.change:
            color = {True: OK, False: BAD, None: QUIET}[tile.better]
            place = x + room
            if width(tile.value, 16, bold=True) + width(tile.change, 8) + 8 < room:
                self.text(place, top - 33, tile.change, 8, color=color, right=True)
        if tile.note:
            self.text(x, top - 46, wrap(tile.note, SMALL, room, most=1)[0], SMALL, color=QUIET)
        charts.draw_spark(self.canvas, Box(x, self.y + 25, room, 15), list(tile.spark))
        color = WARN if tile.signal else QUIET
        for n, line in enumerate(wrap(tile.verdict, 6.5, room, most=2) if tile.verdict else []):
            self.text(x, self.y + 14 - n * 8, line, 6.5, color=color)

    # ── charts ──

    def _height(self, chart: Chart) -> float:
        if chart.kind == BARS:
            return charts.bars_height(chart.points[:MOST_BARS])
        if chart.kind == CUSTODY:
            return charts.custody_height(chart.points[:MOST_BARS])
        return PLOT

    def _chart(self, chart: Chart) -> None:
        high = self._height(chart)
        self.room_for(high + 8)
        self.y -= high + 6
        draw(self.canvas, Box(LEFT, self.y, RIGHT - LEFT, high), chart)
        self.y -= 2

    # ── tables ──

    def _cells(self, table: Table) -> None:
        """The head comes again on every page; a row is never cut."""
        named = _columns(table)
        self.columns = _placed(named)
        if self.y - 60 < FLOOR:
            self.room_for(60)
        self._table_head()
        for place, cells in enumerate(table.rows):
            row = {str(n): cell for n, cell in enumerate(cells)}
            if table.strong and place == len(table.rows) - 1:
                self.rule(self.y, INK, 0.8)
            self._row(row)


def _columns(table: Table) -> list[Column]:
    """Numbers get the room that they need, the first column what is left."""
    right = [*table.right, *[False] * (len(table.head) - len(table.right))]
    found = []
    for place, label in enumerate(table.head):
        texts = [label, *(row[place] for row in table.rows if place < len(row))]
        longest = max(*(width(text, BODY) for text in texts[1:] or [""]), width(label, SMALL))
        found.append(
            Column(
                str(place),
                label,
                min(max(longest + 2, NARROWEST), WIDEST) if place else 0,
                right[place],
            )
        )
    return found


def _placed(columns: Sequence[Column]) -> list[tuple[Column, float, float]]:
    """Narrower where all of it would not fit beside a first column that can be read."""
    room, gaps = RIGHT - LEFT, 8 * (len(columns) - 1)
    wanted = sum(column.width for column in columns)
    most = room - gaps - 90
    shrink = min(1.0, most / wanted) if wanted else 1.0
    x, placed = LEFT, []
    for column in columns:
        wide = column.width * shrink or room - gaps - wanted * shrink
        placed.append((column, x, wide))
        x += wide + 8
    return placed


def draw(canvas: Canvas, box: Box, chart: Chart) -> None:
    """A chart of a block into a box, whatever its kind."""
    if chart.kind == TREND:
        charts.draw_trend(
            canvas, box, chart.points, chart.unit, mean=chart.mean, low=chart.low, high=chart.high
        )
    elif chart.kind == BARS:
        charts.draw_bars(canvas, box, chart.points[:MOST_BARS], chart.unit)
    elif chart.kind == CUSTODY:
        day = 0 if chart.unit == "work" else 86_400
        charts.draw_custody(canvas, box, chart.points[:MOST_BARS], day=day)
    else:
        charts.draw_histogram(canvas, box, chart.points, chart.unit)


def chart_png(chart: Chart) -> bytes:
    """A chart of a block as a picture, with its title."""
    tall = PLOT + 30
    if chart.kind == BARS:
        tall = charts.bars_height(chart.points[:MOST_BARS])
    elif chart.kind == CUSTODY:
        tall = charts.custody_height(chart.points[:MOST_BARS])
    return charts.picture(chart.title, 540, tall, lambda canvas, box: draw(canvas, box, chart))
