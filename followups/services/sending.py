"""How follow-ups leave: owed to their readers, or put before a person first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from comms import services as comms
from followups.kinds import kind
from followups.models import FollowUp, Rule
from followups.planning import reader_of
from followups.texts import OWN_LINK
from journal import services as journal
from notices import services as notices
from people.models import User

Status = FollowUp.Status
WRITE: Final = """
UPDATE followups_followup f SET status = 'sent', settled_at = %s, subject = r.subject, body = r.body,
    why_sent = r.why, channel = r.channel, delivery_id = r.delivery, approved_by_id = %s
FROM jsonb_to_recordset(%s::jsonb)
    AS r(id bigint, subject text, body text, why text, channel text, delivery bigint)
WHERE f.id = r.id
"""


@dataclass(frozen=True)
class Ready:
    """A follow-up that goes out as its subject and body say, and why."""

    row: FollowUp
    rule: Rule
    about: Any
    why: str


def send_many(ready: Sequence[Ready], *, at: datetime, by: User | None = None) -> None:
    """Owe what they say; the caller holds their locks. Answers come back into the conversations of
    what they are about."""
    if not ready:
        return
    mails = [one for one in ready if not _is_notice(one.row)]
    owed = comms.owe_many([_mail(one, at) for one in mails], at=at)
    for one in ready:
        one.row.channel = "notice" if _is_notice(one.row) else "mail"
        one.row.delivery_id = owed.get(_key(one.row))
        one.row.status, one.row.settled_at, one.row.why_sent = Status.SENT, at, one.why[:300]
        if one.row.channel == "notice":
            _notify(one, at)
    rows = [
        {"id": one.row.pk, "subject": one.row.subject, "body": one.row.body, "why": one.why[:300],
         "channel": one.row.channel, "delivery": one.row.delivery_id} for one in ready
    ]  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(WRITE, [at, by.pk if by else None, json.dumps(rows)])
    journal.record_many(FollowUp, [_entry(one) for one in ready], by=by, at=at)


def _is_notice(row: FollowUp) -> bool:
    return row.channel == "notice" and row.user is not None


def _key(row: FollowUp) -> str:
    return f"followup:{row.pk}"


def _mail(one: Ready, at: datetime) -> dict[str, Any]:
    row = one.row
    outside = row.contact is not None
    body = _with_own_link(one, at)
    return {
        "key": _key(row), "recipient": row.recipient, "recipient_name": row.recipient_name,
        "subject": row.subject, "body": body, "private": body != row.body, "due_at": at, "about": one.about,
        "thread": kind(row.subject_type).thread(one.about), "contact": row.contact, "user": row.user,
        "author": row.owner if outside else None,
        "leave_by": "followup" if one.rule.may_leave and outside else "",
    }  # fmt: skip


def _with_own_link(one: Ready, at: datetime) -> str:
    """What leaves: a link by which its reader acts stands in her mail, and nowhere else."""
    make = kind(one.row.subject_type).fresh_page
    if make is None or OWN_LINK not in one.row.body:
        return one.row.body
    return one.row.body.replace(OWN_LINK, make(one.about, reader_of(one.row), at))


def _notify(one: Ready, at: datetime) -> None:
    row = one.row
    assert row.user is not None  # noqa: S101 - a notice has a colleague to read it
    notices.tell(
        row.user, kind="followup", key=_key(row), subject=row.subject, body=row.body, at=at,
        about=one.about, link=kind(row.subject_type).page(one.about, reader_of(row)),
    )  # fmt: skip


def _entry(one: Ready) -> dict[str, Any]:
    row = one.row
    return {
        "action": "followups.followup.sent", "id": row.pk, "name": str(row), "account": row.account_id,
        "data": {"rule": row.rule, "step": row.step, "why": one.why[:300]},
    }  # fmt: skip


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
