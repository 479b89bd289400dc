"""Meetings that come again: made, seen with their dates, changed from one on, ended."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from meetings import clock, queries, recurrence, services
from meetings.forms_series import EndForm, LaterForm, RepeatForm, SeriesForm
from meetings.models import IllegalMove, Meeting, Series
from meetings.queries import series as reads
from meetings.services import series as verbs
from meetings.services.spreading import DatesTaken
from people.doors import me

CANNOT = (services.BadMeeting, recurrence.BadRule, clock.BadWall)
CONFLICTS = (IllegalMove, services.SlotTaken)
SHOWN = 50
Form = RepeatForm | SeriesForm | LaterForm


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def every_series(request: HttpRequest) -> HttpResponse:
    """Series of which something is to come."""
    rows = list(reads.running(me(request), timezone.now())[:SHOWN])
    firsts = Meeting.objects.filter(series__in=rows).order_by("series", "series_at")
    titles = {
        one.series_id: one for one in firsts.select_related("host", "account").distinct("series")
    }
    lines = [(row, titles[row.pk], reads.rule_words(row.rule)) for row in rows]
    return TemplateResponse(request, "meetings/series/list.html", {"lines": lines})


@permission_required("meetings.add_meeting", raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    """Make a series and book all of it."""
    user = me(request)
    form = SeriesForm(
        request.POST if request.method == "POST" else None,
        initial={"zone": user.zone, "repeats": "weekly", "every": 1},
    )

    def make() -> str:
        said, first = form.cleaned_data, form.cleaned_data["first_on"]
        contact = said["contact"]
        row = verbs.request(
            rule=_rule_of(form, first), first_wall=form.first_wall, zone=said["zone"],
            host=said["attendees"][0], minutes=said["minutes"], leave_out=said["leave_out"],
            title=said["title"], account=said["account"], place=said["place"], team=user.team,
            attendees=[one.pk for one in said["attendees"]], by=user, at=timezone.now(),
            guests=[{"name": contact.name, "email": contact.email}] if contact else [],
            details=services.Details(agenda=said["agenda"]),
        )  # fmt: skip
        return f"/meetings/series/{row.pk}/"

    return _answer(
        request, form, make, template="new", done="Booked. Everybody gets one invitation."
    )


def _rule_of(form: Form, first: Any) -> recurrence.Rule:
    rule = form.rule(first)
    if rule is None:
        raise recurrence.BadRule("Choose how it repeats.")
    return rule


def _answer(
    request: HttpRequest, form: Form, effect: Callable[[], str], *, template: str,
    done: str, **context: Any,
) -> HttpResponse:  # fmt: skip
    """The form again with what is wrong, with the dates that do not fit, or on to the series."""
    status, taken = HTTPStatus.OK, None
    if form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                target = form_once(request, effect)
            except DatesTaken as refusal:
                status, taken = HTTPStatus.CONFLICT, refusal
            except CONFLICTS as refusal:
                status = HTTPStatus.CONFLICT
                form.add_error(None, str(refusal))
            except CANNOT as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, done)
                return redirect(target)
    context |= {"form": form, "taken": taken}
    return TemplateResponse(request, f"meetings/series/{template}.html", context, status=status)


@permission_required("meetings.change_meeting", raise_exception=True)
def repeat(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a booked meeting come again."""
    row = get_object_or_404(queries.visible_to(me(request)), pk=pk)
    form = RepeatForm(
        request.POST if request.method == "POST" else None,
        initial={"repeats": "weekly", "every": 1},
    )

    def make() -> str:
        first = clock.naive(row.wall).date()
        made = verbs.repeat(
            row, rule=_rule_of(form, first), by=me(request), at=timezone.now(),
            leave_out=form.cleaned_data["leave_out"],
        )  # fmt: skip
        return f"/meetings/series/{made.pk}/"

    done = "Booked. Everybody gets the whole series."
    return _answer(request, form, make, template="repeat", done=done, row=row)


def _visible(request: HttpRequest, pk: int) -> Series:
    return get_object_or_404(reads.series_visible_to(me(request)), pk=pk)


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def one_series(request: HttpRequest, pk: int) -> HttpResponse:
    """A series with its dates."""
    return _page(request, _visible(request, pk))


def _page(request: HttpRequest, row: Series, *, status: int = 200, **extra: Any) -> HttpResponse:
    now, user = timezone.now(), me(request)
    mine = queries.visible_to(user).filter(series=row).order_by("series_at", "pk")
    meetings = list(mine.select_related("host", "account").prefetch_related("attendees"))
    lines = reads.lines_of(row, meetings, now)
    ahead = [line for line in lines if line.may_lead]
    context = {
        "row": row, "lead": (ahead[0].meeting if ahead else None) or meetings[-1], "lines": lines,
        "words": reads.rule_words(row.rule), "left": len(ahead), "end_form": EndForm(),
        "may_change": user.has_perm("meetings.change_meeting"), **extra,
    }  # fmt: skip
    return TemplateResponse(request, "meetings/series/series.html", context, status=status)


@permission_required("meetings.change_meeting", raise_exception=True)
def later(request: HttpRequest, pk: int, meeting: int) -> HttpResponse:
    """Change one meeting of a series and all after it."""
    row = _visible(request, pk)
    first = get_object_or_404(row.meetings.select_related("series"), pk=meeting)
    form = LaterForm(request.POST if request.method == "POST" else None)

    def change() -> str:
        said = form.cleaned_data
        day = clock.naive(clock.shown(first.series_at or first.requested_at, row.zone)).date()
        made = verbs.change_later(
            first, rule=form.rule(day), at_time=f"{said['at_time']:%H:%M}" if said["at_time"] else "",
            minutes=said["minutes"], leave_out=said["leave_out"], reason=said["reason"],
            by=me(request), at=timezone.now(),
        )  # fmt: skip
        return f"/meetings/series/{made.pk}/"

    return _answer(
        request, form, change, template="later", done="Changed. Everybody is told.", row=row, first=first,
        words=reads.rule_words(row.rule),
    )  # fmt: skip


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Call off all that lie ahead."""
    row, form = _visible(request, pk), EndForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, end_form=form)
    try:
        verbs.end(row, by=me(request), at=timezone.now(), reason=form.cleaned_data["reason"])
    except IllegalMove as refusal:
        return _page(request, row, status=409, problem=str(refusal))
    messages.success(request, "Ended. Everybody is told.")
    return redirect("meetings:series", pk)
