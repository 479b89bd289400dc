"""Every step of a request's life, a door each: check, parse, one service call, back to the page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from comms.services import Unsendable
from desk import forms, services
from desk.forms_queue import AssignForm
from desk.models import IllegalMove, SalesRequest
from desk.services import many
from desk.views.request import page, row_url, visible
from journal.idempotency import form_once
from meetings.services import BadMeeting
from orders.models import IllegalMove as OrderRefused
from orders.services import BadLine, OnHold, UnknownProduct, Unusable
from people.doors import me
from people.models import Party, User

REFUSALS = (
    IllegalMove,
    services.BadForm,
    services.BadPromise,
    services.Unfinished,
    services.NotYours,
    Unsendable,
    OrderRefused,
    OnHold,
    BadLine,
    UnknownProduct,
    Unusable,
    BadMeeting,
)
OWN = "own"  # only the one who asked
BOTH_SIDES = "both"  # the one who asked, or the desk
Step = Callable[[SalesRequest, User, dict[str, Any]], Any]
SLOTS: dict[type[Form], str] = {
    forms.HandOffForm: "handoff_form", forms.ReopenForm: "reopen_form",
    forms.DuplicateForm: "duplicate_form", forms.ResolveForm: "resolve_form",
    forms.SplitForm: "split_form", forms.TagForm: "tag_form",
}  # fmt: skip


COMPOSERS = {name: kind for kind, name in SLOTS.items() if "body" in kind.base_fields}


def _may(user: User, row: SalesRequest, permission: str) -> bool:
    if permission not in {OWN, BOTH_SIDES}:
        return user.has_perm(permission)
    works = permission == BOTH_SIDES and user.has_perm("desk.work_queue")
    return works or row.requester_id == user.pk


def _kept(form: Form | None) -> dict[str, Any]:
    """A refused form in its own place on the page, and its words where they can still be sent."""
    if form is None:
        return {}
    kept: dict[str, Any] = {"refused": form}
    if slot := SLOTS.get(type(form)):
        kept[slot] = form
    if body := form.data.get("body", ""):
        for name, kind in COMPOSERS.items():
            kept.setdefault(name, kind(initial={"body": body}))
    return kept


def _step(
    permission: str, form_class: type[Form] | None, act: Step, said: str, *, then: str = ""
) -> Any:
    """A door for one step: check, parse, one service call, back to the page; or on to what the
    step made, whose page is called `then`."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        row, user = visible(request, pk), me(request)
        if not _may(user, row, permission):
            raise PermissionDenied
        form = form_class(request.POST) if form_class else None
        if form is not None and not form.is_valid():
            return page(request, row, status=422, **_kept(form))

        def effect() -> str:
            made = act(row, user, form.cleaned_data if form else {})
            return reverse(then, args=[made.pk]) if then else row_url(row)

        try:
            target = form_once(request, effect)
        except REFUSALS as refusal:
            again = visible(request, pk)
            return page(request, again, status=409, problem=str(refusal), **_kept(form))
        if said:
            messages.success(request, said.format(row=row))
        return redirect(target)

    return require_POST(view)


release = _step(
    "desk.claim_salesrequest", None,
    lambda row, user, _: services.release(row, by=user, at=timezone.now()), "{row.ref} is back in the queue.",
)  # fmt: skip
resolve = _step(
    "desk.work_queue", forms.ResolveForm,
    lambda row, user, data: services.resolve(row, by=user, at=timezone.now(), **data), "{row.ref} is resolved.",
)  # fmt: skip
withdraw = _step(
    BOTH_SIDES, None,
    lambda row, user, _: services.withdraw(row, by=user, at=timezone.now()), "{row.ref} is withdrawn.",
)  # fmt: skip
duplicate = _step(
    "desk.work_queue", forms.DuplicateForm,
    lambda row, user, data: services.mark_duplicate(row, of=data["of"], by=user, at=timezone.now()),
    "{row.ref} is marked as a duplicate.",
)  # fmt: skip
priority = _step(
    "desk.work_queue", forms.PriorityForm,
    lambda row, user, data: services.set_priority(row, priority=data["priority"], by=user, at=timezone.now()),
    "Priority changed.",
)  # fmt: skip
hand_off = _step(
    "desk.add_handoff", forms.HandOffForm,
    lambda row, user, data: services.ask_department(
        data["department"], ask=data["ask"], by=user, at=timezone.now(), request=row,
        due_at=data["due_at"],
    ),
    "Asked.",
)  # fmt: skip
create_order = _step(
    "orders.add_order", None,
    lambda row, user, _: services.create_order(row, by=user, at=timezone.now()), "The order is drafted.",
    then="orders:order",
)  # fmt: skip
create_quote = _step(
    "orders.add_quotefamily", None,
    lambda row, user, _: services.create_quote(row, by=user, at=timezone.now()), "The quote is drafted.",
    then="orders:quote",
)  # fmt: skip
create_meeting = _step(
    "meetings.add_meeting", None,
    lambda row, user, _: services.create_meeting(row, by=user, at=timezone.now()), "Now choose a time.",
    then="meetings:meeting",
)  # fmt: skip
reopen = _step(
    BOTH_SIDES, forms.ReopenForm,
    lambda row, user, data: services.reopen(row, by=user, at=timezone.now(), body=data["body"]),
    "{row.ref} is open again.",
)  # fmt: skip


def _turn(row: SalesRequest, user: User, data: dict[str, Any]) -> None:
    services.give_custody(row, Party(data["party"]), by=user, at=timezone.now())


def _tag(row: SalesRequest, user: User, data: dict[str, Any]) -> None:
    gone = [name for name in row.tags if name not in data["tags"]]
    many.tag([row.pk], add=data["tags"], remove=gone, by=user, at=timezone.now())


def _watch(row: SalesRequest, user: User, data: dict[str, Any]) -> None:
    whom = data["user"] or user
    act = services.unwatch if data["stop"] else services.watch
    act(row, whom, by=user, at=timezone.now())


assign = _step(
    "desk.claim_salesrequest", AssignForm,
    lambda row, user, data: services.assign(
        row, data["to"], by=user, at=timezone.now(), why=data["why"]
    ),
    "{row.ref} is handed over.",
)  # fmt: skip
turn = _step("desk.work_queue", forms.TurnForm, _turn, "The turn is passed on.")
tick = _step(
    "desk.work_queue", forms.TickForm,
    lambda row, user, data: services.tick(row, by=user, at=timezone.now(), **data), "",
)  # fmt: skip
tag = _step("desk.work_queue", forms.TagForm, _tag, "Tagged.")
watch = _step("desk.work_queue", forms.WatchForm, _watch, "")
split = _step(
    "desk.work_queue", forms.SplitForm,
    lambda row, user, data: services.split(row, by=user, at=timezone.now(), **data),
    "A part of {row.ref} is a request of its own.", then="desk:request",
)  # fmt: skip
rate = _step(
    OWN, forms.RateForm,
    lambda row, user, data: services.rate(row, by=user, at=timezone.now(), **data), "Thank you.",
)  # fmt: skip
