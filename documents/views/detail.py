"""One ask: its page, and every step that a colleague takes on it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from comms.pages import page_of
from comms.queries import subject_of
from documents import forms, queries, services
from documents.models import DocumentAsk
from documents.views.doors import CHANGE, CONFLICTS, VIEW, is_htmx, visible
from journal.idempotency import form_once
from people.doors import me

Act = Callable[[DocumentAsk, Any, dict[str, Any]], None]


@require_safe
@permission_required(VIEW, raise_exception=True)
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, visible(request, pk))


def page(
    request: HttpRequest, row: DocumentAsk, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """The page, also after a refusal: what was typed stays."""
    user, now = me(request), timezone.now()
    subject = subject_of(user, row.subject_type, row.subject_id)
    context = {
        "row": row, "card": queries.card(row, now), "may": user.has_perm(CHANGE),
        "subject": subject, "subject_url": page_of(subject) if subject is not None else "",
        "history": queries.history(row), "deadline_form": forms.DeadlineForm.of(row),
        "return_form": forms.ReturnForm(), "withdraw_form": forms.WithdrawForm(),
        "room": services.room(row), **extra,
    }  # fmt: skip
    return TemplateResponse(request, "documents/ask.html", context, status=status)


def _step(act: Act, done: str, *, form_of: type[Form] = Form, slot: str = "plain_form") -> Any:
    """A door for one step: check, parse, one service call; htmx gets the card of a slot back, and
    everyone else the page of the ask."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        row, form = visible(request, pk), form_of(request.POST)
        if not form.is_valid():
            return _refused(request, pk, 422, "", {slot: form})

        def effect() -> str:
            act(row, me(request), form.cleaned_data)
            return reverse("documents:ask", args=[pk])

        try:
            target = form_once(request, effect)
        except CONFLICTS as refusal:
            return _refused(request, pk, 409, str(refusal), {slot: form})
        except services.BadAsk as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            return _refused(request, pk, 422, "", {slot: form})
        if is_htmx(request):
            return _card(request, visible(request, pk))
        messages.success(request, done)
        return redirect(target)

    return require_POST(permission_required(CHANGE, raise_exception=True)(view))


def _refused(
    request: HttpRequest, pk: int, status: int, problem: str, typed: dict[str, Form]
) -> HttpResponse:
    """What stands now, with why it was refused; `typed` is the form, by where the page shows it."""
    row = visible(request, pk)
    if is_htmx(request):
        found = [
            str(e) for form in typed.values() for errors in form.errors.values() for e in errors
        ]
        return _card(request, row, status=status, problem=problem or next(iter(found), ""))
    return page(request, row, status=status, problem=problem, **typed)


def _card(
    request: HttpRequest, row: DocumentAsk, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    context = {
        "card": queries.card(row, timezone.now()), "problem": problem,
        "may": me(request).has_perm(CHANGE), "typed": request.POST if problem else {},
    }  # fmt: skip
    return TemplateResponse(request, "documents/slot.html#card", context, status=status)


accept = _step(
    lambda row, by, data: services.accept(row, by=by, at=timezone.now(), seen=data["seen"]),
    "Accepted. The links no longer work.", form_of=forms.SeenForm,
)  # fmt: skip
send_back = _step(
    lambda row, by, data: services.send_back(
        row, reason=data["reason"], seen=data["seen"], by=by, at=timezone.now()
    ),
    "Sent back. The customer gets a mail with your reason and a new link.",
    form_of=forms.ReturnForm,
    slot="return_form",
)
remind = _step(
    lambda row, by, _: services.remind(row, by=by, at=timezone.now()),
    "The customer gets a mail with a fresh link.",
)
withdraw = _step(
    lambda row, by, data: services.withdraw(row, reason=data["reason"], by=by, at=timezone.now()),
    "Withdrawn. The links no longer work.",
    form_of=forms.WithdrawForm,
    slot="withdraw_form",
)
move = _step(
    lambda row, by, data: services.move_deadline(
        row,
        due_on=data["due_on"],
        due_time=data["due_time"],
        zone=row.zone,
        by=by,
        at=timezone.now(),
    ),
    "The deadline has moved.",
    form_of=forms.DeadlineForm,
    slot="deadline_form",
)
