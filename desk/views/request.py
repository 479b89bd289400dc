"""One request: its page, and every step of its life."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from comms.models import Message, Thread, Visibility
from comms.services import Unsendable
from desk import forms, queries, services
from desk.models import IllegalMove, Priority, SalesRequest
from journal.idempotency import form_once
from journal.models import Entry
from meetings.services import BadMeeting
from orders.models import IllegalMove as OrderRefused
from orders.services import BadLine, OnHold, UnknownProduct, Unusable
from people.doors import me
from people.models import Party, User

REFUSALS = (
    IllegalMove,
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


def visible(request: HttpRequest, pk: int) -> SalesRequest:
    """The request, if this person may see it; 404 otherwise."""
    rows = SalesRequest.objects.visible_to(me(request)).select_related(
        "type", "account", "contact", "requester", "holder", "team__calendar", "order", "meeting",
        "quote", "party_user", "party_department", "duplicate_of",
    )  # fmt: skip
    return get_object_or_404(rows, pk=pk)


@require_safe
@permission_required("desk.view_salesrequest", raise_exception=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a request."""
    return page(request, visible(request, pk))


def page(
    request: HttpRequest, row: SalesRequest, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """The page, also after a refusal: what was typed stays."""
    user, now = me(request), timezone.now()
    works = user.has_perm("desk.work_queue")
    spans = queries.custody(row, row.resolved_at or now)
    context = {
        "row": row, "works": works, "is_requester": row.requester_id == user.pk, "now": now,
        "talk": _talk(row, user, works=works), "spans": spans,
        "left": (row.due_at - now).total_seconds() if row.due_at else row.left_seconds,
        "total": sum(s.seconds for s in spans), "answers": _answers(row),
        "handoffs": row.handoffs.select_related("department").order_by("-pk"),
        "timeline": Entry.objects.about(row).newest_first()[:30],
        "message_form": forms.MessageForm(), "answer_form": forms.AnswerForm(),
        "handoff_form": forms.HandOffForm(), "reopen_form": forms.ReopenForm(),
        "duplicate_form": forms.DuplicateForm(), "priorities": Priority.choices,
        "my_turn": row.party == Party.REP and row.requester_id == user.pk, **extra,
    }  # fmt: skip
    return TemplateResponse(request, "desk/request.html", context, status=status)


def _talk(row: SalesRequest, user: User, *, works: bool) -> list[Message]:
    thread = Thread.objects.filter(subject_type="desk.salesrequest", subject_id=row.pk).first()
    if thread is None:
        return []
    found = thread.messages.select_related("author").order_by("at", "pk")
    if not works and user.department_id is None:
        found = found.exclude(visibility=Visibility.INTERNAL)
    return list(found)


def _answers(row: SalesRequest) -> list[tuple[str, Any, str]]:
    """(label, value, kind) of what the requester filled in."""
    result = []
    for field in row.type.form:
        value = row.data.get(field["name"])
        if value not in (None, ""):
            if field["kind"] == "choice":
                value = dict(map(tuple, field["choices"])).get(value, value)
            result.append((field["label"], value, field["kind"]))
    return result


Step = Callable[[SalesRequest, User, dict[str, Any]], Any]
SLOTS: dict[type[Form], str] = {
    forms.MessageForm: "message_form", forms.AnswerForm: "answer_form",
    forms.HandOffForm: "handoff_form", forms.ReopenForm: "reopen_form",
    forms.DuplicateForm: "duplicate_form",
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


def row_url(row: SalesRequest) -> str:
    return f"/requests/{row.pk}/"


def _say(row: SalesRequest, user: User, data: dict[str, Any]) -> None:
    now, body = timezone.now(), data["body"]
    if data["to"] == "ask":
        services.ask_requester(row, body=body, by=user, at=now)
    elif data["to"] == "internal":
        services.note(row, body=body, by=user, at=now)
    else:
        services.reply(row, body=body, by=user, at=now, visibility=data["to"])


release = _step(
    "desk.claim_salesrequest", None,
    lambda row, user, _: services.release(row, by=user, at=timezone.now()), "{row.ref} is back in the queue.",
)  # fmt: skip
say = _step("desk.work_queue", forms.MessageForm, _say, "")
answer = _step(
    OWN, forms.AnswerForm,
    lambda row, user, data: services.answer(row, body=data["body"], by=user, at=timezone.now()), "Sent.",
)  # fmt: skip
resolve = _step(
    "desk.work_queue", None,
    lambda row, user, _: services.resolve(row, by=user, at=timezone.now()), "{row.ref} is resolved.",
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
        data["department"], ask=data["ask"], by=user, at=timezone.now(), request=row
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
