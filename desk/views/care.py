"""Around the desk: snoozed lines, changes of records, customers' links, who holds how much."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crm.forms import AccountChoice, ContactChoice
from crm.models import Account, Contact
from desk.models import IllegalMove, IntakeLink, RecordChange, RequestType
from desk.queries.workload import workload as workload_of
from desk.services import intake, keeping, records
from desk.views.request import page, row_url, visible
from people.doors import me


class SnoozeForm(forms.Form):
    key = forms.CharField(max_length=60)
    hours = forms.TypedChoiceField(
        choices=[(h, h) for h in (1, 4, 24, 72, 168)], coerce=int, label="For how long"
    )
    reason = forms.CharField(max_length=200, label="Why")


class LinkForm(forms.Form):
    type = forms.ModelChoiceField(
        RequestType.objects.filter(is_active=True).order_by("position", "pk"),
        label="What they may ask for",
    )
    account = AccountChoice(
        max_length=200, widget=forms.TextInput({"list": "account-options", "autocomplete": "off"})
    )
    contact = ContactChoice(required=False, label="Contact's address")


@require_POST
def snooze(request: HttpRequest) -> HttpResponse:
    """Leave a line of one's radar out for a while."""
    form, now = SnoozeForm(request.POST), timezone.now()
    if not form.is_valid():
        messages.error(request, "Say why, and for how long.")
        return redirect("desk:home")
    said = form.cleaned_data
    until = now + timedelta(hours=said["hours"])
    keeping.snooze(me(request), said["key"], until=until, reason=said["reason"], at=now)
    messages.success(request, "It comes back by itself.")
    return redirect("desk:home")


@permission_required("desk.work_queue", raise_exception=True)
def propose_change(request: HttpRequest, pk: int) -> HttpResponse:
    """What the account's or a contact's record should become."""
    row = visible(request, pk)
    if row.account is None:
        messages.error(request, "Choose the account of the request first.")
        return redirect(row_url(row))
    target = _target(request, row.account)
    problems: dict[str, str] = {}
    typed = {name: str(getattr(target, name)) for name in records.FIELDS[type(target)]}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:300].replace("\0", "") for name in typed}
        try:
            records.propose(row, target, typed, by=me(request), at=timezone.now())
            return redirect(row_url(row))
        except records.BadChange as wrong:
            problems = wrong.problems
        except IllegalMove as refusal:
            problems = {"": str(refusal)}
    fields = [
        (name, name.capitalize(), value,
         str(getattr(target, name)), problems.get(name, ""))
        for name, value in typed.items()
    ]  # fmt: skip
    context = {
        "row": row, "target": target, "fields": fields, "problem": problems.get("", ""),
        "contacts": row.account.contacts.active().order_by("name", "pk")[:50],
        "contact": target.pk if isinstance(target, Contact) else None,
    }  # fmt: skip
    return TemplateResponse(request, "desk/change.html", context, status=422 if problems else 200)


def _target(request: HttpRequest, account: Account) -> Account | Contact:
    key = request.GET.get("contact", "")
    if key.isascii() and key.isdecimal() and len(key) < 19:  # noqa: PLR2004 - a bigint
        return get_object_or_404(account.contacts.active(), pk=int(key))
    return account


@require_POST
@permission_required("desk.decide_recordchange", raise_exception=True)
def decide_change(request: HttpRequest, pk: int, change: int) -> HttpResponse:
    """Apply a proposed change to the record, or reject it with a reason."""
    row = visible(request, pk)
    found = get_object_or_404(RecordChange, pk=change, request=row)
    apply, reason = request.POST.get("answer") == "yes", request.POST.get("reason", "")[:300]
    if not apply and not reason.strip():
        return page(request, row, status=422, problem="Say why the change is rejected.")
    try:
        records.decide(found, apply=apply, by=me(request), at=timezone.now(), reason=reason)
        messages.success(
            request, "The record is changed." if apply else "The record stays as it is."
        )
    except (IllegalMove, records.Outdated, records.BadChange) as refusal:
        return page(request, visible(request, pk), status=409, problem=str(refusal))
    return redirect(row_url(row))


@permission_required("desk.add_salesrequest", raise_exception=True)
def links(request: HttpRequest) -> HttpResponse:
    """Links by which customers ask without an account; a new one is shown once."""
    user, now = me(request), timezone.now()
    form = LinkForm(request.POST if request.method == "POST" else None)
    made: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        link, key = intake.make_link(
            said["type"], said["account"], contact=said["contact"], by=user, at=now
        )
        made = {"link": link, "url": f"{settings.PORTAL_URL}{reverse('desk:ask', args=[key])}"}
        form = LinkForm()
    rows = IntakeLink.objects.visible_to(user).select_related("type", "account", "owner")
    context = {"form": form, "made": made, "rows": rows.order_by("-pk")[:100], "now": now}
    status = 422 if form.is_bound and form.errors else 200
    return TemplateResponse(request, "desk/links.html", context, status=status)


@require_POST
@permission_required("desk.add_salesrequest", raise_exception=True)
def revoke_link(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(IntakeLink.objects.visible_to(me(request)), pk=pk)
    intake.revoke_link(row, by=me(request), at=timezone.now())
    messages.success(request, "The link works no more.")
    return redirect("desk:links")


@require_safe
@permission_required("desk.work_queue", raise_exception=True)
def workload(request: HttpRequest) -> HttpResponse:
    """Who holds how much, how old it is, and what is about to break at the pace of these weeks."""
    return TemplateResponse(request, "desk/workload.html", {"load": workload_of(timezone.now())})
