"""Releasing and sending a revision."""

from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from comms import services as comms
from kit.markup import day, money
from orders.models import Approval, QuoteFamily, QuoteLine, QuoteRevision, RevisionStatus
from orders.queries.availability import promises
from orders.queries.hashes import revision_hash
from orders.queries.policy import (
    Breach,
    Content,
    breaches,
    in_euro,
    margin,
    policy,
    terms_days,
)
from orders.queries.prices import Offer, Wanted, buyer, offers, portal_day
from orders.services import approvals
from orders.services.errors import CannotFix, Conflicting, Unusable
from orders.services.quotes.base import lock, lock_revision, record
from people.models import User

ZERO = Decimal(0)


class NeedsRelease(Conflicting):
    """A rule asks for somebody's release of this content; the message says which."""


@transaction.atomic
def send(
    quote: QuoteFamily, *, by: User | None, at: datetime, revision: QuoteRevision | None = None
) -> QuoteRevision:
    """The customer has the newest draft (or `revision`) from now on, by mail if there is an
    address; what she had of the same option before is superseded.

    :raises NeedsRelease: if a rule asks for a release and there is none of this content.
    :raises Unusable: if it would be expired on arrival, or has no lines.
    :raises QuoteMoveRefused: unless it is a draft.
    """
    lock(quote)
    row = revision or quote.revisions.order_by("-number").first()
    if row is None:
        raise Unusable("There is nothing to send.")
    row.family = quote
    row.refresh_from_db()
    row.move(RevisionStatus.SENT)
    _not_decided(quote, row)
    if not row.lines.exists():
        raise Unusable("It has no lines. Add what you offer.")
    if row.valid_until < portal_day(at):
        raise Unusable("It is valid until a day that has passed. Choose a later one.")
    _released(row, at)
    earlier = quote.revisions.filter(option=row.option, status__in=["sent", "expired"])
    earlier.exclude(pk=row.pk).update(status=RevisionStatus.SUPERSEDED)
    row.sent_at = at
    row.save(update_fields=["status", "sent_at", "approval_needed"])
    _family_sent(quote, row, at)
    record("sent", quote, by=by, at=at, revision=row, hash=row.content_hash)
    _mail(quote, row, at)
    return row


def _not_decided(quote: QuoteFamily, row: QuoteRevision) -> None:
    """What was accepted stands: a later draft of the same option is nothing to offer any more."""
    accepted = quote.revisions.filter(option=row.option, status=RevisionStatus.ACCEPTED).first()
    if accepted is not None:
        raise Unusable(
            f"The customer accepted revision {accepted.number}. Offer more by a quote of its own."
        )


def _family_sent(quote: QuoteFamily, row: QuoteRevision, at: datetime) -> None:
    if quote.status != QuoteFamily.Status.SENT:
        quote.move(QuoteFamily.Status.SENT)
    quote.sent_at = quote.sent_at or at
    quote.decided_at, quote.late_at, quote.late_name = None, None, ""
    quote.amount, quote.valid_until = round(row.net, 2), row.valid_until
    quote.save(update_fields=["status", "sent_at", "decided_at", "late_at", "late_name", "amount",
                              "valid_until"])  # fmt: skip


def _released(row: QuoteRevision, at: datetime) -> None:
    found = needed(row, at)
    row.approval_needed = bool(found)
    row.content_hash = revision_hash(row.pk)
    if found and row.approved_hash != row.content_hash:
        why = " ".join(breach.words for breach in found)
        raise NeedsRelease(f"It needs a release before it is sent. {why}")


@transaction.atomic
def ask_approval(revision: QuoteRevision, *, by: User | None, at: datetime) -> Approval:
    """Ask for the release of a draft; it cannot be edited while it waits.

    :raises CannotFix: if no rule asks for one.
    """
    family = lock_revision(revision)
    found = needed(revision, at)
    if not found:
        raise CannotFix("No rule asks for a release of this quote. Send it.")
    if revision.status != RevisionStatus.WAITING:
        revision.move(RevisionStatus.WAITING)
        revision.save(update_fields=["status"])
    net = in_euro(revision.net, family.currency, portal_day(at))
    question = approvals.Question(
        {"revision": revision}, revision_hash(revision.pk), net, found, family.account_id
    )
    return approvals.ask(question, by=by, at=at)


@transaction.atomic
def recall(revision: QuoteRevision, *, by: User | None, at: datetime) -> None:
    """Take a draft back from the approver, to go on with it."""
    family = lock_revision(revision)
    revision.move(RevisionStatus.DRAFT)
    revision.save(update_fields=["status"])
    approvals.void_waiting(revision=revision)
    record("recalled", family, by=by, at=at, revision=revision)


def needed(revision: QuoteRevision, at: datetime) -> list[Breach]:
    """The rules that ask for a release of this content."""
    rules = policy().rules
    return breaches(rules, content(revision, at)) if rules else []


def content(revision: QuoteRevision, at: datetime) -> Content:
    """What the rules look at, with the prices and the stock of the day."""
    family, today = revision.family, portal_day(at)
    lines = list(revision.lines.select_related("product").order_by("position"))
    known = [line for line in lines if line.product_id is not None]
    wanted = [Wanted(line.quantity, line.product_id) for line in known]
    found = offers(buyer(family.account, family.currency, at), wanted) if wanted else {}
    given = [_given(line, found.get(i)) for i, line in enumerate(known)]
    costs = [None if x.product is None or x.product.cost is None else x.product.cost * x.quantity
             for x in lines]  # fmt: skip
    cost = None if None in costs or not costs else sum((c for c in costs if c), ZERO)
    net = in_euro(revision.net, family.currency, today)
    return Content(
        net=net, discount=max(given, default=ZERO), margin=margin(net, cost),
        terms_days=terms_days(revision.payment_terms), over_stock=_short(known, revision, today),
        team=family.rep.team_id if family.rep is not None else None,
    )  # fmt: skip


def _given(line: QuoteLine, offer: Offer | None) -> Decimal:
    """Percent off that the list does not give anyway; a lower price is a discount too."""
    if offer is None or not offer.list_price:
        return line.discount_percent
    ours = line.unit_price * (100 - line.discount_percent)
    usual = offer.list_price * (100 - offer.discount)
    return round((usual - ours) / offer.list_price, 2) + offer.discount if ours < usual else ZERO


def _short(lines: list[QuoteLine], revision: QuoteRevision, today: date) -> list[str]:
    products = [line.product_id for line in lines if line.product_id is not None]
    can = promises(products, by=revision.valid_until, today=today) if products else {}
    return [
        line.product.sku
        for line in lines
        if line.product is not None and line.quantity > can[line.product.pk].available
    ]


def public_url(revision: QuoteRevision) -> str:
    """The customer's page of a quote: no account, not to be guessed."""
    path = reverse("orders:public_quote", args=[revision.pk, revision.link_key])
    return f"{settings.PORTAL_URL}{path}"


def _mail(quote: QuoteFamily, row: QuoteRevision, at: datetime) -> None:
    contact = quote.contact
    if contact is None or not contact.email or contact.no_mail:
        return
    again = " It replaces what we sent before." if row.number > 1 else ""
    comms.owe_mail(
        key=f"quote:{row.pk}:sent", recipient=contact.email, recipient_name=contact.name,
        contact=contact, subject=f"Our quote {quote.number}: {quote.title}", due_at=at, at=at,
        about=quote,
        body=(
            f"Dear {contact.name},\n\nhere is our quote **{quote.number}**, "
            f"{money(row.net, quote.currency)} net, valid until {day(row.valid_until)}.{again}\n\n"
            f"[Read it, ask, or accept it]({public_url(row)})"
        ),
    )  # fmt: skip
