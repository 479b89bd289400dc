"""What other apps ask about records."""

from collections.abc import Collection

from crm.models import Account, Deal
from people.models import User


def thread_subject(user: User, subject_type: str, ids: Collection[int]) -> set[int]:
    """Which of these accounts or deals `user` may see."""
    if subject_type == "crm.account" and user.has_perm("crm.view_account"):
        rows = Account.objects.visible_to(user).filter(pk__in=ids)
        return set(rows.values_list("pk", flat=True))
    if subject_type == "crm.deal" and user.has_perm("crm.view_deal"):
        return set(Deal.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    return set()


def finished(row: Account) -> str:
    """Why nothing is asked of an account any more."""
    return "" if row.is_active else f"{row.name} is no customer any more."


def variables(user: User, row: Deal) -> dict[str, str]:  # noqa: ARG001 - the seam's shape
    """What templates can say of a deal."""
    return {"account": row.account.name, "subject": row.name}
