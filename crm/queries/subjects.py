"""Things of other apps that can belong to a deal: who may see them is asked of those apps."""

from collections.abc import Collection
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from people.models import User

LINKABLE: Final = frozenset(
    {"desk.salesrequest", "orders.order", "orders.quotefamily", "meetings.meeting"}
)


def linkable(user: User, subject_type: str, keys: Collection[int]) -> set[int]:
    """Which of these `user` may see."""
    found: set[int] = set()
    for path in settings.THREAD_SUBJECTS:
        found |= import_string(path)(user, subject_type, keys) or set()
    return found
