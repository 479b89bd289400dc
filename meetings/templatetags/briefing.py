"""What pages of meetings draw: `{% load briefing %}`."""

from typing import Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kit.briefing import Figure, Section
from kit.markup import money

register = template.Library()
WIDTH: Final = 360
HEIGHT: Final = 96
FOOT: Final = 16  # below it stand the names of the months
GAP: Final = 4


@register.simple_tag
def brief_chart(section: Section) -> SafeString:
    """The figures of a section as columns, and the same as a table."""
    most = max((figure.value for figure in section.figures), default=0) or 1
    step = WIDTH / max(len(section.figures), 1)
    words = [(figure.label, money(figure.value, section.currency, 0)) for figure in section.figures]
    columns = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" rx="1"><title>{}: {}</title></rect>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (*_column(figure, n, step, most), *words[n], f"{(n + 0.5) * step:.1f}", HEIGHT - 4,
             figure.label[:1])
            for n, figure in enumerate(section.figures)
        ),
    )  # fmt: skip
    rows = format_html_join(
        "", '<tr><th scope="row">{}</th><td class="r">{}</td></tr>', reversed(words)
    )
    return format_html(
        '<figure class="months"><svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
        '<details class="as-table"><summary class="fine">The same as a table</summary>'
        '<table class="rows keep"><caption class="vh">{}</caption><tbody>{}</tbody></table>'
        "</details></figure>",
        WIDTH,
        HEIGHT,
        f"{section.title}, from {words[0][0]} to {words[-1][0]}" if words else section.title,
        columns,
        section.title,
        rows,
    )


def _column(figure: Figure, n: int, step: float, most: float) -> tuple[str, str, str, str]:
    """x, y, width and height; what is not zero is seen, however small."""
    room = HEIGHT - FOOT
    height = max(figure.value / most * room, 1.5 if figure.value else 0.5)
    return f"{n * step + GAP / 2:.1f}", f"{room - height:.1f}", f"{step - GAP:.1f}", f"{height:.1f}"
