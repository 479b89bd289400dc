"""Publish, change and withdraw."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from announcements.links import MOST, Named
from announcements.models import LONGEST_BODY, Announcement, Kind, Link, PastVersion, Reading
from announcements.services import rounds
from journal import services as journal
from notices.services.escalating import settle
from people.models import Department, Role, Team, User

NOTICES = ["important_note", "news", "stock_note", "price_note"]
LONGEST_TITLE = 200


class BadAnnouncement(Exception):
    """It cannot be published like this; the message is fit for people to read."""


class ChangedMeanwhile(Exception):
    """Somebody else saved it first; the message is fit for people to read."""


class Withdrawn(Exception):
    """It was withdrawn; the message is fit for people to read."""


@dataclass(frozen=True)
class Audience:
    """Everybody, or whoever is in one of these teams, departments or roles."""

    everybody: bool = True
    teams: Sequence[Team] = ()
    departments: Sequence[Department] = ()
    roles: Sequence[str] = field(default=())


@transaction.atomic
def publish(
    *, kind: str, title: str, body: str, audience: Audience, by: User, at: datetime,
    important: bool = False, valid_until: date | None = None, links: Sequence[Named] = (),
) -> Announcement:  # fmt: skip
    """Tell its readers, each once, soon: a worker goes through them.

    :raises BadAnnouncement: without words or readers, or with too many of either.
    """
    title, body = _fit(title, body, audience, links)
    if kind not in Kind.values:
        raise BadAnnouncement("Choose news, a stock note or a price note.")
    row = Announcement.objects.create(
        kind=kind, title=title, body=body, important=important, valid_until=valid_until,
        everybody=audience.everybody, roles=_roles(audience), created_by=by, created_at=at,
    )  # fmt: skip
    _set_audience(row, audience)
    _set_links(row, links)
    _knows(row, by, at)
    rounds.begin(row, reminder=False, by=by, at=at)
    journal.record(
        "announcements.announcement.published", row, by=by, at=at,
        data={"kind": kind, "important": important, "everybody": audience.everybody},
    )  # fmt: skip
    return row


@transaction.atomic
def change(
    row: Announcement, *, version: int, title: str, body: str, audience: Audience, by: User,
    at: datetime, important: bool, valid_until: date | None, links: Sequence[Named] = (),
    again: bool = False,
) -> None:  # fmt: skip
    """Say it better; what it said before stays readable. Readers who are new to it are told; with
    `again` everybody is, and has to read and confirm it again.

    :raises ChangedMeanwhile: if `version` is not the one that stands.
    :raises Withdrawn: once it was withdrawn.
    :raises BadAnnouncement: as for publishing.
    """
    title, body = _fit(title, body, audience, links)
    _lock(row)
    if row.version != version:
        raise ChangedMeanwhile("Somebody else has changed this meanwhile. Look at it again.")
    PastVersion.objects.create(
        announcement=row, version=row.version, title=row.title, body=row.body, until=at,
        changed_by=by,
    )  # fmt: skip
    row.title, row.body, row.important, row.valid_until = title, body, important, valid_until
    row.everybody, row.roles = audience.everybody, _roles(audience)
    row.version += 1
    row.asks_version = row.version if again else row.asks_version
    row.edited_at = at
    row.save()
    _set_audience(row, audience)
    _set_links(row, links)
    _knows(row, by, at)
    rounds.begin(row, reminder=False, by=by, at=at)
    journal.record(
        "announcements.announcement.changed", row, by=by, at=at,
        data={"version": row.version, "again": again},
    )  # fmt: skip


@transaction.atomic
def withdraw(row: Announcement, *, by: User, at: datetime) -> None:
    """It no longer holds: it leaves Home, and nobody is told or reminded of it. Twice is once."""
    row.refresh_from_db(from_queryset=Announcement.objects.select_for_update(of=("self",)))
    if row.withdrawn_at is not None:
        return
    row.withdrawn_at, row.withdrawn_by = at, by
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    row.rounds.filter(done_at=None).update(done_at=at)
    settle(row._meta.label_lower, row.pk, kinds=NOTICES, at=at)
    journal.record("announcements.announcement.withdrawn", row, by=by, at=at)


def _knows(row: Announcement, by: User, at: datetime) -> None:
    """Whoever wrote it need not read and confirm it."""
    seen = {"seen_version": row.version, "seen_at": at, "dismissed_version": row.version}
    confirmed = {"confirmed_version": row.version, "confirmed_at": at} if row.important else {}
    Reading.objects.update_or_create(announcement=row, user=by, defaults={**seen, **confirmed})


def _lock(row: Announcement) -> None:
    row.refresh_from_db(from_queryset=Announcement.objects.select_for_update(of=("self",)))
    if row.withdrawn_at is not None:
        raise Withdrawn("This was withdrawn. Write a new one.")


def _fit(
    title: str, body: str, audience: Audience, links: Sequence[Named]
) -> tuple[str, str]:  # fmt: skip
    title, body = " ".join(title.split()), body.strip()
    if not title or not body:
        raise BadAnnouncement("Say what it is about, and what you have to say.")
    if len(title) > LONGEST_TITLE or len(body) > LONGEST_BODY:
        raise BadAnnouncement(
            f"A title has at most {LONGEST_TITLE} characters, a text {LONGEST_BODY:,}."
        )
    if not (audience.everybody or audience.teams or audience.departments or audience.roles):
        raise BadAnnouncement("Choose who shall read it.")
    if len(links) > MOST:
        raise BadAnnouncement(f"Name at most {MOST} products and accounts.")
    return title, body


def _roles(audience: Audience) -> list[str]:
    return [] if audience.everybody else [role for role in Role.values if role in audience.roles]


def _set_audience(row: Announcement, audience: Audience) -> None:
    row.teams.set([] if audience.everybody else audience.teams)
    row.departments.set([] if audience.everybody else audience.departments)


def _set_links(row: Announcement, links: Sequence[Named]) -> None:
    row.links.all().delete()
    Link.objects.bulk_create(
        [Link(announcement=row, subject_type=one.subject_type, subject_id=one.subject_id, name=one.name)
         for one in links], ignore_conflicts=True,
    )  # fmt: skip
