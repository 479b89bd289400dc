"""What people decide about follow-ups: approve, change, move, stop, and wait with all of them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from followups.models import FollowUp, Pause, Rule
from followups.services.ending import end, note
from followups.services.looking import look_around
from followups.services.sending import Ready, send_many
from followups.services.settling import settle
from journal import services as journal
from people.models import User

Status = FollowUp.Status


class AlreadySettled(Exception):
    """It went out or was stopped before; the message is fit for people to read."""


class Unsound(Exception):
    """It cannot be done like that; the message is fit for people to read."""


def _lock(row: FollowUp, *allowed: Status) -> None:
    row.refresh_from_db(from_queryset=FollowUp.objects.select_for_update(of=("self",)))
    if row.status not in allowed:
        raise AlreadySettled(f"This follow-up is {Status(row.status).label.lower()} already.")


@transaction.atomic
def stop(row: FollowUp, *, why: str, by: User, at: datetime) -> None:
    """A person decides that it shall not go out.

    :raises AlreadySettled: if it did, or was stopped.
    """
    _lock(row, Status.SCHEDULED, Status.DRAFT)
    end(row, why.strip() or f"Stopped by {by}.", by=by, at=at)


def stop_many(rows: Sequence[FollowUp], *, why: str, by: User, at: datetime) -> list[str]:
    """Each for itself; returns why some were not stopped."""
    refused = []
    for row in rows:
        try:
            stop(row, why=why, by=by, at=at)
        except AlreadySettled as refusal:
            refused.append(f"{row.recipient_name or row.recipient}: {refusal}")
    return refused


@transaction.atomic
def move(row: FollowUp, *, to: datetime, by: User, at: datetime) -> None:
    """A person decides when it goes out.

    :raises AlreadySettled: if it went out, or was stopped.
    :raises Unsound: for a time that has passed.
    """
    _lock(row, Status.SCHEDULED)
    if to <= at:
        raise Unsound("That time has passed.")
    row.due_at, row.why_then = to, f"{by} chose this time."[:300]
    row.save(update_fields=["due_at", "why_then"])
    note("moved", row, at, by=by, to=to.isoformat())


@transaction.atomic
def send_now(row: FollowUp, *, by: User, at: datetime) -> None:
    """Do now what it would do when due: it goes out, waits for approval, or stops with its reason.

    :raises AlreadySettled: if it went out, or was stopped.
    :raises Unsound: while it is paused.
    """
    _lock(row, Status.SCHEDULED)
    if why := paused(row):
        raise Unsound(f"It is paused: {why}")
    row.due_at, row.why_then = at, f"{by} sent it on its way."[:300]
    row.save(update_fields=["due_at", "why_then"])
    note("moved", row, at, by=by, to=at.isoformat())
    settle([row], at)


def paused(row: FollowUp) -> str:
    """Why this one waits although it would be due; nothing if it does not."""
    found = Pause.objects.standing().holding(row.rule, row.account_id).order_by("since", "pk")
    return next((pause.why for pause in found[:1]), "")


@transaction.atomic
def rewrite(row: FollowUp, *, subject: str, body: str, by: User, at: datetime) -> None:
    """Change what a draft says.

    :raises AlreadySettled: if it went out, or was stopped.
    :raises Unsound: for an empty text.
    """
    _lock(row, Status.DRAFT)
    subject, body = " ".join(subject.split())[:250], body.strip()
    if not subject or not body:
        raise Unsound("A mail needs a subject and a text.")
    row.subject, row.body, row.problem = subject, body, ""
    row.save(update_fields=["subject", "body", "problem"])
    note("changed", row, at, by=by)


@transaction.atomic
def approve(row: FollowUp, *, by: User, at: datetime) -> None:
    """Send a draft as it stands. What made it unnecessary in the meantime stops it.

    :raises AlreadySettled: if it went out or was stopped, also just now because it had become unnecessary.
    :raises Unsound: for a draft without a text.
    """
    _lock(row, Status.DRAFT)
    around = look_around([row], until=at)
    if why := around.why_not(row):
        raise AlreadySettled(f"It was not sent: {why} Stop it, or write by hand.")
    if not row.subject or not row.body:
        raise Unsound("Write its text first.")
    about = around.subjects[row.subject_type, row.subject_id]
    send_many([Ready(row, around.plans[row.rule].rule, about, f"{by} approved it.")], by=by, at=at)


@transaction.atomic
def send_draft(row: FollowUp, *, subject: str, body: str, by: User, at: datetime) -> None:
    """Approve a draft in these words; either both happen or nothing.

    :raises AlreadySettled: as `approve` does.
    :raises Unsound: for an empty text.
    """
    _lock(row, Status.DRAFT)
    if (row.subject, row.body) != (subject, body):
        rewrite(row, subject=subject, body=body, by=by, at=at)
    approve(row, by=by, at=at)


def approve_many(rows: Sequence[FollowUp], *, by: User, at: datetime) -> list[str]:
    """Each for itself; returns why some were not sent."""
    refused = []
    for row in rows:
        try:
            approve(row, by=by, at=at)
        except (AlreadySettled, Unsound) as refusal:
            refused.append(f"{row.recipient_name or row.recipient}: {refusal}")
    return refused


@transaction.atomic
def pause(
    *, why: str, by: User, at: datetime, rule: Rule | None = None, account_id: int | None = None
) -> Pause:  # fmt: skip
    """Nothing goes out by itself: of `rule`, to the account, or at all. What falls due meanwhile
    waits, and is looked at once more when it goes on.

    :raises Unsound: without a reason, or if it is paused already.
    """
    if not why.strip():
        raise Unsound("Say why, so that colleagues know when to go on.")
    try:
        with transaction.atomic():
            row = Pause.objects.create(
                rule=rule, account_id=account_id, since=at, by=by, why=why.strip()[:300]
            )
    except IntegrityError as clash:
        raise Unsound("It is paused already.") from clash
    data = {"rule": rule.code if rule else None, "why": row.why}
    journal.record("followups.pause.begun", row, by=by, at=at, account_id=account_id, data=data)
    return row


@transaction.atomic
def go_on(row: Pause, *, by: User, at: datetime) -> None:
    """End a pause. Twice changes nothing."""
    row.refresh_from_db(from_queryset=Pause.objects.select_for_update(of=("self",)))
    if row.ended_at is not None:
        return
    row.ended_at, row.ended_by = at, by
    row.save(update_fields=["ended_at", "ended_by"])
    journal.record("followups.pause.ended", row, by=by, at=at, account_id=row.account_id)
