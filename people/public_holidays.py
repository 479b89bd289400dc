"""Public holidays of countries, from the `holidays` library (offline; its rules are its own)."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Final

import holidays
from holidays.registry import COUNTRIES

FIRST_YEAR, LAST_YEAR = 2000, 2100
SMALL: Final = {"And", "Of", "The"}


class UnknownRegion(Exception):
    """The country has no such region; the message is fit for people to read."""


@cache
def countries() -> Sequence[tuple[str, str]]:
    """(code, name) of every country that is known, by name."""
    known = holidays.list_supported_countries()
    named = [(names[1], _words(names[0])) for names in COUNTRIES.values() if names[1] in known]
    return sorted(named, key=lambda pair: pair[1])


def _words(name: str) -> str:
    """UnitedStates -> United States, IsleOfMan -> Isle of Man."""
    parts = re.findall(r"[A-Z][a-z]*|[A-Z]+(?![a-z])", name)
    return " ".join(p.lower() if i and p in SMALL else p for i, p in enumerate(parts))


def of_year(country: str, year: int, *, region: str = "") -> Mapping[date, str]:
    """The public holidays of a country, and of one region of it, in a year.

    :raises UnknownRegion: naming those that there are.
    """
    regions = holidays.list_supported_countries()[country]
    if region and region not in regions:
        there = f"It has: {', '.join(regions)}." if regions else "It has none."
        raise UnknownRegion(f"No region “{region}” is known there. {there}")
    found = holidays.country_holidays(
        country, subdiv=region or None, years=year, language=_language(country)
    )
    return {on: name for on, name in sorted(found.items()) if on.year == year}


def _language(country: str) -> str | None:
    spoken = holidays.list_localized_countries().get(country, ())
    return next((code for code in spoken if code.startswith("en")), None)
