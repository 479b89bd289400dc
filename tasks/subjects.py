"""What a task can be about: objects of any app, known here by their kind and key."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils.module_loading import import_string

from people.models import User


@dataclass(frozen=True)
class Subject:
    """`type` is the model's label in lower case, such as `orders.order`."""

    type: str
    id: int
    name: str = ""
    account_id: int | None = None

    @property
    def url(self) -> str:
        return url_of(self.type, self.id)


def url_of(subject_type: str, subject_id: int | None) -> str:
    """Where the object's page is; empty when it has none."""
    name = settings.SUBJECT_PAGES.get(subject_type)
    return reverse(name, args=[subject_id]) if name and subject_id else ""


def row_of(subject_type: str, subject_id: int | None) -> Model | None:
    """The object itself, if it still is there."""
    if subject_type not in settings.SUBJECT_PAGES or subject_id is None:
        return None
    found: Model | None = (
        apps.get_model(subject_type)._default_manager.filter(pk=subject_id).first()
    )
    return found


def subject_for(user: User, subject_type: str, subject_id: int) -> Subject | None:
    """The object, if `user` may see it; the owning apps decide (settings.THREAD_SUBJECTS)."""
    if subject_type not in settings.SUBJECT_PAGES:
        return None
    seen: set[Any] = set()
    for path in settings.THREAD_SUBJECTS:
        seen |= set(import_string(path)(user, subject_type, [subject_id]) or ())
    row = row_of(subject_type, subject_id) if subject_id in seen else None
    if row is None:
        return None
    account = row.pk if subject_type == "crm.account" else getattr(row, "account_id", None)
    return Subject(subject_type, subject_id, str(row)[:200], account)
