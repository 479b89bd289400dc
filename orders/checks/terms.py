"""Are the payment terms readable, and those of the quote?"""

from collections.abc import Iterator
from typing import Final

from orders.checks.case import Case, Finding, Fix
from orders.models import IssueKind
from orders.queries.policy import terms_days

CODE = "terms"
TITLE = "PO and terms"
ABOUT = "Can the payment terms be read, and does a key account's order have a PO number?"
KNOWN: Final = ("prepaid", "in advance", "cash", "on receipt", "immediately")


def look(case: Case) -> Iterator[Finding]:
    terms = case.order.payment_terms.strip()
    if terms and not terms_days(terms) and terms.lower() not in KNOWN:
        yield Finding(
            IssueKind.TERMS,
            f"Nobody can say when “{terms}” is due.",
            "Write the days, such as 30 days, or prepaid.",
            {"terms": terms},
            fixes=(Fix("clear_terms", "Use our usual terms"),),
        )
    if case.account.tier == case.account.Tier.KEY and not case.order.po_number.strip():
        yield Finding(
            IssueKind.DOCUMENT,
            "There is no PO number.",
            f"{case.account.name} is a key account; its books need one on the invoice.",
            {"po": ""},
            blocks=False,
        )
