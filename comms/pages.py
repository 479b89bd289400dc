"""Where the page of the thing is that somebody talks about."""

from django.conf import settings
from django.db.models import Model
from django.urls import reverse


def page_of(subject: Model) -> str:
    """The path of its page with its conversation in view; the conversation's own, if it has none."""
    return subject_page(subject._meta.label_lower, subject.pk)


def subject_page(label: str, pk: int) -> str:
    """`page_of` for those who know the thing only by its kind and key."""
    name = settings.SUBJECT_PAGES.get(label)
    if name is None:
        return reverse("comms:thread", args=[label, pk])
    return f"{reverse(name, args=[pk])}#thread"
