"""A report as the text of a mail, and as paper."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from kit.briefing_words import line_words, plain
from kit.markup import NONE
from kit.paper import Company
from kit.paper.report import chart_png, render_report
from kit.reporting import Block, Table, Tile, block_of
from reports import periods
from reports.models import Edition, SentView
from reports.queries.saying import blocks_of

MOST_PICTURES: Final = 8
MOST_ROWS: Final = 12
SILENT: Final = frozenset({"", "0", NONE})  # cells that a line of a mail leaves out


def pictured(blocks: Sequence[Block]) -> list[int]:
    """The places of the blocks whose chart stands in a mail as a picture."""
    charts = [n for n, block in enumerate(blocks) if block.chart and block.chart.points]
    return charts[:MOST_PICTURES]


def body_of(blocks: Sequence[Block], page: str, purpose: str = "") -> str:
    """Markdown: where the page is, then each block with its figures, its chart as a picture."""
    shown = pictured(blocks)
    parts = [purpose] if purpose else []
    if page:
        parts.append(f"[Open it in the portal]({page})")
    parts += [block_words(block, f"c{n}" if n in shown else "") for n, block in enumerate(blocks)]
    return "\n\n".join(part for part in parts if part)


def block_words(block: Block, picture: str = "") -> str:
    """A block as markdown; what others wrote makes no markup, but for text that is one."""
    lines = [f"### {plain(block.title)}", ""] if block.title else []
    lines += [_tile(tile) for tile in block.tiles]
    if picture:
        lines += ["", f"![{plain(block.title)}](cid:{picture})", ""]
    if block.table is not None:
        lines += _table(block.table)
    lines += [line_words(line) for line in block.lines]
    if block.text:
        lines.append(block.text)
    if not block.says_something:
        lines.append(block.empty)
    if block.note:
        lines += ["", f"*{plain(block.note)}*"]
    return "\n".join(lines).strip("\n")


def _tile(tile: Tile) -> str:
    change = f", {plain(tile.change)}" if tile.change else ""
    better = {True: " (better)", False: " (worse)", None: ""}[tile.better] if tile.change else ""
    note = f" ({plain(tile.note)})" if tile.note else ""
    verdict = f". {plain(tile.verdict)}" if tile.signal else ""
    return f"- {plain(tile.label)}: **{plain(tile.value)}**{change}{better}{note}{verdict}"


def _table(table: Table) -> list[str]:
    """Rows as lines: a mail program on a phone breaks tables."""
    found = []
    for row in table.rows[:MOST_ROWS]:
        cells = zip(table.head[1:], row[1:], strict=False)
        told = [f"{plain(head)} {plain(cell)}" for head, cell in cells if cell not in SILENT]
        found.append(f"- {plain(row[0])}: {', '.join(told) or 'nothing'}")
    more = len(table.rows) - MOST_ROWS
    return [*found, f"- {more} more in the PDF"] if more > 0 else found


def paper_of(
    blocks: Sequence[Block], *, title: str, period: str, about: Sequence[str],
    facts: Sequence[tuple[str, str]], intro: str = "",
) -> bytes:  # fmt: skip
    company = Company(settings.COMPANY_NAME, tuple(settings.COMPANY_ADDRESS), ())
    return render_report(
        blocks,
        title=title,
        number=period,
        company=company,
        about=about,
        facts=facts,
        intro=intro,
    )


def facts_of(edition: Edition) -> list[tuple[str, str]]:
    """What stands on top of the paper: period, comparison, zones, the moment."""
    made = edition.made_at.astimezone(ZoneInfo(edition.zone))
    before = "not compared"
    if edition.compare:
        days = (edition.end - edition.start).days + 1
        before = f"{days} day{'s' if days > 1 else ''} before"
    zones = f"{edition.zone}; KPIs {settings.TIME_ZONE}"
    return [
        ("Period", periods.words(edition.start, edition.end)), ("Compared with", before),
        ("Days cut in", edition.zone if edition.zone == settings.TIME_ZONE else zones),
        ("Made", f"{made:%-d %b %Y %H:%M}"),
    ]  # fmt: skip


def paper(edition: Edition) -> bytes:
    """A4, as it was said."""
    name = edition.report.name if edition.report else edition.title
    about = [str(edition.person or edition.team or "Every team")]
    intro = edition.report.purpose if edition.report else ""
    period = periods.words(edition.start, edition.end)
    return paper_of(
        blocks_of(edition),
        title=name,
        period=period,
        about=about,
        facts=facts_of(edition),
        intro=intro,
    )


# ── drawn when a mail leaves (settings.DELIVERY_PAPERS) ──


def edition_pdf(key: int) -> bytes:
    """The paper of an edition by its key.

    :raises FileNotFoundError: when it is gone.
    """
    return paper(_edition(key))


def edition_chart(key: int) -> bytes:
    """A chart of an edition as PNG; the key is that of the edition times a hundred plus its place.

    :raises FileNotFoundError: when it is gone.
    """
    pk, place = divmod(key, 100)
    blocks = blocks_of(_edition(pk))
    return picture(blocks[place] if place < len(blocks) else None)


def view_chart(key: int) -> bytes:
    """The chart of a view that somebody sent.

    :raises FileNotFoundError: when it is gone.
    """
    row = SentView.objects.filter(pk=key).first()
    return picture(block_of(row.block) if row is not None else None)


def picture(block: Block | None) -> bytes:
    """PNG of a block's chart.

    :raises FileNotFoundError: when it has no chart.
    """
    if block is None or block.chart is None:
        raise FileNotFoundError("There is no chart here.")
    return chart_png(block.chart)


def _edition(key: int) -> Edition:
    rows = Edition.objects.select_related("report", "team", "person")
    found = rows.filter(pk=key).first()
    if found is None:
        raise FileNotFoundError("This edition is gone.")
    return found
