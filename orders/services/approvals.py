"""Approvals: asked about one content, decided by somebody else, void as soon as it changes.

What is approved is a hash that the database makes of the rows (migration 0006). An edit, a copy or
a conversion with another content has another hash, so the answer is no answer to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from comms import services as comms
from journal import services as journal
from kit.markup import money
from orders.checks import approval as rule_check
from orders.models import (
    Amendment,
    Approval,
    Order,
    QuoteRevision,
    RevisionStatus,
    Status,
)
from orders.queries.hashes import order_hash, revision_hash
from orders.queries.policy import Breach, approver
from orders.services import checking, drafts
from orders.services.errors import CannotFix, Conflicting, NoReason
from people.models import Absence, Role, User

REMIND_AFTER: Final = timedelta(hours=24)
SALT: Final = "orders.approval"
LINK_LASTS: Final = timedelta(days=30)


class NotYours(Conflicting):
    """Somebody else has to decide."""


class Stale(Conflicting):
    """The content is another one by now, or it was decided already."""


class BadLink(Exception):
    """The link was altered, is too old, or for somebody else; the message is fit for people."""


@dataclass(frozen=True)
class Question:
    """What an approver is asked about."""

    about: dict[str, Any]
    content_hash: str
    net: Decimal
    found: Sequence[Breach]
    account_id: int


@transaction.atomic
def ask_for_order(order: Order, *, by: User | None, at: datetime) -> Approval:
    """Ask for the release of a draft as it is now; asking twice is one question.

    :raises CannotFix: if no rule asks for one.
    """
    drafts.lock_for_edit(order)
    case, _ = checking.look_at(order, at)
    found = rule_check.needed(case)
    if not found:
        raise CannotFix("No rule asks for a release of this order. Check it again.")
    order.save(update_fields=["approval_needed"])
    net = rule_check.content_of(case).net
    question = Question({"order": order}, order_hash(order.pk), net, found, order.account_id)
    return ask(question, by=by, at=at)


def ask(question: Question, *, by: User | None, at: datetime) -> Approval:
    """Write the question down and mail whoever decides; the caller holds the lock of the thing."""
    waiting = Approval.objects.select_for_update().waiting().filter(**question.about).first()
    if waiting is not None:
        if waiting.content_hash == question.content_hash:
            return waiting
        _void(waiting)
    chosen, stands_in_for = _decider(approver(question.found, question.net), by, at)
    made = Approval.objects.create(
        **question.about, content_hash=question.content_hash, net=round(question.net, 2),
        reasons=[breach.words for breach in question.found], approver=chosen,
        stands_in_for=stands_in_for, asked_by=by, asked_at=at,
    )  # fmt: skip
    _record("asked", made, question.account_id, by=by, at=at)
    _mail(made, "asked", at)
    return made


def void_waiting(**about: Any) -> None:
    """The content changed: what was asked about it needs no answer any more."""
    for waiting in Approval.objects.select_for_update().waiting().filter(**about):
        _void(waiting)


def _void(waiting: Approval) -> None:
    waiting.status = Approval.Status.VOID
    waiting.save(update_fields=["status"])


def _decider(chosen: int | None, by: User | None, at: datetime) -> tuple[User | None, User | None]:
    """Who decides, and whose place that is; nobody decides her own, and backups stand in."""
    if chosen is None or (by is not None and chosen == by.pk):
        return None, None
    person = User.objects.active().filter(pk=chosen).first()
    if person is None:
        return None, None
    away = Absence.objects.filter(user=person, starts_at__lte=at, ends_at__gt=at).order_by("pk")
    backup = next((a.backup for a in away.select_related("backup") if a.backup), None)
    if backup is None or (by is not None and backup.pk == by.pk):
        return person, None
    return backup, person


@transaction.atomic
def decide(approval: Approval, *, approve: bool, note: str, by: User, at: datetime) -> None:
    """Say yes or no to the content that was asked about.

    :raises NotYours: if somebody else has to decide, or to whoever asked.
    :raises Stale: if it was decided, or the content changed since.
    :raises NoReason: for a no without a reason.
    """
    if not approve and not note.strip():
        raise NoReason("Say why not: whoever asked has to change something.")
    target = _lock_target(approval)
    approval.refresh_from_db(from_queryset=Approval.objects.select_for_update(of=("self",)))
    if approval.status != Approval.Status.WAITING:
        raise Stale(f"This was settled already: {approval.get_status_display().lower()}.")
    _may_decide(approval, by)
    if _hash_now(approval) != approval.content_hash:
        raise Stale("It was changed since the question was asked. Look at it again.")
    approval.status = Approval.Status.APPROVED if approve else Approval.Status.REJECTED
    approval.note, approval.decided_by, approval.decided_at = note.strip()[:300], by, at
    approval.save(update_fields=["status", "note", "decided_by", "decided_at"])
    word = "approved" if approve else "rejected"
    _record(word, approval, _account(approval), by=by, at=at, note=approval.note)
    _carry_out(approval, target, approve=approve, at=at)
    _mail(approval, word, at)


def _lock_target(approval: Approval) -> Order | QuoteRevision | Amendment:
    """The thing first, then the question: the same order as when it is asked."""
    if approval.order is not None:
        drafts.lock(approval.order)
        return approval.order
    if approval.revision is not None:
        approval.revision.refresh_from_db(
            from_queryset=QuoteRevision.objects.select_for_update(of=("self",))
        )
        return approval.revision
    if approval.amendment is None:
        raise Stale("What this was about is gone.")
    drafts.lock(approval.amendment.order)
    return approval.amendment


def _hash_now(approval: Approval) -> str:
    if approval.order_id is not None:
        return order_hash(approval.order_id)
    if approval.revision_id is not None:
        return revision_hash(approval.revision_id)
    return approval.amendment.content_hash if approval.amendment else ""


def may_decide(approval: Approval, by: User) -> bool:
    """Whoever was asked or is stood in for; anybody who may approve where nobody is named."""
    if approval.asked_by_id == by.pk:
        return False
    asked = by.pk in {approval.approver_id, approval.stands_in_for_id}
    anybody = approval.approver_id is None and by.has_perm("orders.decide_approval")
    return asked or anybody or by.is_superuser


def _may_decide(approval: Approval, by: User) -> None:
    if approval.asked_by_id == by.pk:
        raise NotYours("You asked for this yourself; somebody else has to decide.")
    if not may_decide(approval, by):
        raise NotYours(f"This is for {approval.approver or 'an approver'} to decide.")


def _carry_out(
    approval: Approval, target: Order | QuoteRevision | Amendment, *, approve: bool, at: datetime
) -> None:
    """The answer becomes a column of the thing: what the database compares its content with."""
    if isinstance(target, Amendment):
        from orders.services import amendments  # noqa: PLC0415 - it asks, and is told the answer

        amendments.decided(target, approve=approve, by=approval.decided_by, at=at)
    elif isinstance(target, QuoteRevision):
        target.approved_hash = approval.content_hash if approve else ""
        target.status = RevisionStatus.DRAFT
        target.save(update_fields=["approved_hash", "status"])
    else:
        target.approved_hash = approval.content_hash if approve else ""
        target.save(update_fields=["approved_hash"])
        if target.status in {Status.DRAFT, Status.CHECKED}:
            checking.run(target, by=approval.decided_by, at=at)
            target.save(update_fields=checking.WRITTEN)


def remind_due(*, at: datetime, limit: int = 200) -> int:
    """Mail again about what nobody answered for a day; returns how many."""
    due = Approval.objects.waiting().filter(asked_at__lte=at - REMIND_AFTER)
    due = due.exclude(reminded_at__gt=at - REMIND_AFTER).order_by("asked_at", "pk")
    count = 0
    for pk in due.values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            row = (
                Approval.objects.waiting().select_for_update(skip_locked=True).filter(pk=pk).first()
            )
            if row is None:
                continue
            row.reminded_at = at
            row.save(update_fields=["reminded_at"])
            _record("reminded", row, _account(row), by=None, at=at)
            _mail(row, f"reminder {at:%Y-%m-%d}", at)
            count += 1
    return count


def link_for(approval: Approval, user: User) -> str:
    """Where `user` can answer from a mail, without signing in."""
    token = signing.dumps([approval.pk, user.pk, approval.content_hash[:12]], salt=SALT)
    return f"{settings.PORTAL_URL}{reverse('orders:answer_approval', args=[token])}"


def read_link(token: str) -> tuple[Approval, User]:
    """The question and the person that a link is for.

    :raises BadLink: if it was altered, is too old, or the person may not decide any more.
    """
    try:
        pk, person, digest = signing.loads(token, salt=SALT, max_age=LINK_LASTS)
        approval = Approval.objects.get(pk=pk, content_hash__startswith=digest)
        return approval, User.objects.active().get(pk=person)
    except (signing.BadSignature, ValueError, TypeError) as bad:
        raise BadLink("This link is not whole, or too old. Open the portal instead.") from bad
    except (Approval.DoesNotExist, User.DoesNotExist) as gone:
        raise BadLink("This link is for something that is not there any more.") from gone


def _mail(approval: Approval, event: str, at: datetime) -> None:
    """To those who decide, or to whoever asked once it is decided."""
    if approval.status != Approval.Status.WAITING:
        people = [approval.asked_by] if approval.asked_by else []
    elif approval.approver is not None:
        people = [approval.approver]
    else:
        people = _anybody(approval)
    for person in people:
        comms.owe_mail(
            key=f"approval:{approval.pk}:{event}:{person.pk}", recipient=person.email,
            recipient_name=person.name, user=person, subject=_subject(approval),
            body=_body(approval, person), due_at=at, at=at, about=approval,
        )  # fmt: skip


def _anybody(approval: Approval) -> list[User]:
    managers = User.objects.active().in_role(Role.MANAGER)
    if approval.asked_by_id is not None:
        managers = managers.exclude(pk=approval.asked_by_id)
    return list(managers.order_by("pk")[:5])


def _subject(approval: Approval) -> str:
    if approval.status == Approval.Status.WAITING:
        return f"To approve: {approval.about}"
    return f"{approval.get_status_display()}: {approval.about}"


def _body(approval: Approval, person: User) -> str:
    if approval.status != Approval.Status.WAITING:
        said = f"\n\n> {approval.note}" if approval.note else ""
        return f"{approval.decided_by} decided about **{approval.about}**.{said}"
    why = "\n".join(f"- {words}" for words in approval.reasons)
    asked = f"{approval.asked_by} asks" if approval.asked_by else "The portal asks"
    stand = f" You stand in for {approval.stands_in_for}." if approval.stands_in_for else ""
    return (
        f"{asked} you to release **{approval.about}**, {money(approval.net)} net.{stand}\n\n{why}"
        f"\n\n[Look at it and answer]({link_for(approval, person)})"
    )


def _account(approval: Approval) -> int | None:
    if approval.revision is not None:
        return approval.revision.family.account_id
    order = approval.order or (approval.amendment.order if approval.amendment else None)
    return order.account_id if order is not None else None


def _record(
    word: str, approval: Approval, account_id: int | None, *, by: User | None, at: datetime,
    **data: str,
) -> None:  # fmt: skip
    told = {
        "order": approval.order_id, "revision": approval.revision_id,
        "amendment": approval.amendment_id, "net": str(approval.net), **data,
    }  # fmt: skip
    journal.record(
        f"orders.approval.{word}", approval, by=by, at=at, account_id=account_id, data=told
    )
    target = approval.order or (approval.revision and approval.revision.family)
    if target is not None:
        journal.record(
            f"orders.{'order' if approval.order else 'quote'}.release_{word}", target, by=by,
            at=at, account_id=account_id, data=told,
        )  # fmt: skip
