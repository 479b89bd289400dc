"""How a follow-up leaves: owed to a reader, or put before a person first."""

from datetime import datetime
from typing import Any

from comms import services as comms
from followups.kinds import kind
from followups.models import FollowUp, Rule
from followups.planning import reader_of
from journal import services as journal
from notices import services as notices
from people.models import User

Status = FollowUp.Status


def send(
    row: FollowUp, rule: Rule, subject: Any, *, why: str, by: User | None, at: datetime
) -> None:  # fmt: skip
    """Owe what `row` says; the caller holds its lock. Answers come back into the conversation of
    what it is about."""
    if row.channel == "notice" and row.user is not None:
        notices.tell(
            row.user, kind="followup", key=f"followup:{row.pk}", subject=row.subject, body=row.body,
            at=at, about=subject, link=kind(row.subject_type).page(subject, reader_of(row)),
        )  # fmt: skip
    else:
        row.delivery = comms.owe_mail(
            key=f"followup:{row.pk}", recipient=row.recipient, recipient_name=row.recipient_name,
            subject=row.subject, body=row.body, due_at=at, at=at, about=subject, contact=row.contact,
            user=row.user, author=row.owner if row.contact is not None else None,
            leave_by="followup" if rule.may_leave and row.contact is not None else "",
        )  # fmt: skip
        row.channel = "mail"
    row.status, row.settled_at, row.why_sent, row.approved_by = Status.SENT, at, why[:300], by
    row.save()
    journal.record(
        "followups.followup.sent", row, by=by, at=at, account_id=row.account_id,
        data={"rule": row.rule, "step": row.step, "why": why[:300]},
    )  # fmt: skip


def ask(row: FollowUp, problem: str, *, at: datetime) -> None:
    """Put it before a person: she changes it, sends it, or drops it."""
    row.status, row.problem = Status.DRAFT, problem[:300]
    row.save(update_fields=["status", "problem", "subject", "body"])
    journal.record(
        "followups.followup.drafted", row, by=None, at=at, account_id=row.account_id,
        data={"problem": row.problem},
    )  # fmt: skip
    if row.owner is not None and row.owner.is_active:
        notices.tell(
            row.owner, kind="followup_draft", key=f"followup-draft:{row.pk}", at=at,
            subject=f"To approve: {row.subject or row.reason}", link=f"/follow-ups/{row.pk}/",
            body=row.problem or f"To {row.recipient_name or row.recipient}, because: {row.reason}",
        )  # fmt: skip
