"""Rooms and what stands in them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from journal.idempotency import form_once
from kit.zones import zone_names
from meetings.forms_availability import RoomForm
from meetings.models import Room
from meetings.queries import availability as queries
from meetings.services import rooms as services
from people.doors import me


@require_safe
@permission_required("meetings.view_room", raise_exception=True)
def rooms(request: HttpRequest) -> HttpResponse:
    """All rooms, those in use first."""
    return TemplateResponse(request, "meetings/availability/rooms.html", {"rows": queries.rooms()})


@permission_required("meetings.add_room", raise_exception=True)
def add(request: HttpRequest) -> HttpResponse:
    """A new room."""
    form = RoomForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = {name: value for name, value in form.cleaned_data.items() if name != "is_active"}

        def effect() -> str:
            row = services.add_room(**said, by=me(request), at=timezone.now())
            messages.success(request, f"{row.name} can be booked now.")
            return reverse("meetings:rooms")

        try:
            return redirect(form_once(request, effect))
        except services.BadRoom as refusal:
            form.add_error("name", str(refusal))
    return _page(request, form, None)


@permission_required("meetings.change_room", raise_exception=True)
def room(request: HttpRequest, pk: int) -> HttpResponse:
    """One room: change it, switch it off, its outside calendars."""
    row = get_object_or_404(Room, pk=pk)
    if request.method != "POST":
        return _page(request, RoomForm.filled(row), row)
    form = RoomForm(request.POST)
    if form.is_valid():
        try:
            services.change_room(row, **form.cleaned_data, by=me(request), at=timezone.now())
        except services.BadRoom as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{row.name} is saved.")
            return redirect("meetings:rooms")
    return _page(request, form, Room.objects.get(pk=pk))


def _page(request: HttpRequest, form: RoomForm, row: Room | None) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "room": row, "zones": sorted(zone_names())}
    if row is not None:
        context["calendars"] = queries.calendars_of(room=row, now=timezone.now())
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "meetings/availability/room.html", context, status=status)
