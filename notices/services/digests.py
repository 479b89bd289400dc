"""The summary: once a day or a week, at the hour that each colleague chose in her own zone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from comms import services as comms
from notices.models import Notice, Rhythm
from people.models import Absence, User

MOST: Final = 100  # lines in one summary; the inbox has all
# From one summary to the next at least, so that a journey west or another hour brings no second
# one on the same day; shorter than a day of 23 hours.
APART: Final[Mapping[str, timedelta]] = {
    Rhythm.Digest.DAILY: timedelta(hours=12),
    Rhythm.Digest.WEEKLY: timedelta(days=3),
}
LOOKS_BACK: Final = timedelta(days=60)


def send_digests(*, at: datetime) -> int:
    """Owe the summaries that are due; returns how many.

    A summary stands for a moment, the last one at or before `at` that the person chose: what she
    was told before it is in it. A worker that slept makes up for it once. A person's row is locked,
    the mail is owed under the moment's own key and the notices are marked in one transaction:
    whatever happens to the worker, each summary is owed once.
    """
    waiting = Notice.objects.filter(waits_for_digest=True).order_by().values("user").distinct()
    users = User.objects.active().filter(pk__in=waiting).select_related("rhythm").order_by("pk")
    people = list(users)
    away = _absences(people, at)
    due = [user for user in people if due_moment(_rhythm(user), user.zone, away[user.pk], at)]
    return sum(_send(user, away[user.pk], at=at) for user in due)


def _rhythm(user: User) -> Rhythm:
    return getattr(user, "rhythm", None) or Rhythm(user=user)


def _absences(people: Sequence[User], at: datetime) -> dict[int, list[Absence]]:
    found: dict[int, list[Absence]] = {user.pk: [] for user in people}
    rows = Absence.objects.touching(at - LOOKS_BACK, at + timedelta(seconds=1))
    for row in rows.filter(user__in=list(found)).order_by("starts_at", "pk"):
        found[row.user_id].append(row)
    return found


@transaction.atomic
def _send(user: User, away: Sequence[Absence], *, at: datetime) -> int:
    Rhythm.objects.get_or_create(user=user)
    rhythm = Rhythm.objects.select_for_update(skip_locked=True).filter(user=user).first()
    moment = due_moment(rhythm, user.zone, away, at) if rhythm is not None else None
    if rhythm is None or moment is None:
        return 0
    waiting = Notice.objects.filter(user=user, waits_for_digest=True, at__lt=moment)
    unread = Q(read_at=None) | Q(quiet=True)  # uncounted in the inbox, and news all the same
    rows = list(waiting.filter(unread, settled_at=None).order_by("-pk")[: MOST + 1])
    more = waiting.filter(unread, settled_at=None).count() - MOST if len(rows) > MOST else 0
    waiting.update(waits_for_digest=False)
    rhythm.digested_at = moment
    rhythm.save(update_fields=["digested_at"])
    if not rows or not user.email:
        return 0
    comms.owe_mail(
        key=f"digest:{user.pk}:{moment:%Y-%m-%dT%H:%MZ}", recipient=user.email, user=user,
        recipient_name=user.get_full_name(), due_at=at, at=at, subject=_subject(len(rows), more),
        body=body_of(user, rows[:MOST][::-1], more=more),
    )  # fmt: skip
    return 1


def due_moment(
    rhythm: Rhythm, zone: str, away: Sequence[Absence], at: datetime
) -> datetime | None:  # fmt: skip
    """For which moment a summary is due at `at`, if any. While she is away none is; her first one
    back is for her hour of the first day on which she is here."""
    if _ends(away, at) is not None:
        return None
    moment = _last_before(rhythm, ZoneInfo(zone), at)
    while (end := _ends(away, moment)) is not None:
        moment = _first_after(rhythm, ZoneInfo(zone), end)
    last = rhythm.digested_at
    if moment > at or (last is not None and moment - last < APART[rhythm.digest]):
        return None
    return moment


def _ends(away: Sequence[Absence], moment: datetime) -> datetime | None:
    """When the absence ends in which `moment` lies."""
    ends = [row.ends_at for row in away if row.starts_at <= moment < row.ends_at]
    return max(ends, default=None)


def _last_before(rhythm: Rhythm, zone: ZoneInfo, at: datetime) -> datetime:
    """The last moment of the rhythm at or before `at`."""
    day = at.astimezone(zone).date()
    found = _on(rhythm, zone, day)
    while found > at or (rhythm.digest == Rhythm.Digest.WEEKLY and day.weekday() != rhythm.weekday):
        day -= timedelta(days=1)
        found = _on(rhythm, zone, day)
    return found


def _first_after(rhythm: Rhythm, zone: ZoneInfo, end: datetime) -> datetime:
    day = end.astimezone(zone).date()
    found = _on(rhythm, zone, day)
    return found if found >= end else _on(rhythm, zone, day + timedelta(days=1))


def _on(rhythm: Rhythm, zone: ZoneInfo, day: date) -> datetime:
    """Her hour on that day. An hour that the clock skips is the one after it, one that it shows
    twice is the first (https://peps.python.org/pep-0495/)."""
    return datetime.combine(day, rhythm.digest_at, tzinfo=zone).astimezone(UTC)


def _subject(lines: int, more: int) -> str:
    n = min(lines, MOST) + more
    return (
        "One thing that you have not read yet"
        if n == 1
        else f"{n} things that you have not read yet"
    )


def body_of(user: User, rows: Sequence[Notice], *, more: int) -> str:
    """The summary as markdown: under each subject what was told of it, the oldest first."""
    groups: dict[tuple[str, int | None], list[Notice]] = {}
    for row in rows:
        groups.setdefault((row.about_type, row.about_id), []).append(row)
    zone = ZoneInfo(user.zone)
    parts = [f"Hello {user.get_short_name()},"]
    parts += [_group(group, zone) for group in groups.values()]
    if more:
        parts.append(f"{more} more stand in your inbox.")
    inbox, choose = (
        f"{settings.PORTAL_URL}{reverse(name)}" for name in ("notices:inbox", "notices:preferences")
    )
    parts.append(f"[Open your inbox]({inbox})")
    parts.append(f"You get this summary because you asked for it. [Change or stop it]({choose})")
    return "\n\n".join(parts)


def _group(rows: Sequence[Notice], zone: ZoneInfo) -> str:
    name = _plain(rows[-1].about_name)
    if not name:
        return "\n".join(
            f"- {_linked(_plain(row.title), row.link)}, {_when(row, zone)}" for row in rows
        )
    lines = [f"**{_linked(name, rows[-1].link)}**", ""]
    for row in rows:
        words = _plain(row.title).removesuffix(f": {name}")
        behalf = f" ({row.on_behalf})" if row.on_behalf else ""
        lines.append(f"- {words}{behalf}, {_when(row, zone)}")
    return "\n".join(lines)


def _linked(words: str, link: str) -> str:
    return f"[{words}]({settings.PORTAL_URL}{link})" if link else words


def _plain(text: str) -> str:
    """On one line, and no markdown: brackets would end a link."""
    return " ".join(text.replace("[", "(").replace("]", ")").split())


def _when(row: Notice, zone: ZoneInfo) -> str:
    local = row.at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"
