"""Which conversations and messages somebody may read."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils.module_loading import import_string

from comms.models import Attachment, Message, Thread, Visibility
from comms.parties import parties_of
from people.models import User


def threads_of(user: User, *, pks: list[int] | None = None) -> QuerySet[Thread]:
    """Threads about what `user` may see; the owning apps decide (settings.THREAD_SUBJECTS).

    The desk sees all. For others only the newest thousand are looked at.
    """
    rows = Thread.objects.all()
    if pks is not None:
        rows = rows.filter(pk__in=pks)
    if user.is_superuser or user.has_perm("desk.work_queue"):
        return rows
    newest = rows.order_by("-pk").values_list("pk", "subject_type", "subject_id")[:1000]
    allowed: list[int] = []
    by_type: dict[str, dict[int, int]] = {}
    for pk, kind, subject in newest:
        by_type.setdefault(kind, {})[subject] = pk
    for path in settings.THREAD_SUBJECTS:
        resolve = import_string(path)
        for kind, subjects in by_type.items():
            seen = resolve(user, kind, list(subjects))
            allowed += [subjects[subject] for subject in seen or ()]
    return rows.filter(pk__in=allowed)


def messages_of(user: User) -> QuerySet[Message]:
    """Messages in those threads; internal ones only for the desk and departments."""
    rows = Message.objects.filter(thread__in=threads_of(user))
    if reads_internal(user):
        return rows
    return rows.filter(~Q(visibility=Visibility.INTERNAL))


def messages_in(user: User, subject: Model) -> QuerySet[Message]:
    """What `user`, who may see `subject`, may read of what was said about it."""
    keys = [subject.pk, *parties_of(subject).family]
    rows = Message.objects.filter(
        thread__subject_type=subject._meta.label_lower, thread__subject_id__in=keys
    )
    if reads_internal(user):
        return rows
    return rows.exclude(visibility=Visibility.INTERNAL)


def reads_internal(user: User) -> bool:
    return user.has_perm("desk.work_queue") or user.department_id is not None


def may_write(user: User) -> list[str]:
    """To whom somebody may write: reps to the desk, departments also internally, the desk to all."""
    if user.has_perm("desk.work_queue"):
        return list(Visibility.values)
    both: list[str] = [Visibility.INTERNAL, Visibility.REQUESTER]
    return both if user.department_id is not None else [Visibility.REQUESTER]


def subject_of(user: User, subject_type: str, pk: int) -> Model | None:
    """The thing that a conversation is about, if `user` may see it; the owning apps decide."""
    seen = (import_string(path)(user, subject_type, [pk]) for path in settings.THREAD_SUBJECTS)
    if not any(pk in (found or ()) for found in seen):
        return None
    found: Model | None = apps.get_model(subject_type)._default_manager.filter(pk=pk).first()
    return found


def attachments_of(user: User, *, pks: list[int] | None = None) -> QuerySet[Attachment]:
    """Files that are there, by the rules of messages; a file beside a message by the message's too.

    `pks`: of these conversations only, which looks beyond the newest thousand.
    """
    rows = Attachment.objects.filter(removed_at=None, thread__in=threads_of(user, pks=pks))
    if reads_internal(user):
        return rows
    hidden = Q(visibility=Visibility.INTERNAL) | Q(message__visibility=Visibility.INTERNAL)
    return rows.exclude(hidden)


def attachment_of(user: User, pk: int) -> Attachment | None:
    """One file, if `user` may read it."""
    thread = Attachment.objects.filter(pk=pk).values_list("thread", flat=True).first()
    return attachments_of(user, pks=[thread]).filter(pk=pk).first() if thread else None


def cannot_see(subject: Model, asks: Mapping[str, Any]) -> str:
    """Why whoever is asked would never read the question, or nothing."""
    label, person = subject._meta.label_lower, asks.get("asks_user")
    if person is not None and subject_of(person, label, subject.pk) is None:
        return f"{person} cannot open this page, and would never see the question."
    side = asks.get("asks_department")
    if side is not None:
        members = User.objects.active().filter(department=side).order_by("pk")[:50]
        if not any(subject_of(member, label, subject.pk) for member in members):
            return f"Nobody of {side} can open this page. Ask them by a hand-off."
    return ""
