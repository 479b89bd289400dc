"""Who hears of it instead of somebody who is away."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from comms.queries import reads_internal, subject_of
from people.models import Absence, Role, User

A_WEEK: Final = timedelta(days=6)
FEW: Final = 20


@dataclass(frozen=True)
class Cover:
    """Whom to tell for somebody who is away until `until`. `by_managers`: nobody who covers is
    here, so the managers of the team hear of it; empty when there is not even one of those."""

    away: User
    until: datetime
    people: list[User]
    by_managers: bool = False

    def words(self, reader: User, *, now: datetime) -> str:
        until = day_for(reader, self.until, now=now)
        return f"for {self.away.get_short_name()}, who is away until {until}"


def day_for(reader: User, at: datetime, *, now: datetime) -> str:
    """A near day by its weekday, another by its date; days of the reader's zone."""
    local = at.astimezone(ZoneInfo(reader.zone))
    near = at - now < A_WEEK
    return f"{local:%A}" if near else f"{local.day} {local:%B}"


def cover_of(user: User, *, at: datetime) -> Cover | None:
    """Whoever stands in for `user` at `at`; None if she is here.

    Somebody who covers and is away herself passes it on to who covers her. Nobody is asked twice,
    so a circle of covers ends; where it does, the managers of the team are told.
    """
    absence = _absence(user.pk, at)
    if absence is None:
        return None
    until, seen = absence.ends_at, {user.pk}
    here: Absence | None = absence
    while here is not None and here.backup is not None and here.backup_id not in seen:
        backup = here.backup
        seen.add(backup.pk)
        here = _absence(backup.pk, at)
        if here is None and backup.is_active:
            return Cover(user, until, [backup])
    rest = [one for one in managers_of(user) if _absence(one.pk, at) is None]
    return Cover(user, until, rest, by_managers=True)


def managers_of(user: User) -> list[User]:
    """The managers of the user's team; those of the house where it has none."""
    rows = User.objects.active().in_role(Role.MANAGER).exclude(pk=user.pk).order_by("pk")
    own = list(rows.filter(team=user.team_id)[:FEW]) if user.team_id else []
    return own or list(rows[:FEW])


def may_open(user: User, about_type: str, about_id: int | None, *, internal: bool = False) -> bool:
    """Whether the page that a notice is about opens for `user`; the owning apps decide."""
    if not about_type or about_id is None or (internal and not reads_internal(user)):
        return False
    return subject_of(user, about_type, about_id) is not None


def _absence(user: int, at: datetime) -> Absence | None:
    rows = Absence.objects.filter(user=user, starts_at__lte=at, ends_at__gt=at)
    return rows.select_related("backup").order_by("-ends_at", "-pk").first()


def in_words(user: User, *, now: datetime) -> str:
    """What the preferences page says about the next time that `user` is away; "" when none is
    written down."""
    rows = Absence.objects.from_now(now).filter(user=user)
    following = rows.order_by("starts_at", "pk").first()
    if following is None:
        return ""
    at = max(following.starts_at, now)
    cover = cover_of(user, at=at)
    first, last = (day_for(user, end, now=now) for end in (following.starts_at, following.ends_at))
    span = f"from {first} until {last}"
    if cover is None or not cover.people:
        return (
            f"You are away {span}. Nobody covers who is here then: what you are told waits for you."
        )
    names = ", ".join(person.get_full_name() for person in cover.people)
    if cover.by_managers:
        return (
            f"You are away {span}. Nobody covers who is here then, so your managers hear: {names}."
        )
    return f"You are away {span}. {names} covers for you."
