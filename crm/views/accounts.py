"""Account pages: the list, the record with its contacts and timeline, forms."""

from collections.abc import Callable
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
from crm.services import BadRecord, merging, validation
from crm.views.duplicates import surely_there
from journal.idempotency import form_once
from journal.models import Entry
from kit.pages import keyset_page
from people.doors import me

TIMELINE = 30


@permission_required("crm.view_account", raise_exception=True)
def accounts(request: HttpRequest) -> HttpResponse:
    """Accounts by name, searched by a fragment."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    rows = Account.objects.active()
    if text:
        rows = rows.search(text)
    page = keyset_page(
        rows.values(
            "pk", "name", "tier", "industry", "city", "country", "credit_hold", "owner__name"
        ),
        keys=("name", "pk"),
        after=request.GET.get("after", ""),
    )
    return TemplateResponse(request, "crm/accounts.html", {"page": page, "q": text})


@permission_required("crm.view_account", raise_exception=True)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: facts, contacts, what happened lately."""
    if (winner := merging.moved_to("account", pk)) is not None:
        return redirect("crm:account", winner)
    row = get_object_or_404(Account.objects.select_related("owner"), pk=pk)
    context = {
        "account": row,
        "contacts": row.contacts.active().order_by("name", "pk")[:50],
        "timeline": Entry.objects.filter(
            account_id__in=merging.with_merged("account", row.pk)
        ).newest_first()[:TIMELINE],
    }
    return TemplateResponse(request, "crm/account.html", context)


@permission_required("crm.add_account", raise_exception=True)
def new_account(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            made = services.create_account(by=me(request), at=timezone.now(), **form.cleaned_data)
            return reverse("crm:account", args=[made.pk])

        likely = surely_there(request, "account", form.cleaned_data)
        if likely:
            return _form(request, form, "New account", likely=likely)
        return _saved(request, form, effect, "New account", kind="account")
    return _form(request, form, "New account")


@permission_required("crm.change_account", raise_exception=True)
def edit_account(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Account, pk=pk)
    form = AccountForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_account(
                Account.objects.get(pk=pk), by=me(request), at=timezone.now(), **form.cleaned_data
            )
        except BadRecord as refusal:
            return _refused(request, form, refusal, f"Edit {row.name}")
        messages.success(request, f"{form.cleaned_data['name']} saved.")
        _warn(request, "account", form)
        return redirect("crm:account", pk)
    return _form(request, form, f"Edit {row.name}", back=reverse("crm:account", args=[pk]))


@permission_required("crm.add_contact", raise_exception=True)
def new_contact(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Account, pk=pk)
    form = ContactForm(request.POST or None)
    back = reverse("crm:account", args=[pk])
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            services.create_contact(row, by=me(request), at=timezone.now(), **form.cleaned_data)
            return back

        return _saved(request, form, effect, f"New contact at {row.name}", kind="contact")
    return _form(request, form, f"New contact at {row.name}", back=back)


@permission_required("crm.change_contact", raise_exception=True)
def edit_contact(request: HttpRequest, pk: int) -> HttpResponse:
    if (winner := merging.moved_to("contact", pk)) is not None:
        return redirect("crm:edit_contact", winner)
    row = get_object_or_404(Contact, pk=pk)
    form = ContactForm(request.POST or None, instance=row)
    back = reverse("crm:account", args=[row.account_id])
    if request.method == "POST" and form.is_valid():
        try:
            services.change_contact(
                Contact.objects.get(pk=pk), by=me(request), at=timezone.now(), **form.cleaned_data
            )
        except BadRecord as refusal:
            return _refused(request, form, refusal, f"Edit {row.name}", back=back)
        messages.success(request, f"{form.cleaned_data['name']} saved.")
        _warn(request, "contact", form)
        return redirect(back)
    return _form(request, form, f"Edit {row.name}", back=back)


def _saved(
    request: HttpRequest, form: AccountForm | ContactForm, effect: Callable[[], str], title: str,
    *, kind: str,
) -> HttpResponse:  # fmt: skip
    try:
        target = form_once(request, effect)
    except BadRecord as refusal:
        return _refused(request, form, refusal, title)
    _warn(request, kind, form)
    return redirect(target)


def _warn(request: HttpRequest, kind: str, form: AccountForm | ContactForm) -> None:
    """What rules say that do not refuse: it was saved all the same."""
    row = form.instance if form.instance.pk else None
    for words in validation.warnings(kind, form.cleaned_data, row).values():
        messages.warning(request, words)


def _refused(
    request: HttpRequest, form: AccountForm | ContactForm, refusal: BadRecord, title: str,
    *, back: str = "",
) -> HttpResponse:  # fmt: skip
    """What a rule says stands beside its field; what was typed stays."""
    for name, words in refusal.problems.items():
        form.add_error(name if name in form.fields else None, words)
    return _form(request, form, title, back=back)


def _form(
    request: HttpRequest, form: AccountForm | ContactForm, title: str, *, back: str = "",
    likely: list[dict[str, Any]] | None = None,
) -> HttpResponse:  # fmt: skip
    status = 409 if likely else 422 if form.is_bound else 200
    context = {
        "form": form,
        "title": title,
        "back": back or reverse("crm:accounts"),
        "likely": likely,
        "kind": "contact" if isinstance(form, ContactForm) else "account",
    }
    return TemplateResponse(request, "crm/form.html", context, status=status)
