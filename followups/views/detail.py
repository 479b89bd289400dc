"""One follow-up: its whole story, its text, and what a person decides about it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from followups import services, words
from followups.forms import DraftForm, MoveForm, StopForm
from followups.models import FollowUp, Rule
from followups.planning import reason_of
from followups.queries import lists, rules
from followups.views.common import acts, as_mail, back, is_htmx, sees, shown
from journal.models import Entry
from people.doors import me

Status = FollowUp.Status
UNFIT, CLASH = HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT


@require_safe
@sees
def followup(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(pk))


def _found(pk: int) -> FollowUp:
    rows = FollowUp.objects.select_related("owner", "user", "contact", "approved_by", "delivery")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, row: FollowUp, *, status: int = 200, **extra: Any) -> HttpResponse:
    rule = Rule.objects.filter(code=row.rule).prefetch_related("steps").first()
    look = (
        services.outlook(row, at=timezone.now())
        if row.status in {Status.SCHEDULED, Status.DRAFT}
        else None
    )
    subject = look.subject if look else row.subject
    body = extra.get("typed") or (look.body if look else row.body)
    held, line = lists.paused(), lists.line_of(row)
    context = {
        "row": row, "line": line, "rule": rule, "steps": _steps(row, rule), "look": look, "subject": subject,
        "mail": as_mail(body, author=row.owner, contact=row.contact) if body else "",
        "story": _story(row), "paused": held,
        "form": DraftForm(initial={"subject": row.subject, "body": row.body}),
        "move_form": MoveForm(initial={"to": row.due_at}), "stop_form": StopForm(), **extra,
    }  # fmt: skip
    return shown(request, "followups/followup.html", context, status=status)


def _steps(row: FollowUp, rule: Rule | None) -> list[dict[str, Any]]:
    """The steps of its rule, each with what became of it for this reader."""
    same = FollowUp.objects.filter(
        rule=row.rule,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        recipient=row.recipient,
    )
    rows = same.order_by("-pk").values("pk", "step", "status", "due_at", "settled_at")[:60]
    newest: dict[int, dict[str, Any]] = {row.step: {"pk": row.pk}}
    for one in rows:
        newest.setdefault(one["step"], dict(one))
    kind = rules.kind_of(rule) if rule is not None else None
    planned = rules.steps_of(rule) if rule is not None else []
    labels = {step.position: words.step_in_words(step, kind) if kind else "" for step in planned}
    statuses = dict(Status.choices)
    return [
        {"number": number, "label": labels.get(number, "no longer a step"), "row": newest.get(number),
         "status": statuses.get(newest.get(number, {}).get("status", ""), "")}
        for number in sorted({*labels, *newest})
    ]  # fmt: skip


def _story(row: FollowUp) -> list[Entry]:
    """What began it, then all that was done about it, oldest first."""
    same = Entry.objects.filter(subject_type=row.subject_type, subject_id=row.subject_id)
    began = same.filter(at=row.created_at).order_by("pk")
    first = [one for one in began[:20] if reason_of(one)[:300] == row.reason][:1]
    return [*first, *Entry.objects.about(row).order_by("at", "pk")[:100]]


@require_safe
@sees
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail in a frame, for a card of the list; without htmx, its page."""
    row = _found(pk)
    if not is_htmx(request):
        return redirect("followups:followup", row.pk)
    mail = as_mail(row.body, author=row.owner, contact=row.contact) if row.body else ""
    return TemplateResponse(request, "followups/_look.html", {"mail": mail})


@require_POST
@acts
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    form = StopForm(request.POST)

    def act(row: FollowUp) -> None:
        services.stop(row, why=form.cleaned_data["why"], by=me(request), at=timezone.now())

    return _decide(
        request, pk, act, form=form, slot="stop_form", done="Stopped. It will not go out."
    )


@require_POST
@acts
def move(request: HttpRequest, pk: int) -> HttpResponse:
    form = MoveForm(request.POST)

    def act(row: FollowUp) -> None:
        services.move(row, to=form.cleaned_data["to"], by=me(request), at=timezone.now())

    return _decide(request, pk, act, form=form, slot="move_form", done="Moved.")


@require_POST
@acts
def send_now(request: HttpRequest, pk: int) -> HttpResponse:
    def act(row: FollowUp) -> None:
        services.send_now(row, by=me(request), at=timezone.now())

    return _decide(request, pk, act, form=forms.Form(request.POST))


SAID = {
    Status.SENT: (messages.success, "Sent."),
    Status.DRAFT: (messages.warning, "It is a draft now: somebody approves it first."),
    Status.SCHEDULED: (messages.warning, "It was put off: see why on its page."),
}


def _decide(
    request: HttpRequest, pk: int, act: Callable[[FollowUp], None], *, form: forms.Form, slot: str = "",
    done: str = "",
) -> HttpResponse:  # fmt: skip
    """One decision about one follow-up; a refusal stands on its page, with what was typed."""
    row = _found(pk)
    if not form.is_valid():
        return _page(request, row, status=UNFIT, **{slot: form})
    try:
        act(row)
    except services.AlreadySettled as refusal:
        return _page(request, _found(pk), status=CLASH, problem=str(refusal))
    except services.Unsound as refusal:
        return _page(
            request,
            _found(pk),
            status=UNFIT,
            problem=str(refusal),
            **({slot: form} if slot else {}),
        )
    if done:
        messages.success(request, done)
    elif row.status == Status.STOPPED:
        messages.warning(request, f"It was not sent: {row.stop_reason}")
    else:
        tell, text = SAID[Status(row.status)]
        tell(request, text)
    return redirect(back(request, reverse("followups:followup", args=[pk])))


@require_POST
@acts
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft: save its text, look at it as mail, approve and send it, or stop it."""
    row, form, act = _found(pk), DraftForm(request.POST), request.POST.get("act", "save")
    if act == "stop":
        return _drafted(request, row, form, "Stopped.", lambda: services.stop(
            row, why=request.POST.get("why", "").replace("\0", "")[:300], by=me(request), at=timezone.now()
        ))  # fmt: skip
    if not form.is_valid():
        return _again(request, row, form, "", UNFIT)
    if act == "look":
        return _page(request, row, form=form, typed=form.cleaned_data["body"])
    send = services.send_draft if act == "approve" else services.rewrite
    words = "Sent." if act == "approve" else "Saved."
    return _drafted(request, row, form, words, lambda: send(
        row, subject=form.cleaned_data["subject"], body=form.cleaned_data["body"], by=me(request),
        at=timezone.now(),
    ))  # fmt: skip


def _drafted(
    request: HttpRequest, row: FollowUp, form: DraftForm, done: str, act: Callable[[], None]
) -> HttpResponse:  # fmt: skip
    try:
        act()
    except services.AlreadySettled as refusal:
        return _again(request, row, form, str(refusal), CLASH)
    except services.Unsound as refusal:
        return _again(request, row, form, str(refusal), UNFIT)
    if is_htmx(request):
        return _card(request, _found(row.pk), form, done=done)
    messages.success(request, done)
    return redirect(back(request, reverse("followups:followup", args=[row.pk])))


def _again(
    request: HttpRequest, row: FollowUp, form: DraftForm, problem: str, status: int
) -> HttpResponse:
    if is_htmx(request):
        return _card(request, row, form, problem=problem, status=status)
    return _page(request, _found(row.pk), status=status, form=form, problem=problem)


def _card(
    request: HttpRequest, row: FollowUp, form: DraftForm, *, status: int = 200, problem: str = "", done: str = ""
) -> HttpResponse:  # fmt: skip
    """The card of the list again, with what was typed."""
    errors = (
        {name: list(found) for name, found in form.errors.items()}
        if problem or status != HTTPStatus.OK
        else {}
    )
    line = lists.line_of(row)
    if row.status == Status.DRAFT:
        line |= {"subject": form.data.get("subject", ""), "body": form.data.get("body", "")}
    context = {
        "row": line, "clash": problem, "done": done, "errors": errors,
        "here": back(request, "/follow-ups/?status=draft"),
    }  # fmt: skip
    return TemplateResponse(request, "followups/followups.html#draft", context, status=status)
