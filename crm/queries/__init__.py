"""Reads of records."""

from collections.abc import Collection

from crm.models import Account
from people.models import User


def thread_subject(user: User, subject_type: str, ids: Collection[int]) -> set[int]:
    """Which of these accounts `user` may see."""
    if subject_type != "crm.account" or not user.has_perm("crm.view_account"):
        return set()
    return set(Account.objects.filter(pk__in=ids).values_list("pk", flat=True))


def finished(row: Account) -> str:
    """Why nothing is asked of an account any more."""
    return "" if row.is_active else f"{row.name} is no customer any more."
