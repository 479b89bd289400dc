"""Booking pages: made, changed, withdrawn; and links for one account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from crm.models import Account
from journal import services as journal
from meetings.models import BookingPage, MeetingKind, PageHost
from meetings.services import keys
from meetings.services.refusals import BadPage
from people.models import Team, User

LINK_LASTS: Final = timedelta(days=30)
MOST_QUESTIONS: Final = 10
MOST_HOSTS: Final = 50
Turns = BookingPage.Turns
# What a question may be: its code, and what people call it.
ASKS: Final = {"text": "One line", "long": "Several lines", "choice": "A choice", "phone": "Phone"}


@dataclass(frozen=True)
class PageDetails:
    """What a page says. `hosts` are keys of colleagues with their weights (1 to 10)."""

    title: str
    kind: MeetingKind
    turns: str = Turns.PERSON
    intro: str = ""
    slug: str = ""
    team: Team | None = None
    hosts: Mapping[int, int] = field(default_factory=dict)
    notice_minutes: int = 240
    days_ahead: int = 60
    step_minutes: int = 30
    questions: Sequence[Mapping[str, Any]] = ()
    frames: Sequence[str] = ()

    def columns(self) -> dict[str, Any]:
        return {
            "title": self.title[:120], "kind": self.kind, "turns": self.turns, "intro": self.intro,
            "team": None if self.turns == Turns.PERSON else self.team,
            "notice_minutes": self.notice_minutes, "days_ahead": self.days_ahead,
            "step_minutes": self.step_minutes, "questions": [dict(q) for q in self.questions],
            "frames": list(self.frames),
        }  # fmt: skip


@transaction.atomic
def keep_page(
    details: PageDetails, *, by: User, at: datetime, page: BookingPage | None = None
) -> BookingPage:
    """Open a page at its address, or change `page`; what was booked stays as it is.

    :raises BadPage: if the address is taken, or nobody takes its meetings.
    """
    _check(details)
    if page is not None and page.withdrawn_at is not None:
        raise BadPage("This page is withdrawn.")
    row = page or BookingPage(made_by=by, made_at=at)
    if row.digest is None:
        row.slug = details.slug
    for name, value in details.columns().items():
        setattr(row, name, value)
    _save(row)
    _set_hosts(row, details.hosts)
    journal.record(f"meetings.page.{'changed' if page else 'made'}", row, by=by, at=at)
    return row


@transaction.atomic
def make_link(
    details: PageDetails, *, account: Account, by: User, at: datetime,
    lasts: timedelta = LINK_LASTS,
) -> tuple[BookingPage, str]:  # fmt: skip
    """A link by which one account books once: its row, and its whole address, given out here once.

    :raises BadPage: if nobody takes its meeting.
    """
    _check(details)
    key = keys.fresh()
    row = BookingPage(
        made_by=by, made_at=at, account=account, digest=keys.digest(key), expires_at=at + lasts,
        **details.columns(),
    )  # fmt: skip
    _save(row)
    _set_hosts(row, details.hosts)
    journal.record("meetings.page.link_made", row, by=by, at=at, account_id=account.pk)
    return row, f"{settings.PORTAL_URL}{reverse('booking:link', args=[key])}"


@transaction.atomic
def withdraw_page(page: BookingPage, *, by: User, at: datetime) -> None:
    """Nobody books on it any more; meetings that came from it stand. Twice changes nothing."""
    open_ones = BookingPage.objects.filter(pk=page.pk, withdrawn_at=None)
    if open_ones.update(withdrawn_at=at):
        journal.record("meetings.page.withdrawn", page, by=by, at=at, account_id=page.account_id)


def find(key: str) -> BookingPage | None:
    """The page of a link's key, whatever became of it; None for a key that never was."""
    rows = BookingPage.objects.select_related("kind", "team", "account", "made_by")
    return rows.filter(digest=keys.digest(key)).first()


def address(page: BookingPage) -> str:
    """The whole address of a public page; of a link nobody knows the key any more."""
    if page.slug is None:
        return ""
    return f"{settings.PORTAL_URL}{reverse('booking:page', args=[page.slug])}"


def is_live(page: BookingPage, *, at: datetime) -> bool:
    """Whether somebody may book on it now."""
    expired = page.expires_at is not None and page.expires_at <= at
    return page.withdrawn_at is None and page.used_at is None and not expired


def _check(details: PageDetails) -> None:
    if details.turns == Turns.PERSON and len(details.hosts) != 1:
        raise BadPage("Choose the one person whose page this is.", "hosts")
    if details.turns != Turns.PERSON and not details.hosts and details.team is None:
        raise BadPage("Choose a team, or the people who take turns.", "team")
    if len(details.hosts) > MOST_HOSTS:
        raise BadPage(f"At most {MOST_HOSTS} people take turns on a page.", "hosts")
    if len(details.questions) > MOST_QUESTIONS:
        raise BadPage(f"A page asks at most {MOST_QUESTIONS} questions.", "questions")


def _save(row: BookingPage) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as clash:
        if "slug" not in str(clash):
            raise
        raise BadPage("Another page has this address.", "slug") from clash


def _set_hosts(row: BookingPage, hosts: Mapping[int, int]) -> None:
    known = set(User.objects.active().filter(pk__in=hosts).values_list("pk", flat=True))
    if known != set(hosts):
        raise BadPage("Somebody on the list does not work here any more.", "hosts")
    row.page_hosts.exclude(user__in=known).delete()
    PageHost.objects.bulk_create(
        [PageHost(page=row, user_id=pk, weight=weight) for pk, weight in hosts.items()],
        update_conflicts=True, unique_fields=["page", "user"], update_fields=["weight"],
    )  # fmt: skip
