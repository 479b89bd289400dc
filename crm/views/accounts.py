"""Account pages: the record with its contacts and timeline, forms."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from crm import services
from crm.forms import AccountForm, ContactForm
from crm.models import Account, Contact
from journal.idempotency import form_once
from journal.models import Entry
from people.doors import me

TIMELINE = 30


@permission_required("crm.view_account", raise_exception=True)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: facts, contacts, what happened lately."""
    row = get_object_or_404(
        Account.objects.visible_to(me(request)).select_related("owner", "territory", "parent"),
        pk=pk,
    )
    context = {
        "account": row,
        "contacts": row.contacts.active().order_by("name", "pk")[:50],
        "timeline": Entry.objects.filter(account_id=row.pk).newest_first()[:TIMELINE],
    }
    return TemplateResponse(request, "crm/account.html", context)


@permission_required("crm.add_account", raise_exception=True)
def new_account(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None, user=me(request))

    def effect() -> str:
        made = services.create_account(by=me(request), at=timezone.now(), **form.said())
        return reverse("crm:account", args=[made.pk])

    return filled(request, form, effect, "New account", reverse("crm:accounts"))


@permission_required("crm.change_account", raise_exception=True)
def edit_account(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Account.objects.visible_to(me(request)), pk=pk)
    form = AccountForm(request.POST or None, instance=row, user=me(request))
    back, name = reverse("crm:account", args=[pk]), row.name

    def effect() -> str:
        kept = Account.objects.get(pk=pk)
        services.change_account(kept, by=me(request), at=timezone.now(), **form.said())
        messages.success(request, f"{kept.name} saved.")
        return back

    return filled(request, form, effect, f"Edit {name}", back)


@permission_required("crm.add_contact", raise_exception=True)
def new_contact(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Account.objects.visible_to(me(request)), pk=pk)
    form = ContactForm(request.POST or None, user=me(request))
    back = reverse("crm:account", args=[pk])

    def effect() -> str:
        services.create_contact(row, by=me(request), at=timezone.now(), **form.said())
        return back

    return filled(request, form, effect, f"New contact at {row.name}", back)


@permission_required("crm.change_contact", raise_exception=True)
def edit_contact(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Contact.objects.visible_to(me(request)), pk=pk)
    form = ContactForm(request.POST or None, instance=row, user=me(request))
    back, name = reverse("crm:account", args=[row.account_id]), row.name

    def effect() -> str:
        kept = Contact.objects.get(pk=pk)
        services.change_contact(kept, by=me(request), at=timezone.now(), **form.said())
        messages.success(request, f"{kept.name} saved.")
        return back

    return filled(request, form, effect, f"Edit {name}", back)


def filled(
    request: HttpRequest, form: Any, effect: Callable[[], str], title: str, back: str
) -> HttpResponse:
    """Keep what a valid form says, once; what a service refuses stands beside the fields."""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(form_once(request, effect))
        except services.BadRecord as refusal:
            form.place(refusal.problems)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "title": title, "back": back}
    return TemplateResponse(request, "crm/form.html", context, status=status)
