"""Account pages: the list, the record with its contacts and timeline, forms."""

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
    row = get_object_or_404(Account.objects.select_related("owner"), pk=pk)
    context = {
        "account": row,
        "contacts": row.contacts.active().order_by("name", "pk")[:50],
        "timeline": Entry.objects.filter(account_id=row.pk).newest_first()[:TIMELINE],
    }
    return TemplateResponse(request, "crm/account.html", context)


@permission_required("crm.add_account", raise_exception=True)
def new_account(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            made = services.create_account(by=me(request), at=timezone.now(), **form.cleaned_data)
            return reverse("crm:account", args=[made.pk])

        return redirect(form_once(request, effect))
    return _form(request, form, "New account")


@permission_required("crm.change_account", raise_exception=True)
def edit_account(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Account, pk=pk)
    form = AccountForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        services.change_account(
            Account.objects.get(pk=pk), by=me(request), at=timezone.now(), **form.cleaned_data
        )
        messages.success(request, f"{form.cleaned_data['name']} saved.")
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

        return redirect(form_once(request, effect))
    return _form(request, form, f"New contact at {row.name}", back=back)


@permission_required("crm.change_contact", raise_exception=True)
def edit_contact(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Contact, pk=pk)
    form = ContactForm(request.POST or None, instance=row)
    back = reverse("crm:account", args=[row.account_id])
    if request.method == "POST" and form.is_valid():
        services.change_contact(
            Contact.objects.get(pk=pk), by=me(request), at=timezone.now(), **form.cleaned_data
        )
        messages.success(request, f"{form.cleaned_data['name']} saved.")
        return redirect(back)
    return _form(request, form, f"Edit {row.name}", back=back)


def _form(
    request: HttpRequest, form: AccountForm | ContactForm, title: str, *, back: str = ""
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "title": title, "back": back or reverse("crm:accounts")}
    return TemplateResponse(request, "crm/form.html", context, status=status)
