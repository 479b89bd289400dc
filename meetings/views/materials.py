"""What is to be brought to a meeting: a slot of its page, or a page by itself without htmx."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from meetings import hours, queries, services
from meetings.forms_outcome import ItemForm
from meetings.models import Meeting, PrepItem, Status
from meetings.prep.own import suggestions
from meetings.services.preparing import EVENING
from meetings.views.common import REFUSALS, seen, status_of, to_prepare
from people.doors import me
from people.models import User

OPEN = (Status.REQUESTED, Status.BOOKED)


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def materials(request: HttpRequest, pk: int) -> HttpResponse:
    return _slot(request, seen(request, pk))


def _slot(request: HttpRequest, row: Meeting, *, status: int = 200, **extra: Any) -> HttpResponse:
    user = me(request)
    may_write = row.status in OPEN and queries.may_prepare(user, row)
    items = list(row.prep_items.select_related("owner", "done_by").order_by("position", "pk"))
    context = {
        "row": row, "may_write": may_write, "form": ItemForm(auto_id="bring_%s"),
        "lines": [
            {"item": item, "may_tick": may_write or item.owner_id == user.pk,
             "late": item.done_at is None and item.due_at is not None and item.due_at < timezone.now()}
            for item in items
        ],
        "suggested": suggestions(row) if may_write else [], **extra,
    }  # fmt: skip
    slot = "#slot" if request.htmx else ""  # type: ignore[attr-defined]
    return TemplateResponse(request, f"meetings/prep/materials.html{slot}", context, status=status)


@require_POST
@permission_required("meetings.view_meeting", raise_exception=True)
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """One more thing to bring."""
    row, form = to_prepare(request, pk), ItemForm(request.POST, auto_id="bring_%s")
    if not form.is_valid():
        return _slot(request, row, status=422, form=form)
    said = form.cleaned_data

    def effect() -> str:
        services.add_item(
            row, title=said["title"], owner=said["owner"], by=me(request), at=timezone.now(),
            due_at=_due(said["due_on"], said["owner"] or row.host),
        )  # fmt: skip
        return f"/meetings/{pk}/materials/"

    return _done(request, pk, lambda: form_once(request, effect), form=form)


def _due(day: date | None, owner: User) -> datetime | None:
    """The evening of that day on the clock of who sees to it."""
    return hours.at_wall(day, EVENING, owner.zone) if day and _usual(day) else None


def _usual(day: date) -> bool:
    """A day that any zone's clock can show."""
    return 1 < day.year < 9999  # noqa: PLR2004 - the first and last years cannot be shifted


def _done(request: HttpRequest, pk: int, act: Any, **extra: Any) -> HttpResponse:
    try:
        act()
    except REFUSALS as refusal:
        again = seen(request, pk)
        return _slot(request, again, status=status_of(refusal), problem=str(refusal), **extra)
    if request.htmx:  # type: ignore[attr-defined]
        return _slot(request, seen(request, pk))
    return redirect("meetings:materials", pk)


def _item(request: HttpRequest, pk: int) -> PrepItem:
    """A thing that this person may tick off: its owner's, or of a meeting that she prepares."""
    item = PrepItem.objects.select_related("meeting__host").filter(pk=pk).first()
    if item is None:
        raise Http404
    user = me(request)
    if item.owner_id == user.pk:
        return item
    if not queries.visible_to(user).filter(pk=item.meeting_id).exists():
        raise Http404
    if not queries.may_prepare(user, item.meeting):
        raise PermissionDenied
    return item


@require_POST
@permission_required("meetings.view_meeting", raise_exception=True)
def tick(request: HttpRequest, pk: int) -> HttpResponse:
    """It is ready, or after all not."""
    item = _item(request, pk)
    done = request.POST.get("done") != "0"
    services.tick_item(item, done=done, by=me(request), at=timezone.now())
    if request.POST.get("back") == "prepare":
        return redirect("meetings:prepare")
    return _done(request, item.meeting_id, bool)


@require_POST
@permission_required("meetings.view_meeting", raise_exception=True)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Give it to somebody, say it otherwise, or set another day."""
    item = _item(request, pk)
    row, form = to_prepare(request, item.meeting_id), ItemForm(request.POST, auto_id=f"item{pk}_%s")
    if not form.is_valid():
        return _slot(request, row, status=422, editing=pk, edit_form=form)
    said = form.cleaned_data
    return _done(
        request, row.pk,
        lambda: services.change_item(
            item, title=said["title"], owner=said["owner"], by=me(request), at=timezone.now(),
            due_at=_due(said["due_on"], said["owner"] or row.host),
        ),
        editing=pk, edit_form=form,
    )  # fmt: skip


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The same list with the form of one line open."""
    item = _item(request, pk)
    row = to_prepare(request, item.meeting_id)
    due_on = timezone.localtime(item.due_at).date() if item.due_at else None
    initial = {"title": item.title, "owner": item.owner_id, "due_on": due_on}
    form = ItemForm(initial=initial, auto_id=f"item{pk}_%s")
    return _slot(request, row, editing=pk, edit_form=form)


@require_POST
@permission_required("meetings.view_meeting", raise_exception=True)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """It does not have to be brought."""
    item = _item(request, pk)
    row = to_prepare(request, item.meeting_id)
    return _done(
        request, row.pk, lambda: services.remove_item(item, by=me(request), at=timezone.now())
    )
