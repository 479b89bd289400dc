"""What the pages of guests share: who may knock how often, language and zone, closed or framed answers.

Nothing here sets or reads a cookie: the pages also stand in frames of other sites, where browsers
send none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from functools import wraps
from typing import Any, Final

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from kit.limits import address, too_often
from kit.templatetags.portal import field as field_context
from kit.zones import zone_names
from meetings.forms_guest import Guided
from meetings.models import BookingPage, Meeting, Mode
from meetings.months import Cell, Month, zones
from meetings.words import LANGUAGES, Words, wanted

View = Callable[..., HttpResponse]
KEPT: Final = ("lang", "tz", "month", "day", "at", "who", "move")  # parameters that links carry on
LONGEST: Final = 600


@dataclass(frozen=True)
class Guest:
    """How somebody without an account reads: her language, her clock, what her address says."""

    words: Words
    zone: str
    said: dict[str, str]
    path: str

    def get(self, name: str) -> str:
        return self.said.get(name, "")

    def url(self, path: str = "", **changed: str) -> str:
        """This address with other parameters; empty ones are left out."""
        query = QueryDict(mutable=True)
        query.update({k: v for k, v in (self.said | changed).items() if v})
        return f"{path or self.path}?{query.urlencode()}" if query else path or self.path


def reading(request: HttpRequest, zone: str) -> Guest:
    """Language by ?lang= or the browser's wish; clock by ?tz=, else `zone`."""
    said = {k: request.GET[k][:LONGEST].replace("\0", "") for k in KEPT if request.GET.get(k)}
    words = wanted(said.get("lang", ""), request.headers.get("Accept-Language", ""))
    if said.get("tz") not in zone_names():
        said.pop("tz", None)
    return Guest(words, said.get("tz") or zone, said, request.path)


def without_account(view: View) -> View:
    """A door for guests: no sign-in, no cache, no search engine, so many calls of one address."""

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if too_often(f"booking:{address(request)}", settings.BOOKING_PER_ADDRESS):
            return too_fast(request)
        answer = view(request, *args, **kwargs)
        answer["X-Robots-Tag"], answer["Referrer-Policy"] = "noindex", "no-referrer"
        return answer

    # What proves anything is in the address or signed in the form; no cookie is, and without a
    # referrer browsers say no origin.
    return never_cache(login_not_required(csrf_exempt(door)))


def too_fast(request: HttpRequest) -> HttpResponse:
    guest = reading(request, settings.TIME_ZONE)
    return notice(request, guest, guest.words.wrong_often, "", status=429)


def answer(
    request: HttpRequest, template: str, guest: Guest, *, status: int = 200, **context: Any
) -> HttpResponse:
    whole = {
        "w": guest.words, "guest": guest, "languages": languages(guest), "zones": zones(),
        "company": settings.COMPANY_NAME, "desk_mail": desk_mail(), **context,
    }  # fmt: skip
    return TemplateResponse(request, f"meetings/public/{template}.html", whole, status=status)


def notice(
    request: HttpRequest, guest: Guest, title: str, text: str, *, status: int, contact: str = ""
) -> HttpResponse:
    """A page that only says something, and to whom to write."""
    said = {"title": title, "text": text, "contact": contact}
    return answer(request, "notice", guest, status=status, **said)


def unknown(request: HttpRequest) -> HttpResponse:
    """The same for an address that never was, is revoked or too old."""
    guest = reading(request, settings.TIME_ZONE)
    w = guest.words
    return notice(request, guest, w.unknown_title, w.unknown_text, status=404)


def framed(request: HttpRequest, page: BookingPage | None, made: HttpResponse) -> HttpResponse:
    """Let the sites that the page names, and no others, show this one answer in a frame."""
    if page is not None and page.frames:
        opened = csp_replace({"frame-ancestors": list(page.frames)})(lambda _: made)
        xframe_options_exempt(opened)(request)
    return made


def shown(month: Month, guest: Guest) -> dict[str, Any]:
    """A month with the addresses behind its days and hours."""
    w = guest.words
    weeks = [[(cell, _day_url(guest, cell)) for cell in week] for week in month.weeks]
    return {
        "month": {
            "title": month.title, "short_weekdays": month.short_weekdays, "weeks": weeks,
            "earlier": month.earlier, "later": month.later, "day": month.day,
            "any_open": month.any_open, "hours": month.hours, "next_open": month.next_open,
            "next_words": w.next_open.format(day=month.next_open),
            "earlier_url": guest.url(month=month.earlier, day="", at=""),
            "later_url": guest.url(month=month.later, day="", at=""),
        },
        "hours": [(hour, guest.url(at=hour.code)) for hour in month.hours],
        "times_words": w.times_on.format(day=month.day_words),
    }  # fmt: skip


def _day_url(guest: Guest, cell: Cell | None) -> str:
    return f"{guest.url(day=cell.iso, month='', at='')}#times" if cell and cell.open else ""


def languages(guest: Guest) -> list[tuple[str, str, str, bool]]:
    """(code, name, address, whether it is read now)"""
    return [
        (code, words.name, guest.url(lang=code), words is guest.words)
        for code, words in LANGUAGES.items()
    ]


def rows(form: Guided) -> list[dict[str, Any]]:
    """Fields with their controls wired up for screen readers, as on the portal's own pages."""
    return [field_context(bound) for bound in form.visible()]


def desk_mail() -> str:
    return settings.INBOUND_ADDRESS or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def way_of(mode: str, words: Words) -> str:
    ways = {Mode.VIDEO: words.video, Mode.PHONE: words.phone_call, Mode.VISIT: words.visit,
            Mode.HOUSE: words.house}  # fmt: skip
    return ways[Mode(mode)]


def place_of(meeting: Meeting, words: Words) -> str:
    return meeting.place or way_of(meeting.mode, words)
