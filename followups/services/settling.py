"""What is due: looked at once more, then owed, put before a person, put off, or stopped."""

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models.functions import Lower

from followups import texts
from followups.models import FollowUp, Pause, Step
from followups.planning import Plan, lateness, reader_of
from followups.services.ending import end_many, note, replanned
from followups.services.looking import Around, look_around
from followups.services.sending import Ready, ask, send_many

log = logging.getLogger(__name__)
BATCH: Final = 200
A_WEEK: Final = timedelta(days=7)
NOTHING: Final = "It was due, and nothing had happened that makes it unnecessary."
BROKEN: Final = "It could not be prepared. Ask your administrator: the log names it."
Status = FollowUp.Status


@transaction.atomic
def settle_due(*, at: datetime) -> int:
    """Look at what is due once more, then owe its mail, ask a person, or stop it; returns how many.

    The mail is owed in the same transaction under the follow-up's own key, so that it is owed
    once whatever happens to the worker; sending it is the deliveries' part. One that cannot be
    prepared waits for a person and keeps nobody else's from leaving.
    """
    rows = list(due_rows(at)[:BATCH])
    if not rows:
        return 0
    try:
        with transaction.atomic():
            settle(rows, at)
    except Exception:
        log.exception("follow-ups cannot be settled together; each by itself now")
        for row in rows:
            _alone(row.pk, at)
    return len(rows)


def _alone(pk: int, at: datetime) -> None:
    row = FollowUp.objects.get(pk=pk)
    try:
        with transaction.atomic():
            settle([row], at)
    except Exception:
        log.exception("follow-up %s cannot be prepared", pk)
        row = FollowUp.objects.select_related("owner").get(pk=pk)
        ask(row, BROKEN, at=at)


def due_rows(at: datetime) -> Any:
    """What is due and not paused, the longest waiting first; rows that others work on are left out."""
    rows = FollowUp.objects.select_for_update(skip_locked=True).filter(
        status=Status.SCHEDULED, due_at__lte=at
    )
    for pause in Pause.objects.filter(ended_at=None).select_related("rule"):
        if pause.rule is not None:
            rows = rows.exclude(rule=pause.rule.code)
        elif pause.account_id is not None:
            rows = rows.exclude(account_id=pause.account_id, account_id__isnull=False)
        else:
            return rows.none()
    return rows.order_by("due_at", "pk")


def settle(rows: list[FollowUp], at: datetime) -> None:
    """What becomes of those that are due; the caller holds their locks."""
    around = look_around(rows, until=at)
    ready: list[Ready] = []
    ended: list[tuple[FollowUp, str]] = []
    for row in rows:
        if replanned(row, around, at=at):
            continue
        if why := around.why_not(row):
            ended.append((row, why))
        elif later := _too_many(row, around, at):
            _put_off(row, later, at)
        elif (one := _prepared(row, around, at)) is not None:
            ready.append(one)
    end_many(ended, by=None, at=at)
    send_many(ready, at=at)


def _prepared(row: FollowUp, around: Around, at: datetime) -> Ready | None:
    """What is to go out; None for one that waits for a person now."""
    plan = around.plans[row.rule]
    step = next(one for one in plan.steps if one.position == row.step)
    subject = around.subjects[row.subject_type, row.subject_id]
    try:
        row.subject, row.body = written(plan, step, subject, row)
    except texts.BadText as wrong:
        ask(row, str(wrong), at=at)
        return None
    late = at - row.due_at > timedelta(hours=around.limits.stale_hours)
    if late or step.needs_approval:
        ask(
            row, f"It is {lateness(row, at)} late: does it still make sense?" if late else "", at=at
        )
        return None
    return Ready(row, plan.rule, subject, NOTHING)


def written(plan: Plan, step: Step, subject: Any, row: FollowUp) -> tuple[str, str]:
    """(subject, body in markdown) as the step's texts say it now.

    :raises BadText: if a text cannot be filled in.
    """
    reader, title, body = reader_of(row), step.subject, step.body
    plain = texts.given(
        plan.kind, subject, reader, row.owner, markdown=False, used=texts.used(title)
    )
    rich = texts.given(plan.kind, subject, reader, row.owner, markdown=True, used=texts.used(body))
    return " ".join(texts.fill(title, plain).split())[:250], texts.fill(body, rich)


def _too_many(row: FollowUp, around: Around, at: datetime) -> datetime | None:
    """When the reader may get the next one, if she has had as many as may be in a week."""
    most = around.limits.most_a_week
    if most is None or row.contact_id is None:
        return None
    sent = FollowUp.objects.annotate(to=Lower("recipient")).filter(
        to=row.recipient.lower(), status=Status.SENT, settled_at__gt=at - A_WEEK
    )
    times = list(sent.order_by("-settled_at").values_list("settled_at", flat=True)[:most])
    return times[-1] + A_WEEK if len(times) >= most and times[-1] is not None else None


def _put_off(row: FollowUp, until: datetime, at: datetime) -> None:
    row.due_at = until
    row.why_then = "Put off: the reader has had as many as may be in a week."
    row.save(update_fields=["due_at", "why_then"])
    note("moved", row, at, to=until.isoformat(), why=row.why_then)
