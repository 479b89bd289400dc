"""Outside calendars of a person or a room: added after a try, paused, read, removed."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from journal.idempotency import form_once, was_sent
from meetings.forms_availability import CalendarForm
from meetings.models import OutsideCalendar, Room
from meetings.outside import Reading
from meetings.queries.availability import SOON
from meetings.services import outside as services
from meetings.views import availability
from people.doors import me
from people.models import User

DONE = {
    "pause": "It is not read any more, and its busy times are gone.",
    "resume": "It is read again within a few seconds.",
    "read": "It is read within a few seconds.",
    "remove": "The calendar is removed, with its address and its busy times.",
}
TOLD = 3


@availability.may
def add(request: HttpRequest, user: int) -> HttpResponse:
    """A calendar of a person."""
    who = availability.person(request, user)
    return _add(request, who, back=availability.home(request, who, "#calendars"))


@permission_required("meetings.change_room", raise_exception=True)
def add_to_room(request: HttpRequest, pk: int) -> HttpResponse:
    """A calendar of a room."""
    room = get_object_or_404(Room, pk=pk)
    return _add(request, room, back=reverse("meetings:room", args=[pk]))


def _add(request: HttpRequest, owner: User | Room, *, back: str) -> HttpResponse:
    """Try it out first, then keep it: what was found is said at once."""
    form = CalendarForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        key = request.POST.get("idempotency_key", "")
        if was_sent(me(request).pk, request.path, key):
            return redirect(back)
        try:
            _keep(request, form, owner, back)
            return redirect(back)
        except services.BadCalendar as refusal:
            form.add_error("address", str(refusal))
    context = {"form": form, "owner": owner, "back": back}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "meetings/availability/calendar.html", context, status=status)


def _keep(request: HttpRequest, form: CalendarForm, owner: User | Room, back: str) -> None:
    """The other side is asked before any transaction begins."""
    account, now = form.account(), timezone.now()
    reading = services.try_out(account, zone=owner.zone, at=now)

    def effect() -> str:
        services.add_calendar(
            account, reading, name=form.cleaned_data["name"], owner=owner, by=me(request), at=now
        )
        messages.success(request, in_words(reading))
        return back

    form_once(request, effect)


def in_words(reading: Reading) -> str:
    """214 events, 31 busy times in the next 4 weeks, 2 could not be read: the event on line 12 ..."""
    now = timezone.now()
    soon = sum(one.start < now + SOON and one.end > now for one in reading.busy)
    events = f"{reading.events:,} event{'' if reading.events == 1 else 's'}"
    words = f"{events}, {soon:,} busy time{'' if soon == 1 else 's'} in the next 4 weeks"
    if not reading.problems:
        return f"{words}. All of it could be read."
    told = "; ".join(reading.problems[:TOLD])
    return f"{words}, {len(reading.problems):,} could not be read whole: {told}."


@require_POST
@availability.may
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause, resume, read now, remove."""
    row = get_object_or_404(OutsideCalendar.objects.select_related("user", "room"), pk=pk)
    back, user, now = _back(request, row), me(request), timezone.now()
    what = request.POST.get("act", "")
    if what == "pause":
        services.pause_calendar(row, by=user, at=now)
    elif what == "resume":
        services.resume_calendar(row, by=user, at=now)
    elif what == "remove":
        services.remove_calendar(row, by=user, at=now)
    elif what == "read" and not services.read_soon(row, at=now):
        messages.warning(request, "It is paused. Let it be read again first.")
        return redirect(back)
    if what in DONE:
        messages.success(request, DONE[what])
    return redirect(back)


def _back(request: HttpRequest, row: OutsideCalendar) -> str:
    """The page of its owner, if this person may change what is on it."""
    if row.user_id is not None:
        who = availability.person(request, row.user_id)
        return availability.home(request, who, "#calendars")
    if not me(request).has_perm("meetings.change_room"):
        raise PermissionDenied
    return reverse("meetings:room", args=[row.room_id])
