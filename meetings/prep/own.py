"""Sections that the layers from meetings down know about: the company, its people, what was said."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.module_loading import import_string

from comms.models import Message, Turn
from comms.pages import subject_page
from comms.queries import reads_internal, threads_of
from crm.models import Account
from journal.models import Entry
from kit.briefing import Line, Section, Suggestion
from meetings.models import Attendee, Meeting, Outcome, Status
from meetings.queries import visible_to
from people.models import User

CONTACTS: Final = 20
PAST: Final = 5
MESSAGES: Final = 6
ENTRIES: Final = 300  # of the account, looked through for the last messages
TURNS: Final = 20
WORDS: Final = 160
SAID: Final = ("comms.message.posted", "comms.message.received")


def day_of(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%a %d %b %Y}"


def short(text: str, most: int = WORDS) -> str:
    """One line of what somebody wrote."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def plan(account: Account | None, meeting: Meeting, user: User | None, now: datetime) -> Section:  # noqa: ARG001 - the seam's shape
    """Agenda and goals, a line each."""
    lines = [Line(text.strip(), "Goal") for text in meeting.goals.splitlines() if text.strip()]
    lines += [Line(text.strip(), "Agenda") for text in meeting.agenda.splitlines() if text.strip()]
    return Section(
        "plan", "Agenda and goals", "list", lines, empty="Nobody has written an agenda yet."
    )


def who(
    account: Account | None, meeting: Meeting, user: User | None, now: datetime  # noqa: ARG001
) -> Section | None:  # fmt: skip
    """The company, who looks after it, and the people there; who of them comes."""
    if account is None:
        return None
    invited = set(meeting.attendees.filter(contact__isnull=False).values_list("contact", flat=True))
    facts = [account.get_tier_display(), account.industry, account.city, account.country]
    owner = f"Looked after by {account.owner}" if account.owner else "Nobody looks after it"
    lines = [
        Line(account.name, " · ".join(f for f in facts if f), f"/accounts/{account.pk}/"),
        Line(owner),
    ]
    people = account.contacts.active().order_by("name", "pk")[:CONTACTS]
    for one in sorted(people, key=lambda contact: contact.pk not in invited):
        notes = [one.title, "comes" if one.pk in invited else "", one.email, one.phone]
        lines.append(Line(one.name, " · ".join(note for note in notes if note)))
    return Section("who", "Who they are", "building", lines)


def coming(account: Account | None, meeting: Meeting, user: User | None, now: datetime) -> Section:  # noqa: ARG001
    """Who comes, and what they answered."""
    people = meeting.attendees.order_by("role", "name", "pk")
    lines = [
        Line(
            one.name,
            f"{one.get_role_display()} · {one.get_reply_display()}"
            + (f": {one.reply_note}" if one.reply_note else ""),
            tone=_tone(one),
        )
        for one in people
    ]
    return Section("coming", "Who comes", "users", lines)


def _tone(one: Attendee) -> str:
    if one.reply == Attendee.Reply.DECLINED:
        return "bad"
    return "warn" if one.role == Attendee.Role.GUEST and one.reply == Attendee.Reply.NONE else ""


def before(
    account: Account | None, meeting: Meeting, user: User | None, now: datetime
) -> Section | None:
    """The last meetings with the account, how they went, what was noted."""
    if account is None:
        return None
    rows = Meeting.objects.all() if user is None else visible_to(user)
    rows = rows.filter(account=account, starts_at__lt=now, status__in=[Status.BOOKED, Status.DONE])
    found = rows.exclude(pk=meeting.pk).order_by("-starts_at", "-pk")[:PAST]
    lines = [
        Line(
            f"{day_of(row.starts_at, meeting.zone) if row.starts_at else ''}: {row.title}",
            " · ".join(
                part
                for part in (
                    Outcome(row.outcome).label,
                    short(row.summary or row.notes or row.outcome_note),
                )
                if part
            ),
            f"/meetings/{row.pk}/",
        )
        for row in found
    ]
    return Section(
        "before", "Meetings before", "calendar-event", lines, empty="This is the first meeting."
    )


def talk(
    account: Account | None, meeting: Meeting, user: User | None, now: datetime  # noqa: ARG001
) -> Section | None:  # fmt: skip
    """The last things that were said, on whatever subject of the account."""
    if account is None:
        return None
    entries = Entry.objects.filter(account_id=account.pk).newest_first()[:ENTRIES]
    said = [e.subject_id for e in entries if e.action in SAID][: MESSAGES * 5]
    rows = Message.objects.filter(pk__in=said, withdrawn_at=None, by_person=True)
    threads = rows.values_list("thread", flat=True)
    if user is not None:
        rows = rows.filter(thread__in=threads_of(user, pks=list(threads)))
        rows = rows if reads_internal(user) else rows.exclude(visibility="internal")
    lines = [
        Line(
            short(one.body),
            f"{one.author_name}, {day_of(one.at, meeting.zone)}",
            subject_page(one.thread.subject_type, one.thread.subject_id),
        )
        for one in rows.select_related("thread").order_by("-at", "-pk")[:MESSAGES]
    ]
    return Section("talk", "Last conversations", "message", lines, empty="Nobody wrote lately.")


def questions(
    account: Account | None, meeting: Meeting, user: User | None, now: datetime  # noqa: ARG001
) -> Section:  # fmt: skip
    """Questions that still wait for an answer, and what the guest said when booking."""
    lines = list(_answers(meeting))
    if account is not None:
        turns = Turn.objects.filter(closed_at=None, thread__account_id=account.pk)
        if user is not None:
            pks = list(turns.values_list("thread", flat=True)[:200])
            turns = turns.filter(thread__in=threads_of(user, pks=pks))
            if not reads_internal(user):
                turns = turns.exclude(question__visibility="internal")
        related = ("thread", "question", "asked_by", "asked_user", "asked_department")
        for turn in turns.select_related(*related).order_by("opened_at", "pk")[:TURNS]:
            asked = turn.asked_department or turn.asked_user or "the desk"
            note = f"{turn.asked_by} asked {asked}, {day_of(turn.opened_at, meeting.zone)}"
            url = subject_page(turn.thread.subject_type, turn.thread.subject_id)
            lines.append(Line(short(turn.question.body), note, url, "warn"))
    return Section("questions", "Open questions", "help-circle", lines, empty="No question waits.")


def _answers(meeting: Meeting) -> Iterable[Line]:
    """What a guest typed on the booking page."""
    booking = getattr(meeting, "page_booking", None)
    for one in booking.answers if booking is not None else ():
        if isinstance(one, dict) and one.get("answer"):
            yield Line(short(str(one["answer"]), 300), str(one.get("label", "Said when booking")))


def material(
    account: Account | None, meeting: Meeting, user: User | None, now: datetime  # noqa: ARG001
) -> Section:  # fmt: skip
    """What is to be brought, and what a library suggests for this kind, stage and industry."""
    items = meeting.prep_items.select_related("owner").order_by("position", "pk")
    lines = []
    for item in items:
        note = f"Ready, {item.owner}" if item.done_at and item.owner else "Ready"
        if item.done_at is None:
            note = f"Still to do: {item.owner}" if item.owner else "Nobody sees to it"
        lines.append(Line(item.title, note, tone="ok" if item.done_at else "warn"))
    lines += [Line(one.title, one.why or "Suggested", one.url) for one in suggestions(meeting)]
    return Section(
        "material", "Material to bring", "briefcase", lines, empty="Nothing has to be brought."
    )


def suggestions(meeting: Meeting) -> list[Suggestion]:
    """What the library has for such a meeting; nothing while no library is there."""
    if not settings.PREP_MATERIAL:
        return []
    found: list[Suggestion] = import_string(settings.PREP_MATERIAL)(meeting)
    return list(found)
