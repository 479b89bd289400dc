"""Reads over accounts that span models."""

from django.urls import reverse

from crm.models import Account, Contact
from people.models import User

Found = dict[str, str]


def search(user: User, text: str, *, limit: int = 6) -> list[Found]:
    """Accounts and contacts by a fragment of their name, for Ctrl-K."""
    if not user.has_perm("crm.view_account"):
        return []
    accounts = Account.objects.active().search(text).by_name().values("pk", "name", "city")[:limit]
    people = (
        Contact.objects.active()
        .search(text)
        .order_by("name", "pk")
        .values("account_id", "name", "account__name")[:limit]
    )
    return [
        {
            "label": a["name"],
            "sub": a["city"] or "Account",
            "url": reverse("crm:account", args=[a["pk"]]),
            "icon": "address-book",
        }
        for a in accounts
    ] + [
        {
            "label": c["name"],
            "sub": c["account__name"],
            "url": reverse("crm:account", args=[c["account_id"]]),
            "icon": "user",
        }
        for c in people
    ]
