"""Is there somebody whom logistics and the carrier can reach?"""

from collections.abc import Iterator

from orders.checks.case import Case, Finding
from orders.models import IssueKind

CODE = "contact"
TITLE = "Contact"
ABOUT = "Is there a contact with an address to write to?"


def look(case: Case) -> Iterator[Finding]:
    contact = case.order.contact
    if contact is None:
        yield Finding(
            IssueKind.CONTACT,
            "Nobody at the customer is named.",
            "Shipping updates then go to nobody. Choose a contact in the details.",
            blocks=False,
        )
    elif not contact.email:
        yield Finding(
            IssueKind.CONTACT,
            f"{contact.name} has no mail address.",
            "Shipping updates then go to nobody. Add one to the contact.",
            {"contact": str(contact.pk)},
            blocks=False,
        )
