"""Does a rule ask for somebody's release, and is there one for this very content?"""

from collections.abc import Iterator
from decimal import Decimal

from orders.checks.case import Case, Finding, Fix
from orders.models import IssueKind, PriceSource
from orders.queries.policy import Breach, Content, breaches, in_euro, margin, terms_days

CODE = "approval"
TITLE = "Approval"
ABOUT = "Does a rule ask for a release of this content?"


def look(case: Case) -> Iterator[Finding]:
    found = needed(case)
    if not found or case.released:
        return
    yield Finding(
        IssueKind.APPROVAL,
        "It needs a release before it can be confirmed.",
        " ".join(breach.words for breach in found),
        {"content": content_words(case)},
        fixes=(Fix("ask_approval", "Ask for approval"),),
    )


def needed(case: Case) -> list[Breach]:
    """What the rules say; lines just as the customer accepted them were released as a quote."""
    if not case.policy.rules:
        return []
    return breaches(case.policy.rules, content_of(case))


def content_of(case: Case) -> Content:
    fresh = [x for x in case.lines if not x.as_quoted and x.price_source != PriceSource.IMPORT]
    net = sum((x.net for x in fresh), Decimal(0))
    # What the list itself takes off needs nobody's release.
    given = [x.discount_percent for x in fresh if x.discount_percent > x.list_discount] + [
        _below_list(x.unit_price, x.list_price) for x in fresh
    ]
    costs = [None if x.cost is None else x.cost * x.quantity for x in fresh]
    cost = None if None in costs or not costs else sum((c for c in costs if c), Decimal(0))
    short = [x.sku for x in case.lines if case.answers[x.pk].word in {"no", "quantity"}]
    order = case.order
    euro = in_euro(net, order.currency, case.today)
    return Content(
        net=euro,
        discount=max(given, default=Decimal(0)),
        margin=margin(euro, cost),
        terms_days=terms_days(order.payment_terms),
        over_stock=short,
        team=order.team_id,
    )


def _below_list(price: Decimal, listed: Decimal | None) -> Decimal:
    """A lower price typed by hand is a discount under another name."""
    if not listed or price >= listed:
        return Decimal(0)
    return ((listed - price) / listed * 100).quantize(Decimal("0.01"))


def content_words(case: Case) -> str:
    lines = [f"{x.sku} {x.quantity:f} {x.unit_price:f} {x.discount_percent:f}" for x in case.lines]
    return "; ".join(lines)[:2000]
