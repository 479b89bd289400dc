"""Which conversations and messages somebody may read."""

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from comms.models import Message, Thread, Visibility
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
    if user.has_perm("desk.work_queue") or user.department_id is not None:
        return rows
    return rows.filter(~Q(visibility=Visibility.INTERNAL))
