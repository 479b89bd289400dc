"""A department that is slow on one kind of ask, beside its others."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.db import connection

from desk.models import RequestType
from improve import stats
from improve.detectors.base import HOUR, Change, Detector, Measured, Unit, Words, hours
from improve.period import Period
from improve.stats.exact import Floats
from people import calendars
from people.models import Department

# What still waits counts with the time that it has waited: to leave it out would flatter.
ROWS: Final = """
SELECT s.department_id, r.type_id, r.id, extract(epoch FROM s.started_at)::float8,
    s.business_seconds::float8, s.started_at
FROM desk_custodyspan s JOIN desk_salesrequest r ON r.id = s.request_id
WHERE s.department_id IS NOT NULL AND s.started_at >= %s AND s.started_at < %s
    AND (s.business_seconds IS NOT NULL OR s.ended_at IS NULL)
"""
SOON: Final = 60.0  # seconds added before logarithms: an answer at once is no infinity


class Slow(Detector):
    code = "slow"
    title = "A department is slow on one kind of ask"
    short = "Slow department"
    about = "Asks about one type of request wait longer at a department than its others."
    effect_words = "longer at the department, in working hours"
    effect_unit = "hours"
    test = "Permutation of the types among the department's asks, on logarithms, one side; bootstrap band of the mean"
    minimum = 20
    least, least_low, least_later = 1.0, 0.5, 0.5

    def read(self, period: Period) -> list[Unit]:
        with connection.cursor() as sql:
            sql.execute(ROWS, [period.start, period.end])
            rows = sql.fetchall()
        own: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            own[row[0]].append(row)
        return [
            unit
            for key, asked in sorted(own.items())
            for unit in _of_department(key, asked, period)
        ]

    def key_of(self, about: Mapping[str, Any]) -> str:
        return f"slow:{about['department']}:{about['type']}"

    def count(self, unit: Unit) -> int:
        own = int(unit["own"].sum())
        return min(own, unit.at.size - own)

    def measure(self, unit: Unit, rng: np.random.Generator) -> Measured:
        own, waited = unit["own"] > 0, unit["seconds"] / HOUR
        mine, others = waited[own], waited[~own]
        n = int(own.sum())
        effect = float(mine.mean() - others.mean()) if n and others.size else 0.0
        p = stats.larger_mean(np.log(unit["seconds"] + SOON), own, rng)
        low, high = stats.difference_band(mine, others, rng) if p <= 0.05 else (-np.inf, np.inf)  # noqa: PLR2004
        a_month = n / unit.period.months
        numbers = {
            "n": n,
            "mean": float(mine.mean()) if n else 0.0,
            "other": float(others.mean()) if others.size else 0.0,
            "other_n": int(others.size),
        }
        return Measured(
            n,
            effect,
            low,
            high,
            p,
            effect,
            a_month * effect,
            a_month * low,
            a_month * high,
            numbers,
        )

    def lost(self, unit: Unit) -> Floats:
        return unit["own"] * unit["seconds"] / HOUR

    def words(self, unit: Unit, found: Measured) -> Words:
        department = Department.objects.get(pk=unit.about["department"])
        kind = RequestType.objects.select_related("policy").get(pk=unit.about["type"])
        say = found.numbers
        own = unit["seconds"][unit["own"] > 0]
        extra = float(np.quantile(own, 0.75))
        return Words(
            title=f"{department} is slow on {kind.name.lower()} requests",
            summary=f"{say['n']:,} asks waited {hours(say['mean'])} of its working time on average; its other "
                    f"{say['other_n']:,} waited {hours(say['other'])}. Promise what it takes, or ask for many at once.",
            bars_title=f"Mean wait at {department}, by type", bars_unit="work", bars=_bars(unit),
            lines=[
                (f"Mean wait, {kind}", f"{say['n']:,} asks", hours(say["mean"])),
                ("Mean wait, other types", f"{say['other_n']:,} asks", hours(say["other"])),
                ("Longer by", f"{hours(say['mean'])} − {hours(say['other'])}", hours(found.effect)),
                ("Hours lost in a month", f"{say['n']:,} × {hours(found.effect)} ÷ {unit.period.months:.1f} months", hours(found.hours)),
            ],
            change=_change(kind, department, extra),
            team=None,
        )  # fmt: skip


def _of_department(key: int, rows: list[Any], period: Period) -> list[Unit]:
    at = np.array([row[3] for row in rows])
    kinds = np.array([row[1] for row in rows])
    seconds = np.array(_waited(key, rows, period.end))
    columns = {
        "seconds": seconds,
        "id": np.array([float(row[2]) for row in rows]),
        "kind": kinds.astype(np.float64),
    }
    found = []
    for kind in sorted({int(one) for one in kinds}):
        about = {"department": key, "type": kind}
        own = (kinds == kind).astype(np.float64)
        found.append(Unit(SLOW.key_of(about), about, at, {**columns, "own": own}, period))
    return found


def _waited(key: int, rows: list[Any], until: datetime) -> list[float]:
    """Business seconds of each ask; of what is open, until now."""
    if all(row[4] is not None for row in rows):
        return [row[4] for row in rows]
    time = calendars.for_department(Department.objects.select_related("calendar").get(pk=key))
    return [
        float(time.seconds_between(row[5], max(row[5], until))) if row[4] is None else row[4]
        for row in rows
    ]


def _bars(unit: Unit) -> list[dict[str, Any]]:
    names = dict(RequestType.objects.values_list("pk", "name"))
    found = []
    for kind in np.unique(unit["kind"]):
        mine = unit["seconds"][unit["kind"] == kind]
        found.append({
            "label": names.get(int(kind), "Other"), "value": float(mine.mean()), "note": f"median {hours(float(np.median(mine)) / HOUR)}, p90 {hours(float(np.quantile(mine, 0.9)) / HOUR)}, n {mine.size:,}",
            "own": int(kind) == unit.about["type"],
        })  # fmt: skip
    return sorted(found, key=lambda bar: -float(bar["value"]))


def _change(kind: RequestType, department: Department, extra: float) -> Change:
    """The type's promise, longer by what three of four asks take; its own policy, or a new one."""
    policy = kind.policy
    now = policy.resolution_seconds / HOUR
    longer = round((policy.resolution_seconds + extra) / HOUR)
    alone = not RequestType.objects.filter(policy=policy).exclude(pk=kind.pk).exists()
    words = f"Promise {kind.name.lower()} requests within {longer} working hours"
    if alone:
        return Change(
            words, "desk:settings_edit", ["promises", policy.pk], {"resolution_seconds": str(longer)},
            "desk.change_requesttype", ("desk.setting.changed", policy.pk, "desk.slapolicy"),
            {"resolution_seconds": f"{now:g}"},
        )  # fmt: skip
    query = {
        "name": f"{kind} with {department}"[:100], "response_seconds": f"{policy.response_seconds / HOUR:g}",
        "resolution_seconds": str(longer), "warn_seconds": f"{policy.warn_seconds / HOUR:g}",
        "escalate_seconds": f"{policy.escalate_seconds / HOUR:g}",
    }  # fmt: skip
    return Change(
        words,
        "desk:settings_add",
        ["promises"],
        query,
        "desk.change_requesttype",
        ("desk.setting.added", 0, "desk.slapolicy"),
    )


SLOW: Final = Slow()
