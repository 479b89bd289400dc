"""What matters and is not read: mailed all the same, then told to others; each exactly once."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from comms.models import Turn
from comms.queries import subject_of
from kit.business_time import BusinessTimeError, WorkingTime
from notices.channels import MAIL, Told, channels
from notices.covers import managers_of, may_open
from notices.kinds import Mail, kind_of
from notices.models import EscalationRule, Notice
from notices.services.telling import after_quiet, mail_for, tell
from people import calendars
from people.models import User

MOST: Final = 500  # looked at in one wake-up
HOUR: Final = 3600
# An estimate is refreshed after a day: calendars and absences change.
AT_LATEST: Final = timedelta(days=1)
SOON: Final = timedelta(minutes=5)
MAILED, TOLD = 1, 2


def escalate(*, at: datetime) -> int:
    """Look at the notices whose time has come; returns how many went a step further.

    Each is locked, moved and told in a transaction of its own, under keys that are owed once.
    """
    due = Notice.objects.filter(escalate_at__lte=at).order_by("escalate_at", "pk")
    rules = {rule.kind: rule for rule in EscalationRule.objects.filter(is_active=True)}
    return sum(_look(pk, rules, at) for pk in list(due.values_list("pk", flat=True)[:MOST]))


@transaction.atomic
def _look(pk: int, rules: dict[str, EscalationRule], at: datetime) -> int:
    locked = Notice.objects.select_for_update(skip_locked=True, of=("self",))
    related = ("user__team__calendar", "user__department__calendar")
    notice = locked.select_related(*related).filter(pk=pk, escalate_at__lte=at).first()
    if notice is None:
        return 0
    rule = rules.get(notice.kind)
    before = notice.escalated
    if rule is None or _is_over(notice):
        notice.escalate_at = None
    else:
        _step(notice, rule, at)
    notice.save(update_fields=["escalate_at", "escalated", "waits_for_digest"])
    return int(notice.escalated > before)


def _is_over(notice: Notice) -> bool:
    """Read, settled, its question answered, or its reader gone."""
    if notice.read_at is not None or notice.settled_at is not None or not notice.user.is_active:
        return True
    if notice.turn_id is None:
        return False
    return not Turn.objects.filter(pk=notice.turn_id, closed_at=None).exists()


def _step(notice: Notice, rule: EscalationRule, at: datetime) -> None:
    """Do what is due, and say when to look next."""
    time = calendars.for_user(notice.user)
    gone = time.seconds_between(notice.at, at) if time else (at - notice.at).total_seconds()
    mail, tell_at = _seconds(rule)
    if mail is not None and notice.escalated < MAILED and gone >= mail:
        _mail(notice, at)
        notice.escalated = MAILED
    if tell_at is not None and notice.escalated < TOLD and gone >= tell_at:
        _tell(notice, rule, at)
        notice.escalated = TOLD
    ahead = [
        seconds for done, seconds in ((MAILED, mail), (TOLD, tell_at))
        if seconds is not None and notice.escalated < done
    ]  # fmt: skip
    notice.escalate_at = next_look(time, notice.at, min(ahead), at) if ahead else None


def _seconds(rule: EscalationRule) -> tuple[int | None, int | None]:
    """Working seconds from the notice to the mail, and to telling others."""
    mail = rule.mail_after_hours * HOUR if rule.mail_after_hours else None
    more = rule.tell_after_hours * HOUR if rule.tell_after_hours else None
    return mail, None if more is None else (mail or 0) + more


def next_look(time: WorkingTime | None, since: datetime, seconds: int, at: datetime) -> datetime:
    """When `seconds` of working time since then have passed; not now, and within a day."""
    try:
        due = time.add(since, seconds) if time else since + timedelta(seconds=seconds)
    except BusinessTimeError:  # a calendar without hours: perhaps it gets some
        due = at + AT_LATEST
    return min(max(due, at + SOON), at + AT_LATEST)


def _mail(notice: Notice, at: datetime) -> None:
    """To who wanted it in the summary. Who wanted it at once has it, who wanted none gets none."""
    user = notice.user
    if mail_for(user, notice.kind) != Mail.DIGEST or not user.email:
        return
    notice.waits_for_digest = False
    due = at if kind_of(notice.kind).urgent else after_quiet(user, at)
    subject = f"Not read yet: {notice.title}"[:250]
    told = Told(f"unread-mail:{notice.pk}", subject, notice.body, notice.link, due, at, None)
    channels()[MAIL].owe(user, told)


def _tell(notice: Notice, rule: EscalationRule, at: datetime) -> None:
    """Only people who may open what it is about, and without the words: they read them there."""
    for reader in _others(notice.user, rule):
        if not may_open(reader, notice.about_type, notice.about_id):
            continue
        tell(
            reader, kind="unread", key=f"unread:{notice.pk}:{reader.pk}", at=at, link=notice.link,
            subject=f"{notice.user} has not read: {notice.title}",
            body=f"{notice.user} was told and has not opened it.",
            about=subject_of(reader, notice.about_type, notice.about_id or 0),
        )  # fmt: skip


def _others(user: User, rule: EscalationRule) -> list[User]:
    if rule.to == EscalationRule.To.PERSON:
        person = rule.person
        return [person] if person is not None and person.is_active and person != user else []
    return managers_of(user)


def settle(
    about_type: str, about_id: int, *, at: datetime, kinds: Collection[str] = (),
    turn_id: int | None = None,
) -> None:  # fmt: skip
    """What was told of these kinds, or of a question, about the subject needs its readers no
    longer: it goes no further and is in no summary. It stays in the inbox as it is."""
    rows = Notice.objects.filter(
        Q(escalate_at__isnull=False) | Q(waits_for_digest=True),
        about_type=about_type, about_id=about_id, settled_at=None,
    )  # fmt: skip
    rows = rows.filter(turn_id=turn_id) if turn_id is not None else rows.filter(kind__in=kinds)
    rows.update(settled_at=at, escalate_at=None, waits_for_digest=False)
