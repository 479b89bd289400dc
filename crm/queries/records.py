"""What other apps ask about records."""

from collections.abc import Collection
from typing import Any

from crm.models import RECORDS, Account, Deal
from people.models import User


def seen_by(user: User, kind: str) -> Any:
    """The rows of a kind of record that `user` may see; None for no kind, or none for her."""
    if kind not in RECORDS or not user.has_perm(f"crm.view_{kind}"):
        return None
    return RECORDS[kind]._default_manager.visible_to(user)


def thread_subject(user: User, subject_type: str, ids: Collection[int]) -> set[int]:
    """Which of these records `user` may see."""
    app, _, kind = subject_type.partition(".")
    rows = seen_by(user, kind) if app == "crm" else None
    return set() if rows is None else set(rows.filter(pk__in=ids).values_list("pk", flat=True))


def finished(row: Account) -> str:
    """Why nothing is asked of an account any more."""
    return "" if row.is_active else f"{row.name} is no customer any more."


def variables(user: User, row: Deal) -> dict[str, str]:  # noqa: ARG001 - the seam's shape
    """What templates can say of a deal."""
    return {"account": row.account.name, "subject": row.name}
