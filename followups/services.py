"""Everything that writes follow-ups: scheduled by following the journal, settled when due."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from comms import services as comms
from followups.models import FollowUp
from followups.rules import RULES, Due, Rule
from journal import services as journal
from journal.models import Entry
from people.models import User

FOLLOWER = "followups"
BATCH = 200
Status = FollowUp.Status


class AlreadySettled(Exception):
    """It went out or was stopped before; the message is fit for people to read."""


def follow(batch: int = 500) -> int:
    """Schedule what follows from the next entries of the journal, exactly once."""
    return journal.follow(FOLLOWER, schedule, batch=batch)


def schedule(entries: Sequence[Entry]) -> None:
    """One row per rule, occasion and recipient; the same occasion twice is one."""
    rows = [
        _row(rule, due, entry.at)
        for entry in entries
        for rule in RULES.values()
        if entry.action in rule.actions
        for due in rule.plan(entry)
    ]
    FollowUp.objects.bulk_create(rows, ignore_conflicts=True)


def _row(rule: Rule, due: Due, at: datetime) -> FollowUp:
    return FollowUp(
        rule=rule.code, subject_type=due.subject._meta.label_lower, subject_id=due.subject.pk,
        account_id=due.account_id, occasion=due.occasion, user=due.user, contact=due.contact,
        recipient=due.recipient, recipient_name=due.recipient_name, due_at=due.due_at,
        reason=due.reason[:300], created_at=at,
    )  # fmt: skip


@transaction.atomic
def settle_due(*, at: datetime) -> int:
    """Look at what is due once more, then owe its mail or stop it; returns how many.

    The mail is owed in the same transaction under the follow-up's own key, so that it is owed
    once whatever happens to the worker; sending it is the deliveries' part.
    """
    rows = (
        FollowUp.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("contact", "user")
        .filter(status=Status.SCHEDULED, due_at__lte=at)
        .order_by("due_at", "pk")[:BATCH]
    )
    found = list(rows)
    for row in found:
        rule = RULES.get(row.rule)
        why_not = rule.stop(row) if rule is not None else "This rule is no longer there."
        if why_not or rule is None:
            _stop(row, why_not, by=None, at=at)
        else:
            _send(row, rule, at)
    return len(found)


def _send(row: FollowUp, rule: Rule, at: datetime) -> None:
    subject, body = rule.write(row)
    row.delivery = comms.owe_mail(
        key=f"followup:{row.pk}", recipient=row.recipient, recipient_name=row.recipient_name,
        subject=subject, body=body, due_at=at, at=at, about=row, contact=row.contact, user=row.user,
    )  # fmt: skip
    row.status, row.settled_at = Status.SENT, at
    row.save(update_fields=["delivery", "status", "settled_at"])
    journal.record("followups.followup.sent", row, by=None, at=at, account_id=row.account_id)


def _stop(row: FollowUp, why: str, *, by: User | None, at: datetime) -> None:
    row.status, row.stop_reason, row.settled_at = Status.STOPPED, why[:300], at
    row.save(update_fields=["status", "stop_reason", "settled_at"])
    journal.record(
        "followups.followup.stopped",
        row,
        by=by,
        at=at,
        account_id=row.account_id,
        data={"why": why},
    )


@transaction.atomic
def stop(row: FollowUp, *, why: str, by: User, at: datetime) -> None:
    """A person decides that it shall not go out.

    :raises AlreadySettled: if it did, or was stopped.
    """
    row.refresh_from_db(from_queryset=FollowUp.objects.select_for_update())
    if row.status != Status.SCHEDULED:
        raise AlreadySettled(f"This follow-up is {Status(row.status).label.lower()} already.")
    _stop(row, why.strip() or f"Stopped by {by}.", by=by, at=at)
