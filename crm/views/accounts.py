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
from crm.models import Account, Contact, ContactRole, Deal
from crm.queries import deals as queries
from crm.views.timeline import quick_log
from journal.idempotency import form_once
from kit.pages import keyset_page
from people.doors import me
from people.models import User


@permission_required("crm.view_account", raise_exception=True)
def accounts(request: HttpRequest) -> HttpResponse:
    """Accounts by name, searched by a fragment."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    rows = Account.objects.visible_to(me(request)).active()
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
    """One account: facts, people, deals, what happened lately; the rest comes in slots."""
    row = seen_account(request, pk, "owner", "parent", "territory")
    user = me(request)
    context = {
        "account": row,
        "contacts": row.contacts.active().order_by("name", "pk")[:50],
        "children": row.children.active().visible_to(user).order_by("name", "pk")[:20],
        "deals": _deals_of(row, user),
        "log": quick_log("account", row, row),
    }
    return TemplateResponse(request, "crm/account.html", context)


def _deals_of(row: Account, user: User) -> list[Deal]:
    """The open ones, and the last that ended."""
    if not user.has_perm("crm.view_deal"):
        return []
    rows = row.deals.visible_to(user).select_related("stage", "owner")
    done = rows.exclude(status="open").order_by("-closed_at", "-pk")[:3]
    return [*rows.open().order_by("close_on", "pk")[:20], *done]


def seen_account(request: HttpRequest, pk: int, *related: str) -> Account:
    rows = Account.objects.visible_to(me(request))
    return get_object_or_404(rows.select_related(*related) if related else rows, pk=pk)


def seen_contact(request: HttpRequest, pk: int) -> Contact:
    rows = Contact.objects.visible_to(me(request))
    return get_object_or_404(rows.select_related("account"), pk=pk)


@permission_required("crm.view_account", raise_exception=True)
def business(request: HttpRequest, pk: int) -> HttpResponse:
    """A slot: requests, quotes, orders, meetings, payments of the account."""
    row = seen_account(request, pk)
    sections = queries.business(row, me(request), timezone.now())
    return TemplateResponse(request, "crm/_business.html", {"sections": sections})


@permission_required("crm.view_contact", raise_exception=True)
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """A person at a customer: how to reach her, what she decides, what happened with her."""
    row = seen_contact(request, pk)
    user = me(request)
    deals = row.deals.visible_to(user).select_related("stage").order_by("-pk")[:20]
    context = {
        "row": row, "deals": deals if user.has_perm("crm.view_deal") else [],
        "roles": [ContactRole(one).label for one in row.roles],
        "log": quick_log("contact", row, row.account),
    }  # fmt: skip
    return TemplateResponse(request, "crm/contact.html", context)


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
    row = seen_account(request, pk)
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
    row = seen_account(request, pk)
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
    row = seen_contact(request, pk)
    form = ContactForm(request.POST or None, instance=row)
    back = reverse("crm:contact", args=[pk])
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
