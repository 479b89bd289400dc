"""May the customer order on credit?"""

from collections.abc import Iterator

from django.db.models import Sum

from kit.markup import money
from orders.checks.case import Case, Finding
from orders.models import IssueKind, Order

CODE = "credit"
TITLE = "Credit"
ABOUT = "Is the customer on hold, or over the credit limit?"


def look(case: Case) -> Iterator[Finding]:
    account, order = case.account, case.order
    if account.credit_hold:
        reason = account.credit_hold_reason or "No reason was given."
        yield Finding(
            IssueKind.CREDIT,
            f"{account.name} is on credit hold.",
            f"{reason} Finance releases it, or override with who agreed.",
            {"hold": account.credit_hold_reason},
        )
    limit = account.credit_limit
    if limit is None or account.currency != order.currency:
        return  # no limit; and a limit in one money says nothing about an order in another
    owed = Order.objects.owed().filter(account=account, currency=order.currency)
    before = owed.exclude(pk=order.pk).aggregate(net=Sum("net"))["net"] or 0
    if before + order.net > limit:
        over = money(before + order.net - limit, order.currency)
        yield Finding(
            IssueKind.CREDIT,
            f"This order takes {account.name} {over} over its credit limit.",
            f"Limit {money(limit, account.currency)}, open orders {money(before, order.currency)}, "
            f"this order {money(order.net, order.currency)}.",
            {"limit": f"{limit:f}", "net_up_to": f"{order.net:f}"},
        )
