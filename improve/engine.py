"""One look at everything: read, test, guard; writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np

from improve.detectors.base import Detector, Measured, Unit
from improve.guard import Guard, benjamini_hochberg
from improve.period import Period

SEED: Final = 20261128  # the same evidence gives the same chances in every run


@dataclass(frozen=True)
class Tested:
    """A unit with enough rows, and what its test says."""

    detector: Detector
    unit: Unit
    found: Measured


@dataclass(frozen=True)
class Raised:
    """What passed the guard."""

    detector: Detector
    unit: Unit
    found: Measured
    later: Measured | None
    q: float
    together: int


@dataclass(frozen=True)
class Seen:
    """What a run saw."""

    read: int
    tested: int
    raised: Sequence[Raised]


def examine(
    detectors: Mapping[str, Detector], period: Period, *, guard: Guard | None = None
) -> Seen:
    """Read the period and say what stands."""
    units = [(one, unit) for one in detectors.values() for unit in one.read(period)]
    return judge(units, guard=guard or Guard())


def judge(units: Sequence[tuple[Detector, Unit]], *, guard: Guard, seed: int = SEED) -> Seen:
    """Test all units that have enough rows, as one family, and keep what passes the guard."""
    tested = [
        Tested(detector, unit, detector.measure(unit, _draws(unit, seed)))
        for detector, unit in units
        if guard.enough(detector, detector.count(unit))
    ]
    chances = benjamini_hochberg([one.found.p for one in tested])
    raised = [
        found for one, q in zip(tested, chances, strict=True)
        if (found := _guarded(one, q, len(tested), guard, seed=seed)) is not None
    ]  # fmt: skip
    return Seen(len(units), len(tested), sorted(raised, key=lambda one: -one.found.hours))


def _draws(unit: Unit, seed: int) -> np.random.Generator:
    """Random numbers of a unit's own: what else is tested does not change its chances."""
    return np.random.default_rng([seed, crc32(unit.key.encode())])


def _guarded(one: Tested, q: float, together: int, guard: Guard, *, seed: int) -> Raised | None:
    if not guard.passes(one.found.p, q) or not guard.matters(one.detector, one.found):
        return None
    half = one.unit.later_half
    enough = one.detector.count(half) > 1
    later = one.detector.measure(half, _draws(half, seed)) if enough else None
    if not guard.stands(one.detector, later):
        return None
    return Raised(one.detector, one.unit, one.found, later, q, together)
