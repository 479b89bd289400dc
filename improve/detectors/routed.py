"""A type of request that changes hands right after somebody took it."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.db import connection

from desk.models import Assignment, RequestType
from improve.detectors.base import (
    HOUR,
    Change,
    Detector,
    Measured,
    Unit,
    Words,
    apart,
    hours,
    percent,
)
from improve.period import Period
from improve.stats.exact import Floats
from people.models import Team, User

# The first colleague of the desk who had it, and the first other one within a day of that, before
# anything was resolved. What the first one had it for is lost.
ROWS: Final = """
WITH held AS (
    SELECT s.request_id, s.user_id, s.started_at, s.business_seconds,
        first_value(s.user_id) OVER w AS first_user, first_value(s.started_at) OVER w AS first_at
    FROM desk_custodyspan s JOIN desk_salesrequest r ON r.id = s.request_id
    WHERE s.party = 'desk' AND s.user_id IS NOT NULL
        AND r.submitted_at >= %(start)s AND r.submitted_at < %(end)s
        AND s.started_at < coalesce(r.first_resolved_at, 'infinity')
    WINDOW w AS (PARTITION BY s.request_id ORDER BY s.started_at, s.id)
), moved AS (
    SELECT DISTINCT ON (request_id) request_id, user_id, started_at FROM held
    WHERE user_id <> first_user AND started_at < first_at + interval '24 hours'
    ORDER BY request_id, started_at
), had AS (
    SELECT h.request_id, m.user_id,
        sum(h.business_seconds) FILTER (WHERE h.user_id = h.first_user AND h.started_at < m.started_at) AS seconds
    FROM held h LEFT JOIN moved m ON m.request_id = h.request_id GROUP BY h.request_id, m.user_id
)
SELECT r.id, r.type_id, extract(epoch FROM r.submitted_at)::float8, h.user_id, coalesce(h.seconds, 0)::float8
FROM had h JOIN desk_salesrequest r ON r.id = h.request_id
"""
HALF: Final = 0.5


class Routed(Detector):
    code = "routed"
    title = "A type is mostly routed twice"
    short = "Routed twice"
    about = "Requests of one type are given to another colleague within a day of being taken, more often than others."
    effect_words = "given on more often than other types, in points"
    test = "Fisher's exact test, one side; Newcombe's interval of the difference"
    minimum = 30
    least, least_low, least_later = 0.15, 0.10, 0.10

    def read(self, period: Period) -> list[Unit]:
        with connection.cursor() as sql:
            sql.execute(ROWS, {"start": period.start, "end": period.end})
            rows = sql.fetchall()
        if not rows:
            return []
        keys, kinds, at, to, seconds = (
            np.array([row[i] or 0 for row in rows], dtype=np.float64) for i in range(5)
        )
        found = []
        for kind in sorted({int(one) for one in kinds}):
            about = {"type": kind}
            columns = {"id": keys, "own": (kinds == kind).astype(np.float64), "moved": (to > 0).astype(np.float64),
                       "to": to, "seconds": seconds}  # fmt: skip
            found.append(Unit(ROUTED.key_of(about), about, at, columns, period))
        return found

    def key_of(self, about: Mapping[str, Any]) -> str:
        return f"routed:{about['type']}"

    def count(self, unit: Unit) -> int:
        own = int(unit["own"].sum())
        return min(own, unit.at.size - own)

    def measure(self, unit: Unit, rng: np.random.Generator) -> Measured:  # noqa: ARG002
        return apart(unit, unit["own"] > 0, unit["moved"] > 0)

    def lost(self, unit: Unit) -> Floats:
        return unit["own"] * unit["moved"] * unit["seconds"] / HOUR

    def words(self, unit: Unit, found: Measured) -> Words:
        kind = RequestType.objects.select_related("team").get(pk=unit.about["type"])
        say = found.numbers
        share, other = say["hits"] / say["n"], say["other_hits"] / say["other_n"]
        own = (unit["own"] > 0) & (unit["moved"] > 0)
        return Words(
            title=f"{kind} requests are routed twice",
            summary=f"{percent(share)} of {say['n']:,} were given to another colleague within a day; of other "
                    f"types {percent(other)}. The first one had them for {hours(say['held'])} of working time.",
            bars_title="Share that changed hands within a day", bars_unit="percent",
            bars=[
                {"label": str(kind), "value": share, "note": f"{say['hits']:,} of {say['n']:,}", "own": True},
                {"label": "Other types", "value": other, "note": f"{say['other_hits']:,} of {say['other_n']:,}", "own": False},
            ],
            lines=[
                (f"Given on, {kind}", f"{say['hits']:,} of {say['n']:,}", percent(share, 1)),
                ("Given on, other types", f"{say['other_hits']:,} of {say['other_n']:,}", percent(other, 1)),
                ("Because of the type", f"{percent(share, 1)} − {percent(other, 1)}", percent(found.effect, 1)),
                ("With the first colleague, mean", f"working time of {say['hits']:,} requests", hours(say["held"])),
                ("Hours lost in a month", f"{say['n']:,} × {percent(found.effect, 1)} × {hours(say['held'])} ÷ {unit.period.months:.1f} months", hours(found.hours)),
            ],
            change=_change(kind, unit["to"][own]),
            team=kind.team_id,
        )  # fmt: skip


def _change(kind: RequestType, ends: Floats) -> Change:
    """To the team where most of them end; else let them be dealt out instead of taken."""
    teams = dict(
        User.objects.filter(pk__in={int(one) for one in ends}).values_list("pk", "team_id")
    )
    where = [teams.get(int(one)) for one in ends]
    best = max(set(where), key=lambda team: (where.count(team), -(team or 0)), default=None)
    if best is not None and best != kind.team_id and where.count(best) > HALF * len(where):
        name = Team.objects.get(pk=best).name
        return Change(
            f"Let {kind.name.lower()} requests begin at {name}", "desk:edit_type", [kind.slug],
            {"team": best}, "desk.change_requesttype", ("desk.type.saved", kind.pk, "desk.requesttype"), {"team": kind.team_id},
        )  # fmt: skip
    rule = Assignment.objects.filter(team=kind.team_id).first()
    words = "Deal requests out to who takes this type, instead of letting people take them"
    if rule is None:
        query = {"team": kind.team_id, "mode": "round", "sticky": "on", "capacity": 25}
        return Change(
            words,
            "desk:settings_add",
            ["assignment"],
            query,
            "desk.change_requesttype",
            ("desk.setting.added", 0, "desk.assignment"),
        )
    return Change(
        words, "desk:settings_edit", ["assignment", rule.pk], {"mode": "round"}, "desk.change_requesttype",
        ("desk.setting.changed", rule.pk, "desk.assignment"), {"mode": rule.mode},
    )  # fmt: skip


ROUTED: Final = Routed()
