"""Upright bars: how values are spread, with the share that lies below each border."""

from collections.abc import Sequence
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kit.charts import Point
from kit.markup import number, percent

WIDTH: Final = 840
HEIGHT: Final = 180
BOTTOM: Final = 24
TOP: Final = 18


def columns(rows: Sequence[Point], title: str) -> SafeString:
    """Bars side by side and the same as a table.

    :param rows: {label, n, share, up_to} each; `up_to` is the share of this row and all before it.
    """
    if not rows:
        return format_html('<p class="meta">{}</p>', "Nothing to draw in this period.")
    most = max(float(row["share"]) for row in rows) or 1
    step = WIDTH / len(rows)
    drawn = format_html_join("", _BAR, (_bar(row, i, step, most) for i, row in enumerate(rows)))
    body = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td class="r">{}</td><td class="r">{}</td><td class="r">{}</td></tr>',
        (
            (r["label"], number(r["n"]), percent(r["share"], 1), percent(r["up_to"], 1))
            for r in rows
        ),
    )
    return format_html(
        '<figure><div class="scroll" tabindex="0" role="group" aria-label="{0}">'
        '<svg class="plot min columns" viewBox="0 0 840 180" role="img" aria-label="{0}, {1} bars">'
        '<line class="rule" x1="0" x2="840" y1="{2}" y2="{2}"/>{3}</svg></div>'
        '<details class="as-table"><summary class="fine">The same as a table</summary>'
        '<table class="rows keep"><caption class="vh">{0}</caption><thead><tr>'
        '<th scope="col">Length</th><th scope="col" class="r">n</th>'
        '<th scope="col" class="r">Share</th><th scope="col" class="r">Up to here</th></tr></thead>'
        "<tbody>{4}</tbody></table></details></figure>",
        title,
        len(rows),
        HEIGHT - BOTTOM,
        drawn,
        body,
    )


_BAR: Final = (
    '<g><rect class="col" x="{}" y="{}" width="{}" height="{}" rx="2"><title>{}</title></rect>'
    '<text x="{}" y="{}" text-anchor="middle">{}</text>'
    '<text x="{}" y="174" text-anchor="middle">{}</text></g>'
)


def _bar(row: Point, index: int, step: float, most: float) -> tuple[object, ...]:
    share = float(row["share"])
    height = (HEIGHT - BOTTOM - TOP) * share / most
    top = HEIGHT - BOTTOM - height
    middle = f"{(index + 0.5) * step:.1f}"
    words = f"{row['label']}: {number(row['n'])}, {percent(share, 1)}"
    return (
        f"{index * step + step * 0.1:.1f}", f"{top:.1f}", f"{step * 0.8:.1f}", f"{height:.1f}",
        words, middle, f"{top - 5:.1f}", percent(share, 0), middle, row["label"],
    )  # fmt: skip
