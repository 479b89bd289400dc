"""What people without an account open from a link: a department's hand-off, a customer's form.

Reading changes nothing; every answer is a form, so that a mail scanner that follows links answers
nothing.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from desk import forms, services
from desk.models import HandOff, IllegalMove, IntakeLink
from desk.services import handoff_links, intake
from journal.idempotency import form_once
from kit.limits import limited
from orders.models import IllegalMove as OrderRefused
from orders.services import OnHold, Shortage

REFUSALS = (IllegalMove, OrderRefused, OnHold, Shortage, services.BadPromise)
FORMS = {"accept": forms.PromiseForm, "reject": forms.RejectForm, "done": None}


@never_cache
@login_not_required
@limited
def handoff(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The ask, and the three answers to it."""
    row = handoff_links.find(pk, key, at=timezone.now())
    if row is None:
        raise Http404
    if request.method != "POST":
        return _handoff_page(request, row)
    act = request.POST.get("act", "")
    if act not in FORMS:
        return _handoff_page(request, row, status=422, problem="Choose one of the answers.")
    who, kind = forms.NameForm(request.POST), FORMS[act]
    form = kind(request.POST) if kind else None
    if not who.is_valid() or (form is not None and not form.is_valid()):
        return _handoff_page(request, row, status=422, who=who, **{act: form})
    try:
        _answer(row, act, who.cleaned_data["name"], form.cleaned_data if form else {})
    except REFUSALS as refusal:
        again = handoff_links.find(pk, key, at=timezone.now()) or row
        return _handoff_page(request, again, status=409, problem=str(refusal), who=who)
    return redirect(f"{request.path}?thanks=1")


def _answer(row: HandOff, act: str, name: str, said: dict[str, Any]) -> None:
    now = timezone.now()
    if act == "accept":
        services.accept_handoff(row, by=None, at=now, name=name, **said)
    elif act == "reject":
        services.reject_handoff(row, by=None, at=now, name=name, **said)
    else:
        services.finish_handoff(row, by=None, at=now, name=name)


def _handoff_page(
    request: HttpRequest, row: HandOff, *, status: int = 200, **extra: Any
) -> HttpResponse:
    context = {
        "row": row, "about": row.order or row.request, "company": settings.COMPANY_NAME,
        "today": timezone.localdate(), "who": forms.NameForm(), "thanks": "thanks" in request.GET,
        **extra,
    }  # fmt: skip
    answer = TemplateResponse(request, "desk/public_handoff.html", context, status=status)
    answer["X-Robots-Tag"] = "noindex"
    return answer


@never_cache
@login_not_required
@limited
def ask(request: HttpRequest, key: str) -> HttpResponse:
    """A customer asks the desk: the type's own form, and who writes."""
    link = intake.open_link(key, at=timezone.now())
    if link is None:
        raise Http404
    form = forms.CustomerForm(link.type, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(form_once(request, lambda: _asked(request, link, form)))
        except services.BadAnswers as refusal:
            form.refuse(refusal.problems)
    context = {"link": link, "form": form, "company": settings.COMPANY_NAME}
    answer = TemplateResponse(
        request, "desk/public_ask.html", context, status=422 if form.is_bound else 200
    )
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _asked(request: HttpRequest, link: IntakeLink, form: forms.CustomerForm) -> str:
    said = form.cleaned_data
    row = intake.submit_by_link(
        link, subject=said["subject"], name=said["name"], data=form.answers(), at=timezone.now()
    )
    return f"{request.path}thanks/{row.pk}/"


@never_cache
@require_safe
@login_not_required
@limited
def asked(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Thank you, and the number to ask about."""
    link = intake.open_link(key, at=timezone.now())
    if link is None:
        raise Http404
    context = {"link": link, "key": key, "number": f"R-{pk}", "company": settings.COMPANY_NAME}
    return TemplateResponse(request, "desk/public_asked.html", context)
