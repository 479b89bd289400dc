"""Kinds of meetings: added, changed, switched off."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from journal import services as journal
from meetings.models import MeetingKind, Mode
from meetings.services.refusals import BadPage
from people.models import User


@dataclass(frozen=True)
class KindDetails:
    """What a meeting of a kind is like unless somebody says otherwise; times in minutes."""

    name: str
    minutes: int
    mode: Mode = Mode.VIDEO
    before_minutes: int = 0
    after_minutes: int = 0
    agenda: str = ""
    goals: str = ""
    video_url: str = ""
    materials: tuple[str, ...] = ()
    is_active: bool = True


@transaction.atomic
def keep_kind(
    details: KindDetails, *, by: User, at: datetime, kind: MeetingKind | None = None
) -> MeetingKind:
    """Add a kind, or change `kind`; meetings that were asked for stay as they are.

    :raises BadPage: if another kind has the name.
    """
    verb = "changed" if kind else "added"
    row = kind or MeetingKind()
    for name, value in asdict(details).items():
        setattr(row, name, list(value) if name == "materials" else value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as clash:
        raise BadPage("There is a kind of this name already.", "name") from clash
    journal.record(f"meetings.kind.{verb}", row, by=by, at=at)
    return row


@transaction.atomic
def switch_kind(kind: MeetingKind, *, on: bool, by: User, at: datetime) -> None:
    """Offer a kind for new meetings, or no longer; pages of it go on. Twice changes nothing."""
    if MeetingKind.objects.filter(pk=kind.pk).exclude(is_active=on).update(is_active=on):
        journal.record(
            f"meetings.kind.{'switched_on' if on else 'switched_off'}", kind, by=by, at=at
        )
