"""Telling a colleague something: the one door by which notices leave."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Model

from notices import covers
from notices.channels import INBOX, MAIL, Told, channels
from notices.kinds import Kind, Mail, kind_of
from notices.models import EscalationRule, Notice, Preference, Rhythm
from notices.services import bundles
from people.models import User


@transaction.atomic
def tell(
    user: User, *, kind: str, key: str, subject: str, body: str, at: datetime,
    about: Model | None = None, link: str = "", turn_id: int | None = None,
    internal: bool = False, besides: Collection[int] = (),
) -> None:  # fmt: skip
    """Tell `user` once per `key`, in the caller's transaction: in the inbox, and elsewhere as she chose.

    `kind` is a code of notices.kinds; `body` is markdown; `link` is the path of the page where she
    acts; `turn_id` the open question that it speaks of. What leaves waits for the end of her quiet
    hours, unless the kind is urgent. While she is away, whoever covers is told too, if the kind is
    no private one and he may open what it is about; `internal` says that it quotes what only the
    desk and departments read. `besides`: keys of people who hear of it anyway.
    """
    known = kind_of(kind)
    told = Told(key, " ".join(subject.split())[:250], body, link[:300], at, at, about)
    if not _tell(user, known, told, turn_id) or not known.forwarded:
        return
    cover = covers.cover_of(user, at=at)
    if cover is None or about is None:
        return
    label = about._meta.label_lower
    for reader in cover.people:
        if reader.pk not in besides and covers.may_open(reader, label, about.pk, internal=internal):
            _forward(reader, cover, known, told, turn_id)


def _forward(
    reader: User, cover: covers.Cover, kind: Kind, told: Told, turn_id: int | None
) -> None:
    """The same to who covers, saying for whom; it is not passed on again."""
    words = cover.words(reader, now=told.at)
    body = f"*{words[:1].upper()}{words[1:]}.*\n\n{told.body}"
    forwarded = replace(told, key=f"cover:{cover.away.pk}:{reader.pk}:{told.key}", body=body)
    _tell(reader, kind, forwarded, turn_id, on_behalf=words)


def _tell(
    user: User, kind: Kind, told: Told, turn_id: int | None, *, on_behalf: str = ""
) -> bool:  # fmt: skip
    """Whether this key is new to the user."""
    ways = channels()
    chosen = chosen_by(user, kind.code)
    hows = {code: chosen.get(code, way.unless_chosen(kind)) for code, way in ways.items()}
    quietly = not kind.must_see and chosen.get(INBOX) == Mail.NEVER
    notice, made = Notice.objects.get_or_create(
        user=user, key=told.key[:200],
        defaults={
            "kind": kind.code, "title": told.subject, "body": told.body, "link": told.link,
            "turn_id": turn_id, "at": told.at, "on_behalf": on_behalf[:200],
            "read_at": told.at if quietly else None, "quiet": quietly,
            "waits_for_digest": hows.get(MAIL) == Mail.DIGEST, **_about(told.about),
            "escalate_at": None if quietly else _first_look(kind, told.at),
        },
    )  # fmt: skip
    if not made:
        return False
    if notice.about_id is None:
        notice.about_id = notice.pk
        notice.save(update_fields=["about_id"])
    bundles.add(notice)
    leaving = [code for code, how in hows.items() if how == Mail.NOW]
    if leaving:
        owed = replace(told, due_at=told.at if kind.urgent else after_quiet(user, told.at))
        for code in leaving:
            if ways[code].reaches(user):
                ways[code].owe(user, owed if code == MAIL else _on(owed, code, user))
    return True


def _on(told: Told, channel: str, user: User) -> Told:
    """What is owed on another channel than mail has a key of its own."""
    return replace(told, key=f"{channel}:{user.pk}:{told.key}"[:200])


def _about(about: Model | None) -> dict[str, Any]:
    if about is None:
        return {}
    return {
        "about_type": about._meta.label_lower,
        "about_id": about.pk,
        "about_name": str(about)[:200],
    }


def _first_look(kind: Kind, at: datetime) -> datetime | None:
    """Working hours never pass faster than the clock: before this nothing can be due."""
    if not kind.matters:
        return None
    rule = EscalationRule.objects.filter(kind=kind.code, is_active=True).first()
    hours = (rule.mail_after_hours or rule.tell_after_hours) if rule is not None else None
    return at + timedelta(hours=hours) if hours else None


def chosen_by(user: User, kind: str) -> dict[str, Mail]:
    """What the user chose for a kind: {channel: how}."""
    rows = Preference.objects.filter(user=user, kind=kind).values_list("channel", "how")
    return {channel: Mail(how) for channel, how in rows}


def mail_for(user: User, kind: str) -> Mail:
    known = kind_of(kind)
    return chosen_by(user, known.code).get(MAIL, known.mail)


def after_quiet(user: User, at: datetime) -> datetime:
    """`at`, or the end of the user's quiet hours if `at` lies in them; wall clock of her zone."""
    rhythm = Rhythm.objects.filter(user=user).first()
    if rhythm is None or rhythm.quiet_from is None or rhythm.quiet_until is None:
        return at
    begin, end = rhythm.quiet_from, rhythm.quiet_until
    local = at.astimezone(ZoneInfo(user.zone))
    now = local.time()
    over_night = begin > end
    quiet = (now >= begin or now < end) if over_night else begin <= now < end
    if not quiet:
        return at
    day = local.date() + timedelta(days=1 if over_night and now >= begin else 0)
    return datetime.combine(day, end, tzinfo=ZoneInfo(user.zone)).astimezone(at.tzinfo)
