"""What all pages of follow-ups share: who may, what is paused, where to go back to, mails in frames."""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme

from comms.mail import look_of
from comms.services import sender_for
from crm.models import Contact
from followups.forms import FilterForm
from followups.queries.lists import Filters, account_names, paused
from kit.markup import day
from people.models import User

MOST: Final = 50
NAMES: Final = {
    "rule": "Rule", "account": "Account", "owner": "On behalf of", "to": "To", "since": "From", "until": "Until"
}  # fmt: skip
sees = permission_required("followups.view_followup", raise_exception=True)
acts = permission_required("followups.change_followup", raise_exception=True)
rules = permission_required("followups.change_rule", raise_exception=True)


def shown(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page with the banner of what is paused."""
    context.setdefault("paused", paused())
    return TemplateResponse(request, template, context, status=status)


def filtered(
    request: HttpRequest, form: FilterForm, filters: Filters, keep: Sequence[str]
) -> dict[str, Any]:  # fmt: skip
    """What the bar of filters shows: those that are on, each with the address without it."""
    said, key = form.cleaned_data, filters.account
    account = account_names({key}).get(key, f"number {key}") if key is not None else ""
    values = {
        "rule": form.names.get(said.get("rule") or "", ""), "account": account,
        "owner": "me" if said.get("owner") else "", "to": said.get("to") or "",
        "since": day(said["since"]) if said.get("since") else "",
        "until": day(said["until"]) if said.get("until") else "",
    }  # fmt: skip
    return {
        "form": form, "filters": filters, "account": account, "here": request.get_full_path(),
        "chosen": [(NAMES[name], words, _without(request, name)) for name, words in values.items() if words],
        "keep": [(name, request.GET.get(name, "")) for name in keep],
    }  # fmt: skip


def _without(request: HttpRequest, name: str) -> str:
    query = request.GET.copy()
    for gone in (name, "after"):
        query.pop(gone, None)
    return query.urlencode()


def back(request: HttpRequest, otherwise: str) -> str:
    """Where somebody came from, if that is one of our pages."""
    to = request.POST.get("next", "")
    fit = to.startswith("/") and url_has_allowed_host_and_scheme(to, allowed_hosts=None)
    return to if fit else otherwise


def picked(request: HttpRequest) -> list[int]:
    """The keys of the ticked rows: so many that one page shows, and no more."""
    said = request.POST.getlist("pick")
    return [int(key) for key in said if key.isascii() and key.isdecimal() and len(key) <= 18][:MOST]  # noqa: PLR2004


def as_mail(body: str, *, author: User | None, contact: Contact | None) -> str:
    """The HTML page of a mail with this text, to stand in a frame without any rights."""
    look = look_of(body, sender_for(author if contact is not None else None, contact))
    return render_to_string("followups/_mail.html", {"look": look})


def is_htmx(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined] # its middleware
