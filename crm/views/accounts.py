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
from crm.models import Account, Contact, ContactRole, Deal
from crm.queries import deals as queries
from crm.queries import merged
from crm.views.duplicates import surely_there
from crm.views.timeline import quick_log
from journal.idempotency import form_once
from people.doors import me
from people.models import User


@permission_required("crm.view_account", raise_exception=True)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: facts, people, deals, what happened lately; the rest comes in slots."""
    if (winner := merged.moved_to("account", pk)) is not None:
        return redirect("crm:account", winner)
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
    if (winner := merged.moved_to("contact", pk)) is not None:
        return redirect("crm:contact", winner)
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
    form = AccountForm(request.POST or None, user=me(request))

    def effect() -> str:
        made = services.create_account(by=me(request), at=timezone.now(), **form.said())
        return reverse("crm:account", args=[made.pk])

    likely = surely_there(request, "account", form.cleaned_data) if form.is_valid() else []
    return filled(request, form, effect, "New account", reverse("crm:accounts"), likely=likely)


@permission_required("crm.change_account", raise_exception=True)
def edit_account(request: HttpRequest, pk: int) -> HttpResponse:
    row = seen_account(request, pk)
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
    row = seen_account(request, pk)
    form = ContactForm(request.POST or None, user=me(request))
    back = reverse("crm:account", args=[pk])

    def effect() -> str:
        services.create_contact(row, by=me(request), at=timezone.now(), **form.said())
        return back

    return filled(request, form, effect, f"New contact at {row.name}", back)


@permission_required("crm.change_contact", raise_exception=True)
def edit_contact(request: HttpRequest, pk: int) -> HttpResponse:
    if (winner := merged.moved_to("contact", pk)) is not None:
        return redirect("crm:edit_contact", winner)
    row = seen_contact(request, pk)
    form = ContactForm(request.POST or None, instance=row, user=me(request))
    back, name = reverse("crm:contact", args=[pk]), row.name

    def effect() -> str:
        kept = Contact.objects.get(pk=pk)
        services.change_contact(kept, by=me(request), at=timezone.now(), **form.said())
        messages.success(request, f"{kept.name} saved.")
        return back

    return filled(request, form, effect, f"Edit {name}", back)


def filled(
    request: HttpRequest, form: Any, effect: Callable[[], str], title: str, back: str,
    *, likely: list[dict[str, Any]] | None = None,
) -> HttpResponse:  # fmt: skip
    """Keep what a valid form says, once; what a service refuses stands beside the fields, and so do
    records that are `likely` the same."""
    if request.method == "POST" and not likely and form.is_valid():
        try:
            return redirect(form_once(request, effect))
        except services.BadRecord as refusal:
            form.place(refusal.problems)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {
        "form": form, "title": title, "back": back, "likely": likely,
        "kind": "contact" if isinstance(form, ContactForm) else "account",
    }  # fmt: skip
    status = HTTPStatus.CONFLICT if likely else status
    return TemplateResponse(request, "crm/form.html", context, status=status)
