"""How a follow-up ends without going out."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from followups import planning
from followups.models import FollowUp
from followups.planning import reader_of
from followups.services.looking import Around, look_around
from journal import services as journal
from people.models import User

Status = FollowUp.Status
STOP: Final = """
UPDATE followups_followup f SET status = 'stopped', stop_reason = r.why, settled_at = %s
FROM jsonb_to_recordset(%s::jsonb) AS r(id bigint, why text) WHERE f.id = r.id
"""


def end(row: FollowUp, why: str, *, by: User | None, at: datetime) -> None:
    """It shall not go out; the caller holds its lock."""
    end_many([(row, why)], by=by, at=at)


def end_many(rows: Sequence[tuple[FollowUp, str]], *, by: User | None, at: datetime) -> None:
    """None of them shall go out, each for its own reason; the caller holds their locks."""
    if not rows:
        return
    for row, why in rows:
        row.status, row.stop_reason, row.settled_at = Status.STOPPED, why[:300], at
    values = [{"id": row.pk, "why": row.stop_reason} for row, _ in rows]
    with connection.cursor() as sql:
        sql.execute(STOP, [at, json.dumps(values)])
    told = [
        {"action": "followups.followup.stopped", "id": row.pk, "name": str(row), "account": row.account_id,
         "data": {"why": row.stop_reason}} for row, _ in rows
    ]  # fmt: skip
    journal.record_many(FollowUp, told, by=by, at=at)


def note(word: str, row: FollowUp, at: datetime, *, by: User | None = None, **data: Any) -> None:
    journal.record(
        f"followups.followup.{word}", row, by=by, at=at, account_id=row.account_id, data=data
    )


def look_again(rows: Sequence[FollowUp], *, at: datetime) -> None:
    """End those among open `rows`, which the caller locked, that are unnecessary by now."""
    if not rows:
        return
    around = look_around(rows, until=at)
    standing = [row for row in rows if not replanned(row, around, at=at)]
    reasons = ((row, around.why_not(row)) for row in standing)
    end_many([(row, why) for row, why in reasons if why], by=None, at=at)


def replanned(row: FollowUp, around: Around, *, at: datetime) -> bool:
    """The moment that it was counted from is another now: it ends, and the new one is scheduled."""
    plan, subject = (
        around.plans.get(row.rule),
        around.subjects.get((row.subject_type, row.subject_id)),
    )
    step = next((one for one in plan.steps if one.position == row.step), None) if plan else None
    if plan is None or subject is None or step is None or not step.anchor or row.anchor_at is None:
        return False
    found = plan.kind.moments.get(step.anchor)
    moment = found.find(subject) if found is not None else None
    if moment == row.anchor_at or plan.kind.over(subject):
        return False
    due = planning.due_of(step, moment, reader_of(row), row.owner) if moment is not None else None
    if moment is not None and due is not None and due > at:
        fresh = FollowUp(
            rule=row.rule, rule_version=plan.rule.version, step=row.step, channel=step.channel,
            subject_type=row.subject_type, subject_id=row.subject_id, account_id=row.account_id,
            user=row.user, contact=row.contact, owner=row.owner, recipient=row.recipient,
            recipient_name=row.recipient_name, due_at=due, created_at=at, anchor_at=moment,
            occasion=planning.occasion_of(step, None, moment), reason=row.reason,
            why_then=planning.why_then(plan, step, moment)[:300],
        )  # fmt: skip
        FollowUp.objects.bulk_create([fresh], ignore_conflicts=True)
    end(row, f"Moved: “{found.label if found else step.anchor}” is another now.", by=None, at=at)
    return True
