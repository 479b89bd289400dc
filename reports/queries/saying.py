"""What a report says now, and what of an edition is said otherwise today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kit.reporting import Block, Scope, block_of
from people.models import User
from reports import parts, periods
from reports.models import Edition, Report

Plan = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Said:
    """What a report says to somebody of a period; `blocks` stand beside their `plan`."""

    start: date
    end: date
    plan: list[Mapping[str, Any]]
    blocks: list[Block]

    @property
    def period(self) -> str:
        return periods.words(self.start, self.end)


@dataclass(frozen=True)
class Restated:
    """A figure that late facts have changed since an edition was made."""

    block: str
    label: str
    was: str
    now: str


def plan_of(report: Report) -> list[dict[str, Any]]:
    rows = report.blocks.order_by("position", "pk").values("part", "title", "options")
    return [dict(row) for row in rows]


def scope_of(report: Report, reader: User, at: datetime) -> Scope:
    """The days that the report is about at `at`, for `reader`."""
    start, end = periods.period(report, at)
    person = reader if report.audience == Report.Audience.OWN else None
    return Scope(reader, start, end, report.zone, at, report.team_id, person, report.compare)


def say(report: Report, reader: User, at: datetime, plan: Plan | None = None) -> Said:
    """Everything that `reader` may see of the report; with `plan`, of these blocks only."""
    scope = scope_of(report, reader, at)
    asked = plan_of(report) if plan is None else plan
    found = parts.read(asked, scope)
    return Said(scope.start, scope.end, [asked[n] for n, _ in found], [b for _, b in found])


def blocks_of(edition: Edition) -> list[Block]:
    """What the edition said."""
    return [block_of(kept) for kept in edition.blocks]


def restated(edition: Edition, reader: User, now: datetime) -> list[Restated]:
    """What of the edition's figures is another one today, as `reader` may see it."""
    scope = Scope(
        reader, edition.start, edition.end, edition.zone, now, edition.team_id, edition.person,
        edition.compare,
    )  # fmt: skip
    found = []
    for place, block in parts.read(edition.plan, scope):
        today = {value.key: value for value in block.values}
        kept = block_of(edition.blocks[place]) if place < len(edition.blocks) else Block("")
        for value in kept.values:
            other = today.pop(value.key, None)
            words = other.words if other is not None else "gone"
            if words != value.words:
                found.append(Restated(kept.title, value.label, value.words, words))
        if not block.broken:
            found += [Restated(kept.title, v.label, "not there", v.words) for v in today.values()]
    return found
