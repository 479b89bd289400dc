"""Timelines, and what people write down on them."""

from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crm import services
from crm.forms_business import ActivityForm
from crm.models import Account, Contact, Deal, Lead
from crm.queries import timeline as queries
from journal.idempotency import form_once
from people.doors import me

Record = Account | Contact | Deal | Lead
PAGES: Final = {
    "account": "crm:account", "contact": "crm:contact", "deal": "crm:deal", "lead": "crm:lead",
}  # fmt: skip
CHOICES: Final = [("", "Everything"), *((k, words) for k, (words, _) in queries.KINDS.items())]


class TimelineForm(forms.Form):
    kind = forms.ChoiceField(choices=CHOICES, required=False, label="Show")
    q = forms.CharField(required=False, max_length=100, label="Search")


def quick_log(kind: str, row: Record, account: Account | None) -> dict[str, Any]:
    """What the form for writing a call down needs on the page of `row`."""
    return {"form": ActivityForm(account=account), "url": reverse("crm:log", args=[kind, row.pk])}


def _seen(request: HttpRequest, kind: str, pk: int) -> Record:
    row = queries.subject_of(kind, pk, me(request))
    if row is None:
        raise Http404
    return row


@require_safe
@permission_required("crm.view_account", raise_exception=True)
def timeline(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """What happened, newest first; a slot of the record's page and a page of its own."""
    row = _seen(request, kind, pk)
    form = TimelineForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    found = queries.timeline(
        row, me(request), kind=said.get("kind", ""), text=said.get("q", "").replace("\0", ""),
        after=request.GET.get("after", ""),
    )  # fmt: skip
    context = {
        "row": row, "kind": kind, "form": form, "found": found, "back": _page_of(kind, row),
        "sought": bool(said.get("kind") or said.get("q")), "more": bool(request.GET.get("after")),
    }  # fmt: skip
    template = "crm/timeline.html"
    if getattr(request, "htmx", False):
        template += "#lines" if request.GET.get("after") else "#whole"
    return TemplateResponse(request, template, context)


def _page_of(kind: str, row: Record) -> str:
    return reverse(PAGES[kind], args=[row.pk])


@require_POST
@permission_required("crm.add_activity", raise_exception=True)
def log(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Write down a call, a note, a visit."""
    row = _seen(request, kind, pk)
    account = account_of(row)
    form = ActivityForm(request.POST, account=account)
    if form.is_valid():
        said = dict(form.cleaned_data)
        whom: dict[str, Any] = {"account": account, "lead": row if isinstance(row, Lead) else None}
        if isinstance(row, Deal):
            whom["deal"] = row
        if isinstance(row, Contact) and said["contact"] is None:
            said["contact"] = row
        happened = said.pop("at")

        def effect() -> str:
            services.log_activity(
                by=me(request), at=timezone.now(), happened_at=happened, **whom, **said
            )
            return _page_of(kind, row)

        try:
            return redirect(form_once(request, effect))
        except services.BadRecord as refused:
            for name, words in refused.problems.items():
                form.add_error(name if name in form.fields else None, words)
    context = {"row": row, "kind": kind, "form": form, "back": _page_of(kind, row)}
    return TemplateResponse(
        request, "crm/log.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY
    )


def account_of(row: Record) -> Account | None:
    """The account that a record is, or belongs to; a lead may have none yet."""
    if isinstance(row, Account):
        return row
    return row.account
