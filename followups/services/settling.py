"""What is due: looked at once more, then owed, put before a person, or stopped."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models.functions import Lower

from comms.models import Suppression
from followups import planning, texts
from followups.conditions import broken
from followups.models import FollowUp, Limits, Pause, Rule
from followups.planning import Plan, load, reader_of
from followups.services.sending import ask, send
from followups.stops import why_stop
from journal import services as journal
from people.models import User

log = logging.getLogger(__name__)
BATCH: Final = 200
A_WEEK: Final = timedelta(days=7)
NOTHING: Final = "It was due, and nothing had happened that makes it unnecessary."
Status = FollowUp.Status


@dataclass(frozen=True)
class Around:
    """What a batch needs, read once."""

    plans: dict[str, Plan]
    subjects: dict[tuple[str, int], Any]
    suppressed: set[str]
    limits: Limits


def look_around(rows: Sequence[FollowUp]) -> Around:
    codes = {row.rule for row in rows}
    rules = Rule.objects.filter(code__in=codes).prefetch_related("steps")
    keys: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        keys[row.subject_type].add(row.subject_id)
    addresses = {row.recipient.lower() for row in rows}
    return Around(
        {rule.code: Plan.of(rule) for rule in rules}, load(keys),
        {one.address.lower() for one in Suppression.objects.standing().among(addresses)},
        Limits.objects.filter(pk=1).first() or Limits(),
    )  # fmt: skip


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
    around = look_around(rows)
    for row in rows:
        try:
            with transaction.atomic():
                settle(row, around, at)
        except Exception:
            log.exception("follow-up %s cannot be prepared", row.pk)
            row.refresh_from_db()
            ask(row, "It could not be prepared. Ask your administrator: the log names it.", at=at)
    return len(rows)


def due_rows(at: datetime) -> Any:
    """What is due and not paused, the longest waiting first; rows that others work on are left out."""
    rows = (
        FollowUp.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("contact", "user__team__calendar", "user__department__calendar", "owner__team__calendar")
        .filter(status=Status.SCHEDULED, due_at__lte=at)
        .order_by("due_at", "pk")
    )  # fmt: skip
    pauses = list(Pause.objects.filter(ended_at=None).values_list("rule__code", "account_id"))
    if Pause.objects.filter(ended_at=None, rule=None, account_id=None).exists():
        return rows.none()
    codes = [code for code, _ in pauses if code is not None]
    accounts = [account for _, account in pauses if account is not None]
    if codes:
        rows = rows.exclude(rule__in=codes)
    return rows.exclude(account_id__in=accounts, account_id__isnull=False) if accounts else rows


def settle(row: FollowUp, around: Around, at: datetime) -> None:
    """What becomes of one that is due; the caller holds its lock."""
    if _replanned(row, around, at=at):
        return
    why = why_not(row, around, at=at)
    if why:
        end(row, why, by=None, at=at)
        return
    plan = around.plans[row.rule]
    if later := _too_many(row, around, at):
        _put_off(row, later, at)
        return
    step = next(one for one in plan.steps if one.position == row.step)
    subject = around.subjects[row.subject_type, row.subject_id]
    try:
        row.subject, row.body = written(plan, step, subject, row)
    except texts.BadText as wrong:
        ask(row, str(wrong), at=at)
        return
    late = at - row.due_at > timedelta(hours=around.limits.stale_hours)
    if late or step.needs_approval:
        words = (
            f"It is {planning.lateness(row, at)} late: does it still make sense?" if late else ""
        )
        ask(row, words, at=at)
    else:
        send(row, plan.rule, subject, why=NOTHING, by=None, at=at)


def written(plan: Plan, step: Any, subject: Any, row: FollowUp) -> tuple[str, str]:
    """(subject, body in markdown) as the step's texts say it now.

    :raises BadText: if a text cannot be filled in.
    """
    reader = reader_of(row)
    plain = texts.given(plan.kind, subject, reader, row.owner, markdown=False)
    rich = texts.given(plan.kind, subject, reader, row.owner, markdown=True)
    title = " ".join(texts.fill(step.subject, plain).split())[:250]
    return title, texts.fill(step.body, rich)


def why_not(row: FollowUp, around: Around, *, at: datetime) -> str:
    """Why it must not go out any more, or nothing."""
    plan = around.plans.get(row.rule)
    if plan is None or not any(step.position == row.step for step in plan.steps):
        return "This rule no longer has this step."
    if not plan.rule.is_active:
        return "The rule was switched off."
    subject = around.subjects.get((row.subject_type, row.subject_id))
    if subject is None:
        return "What it was about is no longer there."
    return (
        _over(plan, subject, row) or _unreachable(row, around)
        or why_stop(row, plan.rule.stops, since=row.created_at, until=at) or _enough(row, plan.rule)
    )  # fmt: skip


def _over(plan: Plan, subject: Any, row: FollowUp) -> str:
    if over := plan.kind.over(subject):
        return over
    if no_longer := broken(plan.rule.conditions, plan.kind, subject):
        return f"No longer so: {no_longer}."
    readers = plan.kind.readers.get(plan.rule.reader)
    now = readers.find(subject) if readers is not None else []
    if row.recipient.lower() in {reader.email.lower() for reader in now}:
        return ""
    return (readers.gone if readers else "{} is told no more.").format(
        row.recipient_name or row.recipient
    )


def _unreachable(row: FollowUp, around: Around) -> str:
    name = row.recipient_name or row.recipient
    if row.user is not None and not row.user.is_active:
        return f"{name} no longer works here."
    if row.contact is not None and row.contact.no_mail:
        return f"{name} asked not to be mailed."
    if row.channel == "mail" and row.recipient.lower() in around.suppressed:
        return f"No mail goes to {row.recipient}: it came back, or was not wanted."
    return ""


def _enough(row: FollowUp, rule: Rule) -> str:
    if rule.most is None:
        return ""
    sent = FollowUp.objects.filter(
        rule=row.rule, subject_type=row.subject_type, subject_id=row.subject_id,
        recipient=row.recipient, status=Status.SENT,
    ).count()  # fmt: skip
    return f"{rule.most} of this rule went out: that is the most." if sent >= rule.most else ""


def _too_many(row: FollowUp, around: Around, at: datetime) -> datetime | None:
    """When the reader may get the next one, if she has had as many as may be in a week."""
    most = around.limits.most_a_week
    if most is None or row.contact is None:
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


def _replanned(row: FollowUp, around: Around, *, at: datetime) -> bool:
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
    if (
        moment is not None
        and (due := planning.due_of(step, moment, reader_of(row), row.owner)) is not None
    ):
        fresh = FollowUp(
            rule=row.rule, rule_version=plan.rule.version, step=row.step, channel=step.channel,
            subject_type=row.subject_type, subject_id=row.subject_id, account_id=row.account_id,
            user=row.user, contact=row.contact, owner=row.owner, recipient=row.recipient,
            recipient_name=row.recipient_name, due_at=due, created_at=at, anchor_at=moment,
            occasion=planning.occasion_of(step, None, moment), reason=row.reason,
            why_then=planning.why_then(plan, step, moment)[:300],
        )  # fmt: skip
        if due > at:
            FollowUp.objects.bulk_create([fresh], ignore_conflicts=True)
    end(row, f"Moved: “{found.label if found else step.anchor}” is another now.", by=None, at=at)
    return True


def look_again(rows: Iterable[FollowUp], *, at: datetime) -> None:
    """End those among open `rows`, which the caller locked, that are unnecessary by now."""
    found = list(rows)
    around = look_around(found) if found else None
    for row in found:
        if around is not None and not _replanned(row, around, at=at):
            why = why_not(row, around, at=at)
            if why:
                end(row, why, by=None, at=at)


def end(row: FollowUp, why: str, *, by: User | None, at: datetime) -> None:
    """It shall not go out; the caller holds its lock."""
    row.status, row.stop_reason, row.settled_at = Status.STOPPED, why[:300], at
    row.save(update_fields=["status", "stop_reason", "settled_at"])
    note("stopped", row, at, by=by, why=why)


def note(word: str, row: FollowUp, at: datetime, *, by: User | None = None, **data: Any) -> None:
    journal.record(
        f"followups.followup.{word}", row, by=by, at=at, account_id=row.account_id, data=data
    )
