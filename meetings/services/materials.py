"""What is to be brought to a meeting: who sees to it, until when, and whether it is ready."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from meetings.models import IllegalMove, Meeting, PrepItem, Status
from meetings.services import steps
from meetings.services.refusals import BadMeeting
from notices import services as notices
from people.models import User

MOST: Final = 50


def from_kind(meeting: Meeting) -> None:
    """Begin with what meetings of its kind need; nobody sees to it yet."""
    titles = meeting.kind.materials if meeting.kind else []
    PrepItem.objects.bulk_create(
        PrepItem(meeting=meeting, title=title.strip()[:200], position=n)
        for n, title in enumerate(titles[:MOST], 1)
        if title.strip()
    )


@transaction.atomic
def add_item(
    meeting: Meeting, *, title: str, by: User, at: datetime, owner: User | None = None,
    due_at: datetime | None = None,
) -> PrepItem:  # fmt: skip
    """One more thing to bring; its owner is told.

    :raises BadMeeting: without words, or beyond fifty things.
    :raises IllegalMove: if the meeting is over or cancelled.
    """
    _open(meeting)
    title = " ".join(title.split())[:200]
    if not title:
        raise BadMeeting("Say what is to be brought.")
    items = meeting.prep_items.all()
    if items.count() >= MOST:
        raise BadMeeting(f"At most {MOST} things are listed for one meeting.")
    last = items.aggregate(last=Max("position"))["last"] or 0
    item = PrepItem.objects.create(
        meeting=meeting, title=title, owner=owner, due_at=due_at, position=last + 1
    )
    _tell(item, by=by, at=at)
    steps.record("material_added", meeting, by=by, at=at, item=item.pk, title=title)
    return item


@transaction.atomic
def change_item(
    item: PrepItem, *, title: str, owner: User | None, due_at: datetime | None, by: User,
    at: datetime,
) -> None:  # fmt: skip
    """Say it otherwise, give it to somebody, or set another time; a new owner is told.

    :raises BadMeeting: without words.
    :raises IllegalMove: if the meeting is over or cancelled.
    """
    meeting = item.meeting
    _open(meeting)
    item.refresh_from_db()
    before = item.owner_id
    item.title = " ".join(title.split())[:200]
    if not item.title:
        raise BadMeeting("Say what is to be brought.")
    item.owner, item.due_at = owner, due_at
    item.save(update_fields=["title", "owner", "due_at"])
    if item.owner_id != before:
        _tell(item, by=by, at=at)
    steps.record("material_changed", meeting, by=by, at=at, item=item.pk, title=item.title)


@transaction.atomic
def tick_item(item: PrepItem, *, done: bool, by: User, at: datetime) -> None:
    """It is ready, or after all not; saying so twice changes nothing."""
    meeting = item.meeting
    steps.lock(meeting)
    item.refresh_from_db()
    if (item.done_at is not None) == done:
        return
    item.done_at, item.done_by = (at, by) if done else (None, None)
    item.save(update_fields=["done_at", "done_by"])
    verb = "material_ready" if done else "material_reopened"
    steps.record(verb, meeting, by=by, at=at, item=item.pk, title=item.title)


@transaction.atomic
def remove_item(item: PrepItem, *, by: User, at: datetime) -> None:
    """It does not have to be brought after all.

    :raises IllegalMove: if the meeting is over or cancelled.
    """
    meeting = item.meeting
    _open(meeting)
    pk, title = item.pk, item.title
    item.delete()
    steps.record("material_removed", meeting, by=by, at=at, item=pk, title=title)


def _open(meeting: Meeting) -> None:
    steps.lock(meeting)
    if meeting.status not in {Status.REQUESTED, Status.BOOKED}:
        raise IllegalMove(f"This meeting is {Status(meeting.status).label.lower()}.")


def _tell(item: PrepItem, *, by: User, at: datetime) -> None:
    owner, meeting = item.owner, item.meeting
    if owner is None or owner.pk == by.pk or not owner.is_active:
        return
    notices.tell(
        owner, kind="material", key=f"material:{item.pk}:{owner.pk}:{at.isoformat()}", at=at,
        subject=f"Please bring “{item.title}” to “{meeting.title}”",
        body=f"{by} asks you to see to it.", about=meeting,
        link=reverse("meetings:prepare"),
    )  # fmt: skip
