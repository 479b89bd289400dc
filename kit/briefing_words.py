"""Sections of plain lines (kit.briefing) as the text of a mail, in markdown."""

from typing import Final

from django.conf import settings

from kit.briefing import Line, Section
from kit.markup import money

PLAIN: Final = str.maketrans("[]<>`*_#", "()()'   ")  # what others wrote makes no markup


def plain(words: str) -> str:
    """Words of others as they stand in a mail: neither markup nor a link."""
    return " ".join(words.translate(PLAIN).replace("://", ": //").split())


def section_words(section: Section) -> str:
    lines = [f"### {section.title}", ""]
    if section.broken or not section.lines:
        lines.append(section.empty)
    lines += [line_words(line) for line in section.lines]
    if any(figure.value for figure in section.figures):
        lines += [
            f"- {figure.label}: {money(figure.value, section.currency, 0)}"
            for figure in section.figures
            if figure.value
        ]
    return "\n".join(lines)


def line_words(line: Line) -> str:
    text = plain(line.text)
    if line.url.startswith("/"):
        text = f"[{text}]({settings.PORTAL_URL}{line.url})"
    return f"- {text}{f': {plain(line.note)}' if line.note else ''}"
