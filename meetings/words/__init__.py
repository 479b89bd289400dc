"""What guests read, in their own language.

A small typed table instead of gettext: catalogues must be compiled, which needs tools of the system,
and the portal's own pages are in one language. Here a language that lacks a phrase does not even
start: each is one `Words` with every phrase as a required field.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from meetings.words.de import GERMAN
from meetings.words.en import ENGLISH
from meetings.words.es import SPANISH
from meetings.words.fr import FRENCH
from meetings.words.nl import DUTCH
from meetings.words.phrases import Words

LANGUAGES: Final[Mapping[str, Words]] = MappingProxyType(
    {words.code: words for words in (ENGLISH, GERMAN, FRENCH, DUTCH, SPANISH)}
)
MOST_WISHES: Final = 20  # of an Accept-Language header; who sends more is no browser


def words_in(code: str) -> Words:
    """The phrases of a language; English for one that we do not speak."""
    return LANGUAGES.get(code[:2].lower(), ENGLISH)


def wanted(asked: str, header: str) -> Words:
    """By what the address asks for, else by what the browser prefers."""
    if asked[:2].lower() in LANGUAGES:
        return words_in(asked)
    for code in _by_quality(header):
        if code in LANGUAGES:
            return LANGUAGES[code]
    return ENGLISH


def _by_quality(header: str) -> list[str]:
    """Languages of an Accept-Language header, the best first; what cannot be read counts last."""
    found: list[tuple[float, int, str]] = []
    for wish in header.split(",")[:MOST_WISHES]:
        code, _, quality = wish.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            weight = 0.0
        found.append((-weight, len(found), code.strip()[:2].lower()))
    return [code for weight, _, code in sorted(found) if weight < 0]


def day_in(words: Words, at: datetime) -> str:
    """Thursday 26 November 2026."""
    return words.a_day.format(
        weekday=words.weekdays[at.weekday()], day=at.day, month=words.months[at.month - 1],
        year=at.year,
    )  # fmt: skip


def month_in(words: Words, at: datetime) -> str:
    """November 2026."""
    return f"{words.months[at.month - 1].capitalize()} {at.year}"


def moment_in(words: Words, at: datetime, zone: str) -> str:
    """Thursday 26 November 2026, 09:00 (Europe/London), on the clock of `zone`."""
    there = at.astimezone(ZoneInfo(zone))
    return words.a_moment.format(
        day=day_in(words, there), time=f"{there:%H:%M}", zone=zone.replace("_", " ")
    )


__all__ = [
    "LANGUAGES", "Words", "day_in", "moment_in", "month_in", "wanted", "words_in",
]  # fmt: skip
