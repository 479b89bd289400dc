"""What became of a quote: accepted, in time or late, declined, expired, won by an order."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from comms import services as comms
from comms.models import Visibility
from orders.models import LostKind, QuoteFamily, QuoteMoveRefused, QuoteRevision, RevisionStatus
from orders.queries.prices import portal_day
from orders.services.approvals import Stale
from orders.services.errors import Conflicting, NoReason, Unusable
from orders.services.quotes.base import lock, lock_revision, record
from people.models import User

Status = QuoteFamily.Status


class NewerOffer(Conflicting):
    """The customer looks at a revision that another one replaced."""


@transaction.atomic
def accept(
    revision: QuoteRevision, *, name: str, content_hash: str, address: str | None, at: datetime
) -> bool:
    """The customer says yes to exactly this content. Saying it again changes nothing.

    Past its last day the yes is kept and the desk decides: returns False then.

    :raises NewerOffer: if a newer revision, or another alternative, counts.
    :raises Stale: if the content is not what the customer saw.
    :raises Unusable: without a name.
    """
    name = " ".join(name.split())[:150]
    if not name:
        raise Unusable("Type your name: it stands for your signature.")
    family = lock_revision(revision)
    if revision.status == RevisionStatus.ACCEPTED:
        return True
    if revision.status == RevisionStatus.SUPERSEDED or family.status == Status.WON:
        raise NewerOffer("A newer offer replaced this one.")
    if revision.status not in {RevisionStatus.SENT, RevisionStatus.EXPIRED}:
        raise NewerOffer("This offer is not open any more. Ask us for a new one.")
    if content_hash != revision.content_hash:
        raise Stale("The offer is not the one that you read. Open it again.")
    if revision.status == RevisionStatus.EXPIRED or revision.valid_until < portal_day(at):
        _late(family, revision, name, address, at)
        return False
    _accept(family, revision, name, address, by=None, at=at)
    return True


def _late(
    family: QuoteFamily, revision: QuoteRevision, name: str, address: str | None, at: datetime
) -> None:
    if family.late_at is not None:
        return
    if family.status == Status.SENT:
        _expire_now(family, at)
    family.late_at, family.late_name = at, name
    family.save(update_fields=["late_at", "late_name"])
    data = {"name": name, "address": address, "hash": revision.content_hash}
    record("accepted_late", family, by=None, at=at, revision=revision, **data)


def _accept(
    family: QuoteFamily, revision: QuoteRevision, name: str, address: str | None, *,
    by: User | None, at: datetime,
) -> None:  # fmt: skip
    _take(family, revision, name, address, at)
    family.amount = round(revision.net, 2)
    family.save(update_fields=["amount"])
    data = {"name": name, "address": address, "hash": revision.content_hash}
    record("accepted", family, by=by, at=at, revision=revision, **data)
    _decide(family, Status.WON, by=by, at=at)


def _take(
    family: QuoteFamily, revision: QuoteRevision, name: str, address: str | None, at: datetime
) -> None:
    """This revision is the deal; the alternatives that were open are not."""
    others = family.revisions.filter(status__in=["sent", "expired"]).exclude(pk=revision.pk)
    others.update(status=RevisionStatus.SUPERSEDED)
    revision.move(RevisionStatus.ACCEPTED)
    QuoteRevision.objects.filter(pk=revision.pk).update(
        status=RevisionStatus.ACCEPTED, accepted_name=name, accepted_from=address,
        accepted_hash=F("content_hash"), decided_at=at,
    )  # fmt: skip


@transaction.atomic
def confirm_late(quote: QuoteFamily, *, by: User, at: datetime) -> None:
    """The desk stands by an offer that was accepted too late: it is won.

    :raises QuoteMoveRefused: unless somebody accepted it late.
    """
    lock(quote)
    revision = _late_one(quote)
    _accept(quote, revision, quote.late_name, None, by=by, at=at)


@transaction.atomic
def refuse_late(quote: QuoteFamily, *, by: User, at: datetime) -> None:
    """It stays expired; make a new revision for the customer."""
    lock(quote)
    revision = _late_one(quote)
    quote.late_at, quote.late_name = None, ""
    quote.save(update_fields=["late_at", "late_name"])
    record("late_refused", quote, by=by, at=at, revision=revision)


def _late_one(quote: QuoteFamily) -> QuoteRevision:
    revision = quote.revisions.filter(status=RevisionStatus.EXPIRED).order_by("-number").first()
    if quote.status != Status.EXPIRED or quote.late_at is None or revision is None:
        raise QuoteMoveRefused(f"Nobody accepted {quote.number} late.")
    return revision


@transaction.atomic
def win(quote: QuoteFamily, *, by: User | None, at: datetime, order: str = "") -> None:
    """An order came from it; late acceptance wins too. Winning twice changes nothing.

    :raises QuoteMoveRefused: for a draft.
    """
    lock(quote)
    if quote.status == Status.WON:
        return
    _decide(quote, Status.WON, by=by, at=at)
    open_ones = quote.revisions.filter(status__in=["sent", "expired", "declined"])
    revision = open_ones.order_by("-number").first()
    if revision is not None:
        _take(quote, revision, f"by order {order}".strip(), None, at)


@transaction.atomic
def decline(
    quote: QuoteFamily,
    *,
    reason: str,
    by: User | None,
    at: datetime,
    kind: str = "",
    name: str = "",
) -> None:
    """The customer said no.

    :raises NoReason: without a reason.
    :raises QuoteMoveRefused: for a draft, and once it is won.
    """
    if not reason.strip():
        raise NoReason("Say why it was lost: the next quote is better for it.")
    lock(quote)
    quote.lost_reason = reason.strip()[:200]
    quote.lost_kind = kind if kind in LostKind.values else LostKind.OTHER
    quote.save(update_fields=["lost_kind"])
    quote.revisions.filter(status__in=["sent", "expired"]).update(
        status=RevisionStatus.DECLINED, decided_at=at
    )
    _decide(quote, Status.LOST, by=by, at=at, name=name)


@transaction.atomic
def ask(revision: QuoteRevision, *, name: str, text: str, at: datetime) -> None:
    """The customer asks something on the quote's page; it stands in the thread, and the rep or the
    desk hears of it by mail."""
    family = revision.family
    thread = comms.thread_for(family, account_id=family.account_id, at=at)
    author = " ".join(name.split())[:150] or family.account.name
    message = comms.post(
        thread, body=text, visibility=Visibility.CUSTOMER, by=None, at=at, author_name=author
    )
    record("asked", family, by=None, at=at, revision=revision, name=author)
    if family.rep is not None:
        comms.owe_mail(
            key=f"quote:{revision.pk}:question:{message.pk}", recipient=family.rep.email,
            recipient_name=family.rep.name, user=family.rep, about=family, due_at=at, at=at,
            subject=f"{author} asks about {family.number}", body=f"> {text.strip()[:2000]}",
        )  # fmt: skip


def mark_viewed(revision: QuoteRevision, *, at: datetime) -> None:
    """The customer opened it for the first time."""
    if QuoteRevision.objects.filter(pk=revision.pk, viewed_at=None).update(viewed_at=at):
        record("viewed", revision.family, by=None, at=at, revision=revision)


def expire_due(*, at: datetime, limit: int = 500) -> int:
    """Expire what was sent and is past its last day; never touches won or lost.

    Returns how many; call again until 0. Each commits by itself.
    """
    due = QuoteFamily.objects.overdue(portal_day(at)).order_by("pk")
    return sum(_expire(pk, at) for pk in due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _expire(pk: int, at: datetime) -> bool:
    """Under the lock the quote is looked at again: it may have been won a moment ago."""
    due = QuoteFamily.objects.overdue(portal_day(at))
    quote = due.select_for_update(skip_locked=True).filter(pk=pk).first()
    if quote is None:
        return False
    _expire_now(quote, at)
    return True


def _expire_now(quote: QuoteFamily, at: datetime) -> None:
    quote.revisions.filter(status=RevisionStatus.SENT).update(
        status=RevisionStatus.EXPIRED, decided_at=at
    )
    _decide(quote, Status.EXPIRED, by=None, at=at)


def _decide(
    quote: QuoteFamily, to: Status, *, by: User | None, at: datetime, name: str = ""
) -> None:
    quote.move(to)
    quote.decided_at = at
    quote.save(update_fields=["status", "decided_at", "lost_reason"])
    record(str(to), quote, by=by, at=at, name=name)
