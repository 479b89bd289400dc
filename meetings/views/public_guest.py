"""A guest looks at her meeting by her own link: answers, moves it, calls it off. No account.

Reading changes nothing; every act is a form, so that a mail scanner that follows links does nothing.
The page is never framed: who is led to click on it does not see what she clicks.
"""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from journal import idempotency
from meetings import invitations
from meetings.forms_guest import AnswerForm, CancelForm, Guided, MoveForm
from meetings.models import Attendee, GuestLink, IllegalMove, Meeting, Status
from meetings.months import month_of
from meetings.services import guest_links, opening
from meetings.services.confirming import zone_of
from meetings.services.refusals import BadMeeting, LinkGone, SlotTaken
from meetings.views import public
from meetings.words import Words, moment_in, words_in

FORMS: dict[str, type[Guided]] = {"move": MoveForm, "cancel": CancelForm, "answer": AnswerForm}
SAID = ("moved", "cancelled", "answered")


@public.without_account
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: HttpRequest, key: str) -> HttpResponse:
    """The meeting as the guest may see it, and what she may do with it."""
    link = guest_links.find(key, at=timezone.now())
    if link is None:
        return public.unknown(request)
    guest = reader(request, link)
    if request.method == "POST":
        return _act(request, link, guest)
    return _page(request, link, guest)


def reader(request: HttpRequest, link: GuestLink) -> public.Guest:
    """In her own language and on her own clock, unless the address says otherwise."""
    asked = public.reading(request, zone_of(link.attendee))
    known = link.attendee.language
    words = words_in(known) if known and not asked.get("lang") else asked.words
    return public.Guest(words, asked.zone, asked.said, asked.path)


def _act(request: HttpRequest, link: GuestLink, guest: public.Guest) -> HttpResponse:
    w, act = guest.words, request.POST.get("act", "")
    if act not in FORMS:
        return _page(request, link, guest, status=422, problem=w.wrong_choice)
    form = FORMS[act](w, request.POST)
    if not form.is_valid():
        first = next((str(e) for errors in form.errors.values() for e in errors), w.wrong_look)
        return _page(request, link, guest, status=422, problem=first, **{act: form})
    try:
        once(request, link, lambda: _do(link, act, form.cleaned_data))
    except LinkGone:
        return public.unknown(request)
    except SlotTaken:
        return _again(request, link, guest, w.wrong_taken, **{act: form})
    except (BadMeeting, IllegalMove):
        return _again(request, link, guest, _why(link, w), **{act: form})
    return redirect(guest.url(move="", month="", day="", at="") + _said(guest, act))


def _said(guest: public.Guest, act: str) -> str:
    word = {"move": "moved", "cancel": "cancelled", "answer": "answered"}[act]
    plain = guest.url(move="", month="", day="", at="")
    return f"{'&' if '?' in plain else '?'}said={word}"


def _why(link: GuestLink, w: Words) -> str:
    """In her language, why it cannot be done: services speak to colleagues."""
    meeting = Meeting.objects.get(pk=link.attendee.meeting_id)
    if meeting.status == Status.CANCELLED:
        return w.status_cancelled
    if meeting.starts_at is not None and meeting.starts_at <= timezone.now():
        return w.wrong_begun
    return w.status_over if meeting.status == Status.DONE else w.wrong_passed


def _again(
    request: HttpRequest, link: GuestLink, guest: public.Guest, problem: str, **forms: Any
) -> HttpResponse:
    link.attendee.meeting.refresh_from_db()
    return _page(request, link, guest, status=HTTPStatus.CONFLICT, problem=problem, **forms)


def once(request: HttpRequest, link: GuestLink, act: Any) -> None:
    """Do it; a double submit changes nothing. The key of the link is kept nowhere but as a digest."""

    def effect() -> tuple[int, None]:
        act()
        return HTTPStatus.OK, None

    key = request.POST.get("idempotency_key", "").replace("\0", "")[: idempotency.LONGEST // 2]
    if key:
        idempotency.once(0, f"guest:{link.pk}:{key}", "form", effect)
    else:
        effect()


def _do(link: GuestLink, act: str, said: dict[str, Any]) -> None:
    now = timezone.now()
    if act == "move":
        guest_links.move(link, starts_at=said["starts_at"], reason=said["reason"], at=now)
    elif act == "cancel":
        guest_links.call_off(link, reason=said["reason"], at=now)
    else:
        guest_links.answer(link, reply=said["reply"], note="", at=now)


def _page(
    request: HttpRequest, link: GuestLink, guest: public.Guest, *, status: int = 200,
    problem: str = "", **forms: Guided,
) -> HttpResponse:  # fmt: skip
    row, w, now = link.attendee.meeting, guest.words, timezone.now()
    attendee = Attendee.objects.get(pk=link.attendee_id)
    ahead = row.status == Status.BOOKED and row.starts_at is not None and row.starts_at > now
    moving = ahead and (bool(guest.get("move")) or "move" in forms)
    shown: dict[str, Any] = {}
    if moving:
        month = month_of(
            opening.open_for(row, at=now), zone=guest.zone, words=w, month=guest.get("month"),
            day=guest.get("day"),
        )  # fmt: skip
        shown = public.shown(month, guest)
    word = request.GET.get("said", "")
    context = {
        "meeting": row, "state": _state(row, now, w), "ahead": ahead, "moving": moving,
        "moment": moment_in(w, row.starts_at, guest.zone) if row.starts_at else "",
        "length": w.minutes.format(n=row.minutes), "place": public.place_of(row, w),
        **shown, "move_url": guest.url(move="1"), "problem": problem, "attendee": attendee,
        "zone_known": knows_zone(attendee),
        "move": _rows(forms.get("move") or MoveForm(w)),
        "cancel": _rows(forms.get("cancel") or CancelForm(w)), "cancelling": "cancel" in forms,
        "thanks": getattr(w, f"was_{word}") if word in SAID else "",
        "reply_words": getattr(w, f"said_{attendee.reply}", ""), "key": request.path.split("/")[3],
        "picked": request.POST.get("starts_at", ""), "calendars": calendar_links(row) if ahead else [],
    }  # fmt: skip
    return public.answer(request, "meeting", guest, status=status, **context)


def knows_zone(attendee: Attendee) -> bool:
    """Then her browser is not asked: she may be on a journey."""
    return bool(attendee.zone or (attendee.contact and attendee.contact.zone))


def _rows(form: Guided) -> list[dict[str, Any]]:
    return [row for row in public.rows(form) if row["bound"].name != "starts_at"]


def _state(row: Meeting, now: Any, w: Words) -> tuple[str, str]:
    """(words, tone)"""
    if row.status == Status.CANCELLED:
        return w.status_cancelled, "bad"
    if row.starts_at is None or row.status == Status.REQUESTED:
        return w.status_open, "warn"
    over = row.status == Status.DONE or (row.ends_at is not None and row.ends_at <= now)
    return (w.status_over, "none") if over else (w.status_booked, "ok")


@public.without_account
@require_safe
def calendar(request: HttpRequest, key: str) -> HttpResponse:
    """The meeting as a file for any calendar; only she herself is named among the guests."""
    link = guest_links.find(key, at=timezone.now())
    if link is None or link.attendee.meeting.starts_at is None:
        return public.unknown(request)
    row, now = link.attendee.meeting, timezone.now()
    text = invitations.calendar(row, [link.attendee], method="PUBLISH", at=now)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    return answer


def calendar_links(row: Meeting) -> list[tuple[str, str]]:
    """(name, address) of forms on which well-known calendars add it."""
    if row.starts_at is None or row.ends_at is None:
        return []
    stamps = [f"{at:%Y%m%dT%H%M%SZ}" for at in (row.starts_at, row.ends_at)]
    google = {"action": "TEMPLATE", "text": row.title, "dates": "/".join(stamps),
              "location": row.place or row.video_url}  # fmt: skip
    outlook = {"path": "/calendar/action/compose", "rru": "addevent", "subject": row.title,
               "startdt": row.starts_at.isoformat(), "enddt": row.ends_at.isoformat(),
               "location": row.place or row.video_url}  # fmt: skip
    return [
        ("Google", f"https://calendar.google.com/calendar/render?{urlencode(google)}"),
        ("Outlook", f"https://outlook.office.com/calendar/0/deeplink/compose?{urlencode(outlook)}"),
    ]
