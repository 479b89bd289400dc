"""Working calendars: their hours and holidays. What a change moves, the desk shows in a slot."""

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from people import queries, services
from people.doors import me
from people.forms_calendars import CalendarForm, HolidayForm, PublicHolidaysForm
from people.models import WorkingCalendar

may = permission_required("people.change_workingcalendar", raise_exception=True)


@may
@require_safe
def calendars(request: HttpRequest) -> HttpResponse:
    """All calendars: their zone, week, next holiday, and who works by them."""
    context = {"rows": queries.calendar_rows(timezone.localdate())}
    return TemplateResponse(request, "people/calendars.html", context)


@may
def add_calendar(request: HttpRequest) -> HttpResponse:
    form = CalendarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.add_calendar(**form.wanted(), by=me(request), at=timezone.now())
        except services.NameTaken as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"“{row}” is here. Add its holidays.")
            return redirect("people:calendar", row.pk)
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "people/calendar.html", {"form": form}, status=status)


@may
def calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """One calendar: its week, its holidays, who uses it, and how far its promises are moved."""
    row = get_object_or_404(WorkingCalendar, pk=pk)
    if request.method != "POST":
        return _page(request, row)
    form, status = CalendarForm(request.POST, calendar=row), HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            changed = services.change_calendar(
                row, seen=_number(request.POST.get("seen", "")), **form.wanted(),
                by=me(request), at=timezone.now(),
            )  # fmt: skip
        except services.NameTaken as refusal:
            form.add_error("name", str(refusal))
        except services.ChangedMeanwhile as refusal:
            form.add_error(None, str(refusal))
            status = HTTPStatus.CONFLICT
        else:
            said = "Saved. Open promises are moved now." if changed else "Nothing was different."
            messages.success(request, said)
            return redirect("people:calendar", pk)
    return _page(request, WorkingCalendar.objects.get(pk=pk), form=form, status=status)


@may
@require_POST
def add_holiday(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = get_object_or_404(WorkingCalendar, pk=pk), HolidayForm(request.POST)
    if not form.is_valid():
        return _page(request, row, day_form=form, status=422)
    return _add(request, row, form.chosen())


@may
@require_POST
def add_public_holidays(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = get_object_or_404(WorkingCalendar, pk=pk), PublicHolidaysForm(request.POST)
    if not form.is_valid():
        return _page(request, row, public_form=form, status=422)
    return _add(request, row, form.chosen())


def _add(request: HttpRequest, row: WorkingCalendar, days: Mapping[date, str]) -> HttpResponse:
    added = services.add_holidays(row, days, by=me(request), at=timezone.now())
    known = len(days) - added
    had = f" {known} stood here already." if known else ""
    messages.success(request, f"{added} holiday{'s' * (added != 1)} added.{had}")
    return redirect("people:calendar", row.pk)


@may
@require_POST
def remove_holiday(request: HttpRequest, pk: int, holiday: int) -> HttpResponse:
    row = get_object_or_404(WorkingCalendar, pk=pk)
    gone = services.remove_holiday(row, holiday, by=me(request), at=timezone.now())
    if gone is not None:
        messages.success(request, f"{gone.name} is a working day now.")
    return redirect("people:calendar", pk)


def _page(
    request: HttpRequest, row: WorkingCalendar, *, form: CalendarForm | None = None,
    day_form: forms.Form | None = None, public_form: forms.Form | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    today = timezone.localdate()
    past = request.GET.get("past") == "1"
    context = {
        "calendar": row, "form": form or CalendarForm(calendar=row), "past": past,
        "day_form": day_form or HolidayForm(auto_id="day_%s"),
        "public_form": public_form
        or PublicHolidaysForm(
            initial={"country": "NL", "year": today.year + 1}, auto_id="public_%s"
        ),
        "holidays": queries.holidays_of(row, today, past=past),
        "teams": row.teams.order_by("name", "pk"),
        "departments": row.departments.order_by("name", "pk"),
    }  # fmt: skip
    return TemplateResponse(request, "people/calendar.html", context, status=status)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004
