"""What guests do: they open the link, look at pages, take a file along."""

import re
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse

from library.models import PageView, Share, Version, Visit
from library.services.sharing import lock, record
from notices import services as notices

IDLE: Final = timedelta(minutes=30)  # who comes back later visits again
BEACON: Final = 60  # seconds that one message of a browser may add
MOST_SECONDS: Final = 3_600  # of one page in one visit
MOST_PAGES: Final = 2_000  # rows of one visit
# Programs that follow links in mails and chats. They press no button either; this is the second net.
MACHINES: Final = re.compile(
    r"bot\b|crawl|spider|scan|preview|fetch|monitor|curl|wget|python|java/|go-http|headless|okhttp|"
    r"proofpoint|barracuda|mimecast|safelinks|fireeye|symantec|trendmicro|slack|telegram|whatsapp|"
    r"facebookexternalhit|linkedin|skypeuripreview|microsoft office|ms-office|bingpreview|^$",
    re.IGNORECASE,
)


def is_machine(agent: str) -> bool:
    """Whether what the browser calls itself is no browser of a person."""
    return bool(MACHINES.search(agent.strip()))


@transaction.atomic
def begin(share: Share, *, agent: str, email: str = "", at: datetime) -> Visit:
    """Somebody pressed Open, or gave the right code. The first visit of a person is told to whoever
    shared it; each is written down where the account's timeline shows it."""
    lock(share)
    counted = not is_machine(agent)
    visit = Visit.objects.create(
        share=share, email=email, agent=agent.replace("\0", "")[:200], counted=counted,
        started_at=at, last_at=at,
    )  # fmt: skip
    if not counted:
        return visit
    first = share.first_viewed_at is None
    share.views += 1
    share.first_viewed_at = share.first_viewed_at or at
    share.last_viewed_at = at
    share.save(update_fields=["views", "first_viewed_at", "last_viewed_at"])
    record("viewed", share, by=None, at=at, first=first, visit=visit.pk, email=email)
    if first:
        _tell(share, visit, at=at)
    return visit


def _tell(share: Share, visit: Visit, *, at: datetime) -> None:
    who = visit.email or share.name or share.email or "Somebody"
    if share.made_by.is_active:
        notices.tell(
            share.made_by, kind="share_viewed", key=f"library:share:{share.pk}:viewed", at=at,
            subject=f"{who} opened “{share.title}”", about=share,
            body="Its page says which pages were looked at, and for how long.",
            link=reverse("library:share", args=[share.pk]),
        )  # fmt: skip


@transaction.atomic
def look(visit: Visit, version: Version, *, page: int, at: datetime) -> None:
    """A page was opened; how long it is looked at is said by `stay`. No journal entry: a figure."""
    if visit.page_views.count() < MOST_PAGES:
        PageView.objects.get_or_create(visit=visit, version=version, page=page, defaults={"at": at})
    Visit.objects.filter(pk=visit.pk).update(last_at=at)


@transaction.atomic
def stay(visit: Visit, version: Version, *, page: int, seconds: int, at: datetime) -> None:
    """The browser says that a page was in view for so many seconds more. What nobody can have
    looked at is cut: no more than a minute in one message, an hour on a page, the whole visit."""
    row = (
        PageView.objects.select_for_update().filter(visit=visit, version=version, page=page).first()
    )
    if row is None or seconds < 1:
        return
    since = max(0, int((at - row.at).total_seconds()))
    row.seconds = min(row.seconds + min(seconds, BEACON), MOST_SECONDS, since)
    row.save(update_fields=["seconds"])
    Visit.objects.filter(pk=visit.pk).update(last_at=at)


@transaction.atomic
def took(visit: Visit, version: Version, *, at: datetime) -> None:
    """The file was downloaded; written down the first time in a visit."""
    row, _ = PageView.objects.get_or_create(
        visit=visit, version=version, page=0, defaults={"at": at}
    )
    Visit.objects.filter(pk=visit.pk).update(last_at=at)
    if not row.downloaded:
        PageView.objects.filter(pk=row.pk).update(downloaded=True)
        if visit.counted:
            record("downloaded", visit.share, by=None, at=at, version=version.pk, visit=visit.pk)


def going_on(visit: Visit, at: datetime) -> bool:
    """Whether what is looked at now belongs to this visit still."""
    return at - visit.last_at < IDLE
