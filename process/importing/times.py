"""Times as other systems write them: ISO first, then what people and spreadsheets make of it."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from kit.tables.values import EARLIEST, LATEST, ValueProblem

DAY, MONTH = "day", "month"
Read = Callable[[str], datetime]
_PARTS: Final = re.compile(
    r"(\d{1,4})([-/. ])(\d{1,2}|[A-Za-z]{3,9})\2(\d{2,4})"
    r"(?:[T, ]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp])?(?:\.?[Mm]\.?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
_EPOCH: Final = re.compile(r"\d{10}(\d{3})?")
_MONTHS: Final = {
    name: i for i, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}  # fmt: skip
YEAR_DIGITS, CENTURY, TURN, NOON = 4, 100, 70, 12
LONGEST: Final = 60


def reader(*, zone: str, order: str) -> Read:
    """A function from the text of a cell to an instant.

    :param zone: whose clock times without an offset are on; in the hour that comes twice, the first.
    :param order: "day" or "month" for 03/04/2026; empty refuses what could be either.
    """
    home = ZoneInfo(zone)
    read_iso = datetime.fromisoformat

    def read(text: str) -> datetime:
        try:
            found = read_iso(text)
        except ValueError:
            found = _slow(text.strip(), order)
        if not EARLIEST <= found.year <= LATEST:
            found = _slow(text.strip(), order)
        return found if found.tzinfo is not None else found.replace(tzinfo=home)

    return read


def orders_that_fit(cells: Sequence[str]) -> set[str]:
    """Which of “day first” and “month first” the dates with slashes or dashes can be read by; empty
    when no cell hangs on it."""
    pairs = [(int(m[1]), int(m[3])) for m in map(_matched, cells) if m and _hangs_on_order(m)]
    if not pairs:
        return set()
    fits = {DAY} if all(second <= NOON for _, second in pairs) else set()
    return fits | ({MONTH} if all(first <= NOON for first, _ in pairs) else set())


def share_of_times(cells: Sequence[str]) -> float:
    """Which share of the filled cells are times, in any order of day and month."""
    filled = [cell for cell in cells if cell.strip()]
    return sum(map(_is_time, filled)) / len(filled) if filled else 0.0


def has_zone(cells: Sequence[str]) -> bool:
    """Whether every cell that is a time says how far from UTC it is."""
    read = reader(zone="UTC", order=DAY)
    seen = False
    for cell in cells:
        try:
            found = read(cell)
        except ValueProblem:
            continue
        if not isinstance(found.tzinfo, timezone):
            return False
        seen = True
    return seen


def _is_time(cell: str) -> bool:
    # Bare figures are more often keys than dates.
    if cell.strip().isdigit() and not _EPOCH.fullmatch(cell.strip()):
        return False
    for order in (DAY, MONTH):
        try:
            reader(zone="UTC", order=order)(cell)
        except ValueProblem:
            continue
        return True
    return False


def _matched(text: str) -> "re.Match[str] | None":
    return _PARTS.fullmatch(text.strip()) if len(text) <= LONGEST else None


def _hangs_on_order(found: "re.Match[str]") -> bool:
    return len(found[1]) < YEAR_DIGITS and found[3].isdigit() and found[2] != "."


def _slow(text: str, order: str) -> datetime:
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    found = _matched(text)
    try:
        if found:
            moment = _of_parts(found, order, shown)
        elif _EPOCH.fullmatch(text):
            seconds = int(text[:10])
            return datetime.fromtimestamp(seconds, tz=UTC) + timedelta(
                milliseconds=int(text[10:] or 0)
            )
        else:
            moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as wrong:
        raise ValueProblem(f"“{shown}” is not a time like 2026-11-24 10:30.") from wrong
    if not EARLIEST <= moment.year <= LATEST:
        raise ValueProblem(f"“{shown}” is not a year that makes sense here.")
    return moment


def _of_parts(found: "re.Match[str]", order: str, shown: str) -> datetime:
    first, middle, last = found[1], found[3], found[4]
    if len(first) >= YEAR_DIGITS - 1:
        year, month, day = int(first), int(middle), int(last)
    elif not middle.isdigit():
        year, month, day = int(last), _MONTHS[_known(middle, shown)], int(first)
    elif order == MONTH and found[2] != ".":
        year, month, day = int(last), int(first), int(middle)
    elif order == DAY or found[2] == ".":
        year, month, day = int(last), int(middle), int(first)
    else:
        raise ValueProblem(f"“{shown}”: say whether the day or the month comes first.")
    if len(last) < YEAR_DIGITS - 1 and len(first) < YEAR_DIGITS - 1:
        year += 2000 if year < TURN else 1900
    fraction = int((found[8] or "0").ljust(6, "0")[:6])
    moment = datetime(  # noqa: DTZ001 - the zone follows
        year, month, day, _hour(found), int(found[6] or 0), int(found[7] or 0), fraction
    )
    return moment.replace(tzinfo=_offset(found[10])) if found[10] else moment


def _known(month: str, shown: str) -> str:
    if month[:3].lower() not in _MONTHS:
        raise ValueProblem(f"“{shown}” names a month that is not known.")
    return month[:3].lower()


def _hour(found: "re.Match[str]") -> int:
    hour, half = int(found[5] or 0), (found[9] or "").lower()
    if not half:
        return hour
    if not 1 <= hour <= NOON:
        raise ValueError(hour)
    return hour % NOON + (NOON if half == "p" else 0)


def _offset(text: str) -> timezone:
    if text in {"Z", "UTC", "GMT"}:
        return UTC
    digits = text[1:].replace(":", "")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-away if text[0] == "-" else away)
