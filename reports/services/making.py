"""Editions: what a report says to each circle of readers, kept, and owed by mail once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from comms import services as comms
from comms.models import DeliveryFile
from journal import services as journal
from kit.briefing_words import plain
from people.models import User
from reports import parts, periods, words
from reports.circles import circle_of
from reports.models import Edition, Report, Schedule
from reports.queries.saying import blocks_of, plan_of, say

READS: Final = "reports.view_edition"
PNG: Final = "image/png"


class NobodyToTell(Exception):
    """A report has no reader who may see anything of it; the message is fit for people to read."""


@dataclass(frozen=True)
class Sending:
    """One going out: `key` names it, so that what is owed under it is owed once."""

    report: Report
    key: str
    at: datetime  # of the period
    now: datetime
    by: User | None = None
    is_test: bool = False


def readers_of(schedule: Schedule) -> list[User]:
    """Colleagues and those of the roles who may read editions, each once."""
    wanted = Q(pk__in=schedule.people.values("pk")) | Q(groups__name__in=schedule.roles)
    found = User.objects.filter(wanted, is_active=True).exclude(email="").distinct().order_by("pk")
    return [user for user in found if user.has_perm(READS)]


def outside_of(schedule: Schedule) -> list[str]:
    """Addresses outside that may get it still: the setting decides at the moment of sending."""
    allowed = {domain.lower() for domain in settings.REPORT_OUTSIDE_DOMAINS}
    return [one for one in schedule.outside if one.rpartition("@")[2].lower() in allowed]


@transaction.atomic
def make_editions(sending: Sending, readers: Sequence[User]) -> list[tuple[User, Edition]]:
    """One edition for each circle of these readers, kept, with who reads which.

    Readers who may see none of its parts get nothing.
    """
    plan = plan_of(sending.report)
    keys = [one["part"] for one in plan]
    kept: dict[str, Edition | None] = {}
    found = []
    for user in readers:
        circle = circle_of(sending.report, keys, user)
        if circle not in kept:
            kept[circle] = make(sending, plan, user, circle)
        edition = kept[circle]
        if edition is not None:
            edition.readers.add(user)
            found.append((user, edition))
    return found


@transaction.atomic
def send_to(sending: Sending, readers: Sequence[User], outside: Sequence[str] = ()) -> int:
    """Make the editions that these readers need and owe each her mail; returns how many mails."""
    made = make_editions(sending, readers)
    for user, edition in made:
        owe(sending, edition, user.email, user)
    mails = len(made) + _send_outside(sending, plan_of(sending.report), outside)
    data = {"mails": mails, "outside": len(outside), "key": sending.key, "test": sending.is_test}
    journal.record("reports.report.sent", sending.report, by=sending.by, at=sending.now, data=data)
    return mails


def _send_outside(
    sending: Sending, plan: Sequence[Mapping[str, Any]], outside: Sequence[str]
) -> int:
    """Figures, never records: read with the eyes of the report's owner, while she may see them."""
    owner = sending.report.owner
    own = sending.report.audience == Report.Audience.OWN
    if not outside or own or owner is None or not owner.is_active:
        return 0
    figures = [
        one
        for one in plan
        if (part := parts.known().get(one["part"])) and not (part.rows or part.own)
    ]
    edition = make(sending, figures, owner, "outside")
    if edition is None:
        return 0
    for address in outside:
        owe(sending, edition, address, None)
    return len(outside)


def make(
    sending: Sending, plan: Sequence[Mapping[str, Any]], reader: User, circle: str
) -> Edition | None:
    """Keep what the report says to `reader`; None when she may see none of it."""
    report = sending.report
    said = say(report, reader, sending.at, plan)
    if not said.blocks:
        return None
    key = f"{sending.key}:{_short(circle)}"
    own = report.audience == Report.Audience.OWN
    values = {
        "report": report, "title": f"{report.name}, {said.period}"[:160], "start": said.start,
        "end": said.end, "zone": report.zone, "team": report.team, "person": reader if own else None,
        "compare": report.compare, "is_test": sending.is_test, "plan": list(said.plan),
        "blocks": [block.as_json() for block in said.blocks], "made_at": sending.now,
        "made_by": sending.by,
    }  # fmt: skip
    return Edition.objects.get_or_create(key=key, defaults=values)[0]


def _short(text: str) -> str:
    """A text as part of a key."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def owe(sending: Sending, edition: Edition, address: str, user: User | None) -> None:
    """The mail with headline figures and charts in it, and the paper with it."""
    page = f"{settings.PORTAL_URL}{reverse('reports:edition', args=[edition.pk])}" if user else ""
    blocks = blocks_of(edition)
    who = str(user.pk) if user else _short(address.lower())
    delivery = comms.owe_mail(
        key=f"report:{sending.key}:{who}", recipient=address,
        user=user, recipient_name=user.get_full_name() if user else "", due_at=sending.now,
        at=sending.now, subject=f"{'Test: ' if sending.is_test else ''}{edition.title}",
        body=words.body_of(blocks, page, _opening(edition)), leave_by="digest",
    )  # fmt: skip
    if delivery.files.exists():  # owed before
        return
    DeliveryFile.objects.bulk_create([
        DeliveryFile(delivery=delivery, name="report.pdf", kind="application/pdf",
                     drawn_by="report", drawn_of=edition.pk),
        *(DeliveryFile(delivery=delivery, name=f"chart-{n + 1}.png", kind=PNG, content_id=f"c{n}",
                       drawn_by="report_chart", drawn_of=edition.pk * 100 + n)
          for n in words.pictured(blocks)),
    ])  # fmt: skip


def _opening(edition: Edition) -> str:
    """The first line of the mail: the days, whose work, what for."""
    whose = edition.person or edition.team or "every team"
    days = periods.words(edition.start, edition.end)
    purpose = edition.report.purpose if edition.report else ""
    return plain(f"{days}, {whose}. {purpose}")


def send_test(report: Report, *, by: User, at: datetime) -> Edition:
    """The report of now to whoever asks, as she may see it; nobody else reads this edition.

    :raises NobodyToTell: if she may see none of its parts, or has no address.
    """
    sending = Sending(
        report, f"test:{report.pk}:{by.pk}:{at:%Y-%m-%dT%H:%M:%S.%fZ}", at, at, by, is_test=True
    )
    if not by.email or not send_to(sending, [by]):
        raise NobodyToTell("There is nothing in this report that you may see.")
    return Edition.objects.filter(report=report, is_test=True, readers=by).latest("pk")
