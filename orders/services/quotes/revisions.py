"""Drafting: a family with its first revision, more revisions, alternatives, copies."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, Sum

from crm.models import Account, Contact
from kit.money import line_total
from orders.models import QuoteFamily, QuoteLine, QuoteMoveRefused, QuoteRevision, RevisionStatus
from orders.queries.prices import Offer, Wanted, buyer, offers, portal_day
from orders.queries.taxes import tax_rates
from orders.services import approvals
from orders.services.drafts import LARGEST, MOST_LINES, next_number
from orders.services.errors import BadLine, UnknownProduct, Unusable
from orders.services.quotes.base import lock, lock_revision, record
from people.models import User

LineData = Mapping[str, Any]
HEADER: Final = ("valid_until", "payment_terms", "intro", "terms")
LASTS: Final = timedelta(days=30)
DRAFTS: Final = (RevisionStatus.DRAFT, RevisionStatus.WAITING)


@transaction.atomic
def create(
    account: Account, *, title: str, by: User | None, at: datetime,
    amount: Decimal | None = None, lines: Sequence[LineData] = (), valid_until: date | None = None,
    currency: str = "", contact: Contact | None = None, rep: User | None = None,
    **header: str,
) -> QuoteFamily:  # fmt: skip
    """A draft that the customer has not seen, with its first revision.

    `lines`: {"sku" or "product_id" or "text", "quantity"} and, if not the list price,
    "unit_price", "discount_percent". With an `amount` and no lines it has one line of words.

    :raises UnknownProduct: naming every SKU that we do not have.
    :raises BadLine: for a line that no quote can have.
    :raises Unusable: for an amount that does not fit.
    """
    if amount is not None and amount >= LARGEST:
        raise Unusable("That amount is too large. Check it.")
    until = valid_until or portal_day(at) + LASTS
    quote = QuoteFamily.objects.create(
        number=f"Q-{next_number('orders_quote_number')}", account=account, title=title,
        amount=amount or 0, valid_until=until, currency=currency or account.currency,
        contact=contact, rep=rep, created_at=at,
    )  # fmt: skip
    revision = QuoteRevision.objects.create(
        family=quote, number=1, valid_until=until, created_at=at,
        **{name: header[name] for name in HEADER if name in header},
    )  # fmt: skip
    if not lines and amount is not None:
        lines = [{"text": title, "quantity": 1, "unit_price": amount}]
    _write_lines(revision, lines, at)
    record("created", quote, by=by, at=at, revision=revision)
    return quote


@transaction.atomic
def set_content(
    revision: QuoteRevision, *, lines: Sequence[LineData] | None, by: User | None, at: datetime,
    **header: Any,
) -> None:  # fmt: skip
    """Replace the lines (None leaves them) and header of a draft; a release of the content before
    is void: the database makes another hash of it.

    :raises QuoteMoveRefused: once it is sent; recall it first while it waits for approval.
    """
    family = lock_revision(revision)
    if revision.status != RevisionStatus.DRAFT:
        word = revision.get_status_display().lower()
        raise QuoteMoveRefused(f"Revision {revision.number} is {word}: make a new one of it.")
    changed = {n: v for n, v in header.items() if n in HEADER and getattr(revision, n) != v}
    for name, value in changed.items():
        setattr(revision, name, value)
    if changed:
        revision.save(update_fields=list(changed))
    if lines is not None:
        revision.lines.all().delete()
        _write_lines(revision, lines, at)
    approvals.void_waiting(revision=revision)
    if revision.number == 1 or family.sent_at is None:
        family.valid_until = revision.valid_until
        family.save(update_fields=["valid_until"])
    record("changed", family, by=by, at=at, revision=revision)


@transaction.atomic
def revise(
    quote: QuoteFamily, *, by: User | None, at: datetime, source: QuoteRevision | None = None,
    option: str | None = None,
) -> QuoteRevision:  # fmt: skip
    """A new draft with the content of the newest revision (or of `source`); with an `option` an
    alternative beside it. The copy has no release: its hash is another one.

    :raises QuoteMoveRefused: while another draft of the option is open, or once it is won.
    """
    lock(quote)
    if quote.status == QuoteFamily.Status.WON:
        raise QuoteMoveRefused(f"{quote.number} is won. Copy it to a new quote instead.")
    last = source or quote.revisions.order_by("-number").first()
    if last is None:
        raise QuoteMoveRefused(f"{quote.number} has nothing to revise.")
    name = last.option if option is None else option.strip()[:40]
    if quote.revisions.filter(option=name, status__in=DRAFTS).exists():
        raise QuoteMoveRefused("There is an open draft already. Send it, or go on with it.")
    number = 1 + quote.revisions.aggregate(last=Max("number"))["last"]
    until = max(last.valid_until, portal_day(at) + LASTS)
    made = QuoteRevision.objects.create(
        family=quote, number=number, option=name, valid_until=until, created_at=at,
        payment_terms=last.payment_terms, intro=last.intro, terms=last.terms, net=last.net,
    )  # fmt: skip
    _copy_lines(last, made)
    record("revised", quote, by=by, at=at, revision=made, option=name)
    return made


@transaction.atomic
def clone(quote: QuoteFamily, *, by: User | None, at: datetime) -> QuoteFamily:
    """The newest revision as the draft of a new deal; nothing of its state comes along."""
    last = quote.revisions.order_by("-number").first()
    made = create(
        quote.account, title=quote.title, by=by, at=at, currency=quote.currency,
        contact=quote.contact, rep=quote.rep,
    )  # fmt: skip
    first = made.revisions.get()
    if last is not None:
        set_content(
            first, lines=None, by=by, at=at, payment_terms=last.payment_terms, intro=last.intro,
            terms=last.terms,
        )  # fmt: skip
        _copy_lines(last, first)
    return made


def _copy_lines(source: QuoteRevision, to: QuoteRevision) -> None:
    copies = []
    for line in source.lines.order_by("position"):
        line.pk, line.revision = None, to
        line._state.adding = True  # noqa: SLF001 - Django's way to copy a row
        copies.append(line)
    QuoteLine.objects.bulk_create(copies)
    _total(to)


def _write_lines(revision: QuoteRevision, lines: Sequence[LineData], at: datetime) -> None:
    if len(lines) > MOST_LINES:
        raise BadLine(f"A quote has at most {MOST_LINES:,} lines. Make several of it.")
    family = revision.family
    named = [i for i, data in enumerate(lines) if data.get("sku") or data.get("product_id")]
    found = _offers(family, [lines[i] for i in named], at)
    missing = [str(lines[i].get("sku") or lines[i].get("product_id"))
               for n, i in enumerate(named) if n not in found]  # fmt: skip
    if missing:
        raise UnknownProduct(f"We have no product {', '.join(dict.fromkeys(missing))}.")
    by_place = {i: found[n] for n, i in enumerate(named)}
    rates = tax_rates(family.account.country, portal_day(at))
    made = [_line(revision, i + 1, data, by_place.get(i), rates) for i, data in enumerate(lines)]
    QuoteLine.objects.bulk_create(made)
    _total(revision)


def _offers(family: QuoteFamily, lines: Sequence[LineData], at: datetime) -> dict[int, Offer]:
    wanted = [
        Wanted(
            Decimal(data["quantity"]), data.get("product_id"),
            None if data.get("product_id") else str(data["sku"]).strip().upper(),
        )
        for data in lines
    ]  # fmt: skip
    return offers(buyer(family.account, family.currency, at), wanted) if wanted else {}


def _line(
    revision: QuoteRevision, position: int, data: LineData, offer: Offer | None,
    rates: Mapping[str, Decimal],
) -> QuoteLine:  # fmt: skip
    price, off = data.get("unit_price"), data.get("discount_percent")
    listed = offer.list_price if offer else None
    amount = Decimal(price) if price not in (None, "") else listed or Decimal(0)
    if off in (None, ""):
        off = offer.discount if offer and price in (None, "") else 0
    quantity, percent = Decimal(data["quantity"]), Decimal(off or 0)
    text = str(data.get("text") or (offer.name if offer else "")).strip()
    if quantity <= 0 or not text:
        raise BadLine(f"Line {position} needs a product or words, and a quantity above 0.")
    net = line_total(quantity, amount, percent, revision.family.currency)
    if net >= LARGEST:
        raise BadLine("That total is too large. Check quantity and price.")
    return QuoteLine(
        revision=revision, position=position, product_id=offer.pk if offer else None,
        text=text[:300], quantity=quantity, unit_price=amount, discount_percent=percent,
        list_price=listed, net=net,
        price_why=offer.why if offer and amount == listed else "",
        tax_percent=rates.get(offer.tax_class if offer else "standard", Decimal(0)),
    )  # fmt: skip


def _total(revision: QuoteRevision) -> None:
    revision.net = revision.lines.aggregate(net=Sum("net"))["net"] or Decimal(0)
    if revision.net >= LARGEST:
        raise BadLine("That total is too large. Check quantity and price.")
    QuoteRevision.objects.filter(pk=revision.pk).update(net=revision.net)
    family = revision.family
    if family.sent_at is None:
        family.amount = revision.net
        QuoteFamily.objects.filter(pk=family.pk).update(amount=revision.net)
    revision.refresh_from_db(fields=["content_hash", "approval_needed"])
