"""Reads over accounts that span models."""

from collections.abc import Collection

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


def thread_subject(user: User, subject_type: str, ids: Collection[int]) -> set[int]:
    """Which of these accounts `user` may see."""
    if subject_type != "crm.account" or not user.has_perm("crm.view_account"):
        return set()
    return set(Account.objects.filter(pk__in=ids).values_list("pk", flat=True))
