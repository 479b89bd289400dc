"""A guest books by herself: a day, a time, her details. Works in steps of plain pages.

Reading changes nothing; what books is a form with a signed moment in it, so that neither a scanner
that follows links nor a machine that fills forms at once books anything.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from crm.models import Account
from journal import idempotency
from kit.limits import too_often
from meetings.forms_guest import VisitorForm, WhoForm
from meetings.models import Attendee, BookingPage
from meetings.months import hours_of, instant, month_of
from meetings.services import guest_links, opening, pages, self_booking, turns
from meetings.services.confirming import zone_of
from meetings.services.refusals import BadMeeting, PageGone, SlotTaken, TooManyOpen
from meetings.views import public
from meetings.views.public_guest import calendar_links
from meetings.words import moment_in, words_in

FILLED: Final = "meetings.booking.form"
WHO: Final = "meetings.booking.who"
OLDEST: Final = timedelta(hours=12)
FORTNIGHT: Final = timedelta(days=14)
OTHERS: Final = 12  # other times shown when one is gone
RELATED: Final = ("kind", "team", "account", "made_by")


@public.without_account
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """A public page."""
    row = BookingPage.objects.select_related(*RELATED).filter(slug=slug).first()
    return public.unknown(request) if row is None else _door(request, row)


@public.without_account
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, key: str) -> HttpResponse:
    """The page of a link for one account."""
    row = pages.find(key)
    return public.unknown(request) if row is None else _door(request, row)


def _door(request: HttpRequest, row: BookingPage) -> HttpResponse:
    hosts = turns.hosts_of(row)
    zone = hosts[0].zone if hosts else settings.TIME_ZONE
    guest = public.reading(request, zone)
    return public.framed(request, row, _step(request, row, guest))


def _step(request: HttpRequest, row: BookingPage, guest: public.Guest) -> HttpResponse:
    if request.method == "POST" and "who" not in request.POST:
        return _receive(request, row, guest)
    if not pages.is_live(row, at=timezone.now()):
        return _gone(request, row, guest)
    if request.method == "POST":
        return _say_who(request, row, guest)
    if row.turns == BookingPage.Turns.OWNER and row.account is None and not _knows(row, guest):
        return _show_who(request, row, guest, WhoForm(guest.words))
    starts_at = instant(guest.get("at"))
    if starts_at is None:
        return _show_times(request, row, guest)
    said = {"starts_at": guest.get("at"), "tz": guest.zone}
    form = VisitorForm(guest.words, row, initial=said)
    return _show_form(request, row, guest, form, starts_at)


def _knows(row: BookingPage, guest: public.Guest) -> bool:
    return _said_who(row, guest) is not None


def _said_who(row: BookingPage, guest: public.Guest) -> dict[str, Any] | None:
    """What the address remembers of the first step: an account by its key, never a mail address."""
    try:
        said = signing.loads(guest.get("who"), salt=WHO, max_age=OLDEST)
    except signing.BadSignature:
        return None
    return said if said.get("page") == row.pk else None


def _account(row: BookingPage, guest: public.Guest) -> Account | None:
    if row.account is not None or row.turns != BookingPage.Turns.OWNER:
        return row.account
    said = _said_who(row, guest) or {}
    return Account.objects.select_related("owner").filter(pk=said.get("account") or 0).first()


def _say_who(request: HttpRequest, row: BookingPage, guest: public.Guest) -> HttpResponse:
    form = WhoForm(guest.words, request.POST)
    if not form.is_valid():
        return _show_who(request, row, guest, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    account = turns.account_of(form.cleaned_data["email"])
    said = {"page": row.pk, "account": account.pk if account else None}
    return redirect(guest.url(who=signing.dumps(said, salt=WHO), at="", day="", month=""))


def _show_who(
    request: HttpRequest, row: BookingPage, guest: public.Guest, form: WhoForm, *, status: int = 200
) -> HttpResponse:
    context = {**_about(row, guest), "form": form, "fields": public.rows(form)}
    return public.answer(request, "who", guest, status=status, **context)


def _show_times(request: HttpRequest, row: BookingPage, guest: public.Guest) -> HttpResponse:
    starts = _starts(row, guest, timezone.now())
    month = month_of(
        starts, zone=guest.zone, words=guest.words, month=guest.get("month"), day=guest.get("day")
    )
    return public.answer(
        request, "times", guest, **_about(row, guest), **public.shown(month, guest)
    )


def _starts(
    row: BookingPage, guest: public.Guest, now: datetime, within: opening.Window | None = None
) -> list[datetime]:
    hosts = opening.who_takes(row, _account(row, guest), at=now)
    return opening.together(opening.open_on(row, hosts, at=now, within=within))


def _near(row: BookingPage, guest: public.Guest, wanted: datetime | None) -> list[datetime]:
    """The first other times from the one wanted on; if its fortnight has none, the first of all."""
    now = timezone.now()
    if wanted is not None and now < wanted < now + timedelta(days=row.days_ahead):
        near = _starts(row, guest, now, (wanted, wanted + FORTNIGHT))
        if near:
            return near[:OTHERS]
    return _starts(row, guest, now)[:OTHERS]


def _show_form(
    request: HttpRequest, row: BookingPage, guest: public.Guest, form: VisitorForm,
    starts_at: datetime | None, *, status: int = 200, problem: str = "", gone: bool = False,
) -> HttpResponse:  # fmt: skip
    """The details; `gone`: with other times to choose from, so that what was typed stays."""
    others = []
    if gone or starts_at is None:
        near = _near(row, guest, starts_at)
        others = hours_of(near, zone=guest.zone, words=guest.words)
    context = {
        **_about(row, guest), "form": form, "fields": public.rows(form), "others": others,
        "problem": problem, "token": request.POST["token"] if _signed(request, row) else _token(row),
        "idempotency": _key(request), "chosen": "" if gone else _moment(starts_at, guest),
        "code": form["starts_at"].value() or "", "back": guest.url(at=""),
    }  # fmt: skip
    return public.answer(request, "form", guest, status=status, **context)


def _moment(starts_at: datetime | None, guest: public.Guest) -> str:
    return moment_in(guest.words, starts_at, guest.zone) if starts_at else ""


def _token(row: BookingPage) -> str:
    return signing.dumps({"page": row.pk, "at": timezone.now().timestamp()}, salt=FILLED)


def _signed(request: HttpRequest, row: BookingPage) -> float | None:
    """When the form was opened, in seconds; None if that is long ago, or nobody signed it."""
    try:
        said = signing.loads(request.POST.get("token", ""), salt=FILLED, max_age=OLDEST)
    except signing.BadSignature:
        return None
    return float(said["at"]) if said.get("page") == row.pk else None


def _key(request: HttpRequest) -> str:
    return request.POST.get("idempotency_key", "").replace("\0", "")[: idempotency.LONGEST // 2]


def _receive(request: HttpRequest, row: BookingPage, guest: public.Guest) -> HttpResponse:
    """Look at what came, as a person and as a machine might have sent it; then book."""
    w = guest.words
    if too_often(f"booked:{row.pk}", settings.BOOKING_PER_PAGE):
        return public.too_fast(request)
    form = VisitorForm(w, row, request.POST)
    valid = form.is_valid()
    starts_at = form.cleaned_data.get("starts_at")
    if "tz" in form.cleaned_data:
        guest = public.Guest(w, form.cleaned_data["tz"], guest.said, guest.path)
    problem = "" if valid else w.wrong_look
    problem = problem or _machine(request, row, form, w)
    if problem:
        if not pages.is_live(row, at=timezone.now()):
            return _gone(request, row, guest)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _show_form(request, row, guest, form, starts_at, status=status, problem=problem)
    return _book(request, row, guest, form)


def _machine(request: HttpRequest, row: BookingPage, form: VisitorForm, w: Any) -> str:
    """Why no person may have filled it: the hidden field, or quicker than anybody types."""
    if form.cleaned_data.get("website"):
        return str(w.wrong_robot)
    opened = _signed(request, row)
    if opened is None:
        return str(w.wrong_old)
    if timezone.now().timestamp() - opened < settings.BOOKING_MIN_SECONDS:
        return str(w.wrong_fast)
    return ""


def _book(
    request: HttpRequest, row: BookingPage, guest: public.Guest, form: VisitorForm
) -> HttpResponse:
    w, starts_at = guest.words, form.cleaned_data["starts_at"]
    problem, status, gone = "", HTTPStatus.UNPROCESSABLE_ENTITY, False
    try:
        attendee = _once(request, row, guest, form)
        key = guest_links.fresh_key(attendee, at=timezone.now())
        return redirect(f"{reverse('booking:done', args=[key])}?lang={w.code}")
    except PageGone:
        row.refresh_from_db()
        return _gone(request, row, guest)
    except SlotTaken:
        problem, status, gone = w.wrong_taken, HTTPStatus.CONFLICT, True
    except TooManyOpen:
        problem = w.wrong_many
    except BadMeeting:
        passed = starts_at <= timezone.now()
        problem, gone = (w.wrong_passed, True) if passed else (w.wrong_own, False)
    return _show_form(
        request, row, guest, form, starts_at, status=status, problem=problem, gone=gone
    )


def _once(
    request: HttpRequest, row: BookingPage, guest: public.Guest, form: VisitorForm
) -> Attendee:
    """Book; a double submit gets the meeting of the first.

    Not `form_once`, which keeps the address to go to: the key of the guest's link is in it, and is
    kept nowhere but as a digest.
    """
    said = form.cleaned_data
    visitor = self_booking.Visitor(
        name=said["name"], email=said["email"], zone=guest.zone, language=guest.words.code,
        answers=form.answers(),
    )  # fmt: skip

    def effect() -> tuple[int, dict[str, int]]:
        made = self_booking.book_on_page(
            row, visitor, starts_at=said["starts_at"], at=timezone.now()
        )
        return HTTPStatus.OK, {"guest": made.pk}

    key = _key(request)
    if key:
        _, reply, _ = idempotency.once(0, f"booking:{row.pk}:{key}", "form", effect)
    else:
        _, reply = effect()
    return Attendee.objects.select_related("meeting").get(pk=reply["guest"])


def _gone(request: HttpRequest, row: BookingPage, guest: public.Guest) -> HttpResponse:
    """Says so kindly, and to whom to write instead."""
    w = guest.words
    text = w.gone_text if row.withdrawn_at else w.gone_used
    contact = row.made_by.get_full_name()
    return public.notice(
        request, guest, w.gone_title, text, status=HTTPStatus.GONE, contact=contact
    )


def _about(row: BookingPage, guest: public.Guest) -> dict[str, Any]:
    """What stands beside every step: the title, how long, how, with whom."""
    w, hosts = guest.words, turns.hosts_of(row)
    alone = row.turns == BookingPage.Turns.PERSON and len(hosts) == 1
    return {
        "page": row, "host": hosts[0] if alone else None, "way": public.way_of(row.kind.mode, w),
        "length": w.minutes.format(n=row.kind.minutes),
        "whom": w.with_person.format(name=hosts[0]) if alone else w.with_team,
        "privacy": w.privacy.format(company=settings.COMPANY_NAME),
    }  # fmt: skip


@public.without_account
@require_safe
def done(request: HttpRequest, key: str) -> HttpResponse:
    """It is booked: when, with whom, for the calendar. Shows only, so that it may stand in a frame."""
    found = guest_links.find(key, at=timezone.now())
    starts_at = found.attendee.meeting.starts_at if found is not None else None
    if found is None or starts_at is None:
        return public.unknown(request)
    attendee, meeting = found.attendee, found.attendee.meeting
    guest = public.reading(request, zone_of(attendee))
    w = guest.words if guest.get("lang") else words_in(attendee.language)
    booked = getattr(meeting, "page_booking", None)
    answer = public.answer(
        request, "done", public.Guest(w, guest.zone, guest.said, guest.path), meeting=meeting,
        moment=moment_in(w, starts_at, guest.zone), key=key,
        hint=w.booked_hint.format(mail=attendee.email), length=w.minutes.format(n=meeting.minutes),
        place=public.place_of(meeting, w), calendars=calendar_links(meeting),
        again=booked.page.slug if booked and booked.page.slug else "",
    )  # fmt: skip
    return public.framed(request, booked.page if booked else None, answer)
