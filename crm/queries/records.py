"""What other apps ask about records."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.db.models import Model

from crm.models import Account, Contact, Deal, Lead
from people.models import User

# Kind -> (its rows, the permission to look at them).
SEEN: Final[Mapping[str, tuple[type[Model], str]]] = {
    "crm.account": (Account, "crm.view_account"), "crm.contact": (Contact, "crm.view_contact"),
    "crm.deal": (Deal, "crm.view_deal"), "crm.lead": (Lead, "crm.view_lead"),
}  # fmt: skip


def thread_subject(user: User, subject_type: str, ids: Collection[int]) -> set[int]:
    """Which of these records `user` may see."""
    if subject_type not in SEEN:
        return set()
    model, permission = SEEN[subject_type]
    if not user.has_perm(permission):
        return set()
    rows: Any = model._default_manager
    return set(rows.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


def finished(row: Account) -> str:
    """Why nothing is asked of an account any more."""
    return "" if row.is_active else f"{row.name} is no customer any more."


def variables(user: User, row: Deal) -> dict[str, str]:  # noqa: ARG001 - the seam's shape
    """What templates can say of a deal."""
    return {"account": row.account.name, "subject": row.name}
