"""The tasks of an object: a slot of its page, or a page by itself without htmx."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from people.doors import me
from tasks import queries, services
from tasks.forms import QuickForm
from tasks.models import Playbook
from tasks.subjects import Subject, subject_for


class StartForm(django_forms.Form):
    playbook = django_forms.ModelChoiceField(
        queryset=Playbook.objects.filter(is_active=True).order_by("name", "pk")
    )


def seen(request: HttpRequest, subject_type: str, subject_id: int) -> Subject:
    """The object, if this person may see it; 404 otherwise."""
    subject = subject_for(me(request), subject_type, subject_id)
    if subject is None:
        raise Http404
    return subject


@require_safe
@permission_required("tasks.view_task", raise_exception=True)
def slot(request: HttpRequest, subject_type: str, subject_id: int) -> HttpResponse:
    return _slot(request, seen(request, subject_type, subject_id))


def _slot(
    request: HttpRequest, subject: Subject, *, status: int = 200, **extra: Any
) -> HttpResponse:
    user = me(request)
    today = queries.today_of(user, timezone.now())
    lines = queries.of_subject(user, subject.type, subject.id, today)
    playbooks = (
        queries.startable(subject.type, subject.id)
        if user.has_perm("tasks.add_playbookrun")
        else []
    )
    context = {
        "subject": subject, "lines": lines, "playbooks": playbooks, "form": QuickForm(auto_id="for_%s"),
        **extra,
    }  # fmt: skip
    template = "tasks/slot.html" if request.htmx else "tasks/for.html"  # type: ignore[attr-defined]
    return TemplateResponse(request, template, context, status=status)


@require_POST
@permission_required("tasks.add_task", raise_exception=True)
def add(request: HttpRequest, subject_type: str, subject_id: int) -> HttpResponse:
    """A task of mine about this object."""
    subject, user = seen(request, subject_type, subject_id), me(request)
    form = QuickForm(request.POST, auto_id="for_%s")
    if not form.is_valid():
        return _slot(request, subject, status=422, form=form)

    def effect() -> str:
        services.create(
            **form.cleaned_data, owner=user, subject=subject, by=user, at=timezone.now()
        )
        return f"/tasks/for/{subject.type}/{subject.id}/"

    return _after(request, subject, form_once(request, effect))


@require_POST
@permission_required("tasks.add_playbookrun", raise_exception=True)
def start(request: HttpRequest, subject_type: str, subject_id: int) -> HttpResponse:
    """Start a playbook for this object by hand."""
    subject, form = seen(request, subject_type, subject_id), StartForm(request.POST)
    if not form.is_valid():
        return _slot(request, subject, status=422, problem="Choose a playbook of the list.")
    playbook = form.cleaned_data["playbook"]

    def effect() -> str:
        services.start_playbook(playbook, subject=subject, by=me(request), at=timezone.now())
        return f"/tasks/for/{subject.type}/{subject.id}/"

    try:
        target = form_once(request, effect)
    except services.SwitchedOff as refusal:
        return _slot(request, subject, status=409, problem=str(refusal))
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, f"“{playbook}” is started.")
    return _after(request, subject, target)


def _after(request: HttpRequest, subject: Subject, target: str) -> HttpResponse:
    return _slot(request, subject) if request.htmx else redirect(target)  # type: ignore[attr-defined]
