"""Rows of each detector without a database: with a cause planted in them, or with none."""

from datetime import UTC, datetime, timedelta

import numpy as np

from improve.detectors.base import Unit
from improve.detectors.granted import GRANTED
from improve.detectors.missing import MISSING
from improve.detectors.repeated import REPEATED
from improve.detectors.routed import ROUTED
from improve.detectors.slow import SLOW
from improve.detectors.uneven import UNEVEN
from improve.detectors.unhelpful import UNHELPFUL
from improve.period import Period

END = datetime(2026, 11, 24, tzinfo=UTC)
PERIOD = Period(END - timedelta(days=182), END)
HOUR = 3600.0


def times(n, rng):
    return np.sort(rng.uniform(PERIOD.start.timestamp(), PERIOD.end.timestamp(), n))


def unit(detector, about, at, extra=None, **columns):
    columns = {name: np.asarray(values, dtype=float) for name, values in columns.items()}
    columns.setdefault("id", np.arange(len(at), dtype=float))
    return Unit(detector.key_of(about), about, at, columns, PERIOD, extra or {})


def waits(mean, n, rng):
    """Lengths as they are: most short, some very long."""
    return rng.gamma(0.8, mean * HOUR / 0.8, n)


def missing(rng, *, n=400, without=0.55, with_it=0.10, key=1):
    empty = rng.random(n) < 0.5
    back = rng.random(n) < np.where(empty, without, with_it)
    about = {"type": key, "field": "po", "label": "PO"}
    return unit(
        MISSING, about, times(n, rng), empty=empty, back=back, seconds=back * waits(4, n, rng)
    )


def repeated(rng, *, n=600, share=0.12, key=1):
    own = rng.random(n) < share
    about = {"team": 1, "folded": f"text {key}", "text": "text", "type": 0}
    return unit(REPEATED, about, times(n, rng), own=own, copies=own, letters=own * 900.0)


def slow(rng, *, n=400, mean=9.0, other=3.0, key=1):
    own = rng.random(n) < 0.3
    seconds = np.where(own, waits(mean, n, rng), waits(other, n, rng))
    return unit(
        SLOW, {"department": 1, "type": key}, times(n, rng), own=own, seconds=seconds, kind=own
    )


def routed(rng, *, n=500, mine=0.6, other=0.08, key=1):
    own = rng.random(n) < 0.3
    moved = rng.random(n) < np.where(own, mine, other)
    return unit(
        ROUTED, {"type": key}, times(n, rng), own=own, moved=moved, to=moved,
        seconds=moved * waits(2, n, rng),
    )  # fmt: skip


def granted(rng, *, n=300, share=0.998, key=1):
    value = rng.uniform(10, 20, n)
    about = {"rule": key, "limit": "10", "cut": 18.0}
    return unit(
        GRANTED, about, times(n, rng), own=value <= 18, value=value, granted=rng.random(n) < share,
        seconds=waits(6, n, rng),
    )  # fmt: skip


def uneven(rng, *, n=400, chances=(0.5, 0.25, 0.25), slower=3.0, key=1):
    person = rng.choice(len(chances), n, p=chances)
    seconds = waits(3, n, rng) + (person == 0) * waits(max(slower, 0.001), n, rng)
    extra = {"people": list(range(11, 11 + len(chances))), "away": []}
    return unit(UNEVEN, {"team": key}, times(n, rng), extra, person=person, seconds=seconds)


def unhelpful(rng, *, n=1500, after=0.10, before=0.10, key=1):
    """Of n that waited, some answered before; the others were sent."""
    hit = rng.random(n) < before
    sent = ~hit
    answered = sent & (rng.random(n) < after)
    about = {"rule": f"rule{key}", "step": 1}
    return unit(
        UNHELPFUL, about, times(n, rng), {"minutes": 3}, sent=sent, after=answered,
        waited=np.ones(n), before=hit,
    )  # fmt: skip


CAUSES = {
    "missing": (MISSING, missing), "repeated": (REPEATED, repeated), "slow": (SLOW, slow),
    "routed": (ROUTED, routed), "granted": (GRANTED, granted), "uneven": (UNEVEN, uneven),
    "unhelpful": (UNHELPFUL, unhelpful),
}  # fmt: skip
# The same rows with nothing in them: labels that say nothing, shares at the border, a follow-up that
# helps as much as is worth it. `repeated` and `granted` stand at their border, where most false ones are.
NOTHING = {
    "missing": {"without": 0.3, "with_it": 0.3}, "repeated": {"share": 0.02},
    "slow": {"mean": 4.0, "other": 4.0}, "routed": {"mine": 0.2, "other": 0.2}, "granted": {"share": 0.95},
    "uneven": {"chances": (1 / 3, 1 / 3, 1 / 3), "slower": 0.0}, "unhelpful": {"after": 0.15, "before": 0.10},
}  # fmt: skip


def shuffled(rng, *, copies=2, names=tuple(CAUSES)):
    """Some units of every detector, without a cause."""
    return [
        (CAUSES[name][0], CAUSES[name][1](rng, key=key, **NOTHING[name]))
        for name in names for key in range(copies)
    ]  # fmt: skip
