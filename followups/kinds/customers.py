"""The customer's person of many things at once: whom each names, else the first of its account."""

from typing import Any

from crm.models import Contact
from followups.kinds.base import Reader, of_contact


def first_contacts(accounts: set[int]) -> dict[int, Contact]:
    """{account: its first contact who has an address}, in one query for all."""
    people = Contact.objects.active().exclude(email="").filter(account__in=accounts)
    return (
        {one.account_id: one for one in people.order_by("account", "pk").distinct("account")}
        if accounts
        else {}
    )


def customer(row: Any) -> list[Reader]:
    """The contact that it names, also one who cannot be written to, else the first who can
    (`first_contact`, which whoever loaded the row found)."""
    named = getattr(row, "contact", None)
    return of_contact(named if named is not None else row.first_contact)
