"""Draws a paper: A4, the company on top, a table whose head comes again on every page, totals that
stay together, "Page 2 of 5" below. Drawn straight onto the canvas: 500 lines take a fraction of a
second."""

from io import BytesIO
from typing import Final

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from kit.paper.fonts import width, wrap
from kit.paper.ink import BRAND, INK, QUIET, RULE, put
from kit.paper.model import Column, Paper, Total

WIDTH, HEIGHT = A4
LEFT: Final = 54.0
RIGHT: Final = WIDTH - 54
TOP: Final = HEIGHT - 54
FLOOR: Final = 88.0  # below it stands the foot
BODY: Final = 9.0
SMALL: Final = 7.5
LEAD: Final = 12.5
GAP: Final = 7.0  # above and below a row


def render(paper: Paper) -> bytes:
    """The document as PDF; the same paper gives the same bytes."""
    pages = Drawing(paper, None).draw()
    return Drawing(paper, pages).finish()


class Drawing:
    """One pass over a paper. The first pass counts the pages, the second says "of"."""

    def __init__(self, paper: Paper, pages: int | None) -> None:
        self.paper, self.pages, self.page = paper, pages, 0
        self.buffer = BytesIO()
        self.canvas = Canvas(self.buffer, pagesize=A4, invariant=1, pageCompression=1, lang="en")
        self.canvas.setTitle(f"{paper.title} {paper.number}")
        self.canvas.setAuthor(paper.company.name)
        self.columns = _widths(paper.columns)
        self.y = TOP

    def draw(self) -> int:
        """Draw everything; how many pages it took."""
        self._new_page(table=False)
        self._head()
        self._table()
        self._totals()
        self._notes()
        self._foot()
        return self.page

    def finish(self) -> bytes:
        self.draw()
        self.canvas.showPage()
        self.canvas.save()
        return self.buffer.getvalue()

    # ── words ──

    def text(
        self, x: float, y: float, words: str, size: float = BODY, *, bold: bool = False,
        color: Color = INK, right: bool = False,
    ) -> None:  # fmt: skip
        put(
            self.canvas, x, y, words, size, bold=bold, color=color,
            side="right" if right else "left",
        )  # fmt: skip

    def block(
        self, x: float, words: str, room: float, size: float = BODY, *, bold: bool = False,
        color: Color = INK,
    ) -> None:  # fmt: skip
        """Words over several lines from `self.y` down, onto other pages if need be."""
        for line in wrap(words, size, room, bold=bold):
            self.room_for(LEAD)
            self.y -= LEAD
            self.text(x, self.y, line, size, bold=bold, color=color)

    def rule(self, y: float, color: Color = RULE, weight: float = 0.6) -> None:
        self.canvas.setStrokeColor(color)
        self.canvas.setLineWidth(weight)
        self.canvas.line(LEFT, y, RIGHT, y)

    # ── pages ──

    def room_for(self, height: float, *, table: bool = False) -> None:
        if self.y - height < FLOOR:
            self._foot()
            self.canvas.showPage()
            self._new_page(table=table)

    def _new_page(self, *, table: bool) -> None:
        self.page, self.y = self.page + 1, TOP
        if self.paper.mark:
            self._mark()
        if self.page > 1:
            self.text(LEFT, self.y, f"{self.paper.title} {self.paper.number}", SMALL, color=QUIET)
            self.text(RIGHT, self.y, self.paper.company.name, SMALL, color=QUIET, right=True)
            self.y -= 18
        if table:
            self._table_head()

    def _mark(self) -> None:
        canvas = self.canvas
        canvas.saveState()
        canvas.translate(WIDTH / 2, HEIGHT / 2)
        canvas.rotate(45)
        half = width(self.paper.mark, 90, bold=True) / 2
        self.text(-half, -30, self.paper.mark, 90, bold=True, color=HexColor("#eef1f5"))
        canvas.restoreState()

    def _foot(self) -> None:
        y = FLOOR - 20
        self.rule(y + 14)
        for line in wrap(" · ".join(self.paper.company.details), SMALL, RIGHT - LEFT - 90, most=3):
            self.text(LEFT, y, line, SMALL, color=QUIET)
            y -= 10
        of = f" of {self.pages}" if self.pages else ""
        self.text(RIGHT, FLOOR - 20, f"Page {self.page}{of}", SMALL, color=QUIET, right=True)

    # ── parts ──

    def _head(self) -> None:
        paper = self.paper
        self._logo()
        y = TOP - 6
        for line in (paper.company.name, *paper.company.address):
            self.text(RIGHT, y, line, SMALL, bold=y > TOP - 8, color=QUIET, right=True)
            y -= 10
        self.y = min(TOP - 62, y - 14)
        top, half = self.y, (RIGHT - LEFT) / 2 - 10
        low = self._address(LEFT, top, "For", paper.to, half)
        if paper.ship_to:
            low = min(low, self._address(LEFT + half + 20, top, "Ship to", paper.ship_to, half))
        self.y = low - 14
        self.text(LEFT, self.y, paper.title, 18, bold=True)
        self.text(RIGHT, self.y, paper.number, 12, color=QUIET, right=True)
        self.y -= 10
        self._facts()
        if paper.intro:
            self.y -= 4
            self.block(LEFT, paper.intro, RIGHT - LEFT)
        self.y -= 14

    def _logo(self) -> None:
        """A drop between two pipes: drawn, so that it is sharp at every size."""
        canvas, x, y = self.canvas, LEFT, TOP - 26
        canvas.setFillColor(BRAND)
        canvas.roundRect(x, y, 32, 32, 7, stroke=0, fill=1)
        canvas.setFillColor(white)
        drop = canvas.beginPath()
        drop.moveTo(x + 16, y + 26)
        drop.curveTo(x + 25, y + 15, x + 23, y + 6, x + 16, y + 6)
        drop.curveTo(x + 9, y + 6, x + 7, y + 15, x + 16, y + 26)
        canvas.drawPath(drop, stroke=0, fill=1)
        name = wrap(self.paper.company.name, 13, 230, bold=True, most=1)[0]
        self.text(x + 42, y + 11, name, 13, bold=True)

    def _address(self, x: float, y: float, label: str, lines: object, room: float) -> float:
        self.text(x, y, label, SMALL, color=QUIET)
        y -= 13
        for i, words in enumerate(line for line in lines if line):  # type: ignore[attr-defined]
            for line in wrap(words, 10 if i == 0 else BODY, room, bold=i == 0, most=2):
                self.text(x, y, line, 10 if i == 0 else BODY, bold=i == 0)
                y -= LEAD
        return y

    def _facts(self) -> None:
        """Label over value, four in a row."""
        step = (RIGHT - LEFT) / 4
        facts = self.paper.facts
        for first in range(0, len(facts), 4):
            self.y -= 12
            row = [wrap(v or "-", BODY, step - 10, bold=True, most=2) for _, v in facts[first:][:4]]
            for place, (label, _) in enumerate(facts[first : first + 4]):
                x = LEFT + place * step
                self.text(x, self.y, label, SMALL, color=QUIET)
                for n, line in enumerate(row[place]):
                    self.text(x, self.y - 12 - n * 11, line, BODY, bold=True)
            self.y -= 12 + 11 * max(len(lines) for lines in row)

    def _table_head(self) -> None:
        self.y -= 10
        for column, x, room in self.columns:
            place = x + room if column.right else x
            self.text(place, self.y, column.label, SMALL, color=QUIET, right=column.right)
        self.y -= 6
        self.rule(self.y, INK, 0.8)

    def _table(self) -> None:
        self.room_for(60)
        self._table_head()
        for row in self.paper.rows:
            self._row(row)

    def _row(self, row: dict[str, str]) -> None:
        """A row is never cut: it goes to the next page whole."""
        cells = [
            (c, x, room, wrap(row.get(c.key, ""), BODY, room, most=4))
            for c, x, room in self.columns
        ]
        wide = max(self.columns, key=lambda column: column[2])
        detail = wrap(row["detail"], SMALL, wide[2], most=3) if row.get("detail") else []
        height = max(len(lines) for *_, lines in cells) * LEAD + len(detail) * 10 + GAP
        self.room_for(height, table=True)
        for column, x, room, lines in cells:
            y = self.y - LEAD
            for line in lines:
                place = x + room if column.right else x
                self.text(place, y, line, BODY, right=column.right)
                y -= LEAD
            if column is wide[0]:
                for line in detail:
                    self.text(x, y + 1.5, line, SMALL, color=QUIET)
                    y -= 10
        self.y -= height
        self.rule(self.y)

    def _totals(self) -> None:
        totals = self.paper.totals
        if not totals:
            return
        self.room_for(len(totals) * 17 + 10)
        self.y -= 8
        for total in totals:
            self._total(total)

    def _total(self, total: Total) -> None:
        self.y -= 16
        size = 11 if total.strong else BODY
        if total.strong:
            self.canvas.setStrokeColor(INK)
            self.canvas.line(RIGHT - 210, self.y + 13, RIGHT, self.y + 13)
        color = INK if total.strong else QUIET
        self.text(RIGHT - 210, self.y, total.label, size, bold=total.strong, color=color)
        self.text(RIGHT, self.y, total.amount, size, bold=total.strong, right=True)

    def _notes(self) -> None:
        for title, words in self.paper.notes:
            self.room_for(LEAD * 3)
            self.y -= 18
            self.text(LEFT, self.y, title, BODY, bold=True)
            self.block(LEFT, words, RIGHT - LEFT, color=QUIET)


def _widths(columns: object) -> list[tuple[Column, float, float]]:
    """(column, where it begins, its room), over the width of the page with 8 points between."""
    named = list(columns)  # type: ignore[call-overload]
    fixed = sum(c.width for c in named) + 8 * (len(named) - 1)
    free = sum(1 for c in named if not c.width)
    rest = (RIGHT - LEFT - fixed) / free if free else 0
    placed, x = [], LEFT
    for column in named:
        room = column.width or rest
        placed.append((column, x, room))
        x += room + 8
    return placed
