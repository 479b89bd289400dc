"""What every step on an ask begins and ends with."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from comms.parties import parties_of
from documents.models import AskLink, DocumentAsk, Status
from documents.services.refusals import ChangedMeanwhile
from journal import services as journal
from people.models import User


def lock(ask: DocumentAsk) -> None:
    """Read it again and keep it until the transaction ends: one step after the other."""
    ask.refresh_from_db(from_queryset=DocumentAsk.objects.select_for_update(of=("self",)))


def record(verb: str, ask: DocumentAsk, *, by: User | None, at: datetime, **data: Any) -> None:
    about = {
        "contact": ask.contact_id, "deadline": ask.due_at.isoformat(),
        "subject_type": ask.subject_type, "subject_id": ask.subject_id, "status": ask.status,
    }  # fmt: skip
    journal.record(
        f"documents.ask.{verb}", ask, by=by, at=at, account_id=ask.account_id, data=about | data
    )


def subject_of(ask: DocumentAsk) -> Model | None:
    """The object that it is about, if it still is there."""
    model = apps.get_model(ask.subject_type)
    found: Model | None = model._default_manager.filter(pk=ask.subject_id).first()
    return found


def about(ask: DocumentAsk) -> str:
    """What it is about, as the customer knows it."""
    subject = subject_of(ask)
    return parties_of(subject).title if subject is not None else ask.subject_name


def finished(subject: Model) -> str:
    """Why nothing can be asked about `subject` any more, or nothing; the owning apps say it
    (settings.SUBJECT_FINISHED)."""
    path = settings.SUBJECT_FINISHED.get(subject._meta.label_lower)
    return str(import_string(path)(subject)) if path else ""


def must_have_seen(ask: DocumentAsk, seen: int | None) -> None:
    """Refuse to decide on files that nobody looked at.

    :raises ChangedMeanwhile: if a file came after the one called `seen` (None: whatever came).
    """
    last = last_file(ask)
    if seen is not None and seen != last:
        raise ChangedMeanwhile(
            f"More has come for “{ask.title}” since you looked. Look again first."
        )


def last_file(ask: DocumentAsk) -> int:
    """The key of the newest file of this round; 0 while there is none."""
    rows = ask.files.filter(round=ask.round).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or 0


def close(ask: DocumentAsk, to: Status, *, by: User, at: datetime) -> None:
    """End it: nobody opens it by a link any more. The caller saves the row."""
    ask.move(to)
    ask.closed_at, ask.closed_by = at, by
    AskLink.objects.filter(ask=ask, revoked_at=None).update(revoked_at=at)
