"""Before and after: hours lost week by week, with the usual range of the weeks before the change."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from improve.detectors.base import Detector, Unit
from improve.period import DAYS_OF_MONTH
from kpis import control

WEEK: Final = timedelta(days=7)
BEFORE: Final = 16
AFTER: Final = 26
ENOUGH: Final = 4  # full weeks after the change, before anything is said
LONG_ENOUGH: Final = 8
PER_MONTH: Final = DAYS_OF_MONTH / 7


@dataclass(frozen=True)
class Followed:
    """`weeks` are [{label, value, n, signal}]; the change lies before week `since`. Hours a month;
    `verdict` is signal, noise or wait."""

    weeks: Sequence[dict[str, Any]]
    since: int
    mean: float | None
    low: float | None
    high: float | None
    before: float
    after: float | None
    saved: float | None
    saved_low: float | None
    saved_high: float | None
    verdict: str
    words: str

    def told(self) -> dict[str, Any]:
        return asdict(self)


def start_of(change: datetime) -> datetime:
    return change - BEFORE * WEEK


def follow(detector: Detector, unit: Unit | None, *, change: datetime, at: datetime) -> Followed:
    """Whole weeks counted from the change, back and forth; the week of now is not over."""
    after = min(AFTER, int((at - change) / WEEK))
    lost, numbers = _sums(detector, unit, change, after)
    before, then = lost[:BEFORE], lost[BEFORE:]
    begins = next((n for n, count in enumerate(numbers) if count), BEFORE)
    before = before[begins:]
    usual = control.read(before)
    signals = _signals(usual, then)
    weeks = [
        _week(change + (n + begins - BEFORE) * WEEK, value, numbers[n + begins], usual)
        | {"signal": n - len(before) in signals}
        for n, value in enumerate([*before, *then])
    ]
    mean = float(np.mean(before)) if before else 0.0
    now = float(np.mean(then)) if then else None
    saved, low, high = _saved(before, then)
    verdict, words = _verdict(usual, then, signals)
    return Followed(
        weeks, len(before), usual.mean, usual.low, usual.high, mean * PER_MONTH,
        None if now is None else now * PER_MONTH, saved, low, high, verdict, words,
    )  # fmt: skip


def _week(begins: datetime, value: float, n: int, usual: control.Reading) -> dict[str, Any]:
    """A point of the chart; fewer lost hours are good, so a signal below the mean is no alarm."""
    better = usual.mean is not None and value < usual.mean
    return {"label": f"{begins:%d %b}", "value": value, "n": n, "tone": "ok" if better else "bad"}


def _sums(
    detector: Detector, unit: Unit | None, change: datetime, after: int
) -> tuple[list[float], list[int]]:
    """(hours lost, rows) of each week."""
    hours, counts = np.zeros(BEFORE + after), np.zeros(BEFORE + after)
    if unit is not None and unit.at.size:
        first = start_of(change).astimezone(UTC).timestamp()
        place = ((unit.at - first) // WEEK.total_seconds()).astype(int)
        inside = (place >= 0) & (place < BEFORE + after)
        np.add.at(hours, place[inside], detector.lost(unit)[inside])
        np.add.at(counts, place[inside], 1)
    return [float(value) for value in hours], [int(n) for n in counts]


def _signals(usual: control.Reading, then: Sequence[float]) -> set[int]:
    """Weeks after the change beyond the usual range, and a run beside the old mean."""
    if usual.mean is None or usual.low is None or usual.high is None:
        return set()
    beyond = {n for n, value in enumerate(then) if not usual.low <= value <= usual.high}
    run = 0
    for value in reversed(then):
        if value >= usual.mean:
            break
        run += 1
    return beyond | (set(range(len(then) - run, len(then))) if run >= control.RUN else set())


def _saved(
    before: Sequence[float], then: Sequence[float]
) -> tuple[float | None, float | None, float | None]:
    """Hours a month less than before, with the band that two means of weeks have (Welch)."""
    if len(then) < 2 or len(before) < 2:  # noqa: PLR2004 - a spread needs two
        return None, None, None
    gap = float(np.mean(before) - np.mean(then))
    error = 1.96 * float(
        np.sqrt(np.var(before, ddof=1) / len(before) + np.var(then, ddof=1) / len(then))
    )
    return gap * PER_MONTH, (gap - error) * PER_MONTH, (gap + error) * PER_MONTH


def _verdict(usual: control.Reading, then: Sequence[float], signals: set[int]) -> tuple[str, str]:
    if usual.mean is None:
        return "wait", "Too few weeks before the change to know what was usual."
    if len(then) < ENOUGH:
        left = ENOUGH - len(then)
        return (
            "wait",
            f"{left} more full week{'s' if left > 1 else ''} until something can be said.",
        )
    better = [n for n in signals if then[n] < usual.mean]
    worse = [n for n in signals if then[n] > usual.mean]
    if better and len(better) > len(worse):
        run = len(better) >= control.RUN
        how = f"{len(better)} weeks in a row below the old mean" if run else "below the usual range"
        return "signal", f"Signal: since the change, {how}. This is no chance."
    if worse:
        return "worse", "Signal: since the change, weeks above the usual range. It became worse."
    if len(then) < LONG_ENOUGH:
        return "wait", "Noise so far: the weeks since the change are within the usual range."
    return "noise", "Noise: the weeks since the change look like those before it."
