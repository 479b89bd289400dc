"""One meeting: who comes, the times among which it is scheduled, its chain, how it went."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from journal.models import Entry
from meetings import queries, services
from meetings.forms import CancelForm, ChangeForm, PersonForm, SlotForm
from meetings.models import Attendee, IllegalMove, Meeting, Status
from meetings.queries import choosing
from meetings.queries.week import Week, week_of
from people.doors import me

REFUSALS: Final = (IllegalMove, services.SlotTaken, services.BadMeeting)
STRIP_DAYS: Final = 5


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting: who comes, the slots or the slot, how it went."""
    return page(request, visible(request, pk))


def visible(request: HttpRequest, pk: int) -> Meeting:
    """The meeting, for who may see it; else 404."""
    rows = queries.visible_to(me(request)).select_related(
        "account", "host", "scheduled_by", "room", "kind", "outcome_by"
    )
    return get_object_or_404(rows, pk=pk)


def page(request: HttpRequest, row: Meeting, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page of a meeting; `extra` are bound forms and a `problem` to show."""
    now, problem = timezone.now(), extra.pop("problem", "")
    people = choosing.attendees_of(row)
    may_change = me(request).has_perm("meetings.change_meeting")
    open_ = row.status in {Status.REQUESTED, Status.BOOKED}
    choosing_now = may_change and (row.status == Status.REQUESTED or "move" in request.GET)
    offer = choosing.offer(row, people, at=now) if choosing_now and open_ else choosing.Offer()
    over = row.ends_at is not None and row.ends_at < now and row.status == Status.BOOKED
    context = {
        "row": row, "people": people, "offer": offer, "choosing": choosing_now and open_,
        "over": over, "may_change": may_change, "is_open": open_,
        "problem": problem or offer.problem,
        "strip": _strip(request, people, offer) if choosing_now and open_ else None,
        "cancel_form": CancelForm(), "person_form": PersonForm(), "change_form": _change_form(row),
        "moves": row.moves.select_related("by", "attendee", "from_host", "to_host").order_by("at", "pk"),
        "timeline": Entry.objects.about(row).newest_first()[:30], **extra,
    }  # fmt: skip
    return TemplateResponse(request, "meetings/meeting.html", context, status=status)


def _strip(request: HttpRequest, people: list[Attendee], offer: choosing.Offer) -> Week | None:
    """The days around the best time, of all colleagues who come."""
    users = [one.user for one in people if one.user]
    if offer.wanted is None or not users:
        return None
    zone = timezone.get_current_timezone()
    first = offer.slots[0].starts_at if offer.slots else offer.wanted.window_from
    monday = first.astimezone(zone).date()
    monday -= timedelta(days=monday.weekday())
    return week_of(
        users, [], monday=monday, reader=me(request), at=timezone.now(), zone=zone, days=STRIP_DAYS
    )


def _change_form(row: Meeting, data: Any = None) -> ChangeForm:
    first, last = row.window_from, row.window_until
    return ChangeForm(data, initial={
        **{name: getattr(row, name) for name in ChangeForm.base_fields},
        "window_from": timezone.localdate(first) if first else None,
        "window_until": timezone.localdate(last - timedelta(seconds=1)) if last else None,
        "room": row.room_id,
    })  # fmt: skip


def step(
    request: HttpRequest, pk: int, act: Callable[[Meeting], Any], done: str, **shown: Any
) -> HttpResponse:
    """Carry out one step on a meeting, once for each form; refusals show the page again."""
    row = visible(request, pk)

    def effect() -> str:
        act(row)
        return f"/meetings/{pk}/"

    try:
        target = form_once(request, effect)
    except REFUSALS as refusal:
        return page(request, visible(request, pk), status=409, problem=str(refusal), **shown)
    messages.success(request, done)
    return redirect(target)


def refused(
    request: HttpRequest, pk: int, form: Form, slot: str, problem: str = ""
) -> HttpResponse:
    """The page again, with what was typed and the errors beside it."""
    return page(request, visible(request, pk), status=422, problem=problem, **{slot: form})


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a slot, or move to another."""
    form = SlotForm(request.POST)
    if not form.is_valid():
        return page(request, visible(request, pk), status=422, problem="Choose one of the times.")
    said, by = form.cleaned_data, me(request)
    return step(
        request, pk,
        lambda row: services.book(
            row, starts_at=said["starts_at"], room=said["room"], by=by, at=timezone.now()
        ),
        "Booked. Everybody gets the invitation.",
    )  # fmt: skip


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Length, window, place, agenda."""
    form = _change_form(visible(request, pk), request.POST)
    if not form.is_valid():
        return refused(request, pk, form, "change_form", "Some of it needs another look.")
    now, by = timezone.now(), me(request)
    return step(
        request, pk, lambda row: services.change(row, by=by, at=now, **form.values(now)),
        "Saved.", change_form=form,
    )  # fmt: skip


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def add_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody comes too."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return refused(request, pk, form, "person_form")
    said, by, now = form.cleaned_data, me(request), timezone.now()

    def act(row: Meeting) -> None:
        if said["colleague"]:
            services.add_colleague(
                row, user=said["colleague"], required=said["must"], by=by, at=now
            )
        else:
            name = said["name"] or said["email"]
            services.add_guest(row, name=name, email=said["email"], by=by, at=now)

    return step(request, pk, act, "Added.", person_form=form)


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def remove_person(request: HttpRequest, pk: int, attendee: int) -> HttpResponse:
    """Somebody does not come any more."""
    person = get_object_or_404(visible(request, pk).attendees, pk=attendee)
    by, now = me(request), timezone.now()
    return step(
        request, pk, lambda _: services.remove_person(person, by=by, at=now),
        f"{person.name} does not come any more.",
    )  # fmt: skip


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call it off."""
    form = CancelForm(request.POST)
    if not form.is_valid():
        return refused(request, pk, form, "cancel_form")
    reason, by, now = form.cleaned_data["reason"], me(request), timezone.now()
    return step(
        request, pk, lambda row: services.cancel(row, by=by, at=now, reason=reason),
        "Cancelled. Everybody is told.",
    )  # fmt: skip
